/*
 * cli/pin.h - a PIN on its way from a person to a sealed memfd
 */
#ifndef CLIENT_CLI_PIN_H
#define CLIENT_CLI_PIN_H

#include "client/cli/cli.h"

/* From the terminal, without echo. ret is what signet_pin() made; the caller closes it. */
enum exit_code pin_ask(const char *token, int *ret_fd);

/* From standard input: one line, or all there is. */
enum exit_code pin_read(int *ret_fd);

/* One that is at hand. */
enum exit_code pin_seal(const char *pin, int *ret_fd);

#endif
