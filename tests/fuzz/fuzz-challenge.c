/*
 * fuzz-challenge.c - texts that may be challenges, and values that may be written into one
 *
 * The input is taken for the text, and its lines for the values of one.
 */
#include "agent/wire/challenge.h"

#include "agent/base/text.h"
#include "tests/fuzz/fuzz.h"

static void check_description(const struct challenge *c, size_t size)
{
	char line[CHALLENGE_MAX];

	challenge_describe(c, line, size);
	fuzz_check(strlen(line) < size, "a description fits");
	fuzz_check(line[0] == '\0' || text_is_clean(line, strlen(line), size),
		   "a description is clean text");
}

static void check_read(struct view v)
{
	struct challenge c;
	struct writer w;

	if (!challenge_read(v, &c))
		return;
	fuzz_check(challenge_begins(v) && challenge_is_service(c.service), "it is for a service");
	writer_init(&w, CHALLENGE_MAX);
	challenge_write(&w, &c);
	fuzz_check(writer_end(&w) == 0, "what was read can be written");
	fuzz_check_same(writer_view(&w), v.data, v.size);
	writer_done(&w);
	fuzz_check(!challenge_read((struct view){v.data, v.size - 1}, &c),
		   "nothing may be missing");
	for (size_t size = 1; size < 80; size++)
		check_description(&c, size);
	check_description(&c, CHALLENGE_MAX);
}

static struct view next_line(struct reader *r)
{
	const uint8_t *end = r->left > 0 ? memchr(r->at, '\n', r->left) : NULL;
	struct view v = reader_bytes(r, end ? (size_t)(end - r->at) : r->left);

	(void)reader_u8(r); /* at the end there is none, and nothing behind it either */
	return v;
}

static void check_written(struct view v)
{
	struct challenge c = {}, again;
	struct reader r;
	struct writer w;

	reader_init(&r, v.data, v.size);
	c.service = next_line(&r);
	c.user = next_line(&r);
	c.ruser = next_line(&r);
	c.rhost = next_line(&r);
	c.tty = next_line(&r);
	c.host = next_line(&r);
	c.machine = next_line(&r);
	c.command = next_line(&r);
	c.time_usec = reader_u64(&r);
	writer_init(&w, CHALLENGE_MAX);
	challenge_write(&w, &c);
	if (writer_end(&w) == 0) {
		fuzz_check(challenge_read(writer_view(&w), &again), "what is written is read");
		fuzz_check(view_is_equal(c.service, again.service) &&
				   view_is_equal(c.user, again.user) &&
				   view_is_equal(c.command, again.command),
			   "and says the same");
	}
	writer_done(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct view v = {data, size};

	check_read(v);
	check_written(v);
	return 0;
}
