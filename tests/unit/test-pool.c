/*
 * test-pool.c - the tokens and who waits for them: turns, ends, deadlines, coming and going
 */
#include "agent/token/pool.h"

#include <sys/mman.h>

#include "agent/base/clock.h"
#include "tests/lib/fake-token.h"
#include "tests/unit/unit.h"

#define ALICE 1000u
#define BOB 1001u

static const struct fake_key p256[] = {{.label = "key", .type = KEY_TYPE_P256, .bits = 256}};

struct house {
	char dir[32];
	sd_event *event;
	struct fake_token token; /* 'hsm' */
	struct pool *pool;
	unsigned n_changed;
	enum token_state before; /* of the last change */
};

/* One who waits. */
struct wish {
	struct ask ask;
	struct pool_ticket *ticket;
	unsigned n_called;
	struct pool_results results;
};

static void on_changed(const struct token_info *t, enum token_state before, void *userdata)
{
	struct house *h = userdata;

	(void)t;
	h->n_changed++;
	h->before = before;
}

static const struct pool_events events = {.changed = on_changed};

static void configure(struct house *h, const char *name, uint64_t timeout_usec)
{
	char *names[] = {(char *)name, NULL};

	ck_assert_int_eq(pool_configure(h->pool, names, timeout_usec), 0);
}

static void begin(struct house *h)
{
	*h = (struct house){.dir = "/tmp/signet-unit.XXXXXX"};
	ck_assert_ptr_nonnull(mkdtemp(h->dir));
	ck_assert_int_ge(sd_event_new(&h->event), 0);
	fake_token_init(&h->token, h->event, h->dir, "hsm");
	h->token.keys = p256;
	h->token.n_keys = 1;
	ck_assert_int_eq(pool_new(h->event, h->dir, &events, h, &h->pool), 0);
	configure(h, "hsm", 10 * USEC_PER_SEC);
}

static void end(struct house *h)
{
	char path[64];

	(void)pool_free(h->pool);
	fake_token_done(&h->token);
	(void)sd_event_unref(h->event);
	(void)snprintf(path, sizeof(path), "%s/token", h->dir);
	(void)rmdir(path);
	ck_assert_int_eq(rmdir(h->dir), 0);
}

/* Waits for one thing to happen. */
static void turn(struct house *h)
{
	pool_turn(h->pool);
	ck_assert_int_gt(sd_event_run(h->event, 10 * USEC_PER_SEC), 0);
}

/* Until nothing is left to do but to wait; how often the loop had to turn for that. */
static unsigned settle(struct house *h)
{
	unsigned n = 0, before;

	do {
		pool_turn(h->pool);
		before = n;
		while (sd_event_run(h->event, 0) > 0)
			n++;
	} while (n > before);
	return n;
}

/* The token process is asked for, and is there. */
static void wake(struct house *h)
{
	pool_wake(h->pool, NULL);
	settle(h);
}

static struct token_info info(struct house *h)
{
	struct token_info t = {};

	ck_assert(pool_find(h->pool, "hsm", &t));
	return t;
}

/* The key as the pool would offer it: of the first token, its first. */
static struct key key_of(struct house *h)
{
	struct token_info t = pool_at(h->pool, 0);

	ck_assert_uint_gt(t.inventory->n_keys, 0);
	return (struct key){
		.name = (char *)"key",
		.token = (char *)"hsm",
		.info = t.inventory->keys[0],
	};
}

/* --- wishes --- */

static void on_done(struct pool_results *results, void *userdata)
{
	struct wish *w = userdata;

	w->n_called++;
	w->ticket = NULL;
	w->results = *results;
	*results = (struct pool_results){};
}

/* What is signed is size bytes of first: so the token sees whose turn it was. */
static int wish(struct house *h, struct wish *w, uid_t uid, size_t n, uint8_t first, size_t size)
{
	struct key key = key_of(h);

	*w = (struct wish){};
	ask_init(&w->ask);
	w->ask.algorithm = ALGORITHM_ECDSA;
	w->ask.hash = HASH_SHA256;
	w->ask.input = size == 32 ? INPUT_DIGEST : INPUT_MESSAGE;
	ck_assert_int_eq(ask_set_items(&w->ask, n), 0);
	for (size_t i = 0; i < n; i++) {
		w->ask.items[i].data = malloc(size);
		w->ask.items[i].size = size;
		memset(w->ask.items[i].data, first, size);
	}
	return pool_sign(h->pool, &key, uid, &w->ask, on_done, w, &w->ticket);
}

static void wish_for(struct house *h, struct wish *w, uid_t uid, size_t n, uint8_t first)
{
	ck_assert_int_eq(wish(h, w, uid, n, first, 32), 0);
}

static void cancel(struct wish *w)
{
	pool_cancel(take_ptr(w->ticket));
}

static void wish_done(struct wish *w)
{
	ask_done(&w->ask);
	pool_results_done(&w->results);
}

static size_t count_results(const struct wish *w, enum job_result result)
{
	size_t n = 0;

	for (size_t i = 0; i < w->results.n; i++)
		n += w->results.items[i].result == result;
	return n;
}

/* All items ended like this, once. */
static void check_all(struct wish *w, enum job_result expected)
{
	ck_assert_uint_eq(w->n_called, 1);
	ck_assert_uint_eq(w->results.n, w->ask.n_items);
	for (size_t i = 0; i < w->results.n; i++) {
		ck_assert_str_eq(job_result_name(w->results.items[i].result),
				 job_result_name(expected));
		ck_assert_int_eq(w->results.items[i].signature != NULL, expected == JOB_RESULT_OK);
	}
	wish_done(w);
}

static void check_state(struct house *h, enum token_state expected)
{
	ck_assert_str_eq(token_state_name(info(h).state), token_state_name(expected));
}

static size_t jobs_with(const struct house *h, uint8_t first)
{
	size_t n = 0;

	for (size_t i = 0; i < h->token.n_jobs; i++)
		n += h->token.jobs[i].first == first;
	return n;
}

/* The oldest job that was not answered. */
static void answer_next(struct house *h, size_t *n_answered)
{
	ck_assert_uint_lt(*n_answered, h->token.n_jobs);
	ck_assert(fake_token_sign(&h->token, &h->token.jobs[(*n_answered)++]));
	settle(h);
}

/* --- signing ---------------------------------------------------------------------------------- */

START_TEST(results_come_together_one_for_each_item)
{
	struct house h;
	struct wish w;

	begin(&h);
	wake(&h);
	h.token.is_signing = true;
	wish_for(&h, &w, ALICE, 100, 'a');
	ck_assert_uint_eq(w.n_called, 0); /* never from inside the call */
	settle(&h);
	ck_assert_uint_eq(h.token.n_jobs, 100);
	ck_assert_uint_eq(w.results.items[99].signature_size, 64);
	check_all(&w, JOB_RESULT_OK);
	ck_assert_uint_eq(info(&h).n_queued, 0);
	end(&h);
}
END_TEST

START_TEST(a_token_is_given_no_more_jobs_than_keep_it_busy)
{
	struct house h;
	struct wish w;

	begin(&h);
	h.token.sessions = 3;
	wake(&h);
	wish_for(&h, &w, ALICE, 100, 'a');
	settle(&h);
	ck_assert_uint_eq(h.token.n_jobs, 6);
	ck_assert_uint_eq(info(&h).n_queued, 94);
	cancel(&w);
	ck_assert_uint_eq(info(&h).n_queued, 0);
	wish_done(&w);
	end(&h);
}
END_TEST

START_TEST(a_token_that_answers_soon_gets_more_jobs_at_once_and_a_slow_one_does_not)
{
	size_t n_answered = 0;
	uint64_t began_usec;
	struct house h;
	struct wish w;

	begin(&h);
	wake(&h);
	wish_for(&h, &w, ALICE, 100, 'a');
	settle(&h);
	ck_assert_uint_eq(h.token.n_jobs, 2);
	answer_next(&h, &n_answered);
	ck_assert_uint_eq(h.token.n_jobs - n_answered, 6);
	began_usec = clock_boottime_usec();
	while (clock_boottime_usec() - began_usec <= 2 * USEC_PER_MSEC)
		;
	for (unsigned i = 0; i < 5; i++)
		answer_next(&h, &n_answered);
	ck_assert_uint_eq(h.token.n_jobs - n_answered, 2);
	cancel(&w);
	wish_done(&w);
	end(&h);
}
END_TEST

START_TEST(one_item_of_a_second_user_is_not_kept_waiting_by_thousands_of_a_first)
{
	struct house h;
	struct wish many[16], one;
	size_t n_answered = 0;

	begin(&h);
	wake(&h);
	for (size_t i = 0; i < array_len(many); i++)
		wish_for(&h, &many[i], ALICE, BATCH_MAX, 'a');
	settle(&h);
	wish_for(&h, &one, BOB, 1, 'b');
	settle(&h);
	while (jobs_with(&h, 'b') == 0)
		answer_next(&h, &n_answered);
	ck_assert_uint_le(h.token.n_jobs, 7);
	while (one.n_called == 0)
		answer_next(&h, &n_answered);
	ck_assert_uint_le(n_answered, 4);
	check_all(&one, JOB_RESULT_OK);
	for (size_t i = 0; i < array_len(many); i++) {
		ck_assert_uint_eq(many[i].n_called, 0);
		cancel(&many[i]);
		wish_done(&many[i]);
	}
	end(&h);
}
END_TEST

START_TEST(two_requests_of_one_user_take_turns)
{
	struct house h;
	struct wish first, second;
	size_t n_answered = 0, a, b;

	begin(&h);
	wake(&h);
	wish_for(&h, &first, ALICE, BATCH_MAX, '1');
	wish_for(&h, &second, ALICE, BATCH_MAX, '2');
	settle(&h);
	while (h.token.n_jobs < 100)
		answer_next(&h, &n_answered);
	a = jobs_with(&h, '1');
	b = jobs_with(&h, '2');
	ck_assert_uint_le(a, b + 3);
	ck_assert_uint_le(b, a + 3);
	cancel(&first);
	cancel(&second);
	wish_done(&first);
	wish_done(&second);
	end(&h);
}
END_TEST

START_TEST(more_than_may_wait_is_turned_away_and_nothing_is_left_of_it)
{
	static struct wish many[TOKEN_QUEUE_UID_MAX / BATCH_MAX + 1];
	struct house h;
	struct wish w;
	size_t n = 0;

	begin(&h);
	wake(&h);
	while (wish(&h, &many[n], ALICE, BATCH_MAX, 'a', 32) == 0)
		ck_assert_uint_lt(++n, array_len(many));
	wish_done(&many[n]);
	ck_assert_uint_le(info(&h).n_queued, TOKEN_QUEUE_UID_MAX);
	ck_assert_uint_gt(info(&h).n_queued, TOKEN_QUEUE_UID_MAX - BATCH_MAX);
	/* One who has filled his part of the queue leaves that of others alone. */
	ck_assert_int_eq(wish(&h, &w, BOB, BATCH_MAX, 'b', 32), 0);
	cancel(&w);
	wish_done(&w);
	while (n-- > 0) {
		cancel(&many[n]);
		wish_done(&many[n]);
	}
	ck_assert_uint_eq(info(&h).n_queued, 0);
	end(&h);
}
END_TEST

START_TEST(a_key_of_a_token_that_is_not_there_is_refused_at_once)
{
	struct house h;
	struct wish w;
	struct key key;

	begin(&h);
	wake(&h);
	key = key_of(&h);
	key.token = (char *)"other";
	w = (struct wish){};
	ask_init(&w.ask);
	ck_assert_int_eq(ask_set_items(&w.ask, 1), 0);
	ck_assert_int_eq(pool_sign(h.pool, &key, ALICE, &w.ask, on_done, &w, &w.ticket), -ENOENT);
	ck_assert_ptr_null(w.ticket);
	settle(&h);
	ck_assert_uint_eq(w.n_called, 0);
	wish_done(&w);
	end(&h);
}
END_TEST

/* --- cancelling ------------------------------------------------------------------------------- */

START_TEST(a_cancelled_wish_that_had_not_begun_never_reaches_the_token)
{
	struct house h;
	struct wish first, second;
	size_t n_answered = 0;

	begin(&h);
	wake(&h);
	wish_for(&h, &first, ALICE, 4, '1');
	wish_for(&h, &second, BOB, 4, '2');
	settle(&h);
	ck_assert(pool_has_begun(first.ticket));
	ck_assert(!pool_has_begun(second.ticket));
	cancel(&second);
	while (first.n_called == 0)
		answer_next(&h, &n_answered);
	ck_assert_uint_eq(jobs_with(&h, '2'), 0);
	ck_assert_uint_eq(second.n_called, 0);
	wish_done(&second);
	check_all(&first, JOB_RESULT_OK);
	end(&h);
}
END_TEST

START_TEST(an_answer_to_a_cancelled_job_is_dropped_and_frees_its_place)
{
	struct house h;
	struct wish first, second;
	size_t n_answered = 0;

	begin(&h);
	wake(&h);
	wish_for(&h, &first, ALICE, 2, '1');
	settle(&h);
	cancel(&first);
	wish_for(&h, &second, ALICE, 1, '2');
	settle(&h);
	ck_assert_uint_eq(jobs_with(&h, '2'), 0); /* the token is still busy with the first */
	answer_next(&h, &n_answered);
	ck_assert_uint_eq(jobs_with(&h, '2'), 1);
	while (second.n_called == 0)
		answer_next(&h, &n_answered);
	ck_assert_uint_eq(first.n_called, 0);
	check_all(&second, JOB_RESULT_OK);
	wish_done(&first);
	end(&h);
}
END_TEST

START_TEST(a_wish_that_is_cancelled_before_its_callback_is_not_called_back)
{
	struct house h;
	struct wish w;

	begin(&h);
	wake(&h);
	wish_for(&h, &w, ALICE, 1, 'a');
	settle(&h);
	fake_token_die(&h.token);
	while (info(&h).state != TOKEN_STATE_LOST) /* which finishes it ... */
		turn(&h);
	cancel(&w);
	settle(&h);
	ck_assert_uint_eq(w.n_called, 0);
	wish_done(&w);
	end(&h);
}
END_TEST

/* Cancels the wish behind the one that is called back. */
static void on_done_cancel_other(struct pool_results *results, void *userdata)
{
	struct wish *pair = userdata;

	on_done(results, &pair[0]);
	cancel(&pair[1]);
}

START_TEST(a_callback_may_cancel_another_wish_that_has_ended_too)
{
	struct house h;
	struct wish pair[2];
	struct key key;

	begin(&h);
	wake(&h);
	key = key_of(&h);
	wish_for(&h, &pair[0], ALICE, 1, 'a');
	wish_for(&h, &pair[1], ALICE, 1, 'b');
	cancel(&pair[0]);
	ck_assert_int_eq(pool_sign(h.pool, &key, ALICE, &pair[0].ask, on_done_cancel_other, pair,
				   &pair[0].ticket),
			 0);
	settle(&h);
	fake_token_die(&h.token);
	settle(&h);
	ck_assert_uint_le(pair[0].n_called + pair[1].n_called, 2);
	ck_assert_uint_eq(pair[0].n_called, 1);
	wish_done(&pair[0]);
	wish_done(&pair[1]);
	end(&h);
}
END_TEST

/* --- a token process that dies, hangs or is not there ----------------------------------------- */

START_TEST(what_a_dead_process_had_is_unknown_and_what_it_had_not_is_busy)
{
	struct house h;
	struct wish begun, queued;

	begin(&h);
	wake(&h);
	wish_for(&h, &begun, ALICE, 10, 'a');
	wish_for(&h, &queued, BOB, 1, 'b');
	settle(&h);
	fake_token_die(&h.token);
	settle(&h);
	ck_assert_uint_eq(count_results(&begun, JOB_RESULT_UNKNOWN), 2);
	ck_assert_uint_eq(count_results(&begun, JOB_RESULT_BUSY), 8);
	ck_assert_uint_eq(begun.n_called, 1);
	wish_done(&begun);
	check_all(&queued, JOB_RESULT_BUSY);
	check_state(&h, TOKEN_STATE_LOST);
	end(&h);
}
END_TEST

START_TEST(what_was_signed_before_the_process_died_is_kept)
{
	struct house h;
	struct wish w;
	size_t n_answered = 0;

	begin(&h);
	wake(&h);
	wish_for(&h, &w, ALICE, 3, 'a');
	settle(&h);
	answer_next(&h, &n_answered);
	fake_token_die(&h.token);
	settle(&h);
	ck_assert_uint_eq(w.n_called, 1);
	ck_assert_uint_eq(count_results(&w, JOB_RESULT_OK), 1);
	ck_assert_uint_eq(count_results(&w, JOB_RESULT_UNKNOWN), 2);
	ck_assert_uint_eq(count_results(&w, JOB_RESULT_BUSY), 0);
	wish_done(&w);
	end(&h);
}
END_TEST

START_TEST(a_job_of_a_dead_process_is_not_sent_again)
{
	struct house h;
	struct wish w;

	begin(&h);
	wake(&h);
	wish_for(&h, &w, ALICE, 1, 'a');
	settle(&h);
	fake_token_die(&h.token);
	settle(&h);
	check_all(&w, JOB_RESULT_UNKNOWN);
	wake(&h);
	ck_assert_uint_eq(h.token.n_connections, 2);
	ck_assert_uint_eq(h.token.n_jobs, 1);
	end(&h);
}
END_TEST

START_TEST(a_process_that_had_worked_is_reached_again_at_once)
{
	struct house h;
	struct wish w;

	begin(&h);
	h.token.is_signing = true;
	for (unsigned i = 1; i <= 5; i++) {
		wake(&h);
		ck_assert_uint_eq(h.token.n_connections, i);
		check_state(&h, TOKEN_STATE_READY);
		wish_for(&h, &w, ALICE, 1, 'a');
		settle(&h);
		check_all(&w, JOB_RESULT_OK);
		fake_token_die(&h.token);
		settle(&h);
		check_state(&h, TOKEN_STATE_LOST);
	}
	end(&h);
}
END_TEST

START_TEST(a_socket_that_is_not_there_is_tried_once_and_not_again_before_its_time)
{
	struct house h;

	begin(&h);
	fake_token_done(&h.token);
	pool_wake(h.pool, NULL);
	ck_assert(!pool_is_settled(h.pool, "hsm"));
	ck_assert_uint_eq(h.n_changed, 0); /* never from inside the call */
	settle(&h);
	ck_assert(pool_is_settled(h.pool, "hsm"));
	ck_assert_uint_eq(h.n_changed, 1);
	ck_assert_ptr_nonnull(strstr(info(&h).sentence, "signet-token@hsm.socket"));
	for (unsigned i = 0; i < 100; i++)
		pool_wake(h.pool, "hsm");
	ck_assert(pool_is_settled(h.pool, "hsm"));
	ck_assert_uint_eq(settle(&h), 0);
	ck_assert_uint_eq(h.n_changed, 1);
	end(&h);
}
END_TEST

START_TEST(a_process_that_says_nothing_of_use_is_not_reached_again_before_its_time)
{
	struct house h;

	begin(&h);
	h.token.is_silent = true;
	wake(&h);
	ck_assert(!pool_is_settled(h.pool, NULL));
	fake_token_die(&h.token);
	settle(&h);
	ck_assert(pool_is_settled(h.pool, NULL));
	wake(&h);
	ck_assert_uint_eq(h.token.n_connections, 1);
	ck_assert_uint_eq(settle(&h), 0);
	end(&h);
}
END_TEST

START_TEST(a_process_that_takes_long_to_come_up_is_waited_for_by_those_alone_who_want_it)
{
	struct house h;

	begin(&h);
	h.token.is_silent = true;
	wake(&h);
	ck_assert(!pool_is_settled(h.pool, NULL));
	ck_assert_uint_eq(h.n_changed, 0);
	while (h.n_changed == 0)
		turn(&h);
	ck_assert(pool_is_settled(h.pool, NULL));
	ck_assert(!pool_is_settled(h.pool, "hsm"));
	ck_assert_uint_eq(h.token.n_ends, 0);
	ck_assert(fake_token_greet(&h.token));
	settle(&h);
	ck_assert(pool_is_settled(h.pool, "hsm"));
	check_state(&h, TOKEN_STATE_READY);
	end(&h);
}
END_TEST

START_TEST(a_process_that_did_not_come_up_keeps_others_waiting_once)
{
	struct house h;

	begin(&h);
	h.token.is_silent = true;
	wake(&h);
	ck_assert(!pool_is_settled(h.pool, NULL));
	fake_token_die(&h.token);
	settle(&h);
	while (h.token.n_connections == 1) {
		pool_wake(h.pool, NULL);
		ck_assert_int_ge(sd_event_run(h.event, 10 * USEC_PER_MSEC), 0);
		ck_assert(pool_is_settled(h.pool, NULL));
	}
	ck_assert(!pool_is_settled(h.pool, "hsm"));
	end(&h);
}
END_TEST

START_TEST(after_its_time_a_token_that_was_not_there_is_reached)
{
	uint64_t began = clock_boottime_usec();
	struct house h;

	begin(&h);
	fake_token_done(&h.token);
	wake(&h);
	fake_token_init(&h.token, h.event, h.dir, "hsm");
	while (h.token.n_connections == 0) {
		pool_wake(h.pool, NULL);
		ck_assert_int_ge(sd_event_run(h.event, 10 * USEC_PER_MSEC), 0);
	}
	ck_assert_uint_ge(clock_boottime_usec() - began, USEC_PER_SEC);
	settle(&h);
	check_state(&h, TOKEN_STATE_READY);
	end(&h);
}
END_TEST

START_TEST(a_wish_for_a_token_that_is_gone_ends_as_lost)
{
	struct house h;
	struct wish w;

	begin(&h);
	wake(&h);
	fake_token_done(&h.token);
	settle(&h);
	wish_for(&h, &w, ALICE, 3, 'a');
	settle(&h);
	check_all(&w, JOB_RESULT_LOST);
	end(&h);
}
END_TEST

START_TEST(a_process_that_does_not_answer_a_job_is_told_to_go_and_the_job_is_unknown)
{
	struct house h;
	struct wish w;

	begin(&h);
	configure(&h, "hsm", 50 * USEC_PER_MSEC);
	wake(&h);
	wish_for(&h, &w, ALICE, 3, 'a');
	while (w.n_called == 0)
		turn(&h);
	settle(&h);
	ck_assert_uint_eq(h.token.n_ends, 1);
	ck_assert_int_eq(h.token.fd, -EBADF);
	ck_assert_uint_eq(count_results(&w, JOB_RESULT_UNKNOWN), 2);
	ck_assert_uint_eq(count_results(&w, JOB_RESULT_BUSY), 1);
	wish_done(&w);
	ck_assert_ptr_nonnull(strstr(info(&h).sentence, "in time"));
	end(&h);
}
END_TEST

START_TEST(the_deadline_is_kept_even_when_all_who_waited_have_gone)
{
	struct house h;
	struct wish w;

	begin(&h);
	configure(&h, "hsm", 50 * USEC_PER_MSEC);
	wake(&h);
	wish_for(&h, &w, ALICE, 1, 'a');
	settle(&h);
	cancel(&w);
	while (info(&h).state != TOKEN_STATE_LOST)
		turn(&h);
	ck_assert_uint_eq(w.n_called, 0);
	wish_done(&w);
	end(&h);
}
END_TEST

START_TEST(a_process_that_does_not_greet_in_time_is_given_up)
{
	struct house h;

	begin(&h);
	configure(&h, "hsm", 50 * USEC_PER_MSEC);
	h.token.is_silent = true;
	wake(&h);
	while (!pool_is_settled(h.pool, NULL))
		turn(&h);
	settle(&h);
	check_state(&h, TOKEN_STATE_LOST);
	ck_assert_uint_eq(h.token.n_ends, 1);
	ck_assert_uint_eq(settle(&h), 0);
	end(&h);
}
END_TEST

START_TEST(a_good_answer_leaves_no_deadline_behind)
{
	struct house h;
	struct wish w;

	begin(&h);
	configure(&h, "hsm", 50 * USEC_PER_MSEC);
	h.token.is_signing = true;
	wake(&h);
	wish_for(&h, &w, ALICE, 1, 'a');
	settle(&h);
	check_all(&w, JOB_RESULT_OK);
	ck_assert_int_eq(sd_event_run(h.event, 100 * USEC_PER_MSEC), 0);
	check_state(&h, TOKEN_STATE_READY);
	end(&h);
}
END_TEST

/* --- hostile answers -------------------------------------------------------------------------- */

/* The process answers like this; the connection ends, the jobs are unknown, and we go on. */
static void check_answer_ends_it(uint8_t type, uint64_t id_offset, enum job_result result,
				 size_t size)
{
	struct house h;
	struct wish w;

	begin(&h);
	wake(&h);
	wish_for(&h, &w, ALICE, 1, 'a');
	settle(&h);
	ck_assert(fake_token_answer(&h.token, type, h.token.jobs[0].id + id_offset, result, size));
	settle(&h);
	check_all(&w, JOB_RESULT_UNKNOWN);
	check_state(&h, TOKEN_STATE_LOST);
	ck_assert_int_eq(h.token.fd, -EBADF);
	wake(&h);
	check_state(&h, TOKEN_STATE_READY);
	end(&h);
}

START_TEST(a_signature_of_the_wrong_length_ends_the_connection)
{
	check_answer_ends_it(JOB_SIGN, 0, JOB_RESULT_OK, 63);
	check_answer_ends_it(JOB_SIGN, 0, JOB_RESULT_OK, 65);
	check_answer_ends_it(JOB_SIGN, 0, JOB_RESULT_OK, SIGNATURE_MAX);
}
END_TEST

START_TEST(an_answer_to_a_job_that_it_does_not_have_ends_the_connection)
{
	check_answer_ends_it(JOB_SIGN, 1, JOB_RESULT_OK, 64);
	check_answer_ends_it(JOB_SIGN, UINT64_MAX, JOB_RESULT_OK, 64); /* job 0 */
	check_answer_ends_it(JOB_LOCK, 1, JOB_RESULT_FAILED, 0);
}
END_TEST

START_TEST(ok_without_a_signature_ends_the_connection)
{
	check_answer_ends_it(JOB_LOCK, 0, JOB_RESULT_OK, 0);
}
END_TEST

START_TEST(a_second_answer_to_one_job_ends_the_connection)
{
	struct house h;
	struct wish w;

	begin(&h);
	wake(&h);
	wish_for(&h, &w, ALICE, 1, 'a');
	settle(&h);
	ck_assert(fake_token_sign(&h.token, &h.token.jobs[0]));
	ck_assert(fake_token_sign(&h.token, &h.token.jobs[0]));
	settle(&h);
	check_all(&w, JOB_RESULT_OK);
	check_state(&h, TOKEN_STATE_LOST);
	end(&h);
}
END_TEST

START_TEST(a_refusal_is_an_answer_and_not_the_end)
{
	struct house h;
	struct wish w;

	begin(&h);
	wake(&h);
	wish_for(&h, &w, ALICE, 2, 'a');
	settle(&h);
	for (size_t i = 0; i < 2; i++)
		ck_assert(fake_token_answer(&h.token, JOB_SIGN, h.token.jobs[i].id,
					    JOB_RESULT_REFUSED, 0));
	settle(&h);
	check_all(&w, JOB_RESULT_REFUSED);
	check_state(&h, TOKEN_STATE_READY);
	end(&h);
}
END_TEST

/* --- states ----------------------------------------------------------------------------------- */

/* The process says again how it is. */
static void become(struct house *h, enum token_state state, size_t n_keys)
{
	h->token.state = state;
	h->token.n_keys = n_keys;
	ck_assert(fake_token_greet(&h->token));
	settle(h);
}

START_TEST(a_wish_for_a_token_that_is_not_ready_ends_with_the_reason)
{
	static const struct {
		enum token_state state;
		enum job_result result;
	} cases[] = {
		{TOKEN_STATE_LOCKED, JOB_RESULT_LOCKED},
		{TOKEN_STATE_REFUSED_PIN, JOB_RESULT_LOCKED},
		{TOKEN_STATE_BLOCKED, JOB_RESULT_LOCKED},
		{TOKEN_STATE_LOST, JOB_RESULT_LOST},
	};
	struct house h;
	struct wish w;

	begin(&h);
	wake(&h);
	for (size_t i = 0; i < array_len(cases); i++) {
		become(&h, cases[i].state, 1);
		wish_for(&h, &w, ALICE, 2, 'a');
		settle(&h);
		ck_assert_str_eq(w.results.items[0].sentence, "as the test has it");
		check_all(&w, cases[i].result);
	}
	ck_assert_uint_eq(h.token.n_jobs, 0);
	end(&h);
}
END_TEST

START_TEST(what_is_queued_ends_when_the_token_is_locked)
{
	struct house h;
	struct wish w;

	begin(&h);
	wake(&h);
	wish_for(&h, &w, ALICE, 5, 'a');
	settle(&h);
	become(&h, TOKEN_STATE_LOCKED, 1);
	ck_assert_uint_eq(w.n_called, 0); /* two are under way and may still be signed */
	ck_assert(fake_token_sign(&h.token, &h.token.jobs[0]));
	ck_assert(fake_token_sign(&h.token, &h.token.jobs[1]));
	settle(&h);
	ck_assert_uint_eq(w.n_called, 1);
	ck_assert_uint_eq(count_results(&w, JOB_RESULT_OK), 2);
	ck_assert_uint_eq(count_results(&w, JOB_RESULT_LOCKED), 3);
	wish_done(&w);
	end(&h);
}
END_TEST

START_TEST(a_lost_token_keeps_its_keys_and_the_name_it_is_known_by)
{
	struct house h;

	begin(&h);
	h.token.label = "signet-main";
	wake(&h);
	h.token.label = "";
	become(&h, TOKEN_STATE_LOST, 0);
	check_state(&h, TOKEN_STATE_LOST);
	ck_assert_uint_eq(info(&h).inventory->n_keys, 1);
	ck_assert_str_eq(info(&h).inventory->keys[0].label, "key");
	ck_assert_str_eq(info(&h).inventory->label, "signet-main");
	fake_token_done(&h.token);
	settle(&h);
	ck_assert_uint_eq(info(&h).inventory->n_keys, 1);
	end(&h);
}
END_TEST

START_TEST(a_token_that_is_there_without_keys_has_none)
{
	struct house h;

	begin(&h);
	wake(&h);
	become(&h, TOKEN_STATE_READY, 0);
	ck_assert_uint_eq(info(&h).inventory->n_keys, 0);
	end(&h);
}
END_TEST

START_TEST(every_change_is_told_with_the_state_before_it)
{
	struct house h;

	begin(&h);
	wake(&h);
	ck_assert_uint_eq(h.n_changed, 1);
	ck_assert_int_eq(h.before, TOKEN_STATE_LOST);
	become(&h, TOKEN_STATE_LOCKED, 1);
	ck_assert_uint_eq(h.n_changed, 2);
	ck_assert_int_eq(h.before, TOKEN_STATE_READY);
	fake_token_die(&h.token);
	settle(&h);
	ck_assert_uint_eq(h.n_changed, 3);
	ck_assert_int_eq(h.before, TOKEN_STATE_LOCKED);
	end(&h);
}
END_TEST

/* --- unlock and lock -------------------------------------------------------------------------- */

static int new_pin(void)
{
	int fd = memfd_create("pin", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static void unlock(struct house *h, struct wish *w, int expected)
{
	int fd = new_pin();

	*w = (struct wish){};
	ask_init(&w->ask);
	ck_assert_int_eq(pool_unlock(h->pool, "hsm", &fd, false, on_done, w, &w->ticket), expected);
	if (expected == 0)
		ck_assert_int_eq(fd, -EBADF);
	(void)fd_close(fd);
}

START_TEST(the_pin_goes_with_the_first_byte_of_the_unlock_behind_all_that_is_queued)
{
	struct house h;
	struct wish big, w;

	begin(&h);
	h.token.sessions = TOKEN_SESSIONS_MAX;
	wake(&h);
	/* Far more than the socket holds, while the process reads nothing. */
	fake_token_set_reading(&h.token, false);
	ck_assert_int_eq(wish(&h, &big, ALICE, 8, 'a', 200 * 1024), 0);
	unlock(&h, &w, 0);
	settle(&h);
	fake_token_set_reading(&h.token, true);
	settle(&h);
	ck_assert_uint_eq(h.token.n_jobs, 9);
	ck_assert_uint_eq(h.token.jobs[8].type, JOB_UNLOCK);
	ck_assert_uint_eq(h.token.n_fds, 1);
	ck_assert_uint_eq(h.token.n_stray_fds, 0);
	ck_assert_int_ge(h.token.pin_fd, 0);
	ck_assert(fake_token_answer(&h.token, JOB_UNLOCK, h.token.jobs[8].id, JOB_RESULT_OK, 0));
	settle(&h);
	ck_assert_uint_eq(w.n_called, 1);
	ck_assert_int_eq(w.results.items[0].result, JOB_RESULT_OK);
	wish_done(&w);
	cancel(&big);
	wish_done(&big);
	end(&h);
}
END_TEST

START_TEST(an_unlock_between_two_jobs_keeps_its_pin_to_itself)
{
	struct house h;
	struct wish before, w, after;

	begin(&h);
	wake(&h);
	fake_token_set_reading(&h.token, false);
	wish_for(&h, &before, ALICE, 1, 'a');
	unlock(&h, &w, 0);
	wish_for(&h, &after, ALICE, 1, 'b');
	h.token.is_signing = true;
	fake_token_set_reading(&h.token, true);
	settle(&h);
	ck_assert_uint_eq(h.token.n_fds, 1);
	ck_assert_uint_eq(h.token.n_stray_fds, 0);
	check_all(&before, JOB_RESULT_OK);
	check_all(&after, JOB_RESULT_OK);
	wish_done(&w);
	end(&h);
}
END_TEST

START_TEST(a_token_that_waits_for_a_pin_can_be_unlocked_and_then_signs)
{
	struct house h;
	struct wish w;

	begin(&h);
	h.token.state = TOKEN_STATE_LOCKED;
	wake(&h);
	unlock(&h, &w, 0);
	settle(&h);
	become(&h, TOKEN_STATE_READY, 1);
	ck_assert(fake_token_answer(&h.token, JOB_UNLOCK, h.token.jobs[0].id, JOB_RESULT_OK, 0));
	settle(&h);
	ck_assert_int_eq(w.results.items[0].result, JOB_RESULT_OK);
	wish_done(&w);
	h.token.is_signing = true;
	wish_for(&h, &w, ALICE, 1, 'a');
	settle(&h);
	check_all(&w, JOB_RESULT_OK);
	end(&h);
}
END_TEST

START_TEST(only_one_pin_is_carried_at_a_time)
{
	struct house h;
	struct wish big, first, second;

	begin(&h);
	h.token.sessions = TOKEN_SESSIONS_MAX;
	wake(&h);
	fake_token_set_reading(&h.token, false);
	ck_assert_int_eq(wish(&h, &big, ALICE, 8, 'a', 200 * 1024), 0);
	unlock(&h, &first, 0);
	unlock(&h, &second, -EBUSY);
	ck_assert_ptr_null(second.ticket);
	fake_token_die(&h.token);
	settle(&h);
	ck_assert_uint_eq(second.n_called, 0);
	ck_assert_int_eq(first.results.items[0].result, JOB_RESULT_UNKNOWN);
	wish_done(&first);
	check_all(&big, JOB_RESULT_UNKNOWN);
	end(&h);
}
END_TEST

START_TEST(a_third_unlock_or_lock_is_turned_away)
{
	struct house h;
	struct wish w[3];

	begin(&h);
	wake(&h);
	unlock(&h, &w[0], 0);
	settle(&h);
	w[1] = w[2] = (struct wish){};
	ck_assert_int_eq(pool_lock(h.pool, "hsm", on_done, &w[1], &w[1].ticket), 0);
	ck_assert_int_eq(pool_lock(h.pool, "hsm", on_done, &w[2], &w[2].ticket), -EBUSY);
	cancel(&w[0]);
	cancel(&w[1]);
	settle(&h);
	ck_assert_uint_eq(w[0].n_called + w[1].n_called + w[2].n_called, 0);
	end(&h);
}
END_TEST

START_TEST(an_unlock_of_a_token_that_is_not_there_ends_as_lost)
{
	struct house h;
	struct wish w = {};
	int fd = new_pin();

	begin(&h);
	ck_assert_int_eq(pool_unlock(h.pool, "other", &fd, false, on_done, &w, &w.ticket), -ENOENT);
	ck_assert_int_eq(pool_unlock(h.pool, "hsm", &fd, true, on_done, &w, &w.ticket), 0);
	(void)fd_close(fd);
	settle(&h);
	ck_assert_uint_eq(w.n_called, 1);
	ck_assert_int_eq(w.results.items[0].result, JOB_RESULT_LOST);
	pool_results_done(&w.results);
	end(&h);
}
END_TEST

START_TEST(an_unlock_that_is_answered_with_a_signature_ends_the_connection)
{
	struct house h;
	struct wish w;

	begin(&h);
	wake(&h);
	unlock(&h, &w, 0);
	settle(&h);
	ck_assert(fake_token_answer(&h.token, JOB_SIGN, h.token.jobs[0].id, JOB_RESULT_OK, 64));
	settle(&h);
	ck_assert_int_eq(w.results.items[0].result, JOB_RESULT_UNKNOWN);
	check_state(&h, TOKEN_STATE_LOST);
	wish_done(&w);
	end(&h);
}
END_TEST

/* --- configuration ---------------------------------------------------------------------------- */

START_TEST(a_token_that_is_not_configured_any_more_ends_its_jobs)
{
	struct house h;
	struct wish w;
	struct token_info t;

	begin(&h);
	wake(&h);
	wish_for(&h, &w, ALICE, 5, 'a');
	settle(&h);
	configure(&h, "other", USEC_PER_SEC);
	ck_assert(!pool_find(h.pool, "hsm", &t));
	ck_assert(pool_find(h.pool, "other", &t));
	ck_assert_uint_eq(pool_count(h.pool), 1);
	settle(&h);
	ck_assert_uint_eq(w.n_called, 1);
	ck_assert_uint_eq(count_results(&w, JOB_RESULT_OK), 0);
	ck_assert_int_eq(h.token.fd, -EBADF);
	wish_done(&w);
	end(&h);
}
END_TEST

START_TEST(a_token_that_stays_configured_keeps_its_process_and_its_jobs)
{
	char *both[] = {(char *)"another", (char *)"hsm", NULL};
	struct house h;
	struct wish w;
	size_t n_answered = 0;

	begin(&h);
	wake(&h);
	wish_for(&h, &w, ALICE, 3, 'a');
	settle(&h);
	ck_assert_int_eq(pool_configure(h.pool, both, USEC_PER_SEC), 0);
	ck_assert_str_eq(pool_at(h.pool, 0).name, "another");
	ck_assert_str_eq(pool_at(h.pool, 1).name, "hsm");
	while (w.n_called == 0)
		answer_next(&h, &n_answered);
	check_all(&w, JOB_RESULT_OK);
	ck_assert_uint_eq(h.token.n_connections, 1);
	end(&h);
}
END_TEST

START_TEST(one_token_that_is_not_there_does_not_keep_another_from_signing)
{
	char *both[] = {(char *)"another", (char *)"hsm", NULL};
	static struct fake_token hung;
	struct house h;
	struct wish w;
	struct key key;

	begin(&h);
	fake_token_init(&hung, h.event, h.dir, "another");
	hung.is_silent = true;
	ck_assert_int_eq(pool_configure(h.pool, both, 10 * USEC_PER_SEC), 0);
	wake(&h);
	ck_assert(!pool_is_settled(h.pool, NULL));
	ck_assert(pool_is_settled(h.pool, "hsm"));
	ck_assert(pool_is_settled(h.pool, "nobody"));
	h.token.is_signing = true;
	key = (struct key){.token = (char *)"hsm", .info = info(&h).inventory->keys[0]};
	w = (struct wish){};
	ask_init(&w.ask);
	w.ask.algorithm = ALGORITHM_ECDSA;
	w.ask.hash = HASH_SHA256;
	w.ask.input = INPUT_MESSAGE;
	ck_assert_int_eq(ask_set_items(&w.ask, 1), 0);
	ck_assert_int_eq(pool_sign(h.pool, &key, ALICE, &w.ask, on_done, &w, &w.ticket), 0);
	settle(&h);
	check_all(&w, JOB_RESULT_OK);
	fake_token_done(&hung);
	end(&h);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		results_come_together_one_for_each_item,
		a_token_is_given_no_more_jobs_than_keep_it_busy,
		a_token_that_answers_soon_gets_more_jobs_at_once_and_a_slow_one_does_not,
		one_item_of_a_second_user_is_not_kept_waiting_by_thousands_of_a_first,
		two_requests_of_one_user_take_turns,
		more_than_may_wait_is_turned_away_and_nothing_is_left_of_it,
		a_key_of_a_token_that_is_not_there_is_refused_at_once,
		a_cancelled_wish_that_had_not_begun_never_reaches_the_token,
		an_answer_to_a_cancelled_job_is_dropped_and_frees_its_place,
		a_wish_that_is_cancelled_before_its_callback_is_not_called_back,
		a_callback_may_cancel_another_wish_that_has_ended_too,
		what_a_dead_process_had_is_unknown_and_what_it_had_not_is_busy,
		what_was_signed_before_the_process_died_is_kept,
		a_job_of_a_dead_process_is_not_sent_again,
		a_process_that_had_worked_is_reached_again_at_once,
		a_socket_that_is_not_there_is_tried_once_and_not_again_before_its_time,
		a_process_that_says_nothing_of_use_is_not_reached_again_before_its_time,
		a_process_that_takes_long_to_come_up_is_waited_for_by_those_alone_who_want_it,
		a_process_that_did_not_come_up_keeps_others_waiting_once,
		after_its_time_a_token_that_was_not_there_is_reached,
		a_wish_for_a_token_that_is_gone_ends_as_lost,
		a_process_that_does_not_answer_a_job_is_told_to_go_and_the_job_is_unknown,
		the_deadline_is_kept_even_when_all_who_waited_have_gone,
		a_process_that_does_not_greet_in_time_is_given_up,
		a_good_answer_leaves_no_deadline_behind,
		a_signature_of_the_wrong_length_ends_the_connection,
		an_answer_to_a_job_that_it_does_not_have_ends_the_connection,
		ok_without_a_signature_ends_the_connection,
		a_second_answer_to_one_job_ends_the_connection,
		a_refusal_is_an_answer_and_not_the_end,
		a_wish_for_a_token_that_is_not_ready_ends_with_the_reason,
		what_is_queued_ends_when_the_token_is_locked,
		a_lost_token_keeps_its_keys_and_the_name_it_is_known_by,
		a_token_that_is_there_without_keys_has_none,
		every_change_is_told_with_the_state_before_it,
		the_pin_goes_with_the_first_byte_of_the_unlock_behind_all_that_is_queued,
		an_unlock_between_two_jobs_keeps_its_pin_to_itself,
		a_token_that_waits_for_a_pin_can_be_unlocked_and_then_signs,
		only_one_pin_is_carried_at_a_time,
		a_third_unlock_or_lock_is_turned_away,
		an_unlock_of_a_token_that_is_not_there_ends_as_lost,
		an_unlock_that_is_answered_with_a_signature_ends_the_connection,
		a_token_that_is_not_configured_any_more_ends_its_jobs,
		a_token_that_stays_configured_keeps_its_process_and_its_jobs,
		one_token_that_is_not_there_does_not_keep_another_from_signing,
	};

	return unit_run("pool", tests, array_len(tests));
}
