/*
 * base/limits.h - every number that bounds what somebody else can make us hold or do
 *
 * One line each, with the reason for the number.
 */
#ifndef AGENT_BASE_LIMITS_H
#define AGENT_BASE_LIMITS_H

/* --- wire ------------------------------------------------------------------------------------ */

/* One frame without its length word: what OpenSSH accepts, so no larger one can be expected. */
#define FRAME_MAX (256u * 1024)
/* Items in one signing request: 256 digests of 64 bytes in hex still fit one journal datagram. */
#define BATCH_MAX 256u
/* A message for pure Ed25519, or ssh data: leaves room for the rest of its frame. */
#define MESSAGE_MAX (FRAME_MAX - 4096u)
/* The longest digest we know is SHA-512. */
#define DIGEST_MAX 64u
/* A signature: RSA-8192 has 1,024 bytes, ML-DSA-87 has 4,627. */
#define SIGNATURE_MAX 4640u
/* Key and token names: TOKEN/LABEL, a file name of 64 bytes and a PKCS#11 label of 32. */
#define NAME_MAX_LEN 128u
/* What a client calls an item, usually a file name. */
#define LABEL_MAX 255u
/* A sentence for people: longer ones do not fit a terminal. */
#define SENTENCE_MAX 1024u
/* A public key (DER SPKI): RSA-8192 needs 1,062 bytes, ML-DSA-87 2,614. */
#define SPKI_MAX 4096u
/* A certificate: X.509 with a long chain of extensions, or an OpenSSH certificate. */
#define CERTIFICATE_MAX (16u * 1024)
/* PIN: PKCS#11 tokens take 4 to 64 characters in practice; 255 is what a credential may be. */
#define PIN_MAX 255u
/* The identifier of an ssh session: a SHA-512, the longest hash that ends a key exchange. */
#define SSH_SESSION_MAX 64u
/* A purpose: 'sshsig:' and a namespace, or 'pam:' and a service. */
#define PURPOSE_MAX 128u
/* CKA_ID: 20 (a SHA-1) is usual; longer than 64 was not seen. */
#define CKA_ID_MAX 64u

/* --- peers ----------------------------------------------------------------------------------- */

/*
 * Connections of one uid: twice the requests that it may have under way, because a process that asks
 * on one connection after the other is there twice until its hang-up is seen.
 */
#define UID_CONNECTIONS_MAX 512u
/* Connections in all: at least 8 uids can have their full share; LimitNOFILE= is larger. */
#define CONNECTIONS_MAX 4096u
/* Bytes buffered for one uid, both directions: 32 full frames. */
#define UID_BYTES_MAX (32u * FRAME_MAX)
/* Requests of one uid under way: a large build host's parallel jobs. */
#define UID_PARKED_MAX 240u
/* Events recorded in a second of what peers did, and of what tokens did: a user can cause many. */
#define NOTES_PER_SEC_MAX 50u
/* Descriptors in one message: the kernel's SCM_MAX_FD, which no header has. */
#define PASSED_MAX 253u
/* Threads that may hang in close(): 16 KiB each in use, and a message full of bad descriptors. */
#define CLOSERS_MAX 256u
/* Descriptors that wait to be closed: more than LimitNOFILE= lets us have. */
#define CLOSER_WAITING_MAX 32768u
/* As many waiting, and none is received: what LimitNOFILE= has left then holds PASSED_MAX. */
#define CLOSER_CROWDED 1024u
/* Frames handled for one connection before the others have their turn. */
#define FRAMES_PER_TURN 8u
/* Supplementary groups kept of a caller: the kernel allows 65,536, nobody uses more than these. */
#define GROUPS_MAX 1024u

/* --- policy ---------------------------------------------------------------------------------- */

/* One configuration file. */
#define CONFIG_FILE_MAX (64u * 1024)
/* Path of one that is shown to clients: what the kernel allows without its NUL. */
#define CONFIG_PATH_MAX 4095u
/* Files in one configuration directory, drop-ins included. */
#define CONFIG_FILES_MAX 4096u
/* Keys whose signatures are counted: as many as all tokens can have. */
#define USES_MAX (TOKENS_MAX * TOKEN_KEYS_MAX)
/* Questions under way at polkitd, which answers one at a time at about 1 ms each. */
#define POLKIT_INFLIGHT_MAX 32u
/* Questions that one listing has at polkitd: a long list must not fill the queue for others. */
#define SIFT_INFLIGHT_MAX 8u
/* Keys looked at for one page of a listing. */
#define SIFT_KEYS_MAX 256u
/* Questions waiting for their turn, over all uids. */
#define POLKIT_QUEUE_MAX 8192u
/* Decisions kept, at about 500 bytes each. */
#define POLKIT_KEPT_MAX 4096u

/* Steps of an explanation: a step for each limit of a key, and some more. */
#define TRACE_STEPS_MAX 32u
/* Where a step looked, for people: a longer path is cut. */
#define PATH_SHOWN_MAX 255u
/* --- approvals ------------------------------------------------------------------------------- */

/* Approvals of one request: more people than one can bring to agree. */
#define QUORUM_MAX 16u
/* People's keys for approvals in one file. */
#define APPROVER_KEYS_MAX 256u
/* Requests of one uid that wait for approvals or have ended a while ago. */
#define PARKED_UID_MAX 64u
/* Requests for one key: what approvers can still read. */
#define PARKED_KEY_MAX 256u
/* In all; each is a file. */
#define PARKED_MAX 1024u
/* Their bytes for one uid: 16 full frames. And in all: as much as 16 such users have. */
#define PARKED_UID_BYTES_MAX (16u * FRAME_MAX)
#define PARKED_BYTES_MAX (16u * PARKED_UID_BYTES_MAX)
/* How long a request that has ended keeps its place: who asks and withdraws in a loop fills only his. */
#define PARKED_KEPT_SEC 600u
/* A window: a month, and more signatures than any build makes. */
#define WINDOW_SEC_MAX (30u * 24 * 60 * 60)
#define WINDOW_SIGNATURES_MAX 1000000u
/* What is stored of one request: a frame, and what is known of who asked. */
#define PARKED_FILE_MAX (FRAME_MAX + 64u * 1024)
/* An SSHSIG by an Ed25519 key has some 200 bytes; the application of a FIDO token is longer. */
#define SSHSIG_MAX 4096u
/* Why the glass is broken, or an approval denied. */
#define REASON_MAX 255u
/* How long one call may wait for approvals; the client then asks again. */
#define FETCH_WAIT_SEC_MAX 60u

/* --- token ----------------------------------------------------------------------------------- */

/* Tokens configured on one host. */
#define TOKENS_MAX 64u
/* Keys of one token. */
#define TOKEN_KEYS_MAX 4096u
/* Signatures under way in one token process: libp11 has 16 sessions a slot, one stays free. */
#define TOKEN_SESSIONS_MAX 15u
/* Items of one uid queued for one token: as many full requests as it may have under way. */
#define TOKEN_QUEUE_UID_MAX (UID_PARKED_MAX * BATCH_MAX)
/* Items queued for one token in all: some dozens of such users; their bytes are charged to them. */
#define TOKEN_QUEUE_MAX (32u * TOKEN_QUEUE_UID_MAX)

#endif
