/*
 * cli/agent.h - the agent as the verbs see it: open it, look up a key, pass on what it said
 */
#ifndef CLIENT_CLI_AGENT_H
#define CLIENT_CLI_AGENT_H

#include "client/cli/cli.h"

/* A handle for what the command line names. */
enum exit_code agent_open(const struct args *args, struct signet **ret);

/*
 * What became of a call: result is what the function of libsignet returned, a its answer. Tells
 * the person about everything but success; what is the thing asked about ("key 'x'").
 */
enum exit_code agent_check(const struct signet *s, int result, const struct signet_answer *a,
			   const char *what, ...) __attribute__((format(printf, 4, 5)));

/* The same number, if it is one of the contract; EXIT_IO for what a later agent may say. */
enum exit_code agent_exit(int status);

/*
 * Looks up a key; one that the agent does not list to this caller is a failure, which was said. The
 * key belongs to *ret, which is owned by the caller.
 */
enum exit_code agent_need_key(struct signet *s, const char *name, struct signet_answer **ret,
			      const struct signet_key **ret_key);

/* In an answer to signet_status(); NULL if there is no such token. */
const struct signet_token *agent_find_token(const struct signet_answer *a, const char *name);

/* SHA-256 of the SPKI in hex, by which records name the key; empty if it cannot be hashed. */
#define KEY_ID_TEXT_SIZE (2 * SIGNET_KEY_ID_SIZE + 1)
void agent_key_id(const struct signet_key *k, char ret[KEY_ID_TEXT_SIZE]);

/* The flags of a request as the command line wants them. */
unsigned agent_flags(const struct args *args);

static inline void signet_closep(struct signet **s)
{
	signet_close(*s);
}

static inline void answer_freep(struct signet_answer **a)
{
	signet_answer_free(*a);
}

#endif
