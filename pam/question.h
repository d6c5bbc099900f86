/*
 * pam/question.h - what is to be signed: who wants what of which program, here and now
 *
 * Most of it is for those who approve and for the record. What keeps an answer from being good for
 * anything else is that all of it is signed, with a nonce of the kernel's.
 */
#ifndef PAM_QUESTION_H
#define PAM_QUESTION_H

#include <security/pam_modules.h>

#include "agent/wire/writer.h"

/* Of PAM; sanitised by question_write(), so anything. NULL: not known. */
struct question {
	const char *service;
	const char *user;
	const char *ruser; /* who asks, by the kernel's word */
	const char *rhost;
	const char *tty;
};

/*
 * Appends the text (wire/challenge.h). -EINVAL if the service has no name that a purpose can have;
 * otherwise what getrandom(2), /proc or memory say.
 */
int question_write(const struct question *q, struct writer *w);

/*
 * A command line as /proc has it, on one line of printable ASCII that a shell would read the same way; what
 * does not fit is cut, with a word that says so. ret has room for size bytes, which must be 128 at least.
 */
void question_quote(const char *cmdline, size_t cmdline_size, char *ret, size_t size);

#endif
