/*
 * fake-token.h - a token process for tests, in the same loop as the one who is tested
 *
 * Listens in DIR/token/NAME.sock, reads what comes and remembers it. What it answers is up to the
 * test: nothing, what a good process would, or whatever bytes the test sends. Signs nothing: a
 * signature is a run of the length that the key has, all 'S'.
 */
#ifndef TESTS_LIB_FAKE_TOKEN_H
#define TESTS_LIB_FAKE_TOKEN_H

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "agent/base/fd.h"
#include "agent/base/limits.h"
#include "agent/wire/job.h"

#define FAKE_JOBS_MAX 8192u

struct fake_key {
	const char *label;
	enum key_type type;
	unsigned bits;
	const char *spki;     /* NULL: made of the label */
	uint8_t cka_id;       /* one byte of it; 0: none */
	struct view ssh_blob; /* empty: made of the label or the spki */
};

/* One sign, unlock or lock that came. */
struct fake_job {
	uint8_t type;
	uint64_t id;
	uint8_t key_id[JOB_KEY_ID_SIZE];
	uint8_t first;  /* byte of the data */
	size_t size;    /* of the data */
	bool is_stored; /* the PIN of an unlock */
};

struct fake_token {
	sd_event *event; /* borrowed */
	char path[108];
	int listen_fd;
	int fd; /* -EBADF: nobody is connected */
	sd_event_source *listening;
	sd_event_source *io;
	uint8_t *in; /* one frame, length word included */
	size_t have;
	bool has_fd; /* one came with its first byte */
	/* what it says */
	const struct fake_key *keys; /* borrowed */
	size_t n_keys;
	enum token_state state;
	uint64_t ckr;
	const char *label; /* of the token */
	unsigned sessions;
	bool is_silent;  /* does not answer hello */
	bool is_signing; /* answers every job with ok, at once */
	/* what it saw */
	unsigned n_connections;
	unsigned n_hellos;
	unsigned n_ends;
	struct fake_job jobs[FAKE_JOBS_MAX];
	size_t n_jobs;
	unsigned n_fds;       /* that came with the first byte of an unlock */
	unsigned n_stray_fds; /* that came elsewhere */
	int pin_fd;           /* the last one */
};

/* --- what is sent ----------------------------------------------------------------------------- */

/* Sends it all; what does not fit the socket is sent while the loop turns. False if it is closed. */
static inline bool fake_token_send(struct fake_token *t, const void *data, size_t size)
{
	const uint8_t *at = data;

	while (size > 0) {
		ssize_t n = send(t->fd, at, size, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EAGAIN) {
			(void)sd_event_run(t->event, 1000000);
			continue;
		}
		if (n < 0)
			return false;
		at += n;
		size -= (size_t)n;
	}
	return true;
}

/* The same, and forgets the bytes. */
static inline bool fake_token_flush(struct fake_token *t, struct writer *w)
{
	struct view v = writer_view(w);
	bool is_sent;

	assert(writer_end(w) == 0);
	is_sent = fake_token_send(t, v.data, v.size);
	writer_done(w);
	return is_sent;
}

static inline struct view fake_view(const char *s)
{
	return (struct view){(const uint8_t *)s, strlen(s)};
}

/* The public key of a fake key, and what ssh calls it. */
static inline struct view fake_spki(const struct fake_key *k, char buf[160])
{
	(void)snprintf(buf, 160, "public key of %s", k->label);
	return fake_view(k->spki ? k->spki : buf);
}

static inline struct view fake_blob(const struct fake_key *k, char buf[160])
{
	(void)snprintf(buf, 160, "ssh key of %s", k->spki ? k->spki : k->label);
	return k->ssh_blob.size > 0 ? k->ssh_blob : fake_view(buf);
}

static inline void fake_write_key(struct writer *w, const struct fake_key *k)
{
	char spki[160], blob[160];

	job_write_key(w, &(struct job_key){
				 .label = fake_view(k->label),
				 .cka_id = {&k->cka_id, k->cka_id ? 1 : 0},
				 .type = k->type,
				 .bits = k->bits,
				 .spki = fake_spki(k, spki),
				 .ssh_blob = fake_blob(k, blob),
			 });
}

static inline void fake_write_state(struct writer *w, const struct fake_token *t, size_t n_keys)
{
	job_write_state(w,
			&(struct job_state){
				.state = t->state,
				.ckr = t->ckr,
				.sentence = fake_view(
					t->state == TOKEN_STATE_READY ? "" : "as the test has it"),
				.label = fake_view(t->label),
				.sessions = t->sessions,
				.keys = (uint32_t)n_keys,
			});
}

/* All keys and the state. */
static inline bool fake_token_greet(struct fake_token *t)
{
	struct writer w;

	writer_init(&w, 16u * FRAME_MAX);
	for (size_t i = 0; i < t->n_keys; i++)
		fake_write_key(&w, &t->keys[i]);
	fake_write_state(&w, t, t->n_keys);
	return fake_token_flush(t, &w);
}

/* The length of a signature with the key of a job; 0 if there is no such key. */
static inline size_t fake_signature_size(const struct fake_token *t, const struct fake_job *job)
{
	uint8_t id[crypto_hash_sha256_BYTES];
	char buf[160];

	for (size_t i = 0; i < t->n_keys; i++) {
		struct view spki = fake_spki(&t->keys[i], buf);

		(void)crypto_hash_sha256(id, spki.data, spki.size); /* always 0 */
		if (memcmp(id, job->key_id, sizeof(id)) == 0)
			return code_signature_size(t->keys[i].type, t->keys[i].bits);
	}
	return 0;
}

/* Answers a job: with a signature of size bytes if the result is ok. */
static inline bool fake_token_answer(struct fake_token *t, uint8_t type, uint64_t id,
				     enum job_result result, size_t size)
{
	static uint8_t signature[SIGNATURE_MAX + 1];
	struct job_answer a = {.id = id, .result = result};
	struct writer w;

	memset(signature, 'S', sizeof(signature));
	writer_init(&w, FRAME_MAX);
	if (type == JOB_SIGN) {
		if (result == JOB_RESULT_OK)
			a.signature = (struct view){signature, size};
		job_write_signed(&w, &a);
	} else {
		job_write_done(&w, &a);
	}
	return fake_token_flush(t, &w);
}

/* As a good process would. */
static inline bool fake_token_sign(struct fake_token *t, const struct fake_job *job)
{
	return fake_token_answer(t, job->type, job->id, JOB_RESULT_OK, fake_signature_size(t, job));
}

/* --- what comes ------------------------------------------------------------------------------- */

static inline void fake_note_job(struct fake_token *t, uint8_t type, struct reader *r)
{
	struct fake_job *job = &t->jobs[t->n_jobs];
	struct job_unlock unlock;
	struct job_sign sign;

	assert(t->n_jobs < FAKE_JOBS_MAX);
	*job = (struct fake_job){.type = type};
	if (type == JOB_SIGN) {
		if (!job_read_sign(r, &sign))
			assert(!"a malformed job came");
		job->id = sign.id;
		memcpy(job->key_id, sign.key_id.data, sizeof(job->key_id));
		job->size = sign.data.size;
		job->first = sign.data.size > 0 ? sign.data.data[0] : 0;
	} else if (type == JOB_UNLOCK) {
		if (!job_read_unlock(r, &unlock))
			assert(!"a malformed unlock came");
		job->id = unlock.id;
		job->is_stored = unlock.is_stored;
	} else if (!job_read_lock(r, &job->id)) {
		assert(!"a malformed lock came");
	}
	t->n_jobs++;
	if (t->is_signing)
		(void)fake_token_sign(t, job); /* if nobody reads it any more, nobody misses it */
}

static inline void fake_on_frame(struct fake_token *t)
{
	struct reader r;
	uint8_t type;

	reader_init(&r, t->in + 4, t->have - 4);
	type = reader_u8(&r);
	switch (type) {
	case JOB_HELLO:
		t->n_hellos++;
		if (!t->is_silent)
			(void)fake_token_greet(t); /* as above */
		break;
	case JOB_END:
		t->n_ends++;
		break;
	case JOB_SIGN:
	case JOB_UNLOCK:
	case JOB_LOCK:
		fake_note_job(t, type, &r);
		break;
	default:
		assert(!"a job of an unknown type came");
	}
}

/* Closes the connection, as a process does that dies. The socket goes on listening. */
static inline void fake_token_die(struct fake_token *t)
{
	t->io = sd_event_source_disable_unref(t->io);
	t->fd = fd_close(t->fd);
	t->have = 0;
}

static inline int fake_take_fd(struct msghdr *m)
{
	struct cmsghdr *h = CMSG_FIRSTHDR(m);
	int fd = -EBADF;

	if (h && h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(h), sizeof(fd));
	return fd;
}

/* What is missing of a frame; its first byte alone, to see what came with that. */
static inline size_t fake_wanted(const struct fake_token *t)
{
	struct reader r;

	if (t->have == 0)
		return 1;
	if (t->have < 4)
		return 4 - t->have;
	reader_init(&r, t->in, 4);
	return 4 + (size_t)reader_u32(&r) - t->have;
}

/* False if there is nothing more to read. */
static inline bool fake_read(struct fake_token *t)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = {.iov_base = t->in + t->have, .iov_len = fake_wanted(t)};
	struct msghdr m = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t n;
	int fd;

	n = recvmsg(t->fd, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN)
		return false;
	if (n <= 0) {
		fake_token_die(t);
		return false;
	}
	fd = fake_take_fd(&m);
	if (fd >= 0) {
		(void)fd_close(t->pin_fd);
		t->pin_fd = fd;
	}
	if (t->have == 0)
		t->has_fd = fd >= 0;
	else
		t->n_stray_fds += fd >= 0;
	t->have += (size_t)n;
	if (t->have <= 4 || fake_wanted(t) > 0)
		return true;
	t->n_fds += t->has_fd && t->in[4] == JOB_UNLOCK;
	t->n_stray_fds += t->has_fd && t->in[4] != JOB_UNLOCK;
	fake_on_frame(t);
	t->have = 0;
	return t->fd >= 0;
}

static inline int fake_on_io(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	(void)s;
	(void)fd;
	(void)revents;
	while (fake_read(userdata))
		;
	return 0;
}

/* Whether it reads what comes; a process that hangs does not. */
static inline void fake_token_set_reading(struct fake_token *t, bool is_reading)
{
	int r = sd_event_source_set_enabled(t->io, is_reading ? SD_EVENT_ON : SD_EVENT_OFF);

	assert(r >= 0);
}

static inline int fake_on_connection(sd_event_source *s, int listen_fd, uint32_t revents,
				     void *userdata)
{
	struct fake_token *t = userdata;
	int r;

	(void)s;
	(void)revents;
	fake_token_die(t);
	t->fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	assert(t->fd >= 0);
	t->n_connections++;
	r = sd_event_add_io(t->event, &t->io, t->fd, EPOLLIN, fake_on_io, t);
	assert(r >= 0);
	return 0;
}

/* --- life ------------------------------------------------------------------------------------- */

/* Nobody listens any more. */
static inline void fake_token_done(struct fake_token *t)
{
	fake_token_die(t);
	t->listening = sd_event_source_disable_unref(t->listening);
	t->listen_fd = fd_close(t->listen_fd);
	t->pin_fd = fd_close(t->pin_fd);
	(void)unlink(t->path); /* it may be gone */
	free(t->in);
	t->in = NULL;
}

/* A token that is ready, with one session and no keys. dir/token is made if it is not there. */
static inline void fake_token_init(struct fake_token *t, sd_event *event, const char *dir,
				   const char *name)
{
	struct sockaddr_un address;
	unsigned length;
	char parent[96];
	int r;

	memset(t, 0, sizeof(*t));
	t->event = event;
	t->fd = t->pin_fd = -EBADF;
	t->state = TOKEN_STATE_READY;
	t->label = "";
	t->sessions = 1;
	t->in = malloc(FRAME_MAX + 4);
	(void)snprintf(parent, sizeof(parent), "%s/token", dir);
	(void)snprintf(t->path, sizeof(t->path), "%s/%s.sock", parent, name);
	(void)mkdir(parent, 0700); /* it may be there */
	r = fd_unix_address(t->path, &address, &length);
	assert(t->in && r >= 0);
	t->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	r = bind(t->listen_fd, (struct sockaddr *)&address, length);
	assert(r >= 0);
	r = listen(t->listen_fd, 16);
	assert(r >= 0);
	r = sd_event_add_io(event, &t->listening, t->listen_fd, EPOLLIN, fake_on_connection, t);
	assert(r >= 0);
}

#endif
