/*
 * cli/kernel.h - CMS as the kernel takes it: no attributes, no certificates, RSA or ECDSA
 */
#ifndef CLIENT_CLI_KERNEL_H
#define CLIENT_CLI_KERNEL_H

#include "client/cli/cms.h"
#include "client/cli/format.h"

/* Refuses keys and options for which the kernel has no check. A struct format's choose(). */
enum exit_code kernel_choose(struct recipe *r);

/* A signature of content with this digest is begun. */
enum exit_code kernel_begin(const struct recipe *r, const uint8_t *digest, size_t size,
			    CMS_ContentInfo **ret, struct job *job);

/* The same for a few bytes; then job->made is the CMS_ContentInfo ... */
enum exit_code kernel_begin_bytes(const struct recipe *r, const void *data, size_t size,
				  struct job *job);
/* ... for these two: the signature goes to where format_write() says. */
enum exit_code kernel_finish(const struct recipe *r, struct job *job, const uint8_t *signature,
			     size_t size);
void kernel_drop(void *made);

enum exit_code kernel_verify_bytes(const struct recipe *r, const void *data, size_t size,
				   const char *signature_path);

#endif
