/*
 * gpg-agent/behind.c - see behind.h
 */
#include "client/gpg-agent/behind.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
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

static int connect_to(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 && lines_are_mine(fd))
		return fd;
	(void)close(fd); /* nothing was sent */
	return -ECONNREFUSED;
}

bool behind_open(struct lines *behind, const char *path)
{
	const char *line;
	size_t size;

	lines_init(behind, connect_to(path));
	if (behind->fd >= 0 && lines_read(behind, -1, GREETING_MSEC, &line, &size) == 0 &&
	    assuan_is(line, size, "OK"))
		return true;
	lines_done(behind);
	return false;
}

/* What the client gives in answer to a question. Anything but data is taken for a no. */
static int hand_back(struct lines *behind, struct lines *client, bool *ret_is_alive)
{
	const char *line;
	size_t size;
	bool is_last;

	do {
		int r = lines_read(client, behind->fd, INQUIRY_MSEC, &line, &size);

		*ret_is_alive = r != -ECONNRESET;
		if (r < 0)
			return *ret_is_alive ? r : 0;
		is_last = !assuan_is(line, size, "D") && (size == 0 || line[0] != '#');
		if (is_last && !assuan_is(line, size, "END"))
			r = lines_write(behind, "CAN", 3);
		else
			r = lines_write(behind, line, size);
		*ret_is_alive = r == 0;
	} while (!is_last && *ret_is_alive);
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

static int take_answer(struct lines *behind, struct lines *client, enum behind_end end,
		       gpg_err_code_t *ret)
{
	bool is_alive = true;
	const char *line;
	size_t size;
	int r;

	for (unsigned i = 0; is_alive && i < ANSWER_LINES_MAX; i++) {
		r = lines_read(behind, client->fd, ANSWER_MSEC, &line, &size);
		if (r == -ECONNRESET)
			return r;
		if (r < 0)
			break;
		if (assuan_is(line, size, "OK") || assuan_is(line, size, "ERR")) {
			*ret = line[0] == 'E' ? assuan_error_code(line, size) : 0;
			return end == BEHIND_PASS_END ? lines_write(client, line, size) : 0;
		}
		r = hand_on(behind, client, line, size, &is_alive);
		if (r < 0)
			return r;
	}
	lines_done(behind);
	*ret = GPG_ERR_NO_AGENT;
	return 0;
}

int behind_ask(struct lines *behind, struct lines *client, const char *line, size_t size,
	       enum behind_end end, gpg_err_code_t *ret)
{
	if (behind->fd >= 0 && lines_write(behind, line, size) == 0)
		return take_answer(behind, client, end, ret);
	lines_done(behind);
	*ret = GPG_ERR_NO_AGENT;
	return 0;
}
