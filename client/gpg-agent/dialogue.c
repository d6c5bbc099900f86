/*
 * gpg-agent/dialogue.c - see dialogue.h
 *
 * A table of the verbs that are about keys of signetd's. Each decides whether the command is about
 * one; all others, and all other verbs, are handed on. Functions return 0 or a negative errno,
 * which is the end of the connection; a refusal is an answer.
 */
#include "client/gpg-agent/dialogue.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/gpg-agent/answer.h"
#include "client/gpg-agent/share.h"

/* --- keys ------------------------------------------------------------------------------------- */

static const struct grip *find_key(struct dialogue *d, const char *word)
{
	uint8_t grip[GRIP_SIZE];

	if (!assuan_parse_grip(word, grip))
		return NULL;
	grips_load(&d->grips, d->signet);
	return grips_find(&d->grips, grip);
}

/* The key that the only operand of a command names; NULL: it is not ours, or the form is another. */
static const struct grip *find_operand(struct dialogue *d, const struct order *o)
{
	size_t at = assuan_first_operand(&o->words);

	if (o->words.has_more || at + 1 != o->words.n_words)
		return NULL;
	return find_key(d, o->words.words[at]);
}

static void reload(struct dialogue *d)
{
	grips_done(&d->grips);
	grips_load(&d->grips, d->signet);
}

static int run_havekey(struct dialogue *d, const struct order *o)
{
	const struct assuan_command *c = &o->words;
	int r = 0;

	if (!assuan_has_option(c, "--list")) {
		for (size_t i = 0; i < c->n_words; i++)
			if (find_key(d, c->words[i]))
				return answer_ok(d);
		return answer_hand_on(d, o);
	}
	reload(d);
	for (size_t i = 0; r == 0 && i < d->grips.n; i++)
		r = answer_data(d, d->grips.all[i].grip, GRIP_SIZE);
	return r < 0 ? r : answer_end_list(d, o);
}

/* The field for the id on a card has the name of the key: so people find the keygrip. */
static int send_info(struct dialogue *d, const struct grip *g, bool is_data)
{
	char line[ASSUAN_LINE_MAX] = "S KEYINFO ";
	size_t begin = strlen(line), n = begin;

	for (size_t i = 0; i < GRIP_SIZE; i++)
		n += (size_t)snprintf(line + n, 3, "%02X", g->grip[i]);
	n += (size_t)snprintf(line + n, 6, " D - ");
	for (const char *p = signet_key_name(g->key); *p && n < sizeof(line) - 32; p++)
		n += (size_t)snprintf(line + n, 4, strchr(" %+", *p) ? "%%%02X" : "%c", *p);
	n += (size_t)snprintf(line + n, 12, " - - - - -\n");
	return is_data ? answer_data(d, line + begin, n - begin)
		       : lines_write(&d->client, line, n - 1);
}

static int run_keyinfo(struct dialogue *d, const struct order *o)
{
	bool is_data = assuan_has_option(&o->words, "--data");
	const struct grip *g;
	int r = 0;

	if (assuan_has_option(&o->words, "--list")) {
		reload(d);
		for (size_t i = 0; r == 0 && i < d->grips.n; i++)
			r = send_info(d, &d->grips.all[i], is_data);
		return r < 0 ? r : answer_end_list(d, o);
	}
	g = find_operand(d, o);
	if (!g)
		return answer_hand_on(d, o);
	r = send_info(d, g, is_data);
	return r < 0 ? r : answer_ok(d);
}

static int run_readkey(struct dialogue *d, const struct order *o)
{
	_cleanup_(freep) char *key = NULL;
	const struct grip *g = find_operand(d, o);
	const uint8_t *spki;
	size_t size;

	if (!g || assuan_has_option(&o->words, "--card"))
		return answer_hand_on(d, o);
	if (assuan_has_option(&o->words, "--format"))
		return answer_error(d, GPG_ERR_NOT_SUPPORTED, "signet pubkey --ssh prints it");
	if (assuan_has_option(&o->words, "--no-data"))
		return answer_ok(d);
	spki = signet_key_spki(g->key, &size);
	if (!sexp_public_key(signet_key_type(g->key), spki, size, &key, &size))
		return answer_error(d, GPG_ERR_BAD_PUBKEY, NULL);
	return answer_result(d, key, size);
}

/* --- signing ---------------------------------------------------------------------------------- */

static bool is_ours(const struct dialogue *d)
{
	return d->task.key[0] != '\0';
}

/* What is said of the next operation both have to hear: which of them does it is not settled yet. */
static int agree(struct dialogue *d, const struct order *o)
{
	struct behind_end end;
	int r = answer_ask_behind(d, o, &end);

	if (r < 0)
		return r;
	return end.line ? lines_write(&d->client, end.line, end.size) : answer_ok(d);
}

/* What is to be signed stays, as with gpg-agent. */
static int run_setkey(struct dialogue *d, const struct order *o)
{
	const struct grip *g = find_operand(d, o);
	struct pksign *t = &d->task;

	if (assuan_has_option(&o->words, "--another")) /* to decrypt with two at the same time */
		return answer_hand_on(d, o);
	t->key[0] = t->label[0] = '\0';
	if (!g)
		return answer_hand_on(d, o);
	t->type = signet_key_type(g->key);
	memcpy(t->id, g->id, sizeof(t->id));
	(void)snprintf(t->key, sizeof(t->key), "%s", signet_key_name(g->key));
	return agree(d, o);
}

static int run_setkeydesc(struct dialogue *d, const struct order *o)
{
	if (!is_ours(d))
		return answer_hand_on(d, o);
	d->task.label[0] = '\0';
	if (o->words.n_words > 0)
		assuan_parse_label(o->words.words[0], d->task.label);
	return agree(d, o);
}

static int run_sethash(struct dialogue *d, const struct order *o)
{
	struct pksign *t = &d->task;
	gpg_err_code_t code;

	t->hash = SIGNET_NO_HASH;
	code = assuan_parse_hash(&o->words, &t->hash, t->digest, &t->digest_size);
	if (!is_ours(d))
		return answer_hand_on(d, o);
	if (code == GPG_ERR_UNSUPPORTED_ALGORITHM) {
		(void)fprintf(stderr, "not signed: key '%s': only SHA-256, SHA-384 and SHA-512\n",
			      t->key);
		return answer_error(d, code,
				    "keys of signetd sign SHA-256, SHA-384 and SHA-512 only");
	}
	return code ? answer_error(d, code, NULL) : agree(d, o);
}

static int run_pksign(struct dialogue *d, const struct order *o)
{
	_cleanup_(freep) char *signature = NULL;
	char sentence[PKSIGN_SENTENCE_MAX];
	gpg_err_code_t code;
	size_t size;

	if (!is_ours(d))
		return answer_hand_on(d, o);
	code = pksign(d->signet, &d->task, &signature, &size, sentence);
	d->task.label[0] = '\0';
	return code ? answer_error(d, code, sentence) : answer_result(d, signature, size);
}

/* signetd never decrypts, but the other gpg-agent may have the same key. */
static int run_pkdecrypt(struct dialogue *d, const struct order *o)
{
	struct behind_end end;
	int r = answer_ask_behind(d, o, &end);

	if (r < 0)
		return r;
	if (is_ours(d) && d->behind.state == BEHIND_ABSENT)
		return answer_error(d, GPG_ERR_NOT_SUPPORTED,
				    "keys of signetd sign, and do not decrypt");
	return answer_end(d, o, &end);
}

/* --- the connection itself -------------------------------------------------------------------- */

static int run_reset(struct dialogue *d, const struct order *o)
{
	d->task = (struct pksign){};
	grips_done(&d->grips);
	return answer_hand_on(d, o);
}

static int run_bye(struct dialogue *d, const struct order *o)
{
	(void)o; /* nothing can go with it */
	d->is_over = true;
	return lines_write(&d->client, "OK closing connection", 21);
}

static int send_pid(struct dialogue *d)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%ld", (long)getpid());

	return answer_result(d, text, (size_t)n);
}

static int send_socket_name(struct dialogue *d)
{
	struct sockaddr_un address = {};
	socklen_t size = sizeof(address);

	if (getsockname(d->client.fd, (struct sockaddr *)&address, &size) < 0)
		return answer_error(d, GPG_ERR_GENERAL, NULL);
	return answer_result(d, address.sun_path,
			     strnlen(address.sun_path, sizeof(address.sun_path)));
}

/* gpg warns of an agent that is older than itself. What has no version of GnuPG has the last. */
static int run_getinfo(struct dialogue *d, const struct order *o)
{
	const char *what = o->words.n_words > 0 ? o->words.words[0] : "";
	struct behind_end end;
	int r;

	if (strcmp(what, "pid") == 0)
		return send_pid(d);
	if (strcmp(what, "socket_name") == 0)
		return send_socket_name(d);
	r = answer_ask_behind(d, o, &end);
	if (r < 0)
		return r;
	if (end.line || d->behind.state == BEHIND_LOST)
		return answer_end(d, o, &end);
	if (strcmp(what, "version") == 0)
		return answer_result(d, "2.99.0", 6);
	if (strcmp(what, "cmd_has_option") == 0 || strcmp(what, "restricted") == 0)
		return answer_error(d, GPG_ERR_FALSE, NULL);
	return answer_error(d, GPG_ERR_ASS_PARAMETER, NULL);
}

/* clang-format off */
static const struct {
	const char *verb;
	int (*run)(struct dialogue *d, const struct order *o);
} verbs[] = {
	{"BYE",        run_bye},
	{"GETINFO",    run_getinfo},
	{"HAVEKEY",    run_havekey},
	{"KEYINFO",    run_keyinfo},
	{"PKDECRYPT",  run_pkdecrypt},
	{"PKSIGN",     run_pksign},
	{"READKEY",    run_readkey},
	{"RESET",      run_reset},
	{"SETHASH",    run_sethash},
	{"SETKEY",     run_setkey},
	{"SETKEYDESC", run_setkeydesc},
	{"SIGKEY",     run_setkey},
};
/* clang-format on */

static int run(struct dialogue *d, const char *line, size_t size)
{
	struct order o = {.line = line, .size = size};

	if (size == 0 || line[0] == '#')
		return 0;
	if (!assuan_parse(line, size, &o.words))
		return answer_error(d, GPG_ERR_ASS_SYNTAX, NULL);
	for (size_t i = 0; i < array_len(verbs); i++)
		if (strcasecmp(o.words.verb, verbs[i].verb) == 0)
			return verbs[i].run(d, &o);
	return answer_hand_on(d, &o);
}

int dialogue_init(struct dialogue *d, int client_fd, const char *behind)
{
	int r;

	*d = (struct dialogue){};
	lines_init(&d->client, client_fd);
	behind_init(&d->behind, behind);
	r = signet_open(NULL, &d->signet);
	if (r == 0)
		signet_set_watch(d->signet, client_fd);
	return r;
}

void dialogue_done(struct dialogue *d)
{
	grips_done(&d->grips);
	signet_close(d->signet);
	behind_done(&d->behind);
	lines_done(&d->client);
}

void dialogue_run(struct dialogue *d)
{
	static const char greeting[] = "OK Pleased to meet you";
	const char *line;
	size_t size;
	int r = lines_write(&d->client, greeting, strlen(greeting));

	while (r == 0 && !d->is_over) {
		r = lines_read(&d->client, -1, LINES_NO_DEADLINE, &line, &size);
		if (r == 0)
			r = run(d, line, size);
	}
	if (r == -EMSGSIZE)
		(void)answer_error(d, GPG_ERR_ASS_LINE_TOO_LONG, NULL); /* it ends anyway */
}
