/*
 * token/channel.c - see channel.h
 */
#include "agent/token/channel.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/base/bytes.h"
#include "agent/base/fd.h"
#include "agent/base/limits.h"
#include "agent/base/text.h"
#include "agent/wire/frame.h"

/* More than all jobs that may be under way; a process that does not read is not worth more. */
#define OUT_MAX (64u * FRAME_MAX)

struct channel {
	int fd;                              /* owned */
	sd_event_source *io;                 /* owned */
	const struct channel_events *events; /* borrowed */
	void *userdata;
	struct frames in;
	struct writer out; /* what was not sent yet, from out_sent on */
	size_t out_sent;
	int pin_fd; /* owned; goes with the byte at pin_at; -EBADF none */
	size_t pin_at;
	struct inventory next; /* keys reported since the last state */
	const char *broken;    /* why this is over; NULL while it is not */
};

void inventory_done(struct inventory *i)
{
	for (size_t k = 0; k < i->n_keys; k++)
		key_info_done(&i->keys[k]);
	free(i->keys);
	free(i->sentence);
	free(i->label);
	free(i->serial);
	*i = (struct inventory){};
}

/* --- what comes in ----------------------------------------------------------------------------- */

static int fill_key(const struct job_key *m, struct key_info *k)
{
	k->label = strndup(m->label.data ? (const char *)m->label.data : "", m->label.size);
	if (!k->label)
		return -ENOMEM;
	if (m->cka_id.size > 0)
		memcpy(k->cka_id, m->cka_id.data, m->cka_id.size);
	k->cka_id_size = m->cka_id.size;
	k->type = m->type;
	k->bits = m->bits;
	(void)crypto_hash_sha256(k->id, m->spki.data, m->spki.size); /* always 0 */
	k->spki_size = m->spki.size;
	k->spki = bytes_dup(m->spki.data, m->spki.size);
	k->ssh_blob_size = m->ssh_blob.size;
	k->ssh_blob = bytes_dup(m->ssh_blob.data, m->ssh_blob.size);
	if (!k->spki || !k->ssh_blob)
		return -ENOMEM;
	if (m->certificate.size == 0)
		return 0;
	k->certificate_size = m->certificate.size;
	k->certificate = bytes_dup(m->certificate.data, m->certificate.size);
	return k->certificate ? 0 : -ENOMEM;
}

static const char *on_key(struct channel *c, struct reader *r)
{
	struct key_info *keys;
	struct job_key m;

	if (!job_read_key(r, &m))
		return "it sent a malformed key";
	if (c->next.n_keys >= TOKEN_KEYS_MAX)
		return "it reports too many keys";
	keys = reallocarray(c->next.keys, c->next.n_keys + 1, sizeof(*keys));
	if (!keys)
		return "out of memory";
	c->next.keys = keys;
	keys[c->next.n_keys] = (struct key_info){};
	c->next.n_keys++; /* counted even if half filled: inventory_done() copes */
	return fill_key(&m, &keys[c->next.n_keys - 1]) < 0 ? "out of memory" : NULL;
}

static char *dup_view(struct view v)
{
	return strndup(v.data ? (const char *)v.data : "", v.size);
}

static const char *on_state(struct channel *c, struct reader *r)
{
	struct inventory whole;
	struct job_state m;

	if (!job_read_state(r, &m) || m.keys != c->next.n_keys)
		return "it sent a malformed state";
	whole = c->next;
	c->next = (struct inventory){};
	whole.state = m.state;
	whole.ckr = m.ckr;
	whole.sessions = m.sessions;
	whole.sentence = dup_view(m.sentence);
	whole.label = dup_view(m.label);
	whole.serial = dup_view(m.serial);
	if (!whole.sentence || !whole.label || !whole.serial) {
		inventory_done(&whole);
		return "out of memory";
	}
	c->events->inventory(&whole, c->userdata);
	inventory_done(&whole); /* what was not taken */
	return NULL;
}

static const char *on_answer(struct channel *c, struct reader *r, bool is_signed)
{
	struct job_answer a;

	if (is_signed ? !job_read_signed(r, &a) : !job_read_done(r, &a))
		return "it sent a malformed answer";
	return c->events->answer(&a, c->userdata);
}

static const char *on_frame(struct channel *c, struct view frame)
{
	struct reader r;

	reader_init(&r, frame.data, frame.size);
	switch (reader_u8(&r)) {
	case JOB_KEY:
		return on_key(c, &r);
	case JOB_STATE:
		return on_state(c, &r);
	case JOB_SIGNED:
		return on_answer(c, &r, true);
	case JOB_DONE:
		return on_answer(c, &r, false);
	default:
		return "it sent a message of an unknown type";
	}
}

static const char *handle_frames(struct channel *c)
{
	const char *why;
	struct view frame;

	for (;;) {
		switch (frames_next(&c->in, &frame)) {
		case FRAMES_PARTIAL:
			return NULL;
		case FRAMES_BROKEN:
			return "it sent a frame of an impossible length";
		case FRAMES_COMPLETE:
			break;
		}
		why = on_frame(c, frame);
		if (why)
			return why;
		frames_drop(&c->in);
	}
}

static const char *read_some(struct channel *c)
{
	const size_t chunk = 65536;
	uint8_t *room;
	ssize_t n;

	room = frames_room(&c->in, chunk);
	if (!room)
		return "out of memory";
	n = recv(c->fd, room, chunk, 0);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? NULL : "the connection broke";
	if (n == 0)
		return "it ended";
	frames_filled(&c->in, (size_t)n);
	return handle_frames(c);
}

/* --- what goes out ----------------------------------------------------------------------------- */

/* Sends from *data on, with the PIN's descriptor attached to the first byte if it is due there. */
static ssize_t send_some(struct channel *c, const uint8_t *data, size_t size)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {};
	struct iovec iov = {.iov_base = (void *)data, .iov_len = size};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	struct cmsghdr *cmsg;
	ssize_t n;

	if (c->pin_fd < 0)
		return send(c->fd, data, size, MSG_NOSIGNAL);
	if (c->out_sent < c->pin_at) {
		iov.iov_len = c->pin_at - c->out_sent;
		return sendmsg(c->fd, &msg, MSG_NOSIGNAL);
	}
	msg.msg_control = control.bytes;
	msg.msg_controllen = sizeof(control.bytes);
	cmsg = CMSG_FIRSTHDR(&msg);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &c->pin_fd, sizeof(int));
	n = sendmsg(c->fd, &msg, MSG_NOSIGNAL);
	if (n > 0)
		c->pin_fd = fd_close(c->pin_fd);
	return n;
}

static const char *write_some(struct channel *c)
{
	struct view out = writer_view(&c->out);
	ssize_t n;

	if (writer_end(&c->out) < 0)
		return "it does not take its jobs";
	while (c->out_sent < out.size) {
		n = send_some(c, out.data + c->out_sent, out.size - c->out_sent);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return NULL;
		if (n < 0)
			return "the connection broke";
		c->out_sent += (size_t)n;
	}
	writer_done(&c->out);
	writer_init(&c->out, OUT_MAX);
	c->out_sent = 0;
	return NULL;
}

static void watch(struct channel *c)
{
	uint32_t events = EPOLLIN;

	if (c->broken)
		return;
	if (writer_view(&c->out).size > c->out_sent)
		events |= EPOLLOUT;
	if (sd_event_source_set_io_events(c->io, events) < 0)
		c->broken = "out of memory";
}

static int on_io(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	struct channel *c = userdata;

	(void)s;
	(void)fd;
	if (!c->broken && revents & EPOLLOUT)
		c->broken = write_some(c);
	if (!c->broken && revents & (EPOLLIN | EPOLLHUP | EPOLLERR))
		c->broken = read_some(c);
	if (c->broken) {
		(void)sd_event_source_set_enabled(c->io, SD_EVENT_OFF); /* cannot fail: it exists */
		c->events->closed(c->broken, c->userdata);              /* may free c */
		return 0;
	}
	watch(c);
	return 0;
}

void channel_flush(struct channel *c)
{
	const char *why;

	if (c->broken || (writer_end(&c->out) == 0 && writer_view(&c->out).size == c->out_sent))
		return;
	why = write_some(c);
	/* Not from inside this call: a broken socket is reported by the loop as EPOLLHUP. */
	if (why)
		(void)shutdown(c->fd, SHUT_RDWR); /* makes it so for certain */
	watch(c);
}

void channel_sign(struct channel *c, const struct job_sign *job)
{
	job_write_sign(&c->out, job);
}

int channel_unlock(struct channel *c, const struct job_unlock *job, int *pin_fd)
{
	if (c->pin_fd >= 0)
		return -EBUSY;
	c->pin_fd = take_fd(pin_fd);
	c->pin_at = writer_view(&c->out).size;
	job_write_unlock(&c->out, job);
	return 0;
}

void channel_lock(struct channel *c, uint64_t id)
{
	job_write_lock(&c->out, id);
}

void channel_end(struct channel *c)
{
	job_write_end(&c->out);
	(void)write_some(c); /* if it does not read any more, systemd's watchdog has to do it */
}

/* --- life ---------------------------------------------------------------------------------------- */

static int check_peer(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return -errno;
	/* Who listens: systemd for an activated process, our own user in a private directory. */
	return cred.uid == 0 || cred.uid == geteuid() ? 0 : -EPERM;
}

static int open_socket(const char *path, int *ret)
{
	_cleanup_(fd_closep) int fd = -EBADF;
	struct sockaddr_un address;
	unsigned len;
	int r;

	r = fd_unix_address(path, &address, &len);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, len) < 0)
		return -errno;
	r = check_peer(fd);
	if (r < 0)
		return r;
	*ret = take_fd(&fd);
	return 0;
}

struct channel *channel_free(struct channel *c)
{
	if (!c)
		return NULL;
	(void)sd_event_source_disable_unref(c->io);
	(void)fd_close(c->fd);
	(void)fd_close(c->pin_fd);
	frames_done(&c->in);
	writer_done(&c->out);
	inventory_done(&c->next);
	free(c);
	return NULL;
}

int channel_new(sd_event *event, const char *path, const struct channel_events *events,
		void *userdata, struct channel **ret)
{
	_cleanup_(channel_freep) struct channel *c = NULL;
	int r;

	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->fd = c->pin_fd = -EBADF;
	c->events = events;
	c->userdata = userdata;
	frames_init(&c->in);
	writer_init(&c->out, OUT_MAX);
	r = open_socket(path, &c->fd);
	if (r < 0)
		return r;
	r = sd_event_add_io(event, &c->io, c->fd, EPOLLIN, on_io, c);
	if (r < 0)
		return r;
	job_write_hello(&c->out);
	channel_flush(c);
	*ret = take_ptr(c);
	return 0;
}
