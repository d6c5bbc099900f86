/*
 * fuzz-authorized.c - the text of an authorized_keys file, and the path that names one
 */
#include "pam/authorized.h"

#include "agent/base/cleanup.h"
#include "agent/base/text.h"
#include "pam/rootfile.h"
#include "pam/sshkey.h"
#include "tests/fuzz/fuzz.h"

#define NOW UINT64_C(1782907200000000) /* 2026-07-01 */

static void check_entry(const struct authorized *a, const struct authorized_entry *e)
{
	struct sshkey k;
	size_t at = 0;

	fuzz_check(sshkey_read(e->blob, &k), "what counts is a key");
	fuzz_check(authorized_next(a, e->blob, e->is_authority, &at) != NULL, "it is found");
	fuzz_check(e->line > 0 && e->line > (e == a->entries ? 0 : e[-1].line),
		   "a line holds one key");
	fuzz_check(*e->comment == '\0' || text_is_clean(e->comment, strlen(e->comment), SIZE_MAX),
		   "comments are clean");
	fuzz_check(!e->principals || e->is_authority, "only authorities have principals");
	for (size_t i = 0; e->principals && e->principals[i]; i++)
		fuzz_check(text_is_clean(e->principals[i], strlen(e->principals[i]), 255),
			   "principals are clean");
}

/* How many keys there are in all. */
static size_t check_text(const uint8_t *data, size_t size, enum authorized_form form)
{
	_cleanup_(freep) char *text = malloc(size + 1);
	struct ini_error error = {};
	struct authorized a;
	size_t n;

	if (!text)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	if (authorized_parse(text, size, form, NOW, &a, &error) < 0)
		return SIZE_MAX;
	for (size_t i = 0; i < a.n; i++)
		check_entry(&a, &a.entries[i]);
	n = a.n;
	authorized_done(&a);
	return n;
}

static size_t slashes(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += *s == '/';
	return n;
}

static void check_path(const uint8_t *data, size_t size)
{
	_cleanup_(freep) char *path = NULL, *user = strndup((const char *)data, size);
	struct ini_error error = {};

	if (!user)
		return;
	if (rootfile_expand("/etc/%u/%%", user, &path, &error) == 0)
		fuzz_check(slashes(path) == 3 && !strstr(path, "/.") && path[5] != '-',
			   "a name stays one name");
	free(take_ptr(path));
	if (rootfile_expand(user, "alice", &path, &error) == 0)
		fuzz_check(slashes(path) == slashes(user) && path[0] == '/',
			   "a path stays where it is");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t n = check_text(data, size, AUTHORIZED_KEYS);

	fuzz_check(n <= check_text(data, size, AUTHORIZED_AUTHORITIES),
		   "what is a key here is an authority there");
	fuzz_check(check_text(data, size, AUTHORIZED_NONE) == 0, "no form is no key");
	check_path(data, size);
	return 0;
}
