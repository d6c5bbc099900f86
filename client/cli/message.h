/*
 * cli/message.h - messages in memory, signed and verified by the scheme of a recipe
 */
#ifndef CLIENT_CLI_MESSAGE_H
#define CLIENT_CLI_MESSAGE_H

#include "client/cli/format.h"

/* What the agent has to sign for this message: its digest, or for Ed25519 all of it. */
enum exit_code message_begin(const struct recipe *r, const uint8_t *message, size_t size,
			     struct job *job);

/* Whether the signature, as the agent makes it, is by the key. */
bool message_is_signed(const struct recipe *r, const uint8_t *message, size_t size,
		       const uint8_t *signature, size_t signature_size);

/* The id of a key that the agent lists, in hexadecimal, as its records have it. */
void message_keyid(const struct recipe *r, char ret[static 65]);

#endif
