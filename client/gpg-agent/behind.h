/*
 * gpg-agent/behind.h - the user's own gpg-agent, behind this one
 *
 * It has the keys that are files, the smart cards, the passphrases and the prompts for them. What is
 * not about a key of signetd's is handed on to it, and its answers and questions to the client,
 * line by line and unchanged. Each client has a connection of its own to it, since commands build
 * upon one another.
 */
#ifndef CLIENT_GPG_AGENT_BEHIND_H
#define CLIENT_GPG_AGENT_BEHIND_H

#include "client/gpg-agent/lines.h"

enum behind_state {
	BEHIND_CLOSED, /* the next command makes a connection */
	BEHIND_OPEN,
	BEHIND_LOST,   /* it hung up or broke the protocol, of which the client has to hear first */
	BEHIND_ABSENT, /* nobody listens there: as if there were one that has nothing */
	BEHIND_SILENT, /* somebody does, who cannot be asked; that is not tried again */
};

struct behind {
	const char *path; /* borrowed */
	enum behind_state state;
	struct lines lines;
};

/* The line that ends an answer, without its own end; lives until the next command. */
struct behind_end {
	const char *line; /* NULL: there was no answer, and the state says why */
	size_t size;
	gpg_err_code_t code; /* 0: OK */
};

void behind_init(struct behind *b, const char *path);
void behind_done(struct behind *b);

/*
 * Sends a command and hands its answer to the client, with all inquiries in between, but for the line
 * that ends it. Returns 0 or what is wrong with the client.
 */
int behind_ask(struct behind *b, struct lines *client, const char *line, size_t size,
	       struct behind_end *ret);

#endif
