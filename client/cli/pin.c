/*
 * cli/pin.c - see pin.h
 */
#include "client/cli/pin.h"

#include <errno.h>
#include <string.h>

#include "client/cli/typed.h"

enum exit_code pin_seal(const char *pin, int *ret_fd)
{
	if (pin[0] == '\0') {
		complain("no PIN was given; nothing was tried");
		return EXIT_DATA;
	}
	if (signet_pin(pin, strlen(pin), ret_fd) == 0)
		return EXIT_DONE;
	complain("the PIN cannot be handed on: %s", strerror(errno));
	return EXIT_IO;
}

enum exit_code pin_read(int *ret_fd)
{
	_cleanup_(typed_done) struct typed typed = {};
	enum exit_code e = typed_read(1, &typed);

	return e == EXIT_DONE ? pin_seal(typed.lines[0], ret_fd) : e;
}

enum exit_code pin_ask(const char *token, int *ret_fd)
{
	_cleanup_(typed_done) struct typed typed = {};
	enum exit_code e = typed_ask(&typed, "--pin-stdin", "PIN for token '%s'", token);

	return e == EXIT_DONE ? pin_seal(typed.lines[0], ret_fd) : e;
}
