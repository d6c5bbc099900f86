/*
 * bench/agent.c - see agent.h
 */
#include "tests/bench/agent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/base/cleanup.h"
#include "agent/base/fd.h"
#include "agent/base/limits.h"

/* Seconds until an answer is missed. */
#define PATIENCE 20

struct crowd {
	const struct protocol *protocol;
	const struct load *load;
	struct worker *worker;
	struct connection *connections; /* owned */
	unsigned size;
	int epoll_fd; /* owned; waits for all of them */
	uint64_t n;   /* number of the next signature */
};

/* --- connections ------------------------------------------------------------------------------ */

int connection_open(struct connection *c, const char *path)
{
	const struct timeval patience = {.tv_sec = PATIENCE};
	struct sockaddr_un address;
	unsigned size;
	int r;

	frames_init(&c->in);
	writer_init(&c->out, FRAME_MAX + 4);
	r = fd_unix_address(path, &address, &size);
	if (r < 0)
		return r;
	/* Blocking, and read only when something is there. */
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return -errno;
	if (setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
	    setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0 ||
	    connect(c->fd, (const struct sockaddr *)&address, size) < 0)
		return -errno;
	return 0;
}

void connection_done(struct connection *c)
{
	c->fd = fd_close(c->fd);
	frames_done(&c->in);
	writer_done(&c->out);
}

int connection_send(struct connection *c)
{
	struct view v;
	ssize_t n;
	int r;

	r = writer_end(&c->out);
	if (r < 0)
		return r;
	v = writer_view(&c->out);
	while (v.size > 0) {
		n = send(c->fd, v.data, v.size, MSG_NOSIGNAL);
		if (n < 0)
			return -errno;
		v = (struct view){v.data + n, v.size - (size_t)n};
	}
	c->out.size = 0;
	return 0;
}

int connection_receive(struct connection *c, struct view *ret)
{
	uint8_t *at = frames_room(&c->in, 16384);
	ssize_t n;

	if (!at)
		return -ENOMEM;
	n = recv(c->fd, at, 16384, 0);
	if (n < 0)
		return -errno;
	if (n == 0)
		return -EPIPE;
	frames_filled(&c->in, (size_t)n);
	switch (frames_next(&c->in, ret)) {
	case FRAMES_PARTIAL:
		return 0;
	case FRAMES_COMPLETE:
		return 1;
	case FRAMES_BROKEN:
		break;
	}
	return -EBADMSG;
}

void connection_drop(struct connection *c)
{
	frames_drop(&c->in);
}

/* --- the loop --------------------------------------------------------------------------------- */

static struct crowd *crowd_free(struct crowd *k)
{
	if (!k)
		return NULL;
	for (unsigned i = 0; i < k->size; i++)
		connection_done(&k->connections[i]);
	(void)fd_close(k->epoll_fd);
	free(k->connections);
	free(k);
	return NULL;
}
DEFINE_FREEP(struct crowd, crowd_free)

static int add_connection(struct crowd *k)
{
	struct connection *c = &k->connections[k->size];
	struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = c}};
	int r;

	c->fd = -EBADF;
	k->size++;
	r = connection_open(c, k->load->path);
	if (r == 0 && k->protocol->greet)
		r = k->protocol->greet(k->load, k->worker, c);
	if (r < 0)
		return r;
	return epoll_ctl(k->epoll_fd, EPOLL_CTL_ADD, c->fd, &event) < 0 ? -errno : 0;
}

static int crowd_open(const struct load *l, struct worker *w, const struct protocol *p,
		      struct crowd **ret)
{
	_cleanup_(crowd_freep) struct crowd *k = calloc(1, sizeof(*k));
	int r = 0;

	if (!k)
		return -ENOMEM;
	k->load = l;
	k->worker = w;
	k->protocol = p;
	k->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	k->connections = calloc(l->connections, sizeof(*k->connections));
	if (!k->connections || k->epoll_fd < 0)
		return -ENOMEM;
	while (r == 0 && k->size < l->connections)
		r = add_connection(k);
	if (r < 0)
		return r;
	*ret = take_ptr(k);
	return 0;
}

static int ask(struct crowd *k, struct connection *c)
{
	c->n = k->n;
	k->n += k->load->batch;
	k->worker->asked++;
	c->sent_nsec = load_now_nsec();
	k->protocol->ask(k->load, c->n, &c->out);
	return connection_send(c);
}

/* 1 when the answer came, 0 if more is needed. */
static int answered(struct crowd *k, struct connection *c)
{
	struct view answer;
	unsigned n_signed;
	int r;

	r = k->protocol->receive(c, &answer);
	if (r <= 0)
		return r;
	n_signed = k->protocol->read(k->load, k->worker, c->n, answer);
	k->worker->refused += k->load->batch - n_signed;
	worker_answered(k->worker, c->sent_nsec, n_signed);
	k->protocol->drop(c);
	return 1;
}

/* The connections that can be read; a single one is read without asking whether it can. */
static int wait_for_some(struct crowd *k, struct epoll_event *ret, int max)
{
	int n;

	if (k->size == 1) {
		ret->data.ptr = k->connections;
		return 1;
	}
	n = epoll_wait(k->epoll_fd, ret, max, PATIENCE * 1000);
	if (n == 0)
		return -ETIMEDOUT;
	return n < 0 ? -errno : n;
}

/* Each connection asks and is answered once. */
static int warm_up(struct crowd *k)
{
	int r;

	for (unsigned i = 0; i < k->size; i++) {
		r = ask(k, &k->connections[i]);
		while (r == 0)
			r = answered(k, &k->connections[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int turn(struct crowd *k, uint64_t end_nsec)
{
	struct epoll_event events[64];
	unsigned under_way = k->size;
	int n, r;

	while (under_way > 0) {
		n = wait_for_some(k, events, array_len(events));
		if (n < 0)
			return n;
		for (int i = 0; i < n; i++) {
			struct connection *c = events[i].data.ptr;

			r = answered(k, c);
			if (r < 0)
				return r;
			if (r == 0)
				continue;
			if (load_now_nsec() >= end_nsec)
				under_way--;
			else if ((r = ask(k, c)) < 0)
				return r;
		}
	}
	return 0;
}

int agent_run(const struct load *l, struct worker *w, struct gate *g, const struct protocol *p)
{
	_cleanup_(crowd_freep) struct crowd *k = NULL;
	uint64_t end_nsec;
	int r;

	r = crowd_open(l, w, p, &k);
	if (r == 0)
		r = warm_up(k);
	if (r == 0) {
		end_nsec = gate_pass(g, l, w);
		for (unsigned i = 0; i < k->size && r == 0; i++)
			r = ask(k, &k->connections[i]);
		if (r == 0)
			r = turn(k, end_nsec);
	}
	if (r < 0)
		worker_complain(w, "'%s': %s", l->path, strerror(-r));
	return r;
}
