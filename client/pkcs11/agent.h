/*
 * pkcs11/agent.h - the two things that this module asks the agent for
 *
 * The agent's answers become CKR_ codes here, and nowhere else. A refusal's sentence is written to
 * standard error where SIGNET_DEBUG asks for it.
 */
#ifndef CLIENT_PKCS11_AGENT_H
#define CLIENT_PKCS11_AGENT_H

#include "client/pkcs11/keypair.h"
#include "client/pkcs11/pkcs11.h"

/* Keys that are looked at: as many as one token of the agent's may have. */
#define AGENT_KEYS_MAX 4096u

/* One signature. */
struct wish {
	const struct keypair *key;
	enum signet_algorithm algorithm;
	enum signet_hash hash;
	struct octets input; /* a digest, or a message if there is no hash */
};

/*
 * The keys that the caller may use; each entry is a reference, and the array the caller's to free.
 * None if the agent does not answer within seconds. CKR_HOST_MEMORY.
 */
CK_RV agent_list(struct keypair ***ret, size_t *ret_n);

/*
 * Asks once, and waits; *handle is opened if it is NULL, and stays the caller's. Writes
 * keypair_signature_size() bytes. CKR_FUNCTION_REJECTED: the agent says no; CKR_USER_NOT_LOGGED_IN:
 * the token behind the key is locked; CKR_HOST_MEMORY; CKR_DEVICE_ERROR: everything else.
 */
CK_RV agent_sign(struct signet **handle, const struct wish *wish, uint8_t *ret);

#endif
