/*
 * pam/number.h - numbers above 0 as ssh and DER write them, in the one form that each of them has
 *
 * Pure. What is read are the bytes, most significant first; no arithmetic.
 */
#ifndef PAM_NUMBER_H
#define PAM_NUMBER_H

#include <stdbool.h>

#include "agent/wire/reader.h"

/*
 * An mpint of at most max bytes, not counting the zero that keeps it positive: with that zero, as the
 * content of a DER INTEGER has it too. Otherwise r fails.
 */
struct view number_read(struct reader *r, size_t max);

/* Without the zero. */
struct view number_bare(struct view number);

/* The two numbers of an ECDSA signature, bare and of at most max bytes each; false if it is none. */
bool number_read_der_pair(struct view signature, size_t max, struct view *ret_r,
			  struct view *ret_s);
bool number_read_ssh_pair(struct view signature, size_t max, struct view *ret_r,
			  struct view *ret_s);

#endif
