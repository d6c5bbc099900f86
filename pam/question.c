/*
 * pam/question.c - see question.h
 */
#include "pam/question.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "agent/base/cleanup.h"
#include "agent/base/clock.h"
#include "agent/base/fd.h"
#include "agent/base/text.h"
#include "agent/wire/challenge.h"

/* More than the kernel takes with its usual limit for the stack. */
#define CMDLINE_MAX (8u * 1024 * 1024)
#define CUT " [cut: %zu bytes in all]"
#define CUT_ROOM 64u /* for that, a quote, and a NUL */
#define ESCAPED 4u   /* \x1b */

/* --- the command ---------------------------------------------------------------------------------- */

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("%+,-./:=@_", c));
}

static bool is_plain_word(const char *word)
{
	if (word[0] == '\0')
		return false;
	for (; *word != '\0'; word++)
		if (!is_plain(*word))
			return false;
	return true;
}

/* One byte within $'...'; false if there is no room. */
static bool put_quoted(char c, char *ret, size_t room, size_t *at)
{
	unsigned char byte = (unsigned char)c;

	if (room - *at < ESCAPED + 1)
		return false;
	if (byte < ' ' || byte > '~')
		*at += (size_t)snprintf(ret + *at, room - *at, "\\x%02x", byte);
	else if (c == '\\' || c == '\'')
		*at += (size_t)snprintf(ret + *at, room - *at, "\\%c", c);
	else
		ret[(*at)++] = c;
	return true;
}

static bool put_word(const char *word, char *ret, size_t room, size_t *at)
{
	bool is_bare = is_plain_word(word);
	bool is_whole = room - *at > ESCAPED;

	if (*at > 0 && is_whole)
		ret[(*at)++] = ' ';
	if (!is_bare && is_whole)
		*at += (size_t)snprintf(ret + *at, room - *at, "$'");
	for (; *word != '\0' && is_whole; word++)
		is_whole = put_quoted(*word, ret, room, at);
	if (!is_bare && is_whole)
		ret[(*at)++] = '\'';
	return is_whole;
}

void question_quote(const char *cmdline, size_t cmdline_size, char *ret, size_t size)
{
	const char *word = cmdline, *end = cmdline + cmdline_size;
	size_t room = size - CUT_ROOM, at = 0;
	bool is_whole = true;

	for (; word < end && is_whole; word += strlen(word) + 1)
		is_whole = put_word(word, ret, room, &at);
	ret[at] = '\0';
	if (!is_whole)
		(void)snprintf(ret + at, size - at, CUT, cmdline_size); /* fits: CUT_ROOM */
}

/* Who approves must see it: whoever has called the host can set limits that make this fail. */
static int get_command(char *ret, size_t size)
{
	_cleanup_(freep) char *text = NULL;
	size_t text_size;
	int r = fd_read_file(AT_FDCWD, "/proc/self/cmdline", CMDLINE_MAX, &text, &text_size);

	if (r == 0)
		question_quote(text, text_size, ret, size);
	return r;
}

/* --- the rest ------------------------------------------------------------------------------------- */

static void get_host(char *ret, size_t size)
{
	char name[CHALLENGE_VALUE_MAX + 1] = "";

	if (gethostname(name, sizeof(name) - 1) < 0)
		name[0] = '\0';
	text_sanitise(name, ret, size);
}

static void get_machine(char *ret, size_t size)
{
	_cleanup_(freep) char *text = NULL;
	size_t text_size;

	ret[0] = '\0';
	if (fd_read_file(AT_FDCWD, "/etc/machine-id", size, &text, &text_size) == 0 &&
	    text_size >= size - 1) {
		memcpy(ret, text, size - 1);
		ret[size - 1] = '\0';
	}
}

static int get_nonce(uint8_t *ret)
{
	ssize_t n;

	do
		n = getrandom(ret, CHALLENGE_NONCE_SIZE, 0);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)CHALLENGE_NONCE_SIZE ? 0 : n < 0 ? -errno : -EIO;
}

/* NULL is none, and so is what stands for none. */
static struct view clean(const char *s, char *buf, size_t size)
{
	if (!s || strcmp(s, "-") == 0)
		return (struct view){};
	text_sanitise(s, buf, size);
	return view_of(buf);
}

int question_write(const struct question *q, struct writer *w)
{
	char user[CHALLENGE_VALUE_MAX + 1], ruser[CHALLENGE_VALUE_MAX + 1];
	char rhost[CHALLENGE_VALUE_MAX + 1], tty[CHALLENGE_VALUE_MAX + 1];
	char host[CHALLENGE_VALUE_MAX + 1], machine[33], command[CHALLENGE_COMMAND_MAX + 1];
	struct challenge c = {
		.service = view_of(q->service),
		.user = clean(q->user, user, sizeof(user)),
		.ruser = clean(q->ruser, ruser, sizeof(ruser)),
		.rhost = clean(q->rhost, rhost, sizeof(rhost)),
		.tty = clean(q->tty, tty, sizeof(tty)),
		.time_usec = clock_realtime_usec(),
	};
	int r;

	if (!challenge_is_service(c.service))
		return -EINVAL;
	r = get_nonce(c.nonce);
	if (r == 0)
		r = get_command(command, sizeof(command));
	if (r < 0)
		return r;
	get_host(host, sizeof(host));
	get_machine(machine, sizeof(machine));
	c.host = view_of(host);
	c.machine = view_of(machine);
	c.command = view_of(command);
	challenge_write(w, &c);
	return writer_end(w);
}
