/*
 * policy/usefile.h - how often one key has signed, as a small file
 *
 * Text of four lines, replaced as a whole. Whatever is not exactly what usefile_write() makes is
 * refused: a count that is not sure must not be taken for one. A file is called like the SHA-256 of its
 * public key.
 */
#ifndef AGENT_POLICY_USEFILE_H
#define AGENT_POLICY_USEFILE_H

#include <stdint.h>

#include "agent/model/key.h"

#define BOOT_ID_SIZE 36u
/* Four short lines. */
#define USEFILE_MAX 512u

struct usefile {
	uint64_t n_signed;  /* never fewer than there were */
	uint64_t last_usec; /* CLOCK_REALTIME of the last one; 0: none */
	uint64_t
		debt_usec; /* time until RateLimit= allows all it can again, from this moment on: */
	uint64_t boottime_usec;
	uint64_t realtime_usec;
	char boot_id[BOOT_ID_SIZE + 1]; /* of the boot in which boottime_usec was; may be empty */
};

/* Which boot this is; empty if the kernel does not say. */
void usefile_boot_id(char ret[BOOT_ID_SIZE + 1]);

/* Writes the text into buf, which has room for USEFILE_MAX. */
void usefile_format(const struct usefile *f, char buf[USEFILE_MAX]);
/* -EBADMSG if text is anything else. Changes text. */
int usefile_parse(char *text, struct usefile *ret);

/* All or nothing, and on the disk when it returns: so it may take long. */
int usefile_write(int dir_fd, const char *name, const char *text);
/* -ENOENT if there is none, -EBADMSG, or what reading gave. */
int usefile_read(int dir_fd, const char *name, struct usefile *ret);

/* The directory of these files below that of all state; owned by the caller, NULL without memory. */
char *usefile_dir(const char *state_dir);
/* Opens it, and makes it if need be. */
int usefile_open_dir(const char *state_dir, int *ret);

struct usefile_found {
	const char *name;
	uint8_t id[KEY_ID_SIZE];
	int error; /* of reading it; then file is empty */
	struct usefile file;
};

/* Calls back for each file in it until that fails, and returns what it gave. */
int usefile_walk(int dir_fd, int (*callback)(const struct usefile_found *f, void *userdata),
		 void *userdata);

/*
 * What is left of debt_usec at another moment. In another boot only the clock that people set can
 * tell how much time has passed; if it went backwards, none has.
 */
uint64_t usefile_debt(const struct usefile *f, const char *boot_id, uint64_t boottime_usec,
		      uint64_t realtime_usec);

#endif
