/*
 * cli/cmd-grant.c - signet grant: writes who may sign with which key for what
 */
#include "client/cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "client/cli/agent.h"
#include "client/cli/config.h"
#include "client/cli/format.h"
#include "client/cli/grants.h"
#include "client/cli/when.h"

/* --- the command line -> a grant ---------------------------------------------------------------- */

/* Words of a file stand with spaces between and on one line. */
static bool is_word(const char *option, const char *word)
{
	if (*word != '\0' && !strpbrk(word, " \t\n\r\\"))
		return true;
	complain("--%s '%s' cannot be granted: it is empty or has blanks in it", option, word);
	return false;
}

/* Appends a word, with something in front; false when out of memory. */
static bool append(char **list, const char *front, const char *word)
{
	char *more;

	if (asprintf(&more, "%s%s%s%s", *list ? *list : "", *list ? " " : "", front, word) < 0)
		more = NULL;
	free(*list);
	*list = more;
	if (!more)
		complain("out of memory");
	return more != NULL;
}

static enum exit_code take(const char *option, const struct words *words, const char *front,
			   char **list)
{
	for (size_t i = 0; i < words->n; i++) {
		if (!is_word(option, words->items[i]))
			return EXIT_USAGE;
		if (!append(list, front, words->items[i]))
			return EXIT_AGAIN;
	}
	return EXIT_DONE;
}

static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = list; at && *at; at += strcspn(at, " "), at += *at == ' ')
		if (strncmp(at, word, len) == 0 && (at[len] == ' ' || at[len] == '\0'))
			return true;
	return false;
}

/* A format stands for the purpose that it signs as; several may be one. */
static enum exit_code take_purposes(const struct args *args, struct grant *g)
{
	for (size_t i = 0; i < args->purposes.n; i++) {
		const char *word = args->purposes.items[i], *purpose;
		const struct words one = {{word}, 1};

		if (!format_purpose(word, &purpose)) {
			complain("--purpose '%s' is not known: %s", word, purposes_known);
			return EXIT_USAGE;
		}
		if (purpose == word) {
			enum exit_code e = take("purpose", &one, "", &g->purposes);

			if (e != EXIT_DONE)
				return e;
			continue;
		}
		note(args,
		     "format %s signs as purpose '%s', and so does everything else of that purpose",
		     word, purpose);
		if (!has_word(g->purposes, purpose) && !append(&g->purposes, "", purpose))
			return EXIT_AGAIN;
	}
	return EXIT_DONE;
}

static enum exit_code take_times(const struct args *args, struct grant *g)
{
	const struct {
		const char *option, *text;
		time_t *at;
	} times[] = {{"from", args->from, &g->from}, {"until", args->until, &g->until}};
	time_t now = time(NULL);

	for (size_t i = 0; i < array_len(times); i++) {
		if (!times[i].text || when_parse(times[i].text, now, times[i].at))
			continue;
		complain("--%s '%s' is no date: expected one such as 2026-12-31, "
			 "2026-12-31T18:00:00Z (UTC) or +7d",
			 times[i].option, times[i].text);
		return EXIT_USAGE;
	}
	if (g->until > 0 && (g->until <= now || g->until <= g->from)) {
		complain("--until '%s' is %s, so nothing would ever be granted", args->until,
			 g->until <= now ? "over" : "not after --from");
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

static enum exit_code check(const struct args *args)
{
	if (args->keys.n == 0) {
		complain("which key? --key names it; 'signet list' shows all");
		return EXIT_USAGE;
	}
	if (args->purposes.n == 0) {
		complain("for what? --purpose takes %s", purposes_known);
		return EXIT_USAGE;
	}
	if (args->users.n + args->groups.n + args->units.n + args->slices.n == 0) {
		complain("to whom? --user, --group, --unit and --slice say it");
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

static enum exit_code read_arguments(const struct args *args, struct grant *g)
{
	enum exit_code e = check(args);

	if (e == EXIT_DONE)
		e = take("key", &args->keys, "", &g->keys);
	if (e == EXIT_DONE)
		e = take_purposes(args, g);
	if (e == EXIT_DONE)
		e = take("user", &args->users, "", &g->users);
	if (e == EXIT_DONE)
		e = take("group", &args->groups, "@", &g->users);
	if (e == EXIT_DONE)
		e = take("unit", &args->units, "", &g->units);
	if (e == EXIT_DONE)
		e = take("slice", &args->slices, "", &g->slices);
	if (e == EXIT_DONE)
		e = take_times(args, g);
	g->is_forwarded = args->is_forwarded;
	return e;
}

/* --- what it is called -------------------------------------------------------------------------- */

/* Letters and digits of the front of a name, which are all that people remember of it. */
static void shorten(const char *name, char *ret, size_t size)
{
	size_t n = 0;

	for (; *name && *name != '.' && *name != '@' && n + 1 < size; name++) {
		bool is_plain = (*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') ||
				(*name >= '0' && *name <= '9');

		if (is_plain)
			ret[n++] = *name;
		else if (n > 0 && ret[n - 1] != '-')
			ret[n++] = '-';
	}
	ret[n] = '\0';
}

/* "release-build-1a2b": a key, somebody, and a number that tells it from the others. */
static char *make_id(const struct args *args)
{
	const struct words *who[] = {&args->units, &args->slices, &args->users, &args->groups};
	char key[20], to[20] = "";
	uint16_t number;
	char *id;

	shorten(args->keys.items[0], key, sizeof(key));
	for (size_t i = 0; i < array_len(who) && to[0] == '\0'; i++)
		if (who[i]->n > 0)
			shorten(who[i]->items[0], to, sizeof(to));
	if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
		return NULL;
	return asprintf(&id, "%s-%s-%04" PRIx16, key[0] ? key : "key", to[0] ? to : "grant",
			number) < 0
		       ? NULL
		       : id;
}

/* The name of its file, owned by the caller; NULL, which was said. */
static enum exit_code name_file(const struct args *args, struct grant *g, char **ret)
{
	_cleanup_(freep) char *there = NULL;
	enum exit_code e;

	g->id = args->id ? strdup(args->id) : make_id(args);
	*ret = g->id ? grants_file(g->id) : NULL;
	if (!*ret) {
		complain("--id '%s' cannot be: it takes at most 64 of A-Z a-z 0-9 . _ @ -, and "
			 "none of . - in front",
			 args->id ? args->id : "");
		return EXIT_USAGE;
	}
	e = config_read(args, *ret, &there);
	if (e != EXIT_DONE || !there)
		return e;
	complain("grant '%s' is there already; 'signet revoke %s' takes it back", g->id, g->id);
	return EXIT_DATA;
}

/* --- the file ----------------------------------------------------------------------------------- */

static void print_list(FILE *f, const char *key, const char *list)
{
	if (list)
		(void)fprintf(f, "%s=%s\n", key, list);
}

static void print_time(FILE *f, const char *key, time_t t)
{
	char date[WHEN_SIZE];

	if (t == 0)
		return;
	when_format(t, date);
	(void)fprintf(f, "%s=%s\n", key, date);
}

/* Owned by the caller; NULL when out of memory. */
static char *to_text(const struct grant *g)
{
	char *text = NULL, date[WHEN_SIZE];
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	when_format(time(NULL), date);
	(void)fprintf(f, "# Written by 'signet grant', %s.\n[Grant]\n", date);
	print_list(f, "Keys", g->keys);
	print_list(f, "Purposes", g->purposes);
	print_list(f, "Users", g->users);
	print_list(f, "Units", g->units);
	print_list(f, "Slices", g->slices);
	print_time(f, "NotBefore", g->from);
	print_time(f, "Until", g->until);
	if (g->is_forwarded)
		(void)fputs("AllowForwarded=yes\n", f);
	if (ferror(f) == 0 && fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

/* A grant for a key that is not there may be meant, or be a slip. */
static void look_for_keys(const struct args *args)
{
	_cleanup_(signet_closep) struct signet *s = NULL;

	if (signet_open(args->socket, &s) < 0)
		return; /* was said when the agent was to read the file */
	for (size_t i = 0; i < args->keys.n; i++) {
		_cleanup_(answer_freep) struct signet_answer *a = NULL;

		if (signet_list(s, args->keys.items[i], &a) < 0 || signet_answer_status(a) != 0)
			return; /* nobody knows */
		if (!signet_answer_key(a, 0))
			note(args, "the agent shows no key '%s' now; see 'signet list'",
			     args->keys.items[i]);
	}
}

static enum exit_code write_grant(const struct args *args, struct grant *g)
{
	_cleanup_(freep) char *name = NULL;
	_cleanup_(freep) char *text = NULL;
	_cleanup_(freep) char *sentence = NULL;
	struct config_file file;
	enum exit_code e;

	e = name_file(args, g, &name);
	if (e != EXIT_DONE)
		return e;
	text = to_text(g);
	sentence = grant_sentence(g);
	if (!text || !sentence) {
		complain("out of memory");
		return EXIT_AGAIN;
	}
	file = (struct config_file){name, text};
	e = config_change(args, &file, 1);
	if (e != EXIT_DONE)
		return e;
	look_for_keys(args);
	note(args, "granted: %s", sentence);
	printf("%s\n", g->id);
	return finish_output();
}

enum exit_code cmd_grant(const struct args *args)
{
	struct grant *g = calloc(1, sizeof(*g));
	enum exit_code e;

	if (!g) {
		complain("out of memory");
		return EXIT_AGAIN;
	}
	e = read_arguments(args, g);
	if (e == EXIT_DONE)
		e = write_grant(args, g);
	grants_free(g, 1);
	return e;
}
