/*
 * gpg-agent/assuan.h - the text of the Assuan protocol: commands, data lines, errors
 *
 * Pure: no descriptor is touched here. Lines come from outside; whatever they hold, nothing is read
 * beyond them.
 */
#ifndef CLIENT_GPG_AGENT_ASSUAN_H
#define CLIENT_GPG_AGENT_ASSUAN_H

#include <gpg-error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/gpg-agent/sexp.h"

/* A line of the protocol, with the LF at its end. */
#define ASSUAN_LINE_MAX 1002
/* 24 keygrips fill a line; what has more words than this is handed on or refused. */
#define ASSUAN_WORDS_MAX 32
#define ASSUAN_DIGEST_MAX 64

/* A command in its words. Points into itself. */
struct assuan_command {
	char text[ASSUAN_LINE_MAX];
	const char *verb;
	const char *words[ASSUAN_WORDS_MAX]; /* behind the verb */
	size_t n_words;
	bool has_more; /* there were more words */
};

/* False: a NUL within, or no verb. line is without its LF. */
bool assuan_parse(const char *line, size_t size, struct assuan_command *ret);

/* Whether a line that need not have a NUL is this verb, alone or with something behind it. */
bool assuan_is(const char *line, size_t size, const char *verb);

/* Whether one of the words is this option, as '--list' or with a value, as '--list=5'. */
bool assuan_has_option(const struct assuan_command *c, const char *option);

/* The value of '--hash=...'; NULL if it is not there. */
const char *assuan_option_value(const struct assuan_command *c, const char *option);

/* The first word that is no option, from there on all are operands; n_words: there is none. */
size_t assuan_first_operand(const struct assuan_command *c);

/* A keygrip: exactly 40 hexadecimal digits. */
bool assuan_parse_grip(const char *word, uint8_t ret[GRIP_SIZE]);

/* 'SETHASH 8 HEX' and 'SETHASH --hash=sha256 HEX'. 0, or why it is refused. */
gpg_err_code_t assuan_parse_hash(const struct assuan_command *c, enum signet_hash *ret_hash,
				 uint8_t ret_digest[static ASSUAN_DIGEST_MAX], size_t *ret_size);

/*
 * What a record may call the thing that is signed, from the text for the passphrase prompt that
 * gpg and gpgsm send: what stands there between quotation marks, the user id or the subject of the
 * certificate, with '?' for all that is not printable ASCII. It is the client's word. Empty: there
 * is nothing of the kind.
 */
void assuan_parse_label(const char *word, char ret[static SIGNET_LABEL_MAX + 1]);

/*
 * Makes the next 'D ...' line, without LF, of what is left of the data, and moves on. Returns the
 * length of the line.
 */
size_t assuan_data(const uint8_t **data, size_t *size, char ret[static ASSUAN_LINE_MAX]);

/* Makes an 'ERR ...' line, without LF; the sentence may be NULL. Returns its length. */
size_t assuan_error(gpg_err_code_t code, const char *sentence, char ret[static ASSUAN_LINE_MAX]);

/* The code of an 'ERR ...' line. */
gpg_err_code_t assuan_error_code(const char *line, size_t size);

#endif
