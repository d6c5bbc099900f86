/*
 * fuzz-sshsig.c - what approvers hand in, and what is read back from the disk
 *
 * The input is taken for an SSHSIG, for the file of a request, and for a list of approver keys. What
 * is taken for a request comes back the same when it is written and read again.
 */
#include "agent/policy/sshsig.h"

#include "agent/base/cleanup.h"
#include "agent/base/ini.h"
#include "agent/policy/approvers.h"
#include "agent/policy/quorum-file.h"
#include "agent/policy/quorum-text.h"
#include "agent/wire/challenge.h"
#include "tests/fuzz/fuzz.h"

static void check_signature(struct view v)
{
	static const struct approver_key keys[] = {{.key = {1}},
						   {.key = {2}, .application = (char *)"ssh:"}};
	const struct approver_key *found = NULL;
	enum sshsig_result r = sshsig_verify(v, "approve@signetd.org", "text\n", keys, 2, &found);

	fuzz_check(r != SSHSIG_RIGHT, "nobody has the keys to sign that");
	fuzz_check(!found, "nobody is named by what is not right");
}

/* Lines that an item has in the text: a challenge shows ten of its own. */
static size_t lines_of(const struct parked *p, const struct ask_item *item)
{
	struct challenge c;

	return p->ask.input == INPUT_MESSAGE &&
			       challenge_read((struct view){item->data, item->size}, &c)
		       ? 11
		       : 1;
}

static void check_text(const struct parked *p)
{
	const struct window none = {};
	_cleanup_(freep) char *text = quorum_text(p, "host", false, &none);
	size_t lines = 0, expected = 19;

	for (size_t i = 0; i < p->ask.n_items; i++)
		expected += lines_of(p, &p->ask.items[i]);
	for (const char *at = text; at && (at = strchr(at, '\n')); at++)
		lines++;
	fuzz_check(!text || lines == expected, "no field has lines of its own");
}

static void check_file(struct view v)
{
	struct parked *p = NULL;
	struct writer w;

	if (quorum_file_decode(v, &p) < 0)
		return;
	writer_init(&w, PARKED_FILE_MAX);
	quorum_file_encode(p, &w);
	if (writer_end(&w) == 0)
		fuzz_check_same(writer_view(&w), v.data, v.size);
	writer_done(&w);
	check_text(p);
	(void)parked_free(p);
}

static void check_keys(struct view v)
{
	_cleanup_(freep) char *text = malloc(v.size + 1);
	struct approver_key *keys;
	struct ini_error error = {};
	size_t n;

	if (!text)
		return;
	if (v.size > 0)
		memcpy(text, v.data, v.size);
	text[v.size] = '\0';
	if (approvers_parse(text, v.size, &keys, &n, &error) < 0)
		return;
	fuzz_check(n > 0, "a list that is taken holds a key");
	approver_keys_free(keys, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct view v = {data, size};

	check_signature(v);
	check_file(v);
	check_keys(v);
	return 0;
}
