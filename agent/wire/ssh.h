/*
 * wire/ssh.h - what ssh asks to have signed, recognised by its form
 *
 * A signature is only as harmless as the bytes under it. So the bytes are read, and what they could
 * be taken for by a server decides what the caller needs leave for. Doubt goes the strict way: what
 * has the form of a login is one, whatever key it names, so that no leave for something else covers
 * it.
 */
#ifndef AGENT_WIRE_SSH_H
#define AGENT_WIRE_SSH_H

#include "agent/base/code.h"
#include "agent/wire/reader.h"

enum ssh_kind {
	SSH_KIND_RAW = 0, /* none of the others */
	SSH_KIND_AUTH,    /* RFC 4252 sections 7 and 9, or the host-bound form: somebody logs in */
	SSH_KIND_SIG,     /* SSHSIG: a file or a commit, in a namespace */
	SSH_KIND_CERT,    /* the part of an OpenSSH certificate that its CA signs */
	SSH_KIND_BROKEN, /* it begins like one of them and is none: nothing honest looks like that */
};

struct ssh_content {
	enum ssh_kind kind;
	struct view namespace; /* SSH_KIND_SIG: clean text; empty otherwise */
	struct view session;   /* SSH_KIND_AUTH: identifier of the ssh session; empty otherwise */
};

/* Never fails: what it does not recognise is SSH_KIND_RAW. Views point into data. */
void ssh_recognise(struct view data, struct ssh_content *ret);

/* Whether this is an OpenSSH certificate, whole and signed by anybody, of this public key. */
bool ssh_certifies(struct view certificate, struct view key_blob);

/*
 * How ssh signs with a key of this type: the algorithm, and the hash that flags of a signing
 * request ask for. False if ssh has no way, or only one with SHA-1 (an RSA key without flags).
 */
bool ssh_signing(enum key_type type, uint32_t flags, enum algorithm *ret_algorithm,
		 enum hash *ret_hash);

#endif
