/*
 * cli/typed.c - see typed.h
 */
#include "client/cli/typed.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

/* Some lines, their newlines, and one byte that shows that there is more. */
#define ROOM (TYPED_LINES_MAX * (TYPED_MAX + 1) + 1)

/* --- the page --------------------------------------------------------------------------------- */

static char *page_new(void)
{
	char *page = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED) {
		complain("out of memory");
		return NULL;
	}
	(void)mlock(page, ROOM);                  /* better, not needed: no limit may allow it */
	(void)madvise(page, ROOM, MADV_DONTDUMP); /* the same */
	return page;
}

void typed_done(struct typed *t)
{
	if (!t->page)
		return;
	explicit_bzero(t->page, ROOM);
	(void)munmap(t->page, ROOM); /* fails only for what is not mapped */
	*t = (struct typed){};
}

/* Cuts the page into lines; what stands behind the last newline is a line, if it is not empty. */
static enum exit_code cut(struct typed *t, size_t size, size_t n_lines)
{
	char *at = t->page, *end = t->page + size;

	if (size >= ROOM || memchr(at, '\0', size)) {
		complain("what was given is too long, or no text; nothing was tried");
		return EXIT_DATA;
	}
	for (; t->n < n_lines && at < end; t->n++) {
		char *newline = memchr(at, '\n', (size_t)(end - at));

		t->lines[t->n] = at;
		at = newline ? newline + 1 : end;
		*(newline ? newline : end) = '\0'; /* size < ROOM */
		if (strlen(t->lines[t->n]) > TYPED_MAX)
			break;
	}
	if (t->n == n_lines && at == end)
		return EXIT_DONE;
	complain("%zu line%s of 1 to %u bytes %s expected; nothing was tried", n_lines,
		 n_lines == 1 ? "" : "s", TYPED_MAX, n_lines == 1 ? "is" : "are");
	return EXIT_DATA;
}

/* --- standard input --------------------------------------------------------------------------- */

static enum exit_code read_stdin(char *page, size_t *ret_size)
{
	size_t size = 0;
	ssize_t n;

	do {
		n = read(STDIN_FILENO, page + size, ROOM - size);
		if (n > 0)
			size += (size_t)n;
	} while ((n > 0 && size < ROOM) || (n < 0 && errno == EINTR));
	if (n < 0) {
		complain("standard input cannot be read: %s", strerror(errno));
		return EXIT_IO;
	}
	*ret_size = size;
	return EXIT_DONE;
}

enum exit_code typed_read(size_t n_lines, struct typed *ret)
{
	struct typed t = {.page = page_new()};
	enum exit_code e;
	size_t size;

	if (!t.page)
		return EXIT_AGAIN;
	e = read_stdin(t.page, &size);
	if (e == EXIT_DONE)
		e = cut(&t, size, n_lines);
	if (e == EXIT_DONE)
		*ret = t;
	else
		typed_done(&t);
	return e;
}

/* --- terminal --------------------------------------------------------------------------------- */

enum answer {
	ANSWER_NONE, /* end of file or an error */
	ANSWER_LINE,
	ANSWER_INTERRUPTED, /* a signal waits that must be let through before going on */
};

/* One line, or a signal, whichever comes first. */
static enum answer read_line(int tty, int signals, char *page, size_t *ret_size)
{
	struct pollfd p[] = {{.fd = tty, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
	ssize_t n;

	while (poll(p, array_len(p), -1) < 0)
		if (errno != EINTR)
			return ANSWER_NONE;
	if (p[1].revents)
		return ANSWER_INTERRUPTED;
	n = read(tty, page, ROOM);
	if (n <= 0)
		return ANSWER_NONE;
	*ret_size = (size_t)n;
	return ANSWER_LINE;
}

/* Without echo; the terminal is as before when this returns. */
static enum answer ask_quietly(int tty, int signals, const char *prompt, char *page,
			       size_t *ret_size)
{
	struct termios before, quiet;
	enum answer answer;

	if (tcgetattr(tty, &before) < 0)
		return ANSWER_NONE;
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	quiet.c_lflag |= ICANON; /* a line at a time */
	if (tcsetattr(tty, TCSAFLUSH, &quiet) < 0)
		return ANSWER_NONE;
	(void)dprintf(tty, "%s: ", prompt); /* if not shown, no line comes either */
	answer = read_line(tty, signals, page, ret_size);
	(void)dprintf(tty, "\n");                 /* the same */
	(void)tcsetattr(tty, TCSAFLUSH, &before); /* nothing else can be done */
	return answer;
}

/*
 * Signals that end or stop the program are held back while the echo is off, and seen on a
 * descriptor; unblocking them afterwards lets them do what they do.
 */
static enum answer ask(int tty, const char *prompt, char *page, size_t *ret_size)
{
	static const int held[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
	enum answer answer;
	sigset_t set, before;
	int signals;

	(void)sigemptyset(&set); /* fails for no valid set */
	for (size_t i = 0; i < array_len(held); i++)
		(void)sigaddset(&set, held[i]); /* fails for no signal of these */
	signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		return ANSWER_NONE;
	do {
		(void)sigprocmask(SIG_BLOCK, &set, &before); /* fails for no valid set */
		answer = ask_quietly(tty, signals, prompt, page, ret_size);
		(void)sigprocmask(SIG_SETMASK, &before, NULL); /* the same */
	} while (answer == ANSWER_INTERRUPTED);
	(void)close(signals); /* was only read */
	return answer;
}

static enum exit_code ask_line(const char *prompt, const char *option, struct typed *ret)
{
	struct typed t = {.page = page_new()};
	enum answer answer;
	enum exit_code e;
	size_t size = 0;
	int tty;

	if (!t.page)
		return EXIT_AGAIN;
	tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (tty < 0) {
		typed_done(&t);
		complain("there is no terminal to ask on; use %s", option);
		return EXIT_USAGE;
	}
	answer = ask(tty, prompt, t.page, &size);
	(void)close(tty); /* nothing is left to write */
	e = cut(&t, answer == ANSWER_LINE ? size : 0, 1);
	if (e == EXIT_DONE)
		*ret = t;
	else
		typed_done(&t);
	return e;
}

enum exit_code typed_ask(struct typed *ret, const char *option, const char *format, ...)
{
	_cleanup_(freep) char *prompt = NULL;
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vasprintf(&prompt, format, arguments);
	va_end(arguments);
	if (n >= 0)
		return ask_line(prompt, option, ret);
	prompt = NULL;
	complain("out of memory");
	return EXIT_AGAIN;
}
