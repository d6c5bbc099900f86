/*
 * gpg-agent/answer.c - see answer.h
 */
#include "client/gpg-agent/answer.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "client/gpg-agent/share.h"

int answer_ok(struct dialogue *d)
{
	return lines_write(&d->client, "OK", 2);
}

int answer_error(struct dialogue *d, gpg_err_code_t code, const char *sentence)
{
	char line[ASSUAN_LINE_MAX];

	return lines_write(&d->client, line, assuan_error(code, sentence, line));
}

int answer_data(struct dialogue *d, const void *data, size_t size)
{
	char line[ASSUAN_LINE_MAX];
	const uint8_t *at = data;
	int r = 0;

	while (r == 0 && size > 0) {
		size_t n = assuan_data(&at, &size, line);

		r = lines_write(&d->client, line, n);
	}
	return r;
}

int answer_result(struct dialogue *d, const void *data, size_t size)
{
	int r = answer_data(d, data, size);

	return r < 0 ? r : answer_ok(d);
}

/* --- handing on ------------------------------------------------------------------------------- */

/* What gpg and gpgsm are told where there is no other gpg-agent; 0 is OK. All other verbs are not
 * known then. */
/* clang-format off */
static const struct {
	const char *verb;
	gpg_err_code_t code;
} alone[] = {
	{"CLEAR_PASSPHRASE", 0},
	{"HAVEKEY",          GPG_ERR_NO_SECKEY},
	{"ISTRUSTED",        GPG_ERR_NOT_TRUSTED},
	{"KEYINFO",          GPG_ERR_NOT_FOUND},
	{"LISTTRUSTED",      0},
	{"NOP",              0},
	{"OPTION",           0},
	{"PKDECRYPT",        GPG_ERR_NO_SECKEY},
	{"PKSIGN",           GPG_ERR_NO_SECKEY},
	{"READKEY",          GPG_ERR_NO_SECKEY},
	{"RESET",            0},
	{"SCD",              GPG_ERR_NO_SCDAEMON},
	{"SETHASH",          0},
	{"SETKEY",           GPG_ERR_NO_SECKEY},
	{"SETKEYDESC",       0},
	{"SIGKEY",           GPG_ERR_NO_SECKEY},
	{"UPDATESTARTUPTTY", 0},
};
/* clang-format on */

static gpg_err_code_t code_alone(const char *verb)
{
	for (size_t i = 0; i < array_len(alone); i++)
		if (strcasecmp(verb, alone[i].verb) == 0)
			return alone[i].code;
	return GPG_ERR_ASS_UNKNOWN_CMD;
}

static int send_lost(struct dialogue *d)
{
	d->behind.state = BEHIND_CLOSED;
	return answer_error(d, GPG_ERR_NO_AGENT, "the user's own gpg-agent has hung up");
}

/* Nobody has the key, as far as is known. */
static int send_unknown(struct dialogue *d)
{
	char sentence[PKSIGN_SENTENCE_MAX];

	(void)snprintf(sentence, sizeof(sentence), "the keys of signetd are not known: %s",
		       d->grips.missing); /* cut if too long */
	return answer_error(d, GPG_ERR_NO_AGENT, sentence);
}

/* Whether the code says that there is no such key, and signetd may have it all the same. */
static bool is_unknown(const struct dialogue *d, const struct order *o, gpg_err_code_t code)
{
	return d->grips.missing && (code == GPG_ERR_NO_SECKEY || code == GPG_ERR_NOT_FOUND) &&
	       code == code_alone(o->words.verb);
}

int answer_end(struct dialogue *d, const struct order *o, const struct behind_end *end)
{
	gpg_err_code_t code = end->line ? end->code : code_alone(o->words.verb);

	if (d->behind.state == BEHIND_LOST)
		return send_lost(d);
	if (is_unknown(d, o, code))
		return send_unknown(d);
	if (end->line)
		return lines_write(&d->client, end->line, end->size);
	if (code && d->behind.state == BEHIND_SILENT)
		return answer_error(d, GPG_ERR_NO_AGENT,
				    "the user's own gpg-agent cannot be reached");
	return code ? answer_error(d, code, NULL) : answer_ok(d);
}

int answer_ask_behind(struct dialogue *d, const struct order *o, struct behind_end *ret)
{
	return behind_ask(&d->behind, &d->client, o->line, o->size, ret);
}

int answer_hand_on(struct dialogue *d, const struct order *o)
{
	struct behind_end end;
	int r = answer_ask_behind(d, o, &end);

	return r < 0 ? r : answer_end(d, o, &end);
}

/* That it has no keys, or does not know such lists, is no fault of ours. All else may be half a list. */
static bool is_whole(const struct behind_end *end)
{
	static const gpg_err_code_t none[] = {
		0,
		GPG_ERR_ASS_PARAMETER,
		GPG_ERR_ASS_UNKNOWN_CMD,
		GPG_ERR_ENOENT,
		GPG_ERR_NO_SECKEY,
		GPG_ERR_NOT_FOUND,
	};

	for (size_t i = 0; i < array_len(none); i++)
		if (end->code == none[i])
			return true;
	return false;
}

int answer_end_list(struct dialogue *d, const struct order *o)
{
	struct behind_end end;
	int r = answer_ask_behind(d, o, &end);

	if (r < 0)
		return r;
	if (d->behind.state != BEHIND_ABSENT && !(end.line && is_whole(&end)))
		return answer_end(d, o, &end);
	return d->grips.missing ? send_unknown(d) : answer_ok(d);
}
