/*
 * fake-agent.h - an agent for tests of its clients, in a thread for each connection
 *
 * Lists the keys that it was given and signs with them, in a way that anybody can tell: a signature
 * says which digest it is of. What it answers instead is up to the test, and may change at any time.
 */
#ifndef TESTS_LIB_FAKE_AGENT_H
#define TESTS_LIB_FAKE_AGENT_H

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/base/cleanup.h"
#include "agent/base/fd.h"
#include "agent/base/limits.h"
#include "agent/wire/message.h"
#include "tests/lib/fake-keys.h"

#define FAKE_REQUEST_ID "0123456789abcdef"

struct fake_agent_key {
	const char *name;
	enum key_type type;
	uint8_t byte; /* what its public key is made of */
	bool has_certificate;
	enum token_state state;
	struct view spki; /* instead, if there is any */
	struct view certificate;
};

enum fake_mood {
	FAKE_SIGNS,
	FAKE_DENIES,
	FAKE_IS_UNAVAILABLE,
	FAKE_IS_BUSY,
	FAKE_FAILS_THE_ITEM, /* all is well, but for the signature itself */
	FAKE_HANGS_UP,
	FAKE_WAITS,        /* until there is another one */
	FAKE_SIGNS_WRONGLY /* with what is in 'wrong' */
};

struct fake_agent {
	char dir[32];
	char path[64];
	int listener;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	const struct fake_agent_key *keys; /* borrowed */
	size_t n_keys;
	enum fake_mood mood;
	struct view wrong;
	atomic_uint n_lists, n_signs, n_waiting, n_connections;
	atomic_uint hang_up_lists; /* so many lists are answered by hanging up */
	atomic_uint refuse_lists;
	uint8_t flags;      /* of the last signature */
	size_t key_id_size; /* the same */
	int fds[1024];      /* the connections */
};

/* What the key signs a digest with: the bytes of it, over and over. */
static inline void fake_signature(struct writer *w, enum key_type type, const uint8_t *data,
				  size_t size)
{
	size_t half = type == KEY_TYPE_P256 ? 32 : type == KEY_TYPE_P384 ? 48 : 66, n;
	uint8_t raw[256];
	struct writer pair;

	n = type == KEY_TYPE_RSA ? 256 : type == KEY_TYPE_ED25519 ? 64 : half;
	for (size_t i = 0; i < n; i++)
		raw[i] = size > 0 ? data[i % size] : 0;
	if (type == KEY_TYPE_RSA || type == KEY_TYPE_ED25519) {
		writer_bytes(w, raw, n);
		return;
	}
	raw[0] = 0x01; /* positive, and not shorter */
	raw[half - 1] = (raw[half - 1] & 0x7f) | 1;
	writer_init(&pair, 4096);
	fake_der(&pair, 0x02, raw, half);
	fake_der(&pair, 0x02, raw + half - 1, 1); /* one that is much shorter */
	fake_der_of(w, 0x30, &pair);
}

/* --- answers ---------------------------------------------------------------------------------- */

static inline void fake_write_key(struct writer *w, const struct fake_agent_key *k)
{
	struct message_key m = {
		.name = {(const uint8_t *)k->name, strlen(k->name)},
		.token = {(const uint8_t *)"hsm", 3},
		.type = k->type,
		.bits = 256,
		.state = k->state ? k->state : TOKEN_STATE_READY,
		.key_state = KEY_STATE_ACTIVE,
	};
	struct writer spki, certificate;

	writer_init(&spki, 4096);
	writer_init(&certificate, 4096);
	fake_spki(&spki, k->type, k->byte);
	fake_certificate(&certificate, true);
	m.spki = k->spki.data ? k->spki : writer_view(&spki);
	if (k->has_certificate)
		m.certificate = writer_view(&certificate);
	if (k->certificate.data)
		m.certificate = k->certificate;
	message_write_key(w, &m);
	writer_done(&spki);
	writer_done(&certificate);
}

static inline size_t fake_open(struct writer *w, const char *name, enum status status)
{
	return message_open_answer(w, (struct view){(const uint8_t *)name, strlen(name)}, status,
				   status == STATUS_OK ? "" : "refused because of the test",
				   FAKE_REQUEST_ID);
}

static inline void fake_answer_list(struct fake_agent *a, const struct message_list *m,
				    struct writer *w)
{
	bool is_refused = a->refuse_lists > 0;
	size_t mark = fake_open(w, "list@signetd.org", is_refused ? STATUS_DENIED : STATUS_OK);
	uint32_t n = 0;

	if (is_refused) {
		a->refuse_lists--;
		message_close(w, mark);
		return;
	}
	writer_u32(w, 0);
	for (int is_counting = 1; is_counting >= 0; is_counting--) {
		if (!is_counting)
			writer_u32(w, n);
		for (size_t i = 0; i < a->n_keys; i++) {
			if (m->name.size > 0 && !view_is(m->name, a->keys[i].name))
				continue;
			if (is_counting)
				n++;
			else
				fake_write_key(w, &a->keys[i]);
		}
	}
	message_close(w, mark);
}

static inline void fake_answer_item(struct fake_agent *a, const struct message_sign *m,
				    struct writer *w)
{
	struct message_signature g = {.status = STATUS_OK};
	struct writer signature;

	writer_init(&signature, 4096);
	for (size_t i = 0; i < a->n_keys; i++)
		if (view_is(m->key, a->keys[i].name))
			fake_signature(&signature, a->keys[i].type, m->items[0].data.data,
				       m->items[0].data.size);
	g.signature = a->mood == FAKE_SIGNS_WRONGLY ? a->wrong : writer_view(&signature);
	if (a->mood == FAKE_FAILS_THE_ITEM)
		g = (struct message_signature){.status = STATUS_IO,
					       .sentence = {(const uint8_t *)"the token failed",
							    16}};
	message_write_signature(w, &g);
	writer_done(&signature);
}

static inline void fake_answer_sign(struct fake_agent *a, const struct message_sign *m,
				    struct writer *w)
{
	enum status status = a->mood == FAKE_DENIES           ? STATUS_DENIED
			     : a->mood == FAKE_IS_UNAVAILABLE ? STATUS_UNAVAILABLE
			     : a->mood == FAKE_IS_BUSY        ? STATUS_AGAIN
							      : STATUS_OK;
	size_t mark = fake_open(w, "sign@signetd.org", status);

	if (status == STATUS_OK) {
		writer_u32(w, 1);
		fake_answer_item(a, m, w);
	}
	message_close(w, mark);
}

/* With the lock held. False: hang up. */
static inline bool fake_answer(struct fake_agent *a, struct reader *r, struct writer *w)
{
	struct message_sign *sign = malloc(sizeof(*sign));
	struct message_list list;
	struct view name;
	bool goes_on = false;

	assert(sign);
	(void)reader_u8(r);
	name = reader_text(r, 1, MESSAGE_EXTENSION_NAME_MAX);
	if (view_is(name, "list@signetd.org") && message_read_list(r, &list)) {
		a->n_lists++;
		goes_on = a->hang_up_lists == 0;
		if (!goes_on)
			a->hang_up_lists--;
		fake_answer_list(a, &list, w);
	} else if (view_is(name, "sign@signetd.org") && message_read_sign(r, sign)) {
		a->n_signs++;
		a->flags = sign->flags;
		a->key_id_size = sign->key_id.size;
		a->n_waiting++;
		(void)pthread_cond_broadcast(&a->changed);
		while (a->mood == FAKE_WAITS)
			(void)pthread_cond_wait(&a->changed, &a->lock);
		a->n_waiting--;
		goes_on = a->mood != FAKE_HANGS_UP;
		fake_answer_sign(a, sign, w);
	}
	free(sign);
	return goes_on;
}

/* --- connections -------------------------------------------------------------------------------- */

struct fake_connection {
	struct fake_agent *agent;
	int fd;
};

static inline bool fake_receive(int fd, uint8_t **ret, size_t *ret_size)
{
	uint8_t front[4];

	if (recv(fd, front, 4, MSG_WAITALL) != 4)
		return false;
	*ret_size =
		(size_t)front[0] << 24 | (size_t)front[1] << 16 | (size_t)front[2] << 8 | front[3];
	*ret = malloc(*ret_size ? *ret_size : 1);
	return *ret && recv(fd, *ret, *ret_size, MSG_WAITALL) == (ssize_t)*ret_size;
}

static inline void *fake_serve(void *userdata)
{
	struct fake_connection c = *(struct fake_connection *)userdata;
	bool goes_on = true;

	free(userdata);
	while (goes_on) {
		_cleanup_(freep) uint8_t *request = NULL;
		struct reader r;
		struct writer w;
		size_t size;

		if (!fake_receive(c.fd, &request, &size))
			break;
		writer_init(&w, FRAME_MAX + 4);
		reader_init(&r, request, size);
		(void)pthread_mutex_lock(&c.agent->lock);
		goes_on = fake_answer(c.agent, &r, &w);
		(void)pthread_mutex_unlock(&c.agent->lock);
		if (goes_on)
			(void)!send(c.fd, writer_view(&w).data, writer_view(&w).size, MSG_NOSIGNAL);
		writer_done(&w);
	}
	(void)shutdown(c.fd,
		       SHUT_RDWR); /* closed when all ends, so that its number is no other's */
	return NULL;
}

static inline void *fake_accept(void *userdata)
{
	struct fake_agent *a = userdata;
	pthread_t threads[array_len(a->fds)];
	unsigned n = 0;
	int fd;

	while ((fd = accept4(a->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		struct fake_connection *c = malloc(sizeof(*c));

		assert(c && n < array_len(a->fds));
		*c = (struct fake_connection){a, fd};
		(void)pthread_mutex_lock(&a->lock);
		a->fds[n] = fd;
		a->n_connections = n + 1;
		(void)pthread_mutex_unlock(&a->lock);
		assert(pthread_create(&threads[n++], NULL, fake_serve, c) == 0);
	}
	for (unsigned i = 0; i < n; i++) {
		(void)shutdown(a->fds[i], SHUT_RDWR);
		(void)pthread_join(threads[i], NULL);
		(void)close(a->fds[i]);
	}
	return NULL;
}

static inline void fake_agent_listen(struct fake_agent *a)
{
	struct sockaddr_un address;
	unsigned len;

	a->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert(fd_unix_address(a->path, &address, &len) == 0);
	assert(bind(a->listener, (struct sockaddr *)&address, len) == 0);
	assert(listen(a->listener, 64) == 0);
	assert(pthread_create(&a->thread, NULL, fake_accept, a) == 0);
}

/* The environment names it. */
static inline void fake_agent_start(struct fake_agent *a, const struct fake_agent_key *keys,
				    size_t n_keys)
{
	*a = (struct fake_agent){.keys = keys, .n_keys = n_keys};
	(void)pthread_mutex_init(&a->lock, NULL);
	(void)pthread_cond_init(&a->changed, NULL);
	(void)strcpy(a->dir, "/tmp/fake-agent-XXXXXX");
	assert(mkdtemp(a->dir));
	(void)snprintf(a->path, sizeof(a->path), "%s/sock", a->dir);
	assert(setenv("SIGNET_SOCK", a->path, 1) == 0);
	fake_agent_listen(a);
}

static inline void fake_agent_set(struct fake_agent *a, enum fake_mood mood)
{
	(void)pthread_mutex_lock(&a->lock);
	a->mood = mood;
	(void)pthread_cond_broadcast(&a->changed);
	(void)pthread_mutex_unlock(&a->lock);
}

static inline void fake_agent_set_keys(struct fake_agent *a, const struct fake_agent_key *keys,
				       size_t n_keys)
{
	(void)pthread_mutex_lock(&a->lock);
	a->keys = keys;
	a->n_keys = n_keys;
	(void)pthread_mutex_unlock(&a->lock);
}

/* Returns when n signatures are being waited for. */
static inline void fake_agent_wait(struct fake_agent *a, unsigned n)
{
	(void)pthread_mutex_lock(&a->lock);
	while (a->n_waiting < n)
		(void)pthread_cond_wait(&a->changed, &a->lock);
	(void)pthread_mutex_unlock(&a->lock);
}

/* Hangs up on everybody, and nobody can connect any more. */
static inline void fake_agent_stop(struct fake_agent *a)
{
	fake_agent_set(a, FAKE_HANGS_UP);
	(void)unlink(a->path);
	(void)shutdown(a->listener, SHUT_RDWR); /* wakes accept() */
	(void)pthread_join(a->thread, NULL);
	(void)close(a->listener);
}

static inline void fake_agent_done(struct fake_agent *a)
{
	(void)rmdir(a->dir);
}

#endif
