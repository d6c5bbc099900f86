/*
 * cli/pin.c - see pin.h
 */
#include "client/cli/pin.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

/* The longest PIN, its newline, and one byte that shows that there is more. */
#define ROOM (SIGNET_PIN_MAX + 2)

/* --- the page --------------------------------------------------------------------------------- */

static char *page_new(void)
{
	char *page = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return NULL;
	(void)mlock(page, ROOM);                  /* better, not needed: no limit may allow it */
	(void)madvise(page, ROOM, MADV_DONTDUMP); /* the same */
	return page;
}

static void page_freep(char **page)
{
	if (!*page)
		return;
	explicit_bzero(*page, ROOM);
	(void)munmap(*page, ROOM); /* fails only for what is not mapped */
}

static enum exit_code out_of_memory(void)
{
	complain("out of memory");
	return EXIT_AGAIN;
}

/* What was read -> memfd. One newline at the end does not belong to the PIN. */
static enum exit_code seal(const char *page, size_t size, int *ret_fd)
{
	int r;

	if (size > 0 && page[size - 1] == '\n')
		size--;
	if (size == 0) {
		complain("no PIN was given; nothing was tried");
		return EXIT_DATA;
	}
	if (size > SIGNET_PIN_MAX || memchr(page, '\n', size) || memchr(page, '\0', size)) {
		complain("this is no PIN: one has 1 to %u bytes, on one line; nothing was tried",
			 SIGNET_PIN_MAX);
		return EXIT_DATA;
	}
	r = signet_pin(page, size, ret_fd);
	if (r == 0)
		return EXIT_DONE;
	complain("the PIN cannot be handed on: %s", strerror(errno));
	return EXIT_IO;
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

enum exit_code pin_read(int *ret_fd)
{
	_cleanup_(page_freep) char *page = page_new();
	enum exit_code e;
	size_t size;

	if (!page)
		return out_of_memory();
	e = read_stdin(page, &size);
	return e == EXIT_DONE ? seal(page, size, ret_fd) : e;
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
static enum answer ask_quietly(int tty, int signals, const char *token, char *page,
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
	(void)dprintf(tty, "PIN for token '%s': ", token); /* if not shown, no line comes either */
	answer = read_line(tty, signals, page, ret_size);
	(void)dprintf(tty, "\n");                 /* the same */
	(void)tcsetattr(tty, TCSAFLUSH, &before); /* nothing else can be done */
	return answer;
}

/*
 * Signals that end or stop the program are held back while the echo is off, and seen on a
 * descriptor; unblocking them afterwards lets them do what they do.
 */
static enum answer ask(int tty, const char *token, char *page, size_t *ret_size)
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
		answer = ask_quietly(tty, signals, token, page, ret_size);
		(void)sigprocmask(SIG_SETMASK, &before, NULL); /* the same */
	} while (answer == ANSWER_INTERRUPTED);
	(void)close(signals); /* was only read */
	return answer;
}

enum exit_code pin_ask(const char *token, int *ret_fd)
{
	_cleanup_(page_freep) char *page = page_new();
	enum answer answer;
	size_t size = 0;
	int tty;

	if (!page)
		return out_of_memory();
	tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (tty < 0) {
		complain("there is no terminal to ask for the PIN; give it with --pin-stdin");
		return EXIT_USAGE;
	}
	answer = ask(tty, token, page, &size);
	(void)close(tty); /* nothing is left to write */
	return seal(page, answer == ANSWER_LINE ? size : 0, ret_fd);
}
