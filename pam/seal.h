/*
 * pam/seal.h - the PIN of a token, sealed under the login password of a user
 *
 * Argon2id makes a key of the password, secretbox seals with it; both are libsodium's. A seal says for
 * which user and token it was made, under the seal, so that none can be put in the place of another.
 * Its size tells nothing about the PIN. What is opened is in locked memory that no core dump has.
 *
 *     byte 0   "signet seal 1\n", two NULs
 *         16   u32 passes, u32 KiB of memory that Argon2id takes
 *         24   salt, 16 bytes
 *         40   nonce, 24 bytes
 *         64   box: 16 bytes of authenticator, then, sealed:
 *                 u32 uid, token (NUL-padded to 65 bytes), u8 length of the PIN, PIN (padded to 255)
 */
#ifndef PAM_SEAL_H
#define PAM_SEAL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SEAL_SIZE 405u
#define SEAL_PIN_MAX 255u

/* For whom and what a seal is; borrowed. */
struct seal_owner {
	uid_t uid;
	const char *token; /* text_is_file_name() */
};

struct seal_pin {
	size_t size;
	char bytes[SEAL_PIN_MAX];
};

enum seal_result {
	SEAL_BROKEN = 0, /* it is none, or one for somebody else */
	SEAL_CLOSED,     /* made under another password */
	SEAL_TOO_LARGE,  /* there is not the memory that it takes to open it */
	SEAL_OPEN,
};

/* Room for a PIN, locked and left out of core dumps; NULL when out of memory. */
struct seal_pin *seal_pin_new(void);
/* Wipes and frees, for _cleanup_(); *p may be NULL. */
void seal_pin_freep(struct seal_pin **p);

/* -EINVAL for an empty password, an empty PIN or a token without a name; -ENOMEM, -EIO. */
int seal_make(const struct seal_owner *o, const char *password, const struct seal_pin *pin,
	      uint8_t ret[static SEAL_SIZE]);

/* *ret is written when the result is SEAL_OPEN; the caller frees it. */
enum seal_result seal_open(const struct seal_owner *o, const char *password, const void *data,
			   size_t size, struct seal_pin **ret);

#endif
