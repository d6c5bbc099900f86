/*
 * cli/keychange.c - see keychange.h
 */
#include "client/cli/keychange.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/agent.h"
#include "client/cli/config.h"
#include "client/cli/when.h"

#define REASON_MAX 500
#define WHO_MAX 32

/* --- a key without a file ---------------------------------------------------------------------- */

static void put_encoded(FILE *to, const char *s)
{
	for (; *s != '\0'; s++)
		if (strchr(CONFIG_LETTERS, *s) && *s != '@')
			(void)fputc(*s, to);
		else
			(void)fprintf(to, "%%%02X", (unsigned char)*s);
}

/* What the last URI= of the token's file says. Owned by the caller; NULL: no such thing. */
static char *find_token_uri(const struct args *args, const char *token)
{
	_cleanup_(freep) char *name = NULL, *text = NULL;
	const char *found = NULL;
	char *rest, *line;

	if (!config_is_file_name(token) || asprintf(&name, "tokens.d/%s.conf", token) < 0) {
		name = NULL;
		return NULL;
	}
	if (config_read(args, name, &text) != EXIT_DONE)
		return NULL;
	for (rest = text; (line = strsep(&rest, "\n"));)
		if (strncmp(line, "URI=", 4) == 0)
			found = line + 4;
	return found ? strdup(found) : NULL;
}

/* What is to be pasted; the label of a key is its name, or what stands behind the token's in it. */
static void show_file(const struct args *args, const struct signet_key *k)
{
	const char *name = signet_key_name(k), *slash = strchr(name, '/');
	_cleanup_(freep) char *uri = find_token_uri(args, signet_key_token(k));
	bool has_label = slash && strncmp(name, signet_key_token(k), (size_t)(slash - name)) == 0;

	(void)fprintf(stderr, "\n[Key]\nURI=%s;object=", uri ? uri : "pkcs11:token=LABEL");
	put_encoded(stderr, has_label ? slash + 1 : name);
	(void)fprintf(stderr, "\n\n");
}

static enum exit_code refuse_without_file(const struct args *args, const char *key)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	_cleanup_(signet_closep) struct signet *s = NULL;
	const struct signet_key *k;
	enum exit_code e;

	e = agent_open(args, &s);
	if (e == EXIT_DONE)
		e = agent_need_key(s, key, &a, &k);
	if (e != EXIT_DONE)
		return e;
	complain("key '%s' has no file, which is where its state and its limits stand. Make "
		 "'%s/keys.d/%s.conf', and allow in it what is to be allowed, beginning with",
		 key, config_dir(args), config_is_file_name(key) ? key : "NAME");
	show_file(args, k);
	return EXIT_CONFIG;
}

static enum exit_code check_file(const struct args *args, const char *key)
{
	_cleanup_(freep) char *name = NULL, *text = NULL;
	enum exit_code e;

	if (!config_is_file_name(key))
		return refuse_without_file(args, key);
	if (asprintf(&name, "keys.d/%s.conf", key) < 0) {
		complain("out of memory");
		return EXIT_AGAIN;
	}
	e = config_read(args, name, &text);
	if (e == EXIT_DONE && !text)
		return refuse_without_file(args, key);
	return e;
}

/* --- the drop-ins ------------------------------------------------------------------------------- */

static bool is_who(const char *s)
{
	return s && *s != '\0' && strlen(s) <= WHO_MAX && strspn(s, CONFIG_LETTERS) == strlen(s);
}

/* Who sits in front of it, as far as that is known: for people. NULL: no session. */
static const char *find_who(char *buf, size_t size)
{
	const char *sudo = getenv("SUDO_USER");

	if (is_who(sudo))
		return sudo;
	return getlogin_r(buf, size) == 0 && is_who(buf) ? buf : NULL;
}

/* "on 2026-11-22T10:00:00Z by uid 0 for alice" */
static void put_stamp(FILE *to)
{
	char buf[64], date[WHEN_SIZE];
	const char *who = find_who(buf, sizeof(buf));

	when_format(time(NULL), date);
	(void)fprintf(to, "on %s by uid %u%s%s", date, getuid(), who ? " for " : "",
		      who ? who : "");
}

/* It becomes a comment. What stands at the end of its line cannot hide the next one: that is one too. */
static enum exit_code check_reason(const char *reason)
{
	for (const char *s = reason; s && *s != '\0'; s++) {
		if ((unsigned char)*s >= 0x20 && *s != 0x7f && s - reason < REASON_MAX)
			continue;
		complain("--reason is one line of at most %u bytes, without control characters",
			 REASON_MAX);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

static enum exit_code write_dropin(const struct args *args, const char *key, const char *file,
				   const char *text)
{
	_cleanup_(freep) char *name = NULL;

	if (!text || asprintf(&name, "keys.d/%s.conf.d/%s", key, file) < 0) {
		complain("out of memory");
		return EXIT_AGAIN;
	}
	return config_change(args, &(struct config_file){.name = name, .text = text}, 1);
}

static char *state_text(const struct args *args, const char *state)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	if (args->reason)
		(void)fprintf(f, "# %s\n", args->reason);
	(void)fprintf(f, "# %s ", state);
	put_stamp(f);
	(void)fprintf(f, "\n[Key]\nState=%s\n", state);
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

enum exit_code keychange_state(const struct args *args, const char *key, const char *state)
{
	_cleanup_(freep) char *text = NULL;
	enum exit_code e = check_reason(args->reason);

	if (e == EXIT_DONE)
		e = check_file(args, key);
	if (e != EXIT_DONE)
		return e;
	text = state_text(args, state);
	e = write_dropin(args, key, "90-state.conf", text);
	if (e == EXIT_DONE && strcmp(state, "retired") == 0)
		note(args,
		     "key '%s' is retired, for good by custom alone: root can resume it; "
		     "nobody can once it is destroyed in its token",
		     key);
	return e;
}

/* --- rotation ------------------------------------------------------------------------------------ */

/* from: 0 if it is not said. */
static char *successor_text(const char *successor, time_t from)
{
	char *text = NULL, date[WHEN_SIZE];
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	(void)fprintf(f, "# rotated ");
	put_stamp(f);
	(void)fprintf(f, "\n[Key]\nSuccessor=%s\n", successor);
	if (from > 0) {
		when_format(from, date);
		(void)fprintf(f, "SuccessorFrom=%s\n", date);
	}
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

enum exit_code keychange_successor(const struct args *args, const char *key, const char *successor)
{
	_cleanup_(freep) char *text = NULL;
	time_t from = 0;
	enum exit_code e;

	if (args->from && !when_parse(args->from, time(NULL), &from)) {
		complain("--from is '%s', expected a UTC date such as 2026-12-31 or "
			 "2026-12-31T23:59:59Z, or +30d",
			 args->from);
		return EXIT_USAGE;
	}
	if (strcmp(key, successor) == 0) {
		complain("key '%s' cannot come after itself", key);
		return EXIT_USAGE;
	}
	e = check_file(args, key);
	if (e == EXIT_DONE)
		e = check_file(args, successor);
	if (e != EXIT_DONE)
		return e;
	text = successor_text(successor, from);
	return write_dropin(args, key, "90-successor.conf", text);
}
