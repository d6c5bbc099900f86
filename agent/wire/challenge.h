/*
 * wire/challenge.h - what pam_signet has signed to let somebody in; pure
 *
 * A text of eleven lines and one form, so that the agent can tell such a signature from every other
 * one, and people can read what it is for. It never says whether anybody may come in.
 */
#ifndef AGENT_WIRE_CHALLENGE_H
#define AGENT_WIRE_CHALLENGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/wire/reader.h"
#include "agent/wire/writer.h"

#define CHALLENGE_SERVICE_MAX 64u
#define CHALLENGE_VALUE_MAX 255u
#define CHALLENGE_COMMAND_MAX 4096u
#define CHALLENGE_MACHINE_SIZE 32u
#define CHALLENGE_NONCE_SIZE 32u
/* The whole text: the names of the lines, and what has a fixed size, take less than 400 bytes. */
#define CHALLENGE_MAX \
	(CHALLENGE_SERVICE_MAX + 5u * CHALLENGE_VALUE_MAX + CHALLENGE_COMMAND_MAX + 400u)

/*
 * Views are borrowed; an empty one is none and stands as '-', which is therefore no value. Service
 * and user are always there. Values are clean text (base/text.h) of at most CHALLENGE_VALUE_MAX bytes.
 */
struct challenge {
	struct view service; /* of PAM, see challenge_is_service() */
	struct view user;    /* who is to be let in, or whose rights are asked for */
	struct view ruser;   /* who asks */
	struct view rhost;
	struct view tty;
	struct view host;
	struct view machine; /* CHALLENGE_MACHINE_SIZE lower-case hex digits of /etc/machine-id */
	struct view command; /* at most CHALLENGE_COMMAND_MAX bytes */
	uint64_t time_usec;  /* whole seconds are written */
	uint8_t nonce[CHALLENGE_NONCE_SIZE];
};

/* Makes w fail with -EINVAL if a value is not as described above. */
void challenge_write(struct writer *w, const struct challenge *c);

/* Whether data is a challenge to the last byte, as challenge_write() writes it. Views point into data. */
bool challenge_read(struct view data, struct challenge *ret);

/* Whether it begins like one, of whatever version. */
bool challenge_begins(struct view data);

/* 1 to CHALLENGE_SERVICE_MAX of [a-z0-9._-], not beginning with '.' or '-'. */
bool challenge_is_service(struct view name);

/*
 * One line for records and lists, cut to size (> 0) with its NUL: "sudo for root by alice on
 * /dev/pts/3: sudo apt upgrade".
 */
void challenge_describe(const struct challenge *c, char *ret, size_t size);

#endif
