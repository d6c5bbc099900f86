/*
 * lib/handle.c - see handle.h
 */
#include "client/lib/handle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/base/cleanup.h"
#include "agent/base/clock.h"
#include "agent/base/fd.h"
#include "agent/wire/message.h"

int signet_open(const char *path, struct signet **ret)
{
	struct sockaddr_un address;
	struct signet *s;
	unsigned len;

	if (!path)
		path = secure_getenv("SIGNET_SOCK");
	if (!path)
		path = SIGNET_SOCKET;
	if (fd_unix_address(path, &address, &len) < 0)
		return SIGNET_E_INVALID;
	s = calloc(1, sizeof(*s));
	if (!s)
		return SIGNET_E_MEMORY;
	s->path = strdup(path);
	atomic_init(&s->connection, connection_new());
	atomic_init(&s->timeout_usec, SIGNET_TIMEOUT_USEC);
	atomic_init(&s->watch_fd, -EBADF);
	atomic_init(&s->listener, -1);
	if (!s->path || !atomic_load(&s->connection)) {
		signet_close(s);
		return SIGNET_E_MEMORY;
	}
	*ret = s;
	return 0;
}

void signet_close(struct signet *s)
{
	struct connection *c;

	if (!s)
		return;
	c = atomic_load(&s->connection);
	if (c && c->owner != getpid())
		(void)connection_free_inherited(c); /* returns NULL */
	else
		(void)connection_free(c); /* returns NULL */
	free(s->path);
	free(s);
}

const char *signet_socket(const struct signet *s)
{
	return s->path;
}

void signet_set_timeout(struct signet *s, uint64_t timeout_usec)
{
	atomic_store(&s->timeout_usec, timeout_usec);
}

void signet_set_watch(struct signet *s, int fd)
{
	atomic_store(&s->watch_fd, fd);
}

void signet_set_listener(struct signet *s, uid_t uid)
{
	atomic_store(&s->listener, (int64_t)uid);
}

/*
 * Returns the connection of this process, locked; NULL when out of memory. In a child that
 * inherited the handle the first caller puts a new connection in the place of the parent's, whose
 * lock may be held by a thread that does not exist here.
 */
static struct connection *enter(struct signet *s)
{
	struct connection *c = atomic_load(&s->connection), *mine;

	while (c->owner != getpid()) {
		mine = connection_new();
		if (!mine)
			return NULL;
		mine->inherited = c;
		if (atomic_compare_exchange_strong(&s->connection, &c, mine)) {
			connection_abandon(c);
			c = mine;
		} else {
			mine->inherited = NULL;
			(void)connection_free(mine); /* another thread was first; returns NULL */
		}
	}
	(void)pthread_mutex_lock(&c->lock); /* a default mutex that we do not hold cannot fail */
	c->watch_fd = atomic_load(&s->watch_fd);
	c->listener = atomic_load(&s->listener);
	return c;
}

static void leave(struct connection *c)
{
	(void)pthread_mutex_unlock(&c->lock); /* locked by enter() */
}

uint64_t handle_deadline(struct signet *s)
{
	uint64_t timeout = atomic_load(&s->timeout_usec), at;

	if (timeout == 0 || __builtin_add_overflow(clock_boottime_usec(), timeout, &at))
		return UINT64_MAX;
	return at;
}

int signet_peer_uid(struct signet *s, uid_t *ret)
{
	struct connection *c = enter(s);
	struct ucred peer;
	socklen_t len = sizeof(peer);
	int r;

	if (!c)
		return SIGNET_E_MEMORY;
	r = connection_open(c, s->path, handle_deadline(s));
	if (r == 0 && getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		r = SIGNET_E_IO;
	leave(c);
	if (r == 0)
		*ret = peer.uid;
	return r;
}

static bool is_answer_to(struct view name, const char *operation)
{
	size_t len = strlen(operation);

	return name.size > len && memcmp(name.data, operation, len) == 0 &&
	       view_is((struct view){.data = name.data + len, .size = name.size - len},
		       MESSAGE_DOMAIN);
}

/* The frame as a whole -> the answer. */
static int decode_answer(struct view frame, const char *operation, struct signet_answer *a,
			 handle_decode decode, void *userdata)
{
	struct message_answer m;
	int r;

	if (frame.size == 1 && frame.data[0] == MESSAGE_FAILURE)
		return SIGNET_E_UNSUPPORTED;
	if (!message_read_answer(frame, &m) || !is_answer_to(m.name, operation))
		return SIGNET_E_PROTOCOL;
	r = answer_take_front(a, &m);
	if (r < 0)
		return r;
	if (m.status == STATUS_OK && decode)
		return decode(a, &m.result, userdata);
	return answer_take_advance(a, &m.result);
}

int handle_call(struct signet *s, const char *operation, const struct writer *w, int fd,
		struct signet_answer *a, handle_decode decode, void *userdata)
{
	struct connection *c;
	struct view frame;
	int r;

	r = writer_end(w);
	if (r < 0)
		return r == -ENOMEM ? SIGNET_E_MEMORY : SIGNET_E_INVALID;
	c = enter(s);
	if (!c)
		return SIGNET_E_MEMORY;
	r = connection_exchange(c, s->path, handle_deadline(s), writer_view(w), fd, &frame);
	if (r == 0) {
		r = decode_answer(frame, operation, a, decode, userdata);
		/* Who sends one malformed answer is not asked again on the same stream. */
		if (r < 0)
			connection_close(c);
	}
	leave(c);
	return r;
}
