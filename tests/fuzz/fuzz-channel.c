/*
 * fuzz-channel.c - a hostile token process, as the pool and the table of keys see it
 *
 * The input is a list of actions: bytes that the process sends, wishes that come and are cancelled,
 * the process dying, the configuration changing. What must hold: every wish that is not cancelled
 * ends exactly once, with a result for each item and signatures of the right length; names of keys
 * are there once; and nothing is left in a queue when all have gone.
 */
#include <ftw.h>
#include <sys/mman.h>

#include "agent/base/clock.h"
#include "agent/token/keys.h"
#include "agent/token/pool.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/fake-token.h"

#define WISHES_MAX 8u
#define INPUT_MAX 32768u
/* Far more turns than any input needs. */
#define TURNS_MAX 100000u

static char dir[] = "/tmp/signet-fuzz.XXXXXX";

struct wish {
	struct ask ask;
	struct pool_ticket *ticket; /* NULL: there is none */
	size_t n_results;           /* expected */
	size_t signature_size;
};

struct world {
	sd_event *event;
	struct fake_token token;
	struct pool *pool;
	struct wish wishes[WISHES_MAX];
	size_t next_job;
};

static struct world world;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void clean_up(void)
{
	(void)nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS); /* what is left is left in /tmp */
}

static void set_up(void)
{
	static bool is_done;

	if (is_done)
		return;
	is_done = true;
	fuzz_check(mkdtemp(dir) != NULL, dir);
	(void)atexit(clean_up); /* there is room for one */
}

/* --- what must hold --------------------------------------------------------------------------- */

static void check_keys(const struct pool *pool)
{
	_cleanup_(keys_freep) struct keys *keys = NULL;

	fuzz_check(keys_new(pool, NULL, 0, &keys) == 0, "the keys can be named");
	for (size_t i = 0; i < keys->n_items; i++) {
		fuzz_check(keys->items[i]->name[0] != '\0', "every key has a name");
		fuzz_check(i == 0 || strcmp(keys->items[i - 1]->name, keys->items[i]->name) < 0,
			   "every name is there once, and they are sorted");
		fuzz_check(keys_by_name(keys, keys->items[i]->name) == keys->items[i],
			   "a key is found by its name");
	}
}

static void on_changed(const struct token_info *t, enum token_state before, void *userdata)
{
	struct world *w = userdata;

	(void)before;
	fuzz_check(token_state_name(t->state) != NULL, "a token always has a state");
	fuzz_check(t->sentence != NULL, "a state always has a sentence");
	if (w->pool)
		check_keys(w->pool);
}

static const struct pool_events events = {.changed = on_changed};

static void on_done(struct pool_results *results, void *userdata)
{
	struct wish *wish = userdata;

	fuzz_check(wish->ticket != NULL, "a wish ends once, and not after it was cancelled");
	fuzz_check(results->n == wish->n_results, "there is one result for each item");
	for (size_t i = 0; i < results->n; i++) {
		const struct pool_result *r = &results->items[i];
		bool is_signature = r->result == JOB_RESULT_OK && wish->signature_size > 0;

		fuzz_check(job_result_name(r->result) != NULL, "every result has a meaning");
		fuzz_check((r->signature != NULL) == is_signature,
			   "there is a signature exactly when it is ok");
		fuzz_check(!r->signature || r->signature_size == wish->signature_size,
			   "a signature is as long as the key says");
	}
	wish->ticket = NULL;
	ask_done(&wish->ask);
}

static void rest(struct world *w)
{
	unsigned n = 0, before;

	do {
		pool_turn(w->pool);
		before = n;
		while (sd_event_run(w->event, 0) > 0)
			fuzz_check(n++ < TURNS_MAX, "the pool comes to rest");
	} while (n > before);
}

/* --- actions ---------------------------------------------------------------------------------- */

static void configure(struct world *w, bool is_there)
{
	char *names[] = {is_there ? (char *)"t" : NULL, NULL};

	fuzz_check(pool_configure(w->pool, names, 3600 * USEC_PER_SEC) == 0,
		   "a pool can be configured");
	pool_wake(w->pool, NULL);
}

static void sign(struct world *w, uint8_t which, uint8_t n, uint8_t uid)
{
	struct wish *wish = &w->wishes[which % WISHES_MAX];
	struct token_info t;
	struct key key = {.token = (char *)"t"};

	if (wish->ticket || n == 0 || !pool_find(w->pool, "t", &t) || t.inventory->n_keys == 0)
		return;
	key.info = t.inventory->keys[which % t.inventory->n_keys];
	ask_init(&wish->ask);
	wish->ask.algorithm = ALGORITHM_ECDSA;
	wish->ask.input = INPUT_MESSAGE;
	fuzz_check(ask_set_items(&wish->ask, n) == 0, "there is memory");
	wish->n_results = n;
	wish->signature_size = code_signature_size(key.info.type, key.info.bits);
	fuzz_check(pool_sign(w->pool, &key, uid, &wish->ask, on_done, wish, &wish->ticket) == 0,
		   "there is room for a wish");
}

static void cancel(struct wish *wish)
{
	if (!wish->ticket)
		return;
	pool_cancel(take_ptr(wish->ticket));
	ask_done(&wish->ask);
}

/* The last two wishes are unlock and lock. */
static void control(struct world *w, bool is_lock)
{
	struct wish *wish = &w->wishes[WISHES_MAX - 1 - is_lock];
	int fd = memfd_create("pin", MFD_CLOEXEC);
	int r = -EBUSY;

	if (!wish->ticket) {
		ask_init(&wish->ask);
		wish->n_results = 1;
		wish->signature_size = 0;
		if (is_lock)
			r = pool_lock(w->pool, "t", on_done, wish, &wish->ticket);
		else
			r = pool_unlock(w->pool, "t", &fd, false, on_done, wish, &wish->ticket);
	}
	fuzz_check(r == 0 || r == -EBUSY || r == -ENOENT, "an unlock is taken or turned away");
	(void)fd_close(fd);
}

static void answer(struct world *w)
{
	if (w->token.fd >= 0 && w->next_job < w->token.n_jobs)
		(void)fake_token_sign(&w->token, &w->token.jobs[w->next_job++]); /* or closed */
}

static void send_bytes(struct world *w, struct reader *r)
{
	size_t size = (size_t)reader_u8(r) << 8;
	struct view v;

	size |= reader_u8(r);
	v = reader_bytes(r, size < r->left ? size : r->left);
	if (w->token.fd >= 0)
		(void)fake_token_send(&w->token, v.data, v.size); /* it may be closed by now */
}

static void act(struct world *w, struct reader *r)
{
	uint8_t action = reader_u8(r), how = reader_u8(r), n;

	switch (action % 8) {
	case 0:
		send_bytes(w, r);
		break;
	case 1:
		n = reader_u8(r);
		sign(w, how % (WISHES_MAX - 2), n, reader_u8(r));
		break;
	case 2:
		cancel(&w->wishes[how % WISHES_MAX]);
		break;
	case 3:
		control(w, how & 1);
		break;
	case 4:
		fake_token_die(&w->token);
		break;
	case 5:
		answer(w);
		break;
	case 6:
		configure(w, how & 1);
		break;
	case 7:
		if (w->token.fd >= 0)
			fake_token_set_reading(&w->token, !(how & 1));
		break;
	}
	if (!(how & 0x80))
		rest(w);
}

/* --- one input -------------------------------------------------------------------------------- */

static void begin(struct world *w)
{
	static const struct fake_key keys[] = {
		{.label = "c", .type = KEY_TYPE_P256, .bits = 256, .spki = "p"},
		{.label = "d", .type = KEY_TYPE_ED25519, .bits = 255, .spki = "q"},
	};

	memset(w, 0, sizeof(*w));
	fuzz_check(sd_event_new(&w->event) >= 0, "there is a loop");
	fake_token_init(&w->token, w->event, dir, "t");
	w->token.is_silent = true; /* what is said is the input */
	w->token.keys = keys;
	w->token.n_keys = array_len(keys);
	fuzz_check(pool_new(w->event, dir, &events, w, &w->pool) == 0, "there is a pool");
	configure(w, true);
	rest(w);
}

static void end(struct world *w)
{
	struct token_info t;

	fake_token_die(&w->token);
	rest(w);
	fuzz_check(!pool_find(w->pool, "t", &t) || t.n_queued == 0, "nothing is left in the queue");
	for (size_t i = 0; i < WISHES_MAX; i++)
		fuzz_check(!w->wishes[i].ticket, "every wish has ended");
	w->pool = pool_free(w->pool);
	fake_token_done(&w->token);
	w->event = sd_event_unref(w->event);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r;

	if (size > INPUT_MAX)
		return 0;
	set_up();
	reader_init(&r, data, size);
	begin(&world);
	while (r.left > 0)
		act(&world, &r);
	end(&world);
	return 0;
}
