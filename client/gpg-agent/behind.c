/*
 * gpg-agent/behind.c - see behind.h
 */
#include "client/gpg-agent/behind.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* It may have to be started first. */
#define GREETING_MSEC 20000
/* A person may have to find a card and a passphrase. */
#define ANSWER_MSEC 1800000
/* What the client is asked for it has at hand. */
#define INQUIRY_MSEC 600000
/* Lines of one answer: a list of keys is the longest. */
#define ANSWER_LINES_MAX 65536u

/* A full backlog cannot be polled for; a blocking connect() waits for its turn, up to this limit. */
static bool limit_wait(int fd)
{
	struct timeval t = {.tv_sec = GREETING_MSEC / 1000};

	return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t)) == 0;
}

/* BEHIND_OPEN, or why not. */
static enum behind_state connect_to(const char *path, int *ret)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	enum behind_state state = BEHIND_SILENT;
	int fd;

	if (strlen(path) >= sizeof(address.sun_path))
		return BEHIND_SILENT;
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return BEHIND_SILENT;
	if (limit_wait(fd) && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
		*ret = fd;
		return BEHIND_OPEN;
	}
	if (errno == ENOENT || errno == ECONNREFUSED)
		state = BEHIND_ABSENT;
	(void)close(fd); /* nothing was sent */
	return state;
}

static bool is_greeted(struct lines *l)
{
	const char *line;
	size_t size;

	return fcntl(l->fd, F_SETFL, O_NONBLOCK) == 0 && lines_are_mine(l->fd) &&
	       lines_read(l, -1, GREETING_MSEC, &line, &size) == 0 && assuan_is(line, size, "OK");
}

static void drop(struct behind *b, enum behind_state state)
{
	lines_done(&b->lines);
	b->state = state;
}

static void open_behind(struct behind *b)
{
	int fd;

	b->state = connect_to(b->path, &fd);
	if (b->state != BEHIND_OPEN)
		return;
	lines_init(&b->lines, fd);
	if (!is_greeted(&b->lines))
		drop(b, BEHIND_SILENT);
}

void behind_init(struct behind *b, const char *path)
{
	*b = (struct behind){.path = path};
	lines_init(&b->lines, -EBADF);
}

void behind_done(struct behind *b)
{
	drop(b, BEHIND_CLOSED);
}

/*
 * What the client gives in answer to a question. Anything but data is taken for a no. It is read to
 * its end even if nobody wants it any more: what is left of it would be taken for commands.
 */
static int hand_back(struct lines *behind, struct lines *client, bool *ret_is_alive)
{
	const char *line;
	size_t size;
	bool is_last;

	*ret_is_alive = true;
	do {
		int r = lines_read(client, -1, INQUIRY_MSEC, &line, &size);

		if (r < 0)
			return r;
		is_last = (size == 0 || line[0] != '#') && (size < 2 || memcmp(line, "D ", 2) != 0);
		if (!*ret_is_alive)
			continue;
		if (is_last && !assuan_is(line, size, "END"))
			r = lines_write(behind, "CAN", 3);
		else
			r = lines_write(behind, line, size);
		*ret_is_alive = r == 0;
	} while (!is_last);
	return 0;
}

/* One line of the answer. *ret_is_alive: the one behind keeps to the protocol. */
static int hand_on(struct lines *behind, struct lines *client, const char *line, size_t size,
		   bool *ret_is_alive)
{
	bool is_question = assuan_is(line, size, "INQUIRE");
	int r;

	*ret_is_alive = is_question || assuan_is(line, size, "D") || assuan_is(line, size, "S") ||
			(size > 0 && line[0] == '#');
	if (!*ret_is_alive)
		return 0;
	r = lines_write(client, line, size);
	return r == 0 && is_question ? hand_back(behind, client, ret_is_alive) : r;
}

static bool is_end(const char *line, size_t size)
{
	return assuan_is(line, size, "OK") || assuan_is(line, size, "ERR");
}

static int take_answer(struct behind *b, struct lines *client, struct behind_end *ret)
{
	bool is_alive = true;
	const char *line;
	size_t size;
	int r;

	for (unsigned i = 0; is_alive && i < ANSWER_LINES_MAX; i++) {
		r = lines_read(&b->lines, client->fd, ANSWER_MSEC, &line, &size);
		if (r == -ECONNRESET)
			return r;
		if (r < 0)
			break;
		if (is_end(line, size)) {
			*ret = (struct behind_end){.line = line, .size = size};
			if (assuan_is(line, size, "ERR"))
				ret->code = assuan_error_code(line, size);
			return 0;
		}
		r = hand_on(&b->lines, client, line, size, &is_alive);
		if (r < 0)
			return r;
	}
	drop(b, BEHIND_LOST);
	return 0;
}

int behind_ask(struct behind *b, struct lines *client, const char *line, size_t size,
	       struct behind_end *ret)
{
	*ret = (struct behind_end){};
	if (b->state == BEHIND_CLOSED)
		open_behind(b);
	if (b->state != BEHIND_OPEN)
		return 0;
	/* What has come before it was asked would be taken for the answer. */
	if (!lines_are_pending(&b->lines) && lines_write(&b->lines, line, size) == 0)
		return take_answer(b, client, ret);
	drop(b, BEHIND_LOST);
	return 0;
}
