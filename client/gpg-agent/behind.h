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

/*
 * Connects to path and takes the greeting. False: nobody is there, or somebody else's process, and
 * there will be none for this client.
 */
bool behind_open(struct lines *behind, const char *path);

/* What becomes of the line that ends the answer. */
enum behind_end {
	BEHIND_PASS_END = 1, /* it goes to the client too */
	BEHIND_KEEP_END,     /* the caller ends the answer */
};

/*
 * Sends a command and hands its answer to the client, with all inquiries in between. Returns 0 or
 * what is wrong with the client. *ret is the code of the answer, or GPG_ERR_NO_AGENT if there was
 * none: then the connection behind is closed, and the caller answers.
 */
int behind_ask(struct lines *behind, struct lines *client, const char *line, size_t size,
	       enum behind_end end, gpg_err_code_t *ret);

#endif
