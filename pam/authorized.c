/*
 * pam/authorized.c - see authorized.h
 */
#include "pam/authorized.h"

#include <nettle/base64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/cleanup.h"
#include "agent/base/text.h"
#include "agent/base/words.h"
#include "pam/rootfile.h"
#include "pam/sshkey.h"

#define BASE64 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
#define BLANK " \t"
#define PRINCIPAL_MAX 255u

struct options {
	bool is_authority;
	char *principals; /* borrowed from the line; NULL: none were named */
	uint64_t expiry_usec;
};

/* --- options ---------------------------------------------------------------------------------- */

/* Where the options end; quotes hold blanks, and a backslash holds a quote. */
static char *options_end(char *at)
{
	bool is_quoted = false;

	for (; *at != '\0' && (is_quoted || !strchr(BLANK, *at)); at++) {
		if (at[0] == '\\' && at[1] == '"')
			at++;
		else if (*at == '"')
			is_quoted = !is_quoted;
	}
	return at;
}

/* Takes a quoted value off *at and its quotes off the value; NULL if it is none. */
static char *take_quoted(char **at)
{
	char *from = *at, *value, *to;

	if (*from != '"')
		return NULL;
	value = to = ++from;
	for (; *from != '"'; from++) {
		if (from[0] == '\\' && from[1] == '"')
			from++;
		if (*from == '\0')
			return NULL;
		*to++ = *from;
	}
	*at = from + 1;
	*to = '\0';
	return value;
}

/* Whether this option begins at *at, which is then behind its name. */
static bool take_name(char **at, const char *name)
{
	if (strncasecmp(*at, name, strlen(name)) != 0)
		return false;
	*at += strlen(name);
	return true;
}

/* YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS, with or without a Z behind it. */
static bool read_time(const char *s, uint64_t *ret)
{
	const size_t digits = strspn(s, "0123456789");
	char all[] = "00000000000000", iso[] = "0000-00-00T00:00:00Z";

	if ((digits != 8 && digits != 12 && digits != 14) ||
	    (s[digits] != '\0' && strcmp(s + digits, "Z") != 0))
		return false;
	memcpy(all, s, digits);
	(void)snprintf(iso, sizeof(iso), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", all, all + 4, all + 6,
		       all + 8, all + 10, all + 12); /* fits */
	return text_to_time(iso, ret) == 0;
}

static bool read_expiry(const char *value, struct options *o)
{
	uint64_t usec;

	if (!value || !read_time(value, &usec))
		return false;
	if (usec < o->expiry_usec)
		o->expiry_usec = usec;
	return true;
}

static bool read_option(char **at, struct options *o)
{
	if (take_name(at, "cert-authority")) {
		o->is_authority = true;
		return true;
	}
	if (take_name(at, "expiry-time="))
		return read_expiry(take_quoted(at), o);
	if (o->principals || !take_name(at, "principals="))
		return false;
	o->principals = take_quoted(at);
	return o->principals != NULL;
}

/* False if there is anything that is not understood. */
static bool read_options(char *at, struct options *o)
{
	while (read_option(&at, o)) {
		if (*at == '\0')
			return true;
		if (*at++ != ',')
			return false;
	}
	return false;
}

/* --- entries ---------------------------------------------------------------------------------- */

static void entry_done(struct authorized_entry *e)
{
	free((void *)e->blob.data);
	words_free(e->principals);
	free(e->comment);
	*e = (struct authorized_entry){};
}

/* -EINVAL if a name is empty or no text, -E2BIG if there are too many. */
static int split_principals(char *list, char ***ret)
{
	char *next;
	int r = 0;

	for (char *name = list; name && r == 0; name = next) {
		next = strchr(name, ',');
		if (next)
			*next++ = '\0';
		if (!text_is_clean(name, strlen(name), PRINCIPAL_MAX))
			return -EINVAL;
		r = words_add(ret, name, AUTHORIZED_PRINCIPALS_MAX);
	}
	return r;
}

static int decode_base64(const char *word, struct view *ret)
{
	struct base64_decode_ctx ctx;
	size_t len = strlen(word), size = BASE64_DECODE_LENGTH(len);
	uint8_t *data;

	if (strspn(word, BASE64) != len || len == 0)
		return -EINVAL;
	data = malloc(size);
	if (!data)
		return -ENOMEM;
	base64_decode_init(&ctx);
	*ret = (struct view){.data = data}; /* owned by the entry, right or wrong */
	if (base64_decode_update(&ctx, &size, data, len, word) != 1 ||
	    base64_decode_final(&ctx) != 1)
		return -EINVAL;
	ret->size = size;
	return 0;
}

static int copy_comment(const char *text, char **ret)
{
	size_t size = strlen(text) + 1;

	*ret = malloc(size);
	if (!*ret)
		return -ENOMEM;
	text_sanitise(text, *ret, size);
	return 0;
}

/* Cuts the next word off *text. */
static char *take_word(char **text)
{
	char *word = *text + strspn(*text, BLANK);

	*text = word + strcspn(word, BLANK);
	if (**text != '\0')
		*(*text)++ = '\0';
	*text += strspn(*text, BLANK);
	return word;
}

/* The key in front of *at, and what follows it. -EINVAL if it is none, or of another type. */
static int read_key(char *at, struct authorized_entry *e)
{
	enum key_type type = sshkey_type(view_of(take_word(&at)));
	struct sshkey key;
	int r;

	if (type == KEY_TYPE_NONE)
		return -EINVAL;
	r = decode_base64(take_word(&at), &e->blob);
	if (r < 0)
		return r;
	if (!sshkey_read(e->blob, &key) || key.type != type)
		return -EINVAL;
	return copy_comment(at, &e->comment);
}

static bool begins_with_key(const char *line)
{
	return sshkey_type((struct view){(const uint8_t *)line, strcspn(line, BLANK)}) !=
	       KEY_TYPE_NONE;
}

/* -EINVAL or -E2BIG: the line is skipped. */
static int read_line(char *line, enum authorized_form form, uint64_t now_usec,
		     struct authorized_entry *e)
{
	struct options o = {.expiry_usec = UINT64_MAX,
			    .is_authority = form == AUTHORIZED_AUTHORITIES};
	int r;

	if (!begins_with_key(line)) {
		char *end = options_end(line);

		if (*end == '\0')
			return -EINVAL;
		*end = '\0';
		if (!read_options(line, &o))
			return -EINVAL;
		line = end + 1;
	}
	if (o.expiry_usec <= now_usec || (o.principals && !o.is_authority) ||
	    form == AUTHORIZED_NONE)
		return -EINVAL;
	e->is_authority = o.is_authority;
	r = o.principals ? split_principals(o.principals, &e->principals) : 0;
	return r < 0 ? r : read_key(line, e);
}

/* --- files ------------------------------------------------------------------------------------ */

/* Takes over what e owns. */
static int add_entry(struct authorized *a, const struct authorized_entry *e,
		     struct ini_error *error)
{
	struct authorized_entry *more;

	if (a->n == AUTHORIZED_ENTRIES_MAX)
		return ini_refuse(error, e->line, "it holds more than %u keys",
				  AUTHORIZED_ENTRIES_MAX);
	more = reallocarray(a->entries, a->n + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	a->entries = more;
	a->entries[a->n++] = *e;
	return 0;
}

static int parse_line(char *line, size_t len, enum authorized_form form, uint64_t now_usec,
		      struct authorized *a, unsigned number, struct ini_error *error)
{
	struct authorized_entry e = {.line = number};
	char *first = line + strspn(line, BLANK);
	int r = -EINVAL;

	if (first == line + len || *first == '#')
		return 0;
	if (len <= AUTHORIZED_LINE_MAX && strlen(line) == len)
		r = read_line(first, form, now_usec, &e);
	if (r == -EINVAL || r == -E2BIG) {
		entry_done(&e);
		a->n_skipped++;
		return 0;
	}
	if (r == 0)
		r = add_entry(a, &e, error);
	if (r < 0)
		entry_done(&e);
	return r;
}

/* Cuts off a carriage return, and blanks: how long the line is then. */
static size_t trim(char *line, size_t len)
{
	if (len > 0 && line[len - 1] == '\r')
		len--;
	while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\t'))
		len--;
	line[len] = '\0';
	return len;
}

int authorized_parse(char *text, size_t size, enum authorized_form form, uint64_t now_usec,
		     struct authorized *ret, struct ini_error *error)
{
	char *end = text + size, *next;
	struct authorized a = {};
	unsigned number = 1;
	int r = 0;

	for (char *line = text; line < end && r == 0; line = next + 1, number++) {
		next = memchr(line, '\n', (size_t)(end - line));
		if (!next)
			next = end;
		r = parse_line(line, trim(line, (size_t)(next - line)), form, now_usec, &a, number,
			       error);
	}
	if (r < 0)
		authorized_done(&a);
	else
		*ret = a;
	return r;
}

int authorized_load(const char *path, enum authorized_form form, uint64_t now_usec,
		    struct authorized *ret, struct ini_error *error)
{
	_cleanup_(freep) char *text = NULL;
	size_t size;
	int r;

	r = rootfile_read(path, AUTHORIZED_FILE_MAX, &text, &size, error);
	return r < 0 ? r : authorized_parse(text, size, form, now_usec, ret, error);
}

const struct authorized_entry *authorized_next(const struct authorized *a, struct view blob,
					       bool is_authority, size_t *at)
{
	while (*at < a->n) {
		const struct authorized_entry *e = &a->entries[(*at)++];

		if (e->is_authority == is_authority && view_is_equal(e->blob, blob))
			return e;
	}
	return NULL;
}

void authorized_done(struct authorized *a)
{
	for (size_t i = 0; i < a->n; i++)
		entry_done(&a->entries[i]);
	free(a->entries);
	*a = (struct authorized){};
}
