/*
 * wire/signature.h - a signature, from the form tokens make it in to the forms people read
 *
 * Tokens give ECDSA as r and s side by side (code_signature_size()); openssl wants DER, ssh two
 * mpints. The caller has checked the size.
 */
#ifndef AGENT_WIRE_SIGNATURE_H
#define AGENT_WIRE_SIGNATURE_H

#include "agent/base/code.h"
#include "agent/wire/writer.h"

/* As sign@signetd.org answers it: DER for ECDSA, unchanged for all others. */
void signature_write_plain(struct writer *w, enum key_type type, struct view raw);

/* As an ssh signature: string algorithm, string signature. */
void signature_write_ssh(struct writer *w, enum key_type type, enum hash hash, struct view raw);

#endif
