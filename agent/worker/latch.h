/*
 * worker/latch.h - the memory of PINs that were tried on a token, which survives this process
 *
 * A token takes a few wrong PINs and then no PIN at all any more. A credential that is wrong is
 * wrong again after each restart, so what was tried is written down before it is tried:
 *
 *   - No C_Login without "open VALUE" safely on disk before it. If that cannot be written, there
 *     is no login.
 *   - After a success the line goes away; after a refusal it becomes "refused VALUE" and stays
 *     until that value succeeds.
 *   - A refused value is never tried again by itself. A person may, if the token shows wrong tries
 *     (CKF_USER_PIN_COUNT_LOW, seen set after an earlier refusal) and shows none now: then its PIN
 *     was used or set anew since, and maybe to this value.
 *   - An open value without an outcome (the process or the machine died in the middle, or the
 *     token answered something that says nothing about the PIN): if the token shows a wrong try,
 *     it may have been this one, and the value is not tried again. If it shows none, it is: as
 *     often as needed on a token that is known to show wrong tries, because it proves that none
 *     was used up; otherwise once more. A person who types the value again always may.
 *
 * So a wrong value costs one try, however often we are restarted, and a right one is never locked
 * out for good. The one exception is a crash between the token's answer and our note of it: on a
 * token that does not show wrong tries, or if a person then types the same value, it costs another.
 *
 * Values are written as hashes of token serial and PIN under a random key in the same file: enough
 * to recognise a value, not to read it. Who may read the file could still try all short PINs; it
 * is 0600, and the PIN that works is never in it for longer than its login takes.
 */
#ifndef AGENT_WORKER_LATCH_H
#define AGENT_WORKER_LATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/cleanup.h"
#include "agent/base/secret.h"

/* Nobody types more wrong PINs than these; the oldest goes first. */
#define LATCH_ENTRIES_MAX 32

#define LATCH_KEY_SIZE 32
#define LATCH_HASH_SIZE 32

struct latch_entry {
	uint8_t hash[LATCH_HASH_SIZE];
	bool is_refused;
	unsigned n_open; /* logins begun whose outcome is not known */
};

struct latch {
	char *directory; /* owned */
	uint8_t key[LATCH_KEY_SIZE];
	bool is_counting; /* the token was seen to show wrong tries */
	size_t n;
	struct latch_entry entries[LATCH_ENTRIES_MAX];
};

/* What is known right before a login. */
struct latch_facts {
	const char *serial; /* of the token */
	const struct secret *pin;
	bool is_counting;   /* tokens of this kind are known to show wrong tries */
	bool is_count_low;  /* the token shows a wrong try */
	bool is_person;     /* somebody has typed this PIN just now */
	bool has_succeeded; /* this PIN has logged this process in before */
};

/*
 * Reads DIRECTORY/pin-refused; none is an empty latch. -EBADMSG if the file is damaged: then
 * nothing is known, and so nothing may be tried.
 */
int latch_open(const char *directory, struct latch **ret);
struct latch *latch_free(struct latch *l);
DEFINE_FREEP(struct latch, latch_free)

/* Whether this PIN may be tried. */
bool latch_may_try(const struct latch *l, const struct latch_facts *f);

/* Before C_Login; after a negative errno it must not be called. */
int latch_begin(struct latch *l, const struct latch_facts *f);

/* After it. f->is_count_low is what the token showed before, is_count_low_now after it. */
int latch_succeeded(struct latch *l, const struct latch_facts *f);
int latch_refused(struct latch *l, const struct latch_facts *f, bool is_count_low_now);

/* The token has certainly not looked at the PIN: as if it had not been tried. */
int latch_untried(struct latch *l, const struct latch_facts *f);

#endif
