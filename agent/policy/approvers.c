/*
 * policy/approvers.c - see approvers.h
 */
#include "agent/policy/approvers.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/cleanup.h"
#include "agent/base/limits.h"
#include "agent/base/text.h"
#include "agent/model/people.h"
#include "agent/wire/reader.h"

#define TYPE_PLAIN "ssh-ed25519"
#define TYPE_SK "sk-ssh-ed25519@openssh.com"
/* What ssh-keygen takes for the application of a key in a FIDO token. */
#define APPLICATION_MAX 255u

bool approvers_read_key(const void *blob, size_t size, struct approver_key *ret, int *ret_error)
{
	struct view type, key, application = {};
	struct reader r;
	bool is_sk;

	*ret_error = 0;
	reader_init(&r, blob, size);
	type = reader_string(&r, 1, 64);
	is_sk = view_is(type, TYPE_SK);
	key = reader_string(&r, APPROVER_KEY_SIZE, APPROVER_KEY_SIZE);
	if (is_sk)
		application = reader_text(&r, 1, APPLICATION_MAX);
	if (!reader_end(&r) || (!is_sk && !view_is(type, TYPE_PLAIN)))
		return false;
	memcpy(ret->key, key.data, sizeof(ret->key));
	if (!is_sk)
		return true;
	*ret_error =
		text_dup(application.data, application.size, APPLICATION_MAX, &ret->application);
	return *ret_error == 0;
}

/* Cuts the next word off *text; NULL if there is none. */
static char *next_word(char **text)
{
	char *word = *text + strspn(*text, " \t\r");
	size_t len = strcspn(word, " \t\r");

	if (len == 0)
		return NULL;
	*text = word + len;
	if (**text != '\0')
		*(*text)++ = '\0';
	return word;
}

static int read_person(const char *word, unsigned line, struct person *ret, struct ini_error *error)
{
	int r;

	if (strlen(word) > PERSON_MAX || !text_is_clean(word, strlen(word), PERSON_MAX))
		return ini_refuse(error, line,
				  "'%.64s' is no name for a person, expected at most %u bytes",
				  word, PERSON_MAX);
	*ret = (struct person){.uid = (uid_t)-1};
	memcpy(ret->name, word, strlen(word));
	r = people_find_user(word, &ret->uid);
	if (r == -ENOENT || r == -ENOMEM)
		return r == -ENOENT ? 0 : r;
	return r < 0 ? ini_refuse(error, line, "'%.64s' cannot be looked up: %s", word,
				  strerror(-r))
		     : 0;
}

static int read_base64(const char *word, struct approver_key *ret)
{
	uint8_t blob[1024];
	size_t size;
	int r;

	if (sodium_base642bin(blob, sizeof(blob), word, strlen(word), NULL, &size, NULL,
			      sodium_base64_VARIANT_ORIGINAL) != 0)
		return -EINVAL;
	if (approvers_read_key(blob, size, ret, &r))
		return 0;
	return r < 0 ? r : -EINVAL;
}

static int read_line(char *line, unsigned number, struct approver_key *ret, struct ini_error *error)
{
	char *person = next_word(&line), *type = next_word(&line), *base64 = next_word(&line);
	int r;

	if (!type || !base64)
		return ini_refuse(error, number, "expected PERSON " TYPE_PLAIN " BASE64");
	if (strcmp(type, TYPE_PLAIN) != 0 && strcmp(type, TYPE_SK) != 0)
		return ini_refuse(error, number,
				  "a key of type '%.40s' cannot approve, expected " TYPE_PLAIN
				  " or " TYPE_SK,
				  type);
	r = read_person(person, number, &ret->person, error);
	if (r < 0)
		return r;
	r = read_base64(base64, ret);
	if (r == -EINVAL || (r == 0 && (strcmp(type, TYPE_SK) == 0) != (ret->application != NULL)))
		return ini_refuse(error, number, "what follows '%.40s' is no such key", type);
	return r;
}

/* A key in two hands would let one person count as two. */
static int check_alone(const struct approver_key *keys, size_t n, unsigned line,
		       struct ini_error *error)
{
	for (size_t i = 0; i < n; i++)
		if (memcmp(keys[i].key, keys[n].key, APPROVER_KEY_SIZE) == 0)
			return ini_refuse(error, line, "this key stands there already, for '%.64s'",
					  keys[i].person.name);
	return 0;
}

static int parse_lines(char *text, struct approver_key *keys, size_t *n, struct ini_error *error)
{
	unsigned number = 0;
	char *line, *end;
	int r = 0;

	for (line = text; line && r == 0; line = end) {
		end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		number++;
		line += strspn(line, " \t\r");
		if (*line == '\0' || *line == '#')
			continue;
		if (*n == APPROVER_KEYS_MAX)
			return ini_refuse(error, number, "it holds more than %u keys",
					  APPROVER_KEYS_MAX);
		r = read_line(line, number, &keys[*n], error);
		if (r == 0)
			r = check_alone(keys, *n, number, error);
		(*n)++; /* also when it is half read: what it owns is freed */
	}
	return r;
}

int approvers_parse(char *text, size_t size, struct approver_key **ret, size_t *ret_n,
		    struct ini_error *error)
{
	struct approver_key *keys;
	size_t n = 0;
	int r;

	if (strlen(text) != size)
		return ini_refuse(error, 0, "it holds a NUL byte, expected lines of text");
	keys = calloc(APPROVER_KEYS_MAX, sizeof(*keys));
	if (!keys)
		return -ENOMEM;
	r = parse_lines(text, keys, &n, error);
	if (r == 0 && n == 0)
		r = ini_refuse(error, 0, "it holds no key, expected PERSON " TYPE_PLAIN " BASE64");
	if (r < 0) {
		approver_keys_free(keys, n);
		return r;
	}
	*ret = keys;
	*ret_n = n;
	return 0;
}
