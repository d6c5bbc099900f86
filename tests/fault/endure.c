/*
 * endure.c - clients that ask for signatures while the token misbehaves: they verify each of them,
 * and write down every answer
 *
 *	endure SEED CONNECTIONS WANTED STOP KEY=PEM...
 *
 * Each connection is a thread that asks in a closed loop, for one signature or for many; SEED
 * decides what for and with which key. All end when WANTED signatures have come and the file STOP
 * is there. A line for each answer:
 *
 *	REQUEST STATUS USEC KEY DIGEST=STATUS...
 *
 * DIGEST is what the record is to show of an item; its status is '-' if the request as a whole was
 * refused. The public keys are taken from the token by other means, and libcrypto verifies, so that
 * signet is not asked about its own work. Exit status 1 if a signature was wrong or an answer did
 * not come.
 */
#include <errno.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/cleanup.h"
#include "agent/base/text.h"
#include "client/include/signet.h"
#include "tests/bench/public.h"

#define KEYS_MAX 8u
#define CONNECTIONS_MAX 64u
#define ITEMS_MAX 48u
/* Nobody may wait as long as this; how long each waited is in the lines. */
#define PATIENCE_USEC UINT64_C(60000000)

/* How many items: mostly one, as most requests are, and some that are spread over all sessions. */
static const unsigned sizes[] = {1, 1, 1, 1, 1, 1, 3, 8, ITEMS_MAX};

struct named_key {
	char *name; /* owned by argv */
	struct public public;
};

struct client {
	pthread_t thread;
	uint64_t random;
	struct signet *agent;
	const struct named_key *key; /* of the request under way, as all that follows */
	unsigned n_items;
	uint8_t data[ITEMS_MAX][DATA_SIZE];
	char digests[ITEMS_MAX][2 * DATA_SIZE + 1];
	struct signet_answer *answer;
	uint64_t usec;
};

static struct named_key keys[KEYS_MAX];
static unsigned n_keys;
static const char *stop;
static unsigned long wanted;

static atomic_ulong n_signed, n_wrong, n_missing;
static pthread_mutex_t output = PTHREAD_MUTEX_INITIALIZER;

/* --- what to ask for -------------------------------------------------------------------------- */

/* SplitMix64: every seed is a good one, neighbours included. */
static uint64_t draw(struct client *c)
{
	uint64_t z = c->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* The record has the SHA-256 of what Ed25519 signs, and of the others what they are given. */
static void draw_item(struct client *c, unsigned i)
{
	uint8_t digest[DATA_SIZE];

	for (unsigned at = 0; at < DATA_SIZE; at += 8) {
		uint64_t word = draw(c);

		memcpy(c->data[i] + at, &word, 8);
	}
	memcpy(digest, c->data[i], DATA_SIZE);
	if (c->key->public.type == KEY_TYPE_ED25519 &&
	    EVP_Digest(c->data[i], DATA_SIZE, digest, NULL, EVP_sha256(), NULL) != 1)
		abort();
	text_hex(digest, DATA_SIZE, c->digests[i]);
}

static void draw_request(struct client *c)
{
	c->key = &keys[draw(c) % n_keys];
	c->n_items = sizes[draw(c) % array_len(sizes)];
	for (unsigned i = 0; i < c->n_items; i++)
		draw_item(c, i);
}

/* --- one request ------------------------------------------------------------------------------ */

static uint64_t now_usec(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts); /* cannot fail */
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static int ask(struct client *c)
{
	const enum key_type type = c->key->public.type;
	const bool is_pure = type == KEY_TYPE_ED25519;
	struct signet_item items[ITEMS_MAX];
	const struct signet_request request = {
		.key = c->key->name,
		.algorithm = is_pure                ? SIGNET_EDDSA
			     : type == KEY_TYPE_RSA ? SIGNET_RSA_PKCS1
						    : SIGNET_ECDSA,
		.hash = is_pure ? SIGNET_NO_HASH : SIGNET_SHA256,
		.input = is_pure ? SIGNET_MESSAGE : SIGNET_DIGEST,
		.items = items,
		.n_items = c->n_items,
	};
	uint64_t began_usec = now_usec();
	int r;

	for (unsigned i = 0; i < c->n_items; i++)
		items[i] = (struct signet_item){.data = c->data[i], .size = DATA_SIZE};
	r = signet_sign(c->agent, &request, &c->answer);
	c->usec = now_usec() - began_usec;
	return r;
}

static void check_signature(struct client *c, unsigned i)
{
	const struct signet_signature *g = signet_answer_signature(c->answer, i);
	struct view signature = {};

	if (signet_signature_status(g) != SIGNET_STATUS_OK)
		return;
	signature.data = signet_signature_data(g, &signature.size);
	if (signature.size > 0 &&
	    public_verifies(&c->key->public, c->data[i], FORM_SIGNET, signature)) {
		atomic_fetch_add(&n_signed, 1);
		return;
	}
	atomic_fetch_add(&n_wrong, 1);
	(void)fprintf(stderr, "WRONG: request %s, key '%s', item %u of %u, digest %s\n",
		      signet_answer_request(c->answer), c->key->name, i, c->n_items, c->digests[i]);
}

static void check_answer(struct client *c)
{
	if (signet_answer_status(c->answer) != SIGNET_STATUS_OK)
		return;
	if (signet_answer_count(c->answer) != c->n_items) {
		atomic_fetch_add(&n_missing, 1);
		(void)fprintf(stderr, "MISSING: request %s: %zu of %u items are in the answer\n",
			      signet_answer_request(c->answer), signet_answer_count(c->answer),
			      c->n_items);
		return;
	}
	for (unsigned i = 0; i < c->n_items; i++)
		check_signature(c, i);
}

static void write_down(const struct client *c)
{
	(void)pthread_mutex_lock(&output); /* fails only when it is no mutex */
	printf("%s %d %llu %s", signet_answer_request(c->answer), signet_answer_status(c->answer),
	       (unsigned long long)c->usec, c->key->name);
	for (unsigned i = 0; i < c->n_items; i++) {
		const struct signet_signature *g = signet_answer_signature(c->answer, i);

		printf(" %s=", c->digests[i]);
		if (g)
			printf("%d", signet_signature_status(g));
		else
			putchar('-');
	}
	putchar('\n');
	(void)pthread_mutex_unlock(&output); /* likewise */
}

/* A moment between two requests, so that no processor is filled; a longer one after a refusal. */
static void pause_a_moment(struct client *c)
{
	bool is_good = signet_answer_status(c->answer) == SIGNET_STATUS_OK;
	uint64_t usec = draw(c) % (is_good ? 30000 : 150000);
	const struct timespec t = {0, (long)usec * 1000};

	(void)nanosleep(&t, NULL); /* a signal may cut it short */
}

static bool is_over(void)
{
	return atomic_load(&n_signed) >= wanted && access(stop, F_OK) == 0;
}

static void *run(void *userdata)
{
	struct client *c = userdata;
	int r;

	while (!is_over()) {
		draw_request(c);
		r = ask(c);
		if (r < 0) {
			atomic_fetch_add(&n_missing, 1);
			(void)fprintf(stderr, "MISSING: no answer after %llu usec: %s\n",
				      (unsigned long long)c->usec, signet_strerror(r));
			break;
		}
		check_answer(c);
		write_down(c);
		pause_a_moment(c);
		signet_answer_free(c->answer);
		c->answer = NULL;
	}
	signet_close(c->agent);
	return NULL;
}

/* --- all of them ------------------------------------------------------------------------------ */

static int usage(void)
{
	(void)fputs("endure SEED CONNECTIONS WANTED STOP KEY=PEM...\n", stderr);
	return 64;
}

/* NAME=PATH, which is cut in two. */
static int read_key(char *text)
{
	char *path = strchr(text, '=');
	int r;

	if (!path || n_keys == KEYS_MAX)
		return -EINVAL;
	*path++ = '\0';
	keys[n_keys].name = text;
	r = public_read(path, &keys[n_keys].public);
	if (r == 0)
		n_keys++;
	return r;
}

static int start(struct client *c, uint64_t seed)
{
	int r = signet_open(NULL, &c->agent);

	if (r < 0)
		return -ENOMEM;
	signet_set_timeout(c->agent, PATIENCE_USEC);
	c->random = seed;
	return -pthread_create(&c->thread, NULL, run, c);
}

static int run_all(uint64_t seed, unsigned n)
{
	static struct client clients[CONNECTIONS_MAX];
	int r;

	for (unsigned i = 0; i < n; i++) {
		/* Neighbouring seeds would share all but one client. */
		r = start(&clients[i], (seed << 8) + i);
		if (r < 0)
			return r;
	}
	for (unsigned i = 0; i < n; i++)
		(void)pthread_join(clients[i].thread, NULL); /* was started above */
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long connections;
	int r;

	if (argc < 6)
		return usage();
	connections = strtoul(argv[2], NULL, 10);
	wanted = strtoul(argv[3], NULL, 10);
	stop = argv[4];
	if (connections == 0 || connections > CONNECTIONS_MAX)
		return usage();
	for (int i = 5; i < argc; i++) {
		if (read_key(argv[i]) < 0) {
			(void)fprintf(stderr, "endure: '%s' is no key\n", argv[i]);
			return 1;
		}
	}
	r = run_all(strtoull(argv[1], NULL, 10), (unsigned)connections);
	if (r < 0)
		(void)fprintf(stderr, "endure: %s\n", strerror(-r));
	for (unsigned i = 0; i < n_keys; i++)
		public_done(&keys[i].public);
	return r < 0 || n_wrong > 0 || n_missing > 0 || fflush(stdout) != 0;
}
