/*
 * bench/agent.c - a load on an agent: connections to its socket, each with one request under way
 *
 * Both kinds, sign@signetd.org and the ssh-agent protocol, have the same frames.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/base/cleanup.h"
#include "agent/base/fd.h"
#include "agent/wire/frame.h"
#include "agent/wire/message.h"
#include "tests/bench/load.h"

/* Seconds until an answer is missed. */
#define PATIENCE 20

struct protocol {
	/* Writes a request for the signatures that begin with number n. */
	void (*ask)(const struct load *l, uint64_t n, struct writer *w);
	/* Reads the answer: how many there were. */
	unsigned (*read)(const struct load *l, struct worker *w, uint64_t n, struct view answer);
};

struct connection {
	int fd;           /* owned */
	struct frames in; /* what has arrived */
	struct writer out;
	uint64_t n; /* number of the first signature asked for */
	uint64_t sent_nsec;
};

struct crowd {
	const struct protocol *protocol;
	const struct load *load;
	struct worker *worker;
	struct connection *connections; /* owned */
	unsigned size;
	int epoll_fd; /* owned; waits for all of them */
	uint64_t n;   /* number of the next signature */
};

/* --- sign@signetd.org ------------------------------------------------------------------------- */

static void signet_ask(const struct load *l, uint64_t n, struct writer *w)
{
	static struct message_sign m;
	static uint8_t data[BATCH_MAX][DATA_SIZE];
	const bool is_pure = l->public.type == KEY_TYPE_ED25519;

	m.key = (struct view){(const uint8_t *)l->key, strlen(l->key)};
	m.algorithm = l->public.type == KEY_TYPE_RSA ? ALGORITHM_RSA_PKCS1 : ALGORITHM_ECDSA;
	m.algorithm = is_pure ? ALGORITHM_EDDSA : m.algorithm;
	m.hash = is_pure ? HASH_NONE : HASH_SHA256;
	m.input = is_pure ? INPUT_MESSAGE : INPUT_DIGEST;
	m.n_items = l->batch;
	for (unsigned i = 0; i < l->batch; i++) {
		public_sample(n + i, data[i]);
		m.items[i].data = (struct view){data[i], DATA_SIZE};
		m.items[i].label = (struct view){(const uint8_t *)"bench", 5};
	}
	message_write_sign(w, &m);
}

static unsigned signet_read(const struct load *l, struct worker *w, uint64_t n, struct view answer)
{
	struct message_signature signature;
	struct message_answer m;
	unsigned n_signed = 0;
	uint32_t n_items;

	if (!message_read_answer(answer, &m)) {
		worker_complain(w, "a message %u came as the answer", answer.data[0]);
		return 0;
	}
	if (m.status != STATUS_OK) {
		worker_complain(w, "%u: %.*s", m.status, (int)m.sentence.size, m.sentence.data);
		return 0;
	}
	n_items = reader_count(&m.result, l->batch);
	for (uint32_t i = 0; i < n_items; i++) {
		message_read_signature(&m.result, &signature);
		if (m.result.has_failed || signature.status != STATUS_OK) {
			worker_complain(w, "%u: %.*s", signature.status,
					(int)signature.sentence.size, signature.sentence.data);
			continue;
		}
		worker_signed(w, l, n + i, FORM_SIGNET, signature.signature);
		n_signed++;
	}
	return n_signed;
}

/* --- ssh-agent -------------------------------------------------------------------------------- */

/* The key blob, as it is asked for; empty until prepared. */
static uint8_t ssh_blob[1024];
static size_t ssh_blob_size;

static void ssh_ask(const struct load *l, uint64_t n, struct writer *w)
{
	uint8_t data[DATA_SIZE];
	size_t mark = message_open(w, MESSAGE_SIGN_REQUEST);

	public_sample(n, data);
	writer_string(w, ssh_blob, ssh_blob_size);
	writer_string(w, data, sizeof(data));
	writer_u32(w, l->public.type == KEY_TYPE_RSA ? MESSAGE_SSH_RSA_SHA2_256 : 0);
	message_close(w, mark);
}

static unsigned ssh_read(const struct load *l, struct worker *w, uint64_t n, struct view answer)
{
	struct view whole, signature;
	struct reader r;

	reader_init(&r, answer.data, answer.size);
	if (reader_u8(&r) != MESSAGE_SIGN_RESPONSE) {
		worker_complain(w, "ssh-agent refused");
		return 0;
	}
	whole = reader_string(&r, 1, FRAME_MAX);
	reader_init(&r, whole.data, whole.size);
	(void)reader_string(&r, 1, 64); /* the algorithm: what does not verify is another one */
	signature = reader_string(&r, 1, SIGNATURE_MAX);
	if (!reader_end(&r)) {
		worker_complain(w, "ssh-agent's answer is malformed");
		return 0;
	}
	worker_signed(w, l, n, FORM_SSH, signature);
	return 1;
}

/* --- connections ------------------------------------------------------------------------------ */

static int connection_open(struct connection *c, const char *path)
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

static void connection_done(struct connection *c)
{
	c->fd = fd_close(c->fd);
	frames_done(&c->in);
	writer_done(&c->out);
}

static int connection_send(struct connection *c)
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

/* Reads what is there. 1 when it is a frame, 0 if something is missing. */
static int connection_receive(struct connection *c, struct view *ret)
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

/* --- preparing ssh ---------------------------------------------------------------------------- */

/* How long the blob of such a key is: the token has only one of each length. */
static size_t ssh_blob_size_of(const struct public *p)
{
	if (p->type == KEY_TYPE_RSA)
		return 23 + p->bits / 8; /* "ssh-rsa", 65537, and the modulus with a leading zero */
	return p->type == KEY_TYPE_P256 ? 104 : 51;
}

static bool pick_blob(struct view answer, size_t size)
{
	struct reader r;
	uint32_t n;

	reader_init(&r, answer.data, answer.size);
	if (reader_u8(&r) != MESSAGE_IDENTITIES_ANSWER)
		return false;
	n = reader_u32(&r);
	for (uint32_t i = 0; i < n && !r.has_failed; i++) {
		struct view blob = reader_string(&r, 1, FRAME_MAX);

		(void)reader_string(&r, 0, FRAME_MAX); /* the comment */
		if (blob.size == size && size <= sizeof(ssh_blob)) {
			memcpy(ssh_blob, blob.data, size);
			ssh_blob_size = size;
			return true;
		}
	}
	return false;
}

static int ssh_prepare(struct load *l, struct worker *w)
{
	_cleanup_(connection_done) struct connection c = {.fd = -EBADF};
	struct view answer;
	int r;

	r = connection_open(&c, l->path);
	if (r == 0) {
		message_close(&c.out, message_open(&c.out, MESSAGE_REQUEST_IDENTITIES));
		r = connection_send(&c);
	}
	while (r == 0)
		r = connection_receive(&c, &answer);
	if (r > 0 && pick_blob(answer, ssh_blob_size_of(&l->public)))
		return 0;
	worker_complain(w, "'%s' does not offer key '%s'", l->path, l->key);
	return r < 0 ? r : -ENOENT;
}

static int signet_prepare(struct load *l, struct worker *w)
{
	if (l->batch >= 1 && l->batch <= BATCH_MAX)
		return 0;
	worker_complain(w, "a batch has 1 to %u items", BATCH_MAX);
	return -EINVAL;
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
	if (r < 0)
		return r;
	return epoll_ctl(k->epoll_fd, EPOLL_CTL_ADD, c->fd, &event) < 0 ? -errno : 0;
}

static int crowd_open(const struct load *l, struct crowd **ret)
{
	_cleanup_(crowd_freep) struct crowd *k = calloc(1, sizeof(*k));
	int r = 0;

	if (!k)
		return -ENOMEM;
	k->load = l;
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

	r = connection_receive(c, &answer);
	if (r <= 0)
		return r;
	n_signed = k->protocol->read(k->load, k->worker, c->n, answer);
	k->worker->refused += k->load->batch - n_signed;
	worker_answered(k->worker, c->sent_nsec, n_signed);
	frames_drop(&c->in);
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

static int run(const struct load *l, struct worker *w, struct gate *g, const struct protocol *p)
{
	_cleanup_(crowd_freep) struct crowd *k = NULL;
	uint64_t end_nsec;
	int r;

	r = crowd_open(l, &k);
	if (r == 0) {
		k->protocol = p;
		k->worker = w;
		r = warm_up(k);
	}
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

static int signet_run(const struct load *l, struct worker *w, struct gate *g)
{
	static const struct protocol signet = {signet_ask, signet_read};

	return run(l, w, g, &signet);
}

static int ssh_run(const struct load *l, struct worker *w, struct gate *g)
{
	static const struct protocol ssh = {ssh_ask, ssh_read};

	return run(l, w, g, &ssh);
}

const struct kind kind_signet = {"signet", signet_prepare, signet_run};
const struct kind kind_ssh = {"ssh", ssh_prepare, ssh_run};
