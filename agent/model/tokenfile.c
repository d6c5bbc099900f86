/*
 * model/tokenfile.c - see tokenfile.h
 */
#include "agent/model/tokenfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/cleanup.h"
#include "agent/base/code.h"
#include "agent/base/limits.h"
#include "agent/base/text.h"
#include "agent/base/words.h"

/* More than anybody names; who means all of a token's keys names none. */
#define KEYS_MAX 1024u

static int set_module(struct tokenfile *t, const char *value, unsigned line,
		      struct ini_error *error)
{
	char *copy;

	if (value[0] != '/')
		return ini_refuse(error, line, "Module= is an absolute path, found '%s'", value);
	copy = strdup(value);
	if (!copy)
		return -ENOMEM;
	free(t->module);
	t->module = copy;
	return 0;
}

static int set_uri(struct tokenfile *t, const char *value, unsigned line, struct ini_error *error)
{
	char why[sizeof(error->what) - 16];
	struct uri uri;
	int r;

	r = uri_parse(value, URI_TOKEN, &uri, why, sizeof(why));
	if (r == -EINVAL)
		return ini_refuse(error, line, "URI= is refused: %s", why);
	if (r < 0)
		return r;
	uri_done(&t->uri);
	t->uri = uri;
	t->has_uri = true;
	return 0;
}

static int set_sessions(struct tokenfile *t, const char *value, unsigned line,
			struct ini_error *error)
{
	uint64_t n = 0;

	if (strcmp(value, "auto") == 0) {
		t->sessions = 0;
		return 0;
	}
	if (text_to_u64(value, TOKEN_SESSIONS_MAX, &n) < 0 || n == 0)
		return ini_refuse(error, line, "Sessions= is 'auto' or 1 to %u, found '%s'",
				  TOKEN_SESSIONS_MAX, value);
	t->sessions = (unsigned)n;
	return 0;
}

static int set_serial(struct tokenfile *t, const char *value, unsigned line,
		      struct ini_error *error)
{
	if (text_to_bool(value, &t->is_serial) < 0)
		return ini_refuse(error, line, "Serial= is 'yes' or 'no', found '%s'", value);
	return 0;
}

static int set_verify(struct tokenfile *t, const char *value, unsigned line,
		      struct ini_error *error)
{
	if (strcmp(value, "always") == 0)
		t->verify = TOKEN_VERIFY_ALWAYS;
	else if (strcmp(value, "activation") == 0)
		t->verify = TOKEN_VERIFY_ACTIVATION;
	else
		return ini_refuse(error, line, "Verify= is 'always' or 'activation', found '%s'",
				  value);
	return 0;
}

static int set_keys(struct tokenfile *t, const char *value, unsigned line, struct ini_error *error)
{
	_cleanup_(freep) char *copy = strdup(value);
	char *rest = copy, *word;
	int r = 0;

	if (!copy)
		return -ENOMEM;
	if (value[0] == '\0') {
		words_free(t->keys);
		t->keys = NULL;
	}
	while (r == 0 && (word = words_next(&rest)))
		r = words_add(&t->keys, word, KEYS_MAX);
	return r == -E2BIG ? ini_refuse(error, line, "Keys= names more than %u", KEYS_MAX) : r;
}

static int set_algorithms(struct tokenfile *t, const char *value, unsigned line,
			  struct ini_error *error)
{
	char unknown[CODE_WORD_SIZE];

	if (value[0] == '\0')
		t->algorithms = 0;
	if (code_add_algorithms(value, &t->algorithms, unknown) < 0)
		return ini_refuse(
			error, line,
			"Algorithms= is of rsa-pkcs1, rsa-pss, ecdsa and ed25519, found '%s'",
			unknown);
	return 0;
}

static int set_hashes(struct tokenfile *t, const char *value, unsigned line,
		      struct ini_error *error)
{
	char unknown[CODE_WORD_SIZE];

	if (value[0] == '\0')
		t->hashes = 0;
	if (code_add_hashes(value, &t->hashes, unknown) < 0)
		return ini_refuse(error, line,
				  "Hashes= is of sha256, sha384 and sha512, found '%s'", unknown);
	return 0;
}

static const struct {
	const char *key;
	int (*set)(struct tokenfile *t, const char *value, unsigned line, struct ini_error *error);
} settings[] = {
	{"Module", set_module},         {"URI", set_uri},       {"Sessions", set_sessions},
	{"Serial", set_serial},         {"Verify", set_verify}, {"Keys", set_keys},
	{"Algorithms", set_algorithms}, {"Hashes", set_hashes},
};

int tokenfile_assign(const char *section, const char *key, const char *value, unsigned line,
		     struct ini_error *error, void *userdata)
{
	if (strcmp(section, "Token") != 0)
		return ini_refuse(error, line, "section [%s] is not known; there is only [Token]",
				  section);
	if (!key)
		return 0; /* the section begins */
	for (size_t i = 0; i < array_len(settings); i++)
		if (strcmp(settings[i].key, key) == 0)
			return settings[i].set(userdata, value, line, error);
	return ini_refuse(error, line, "'%s=' is not known in [Token]", key);
}

int tokenfile_check(const struct tokenfile *t, struct ini_error *error)
{
	if (!t->module)
		return ini_refuse(error, 0, "Module= is missing");
	if (!t->has_uri)
		return ini_refuse(error, 0, "URI= is missing");
	return 0;
}

void tokenfile_done(struct tokenfile *t)
{
	free(t->module);
	uri_done(&t->uri);
	words_free(t->keys);
	*t = (struct tokenfile){};
}
