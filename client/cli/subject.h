/*
 * cli/subject.h - the name of whom a certificate is for, as people type it
 *
 * Either '/C=DE/O=Example/CN=x', as openssl(1) takes it, or 'CN=x,O=Example,C=DE' (RFC 4514), which
 * begins with what the first one ends with. A '+' joins two parts. What has a meaning in either form
 * stands behind a backslash, or is written as a backslash and two hexadecimal digits.
 */
#ifndef CLIENT_CLI_SUBJECT_H
#define CLIENT_CLI_SUBJECT_H

#include <openssl/x509.h>

#include "client/cli/cli.h"

/* The caller frees the name. EXIT_USAGE: text is no name. */
enum exit_code subject_parse(const char *text, X509_NAME **ret);

/* CN=COMMON_NAME, as it is. */
enum exit_code subject_plain(const char *common_name, X509_NAME **ret);

#endif
