/*
 * test-channel.c - one connection to a token process: what is believed, and what ends it
 */
#include "agent/token/channel.h"

#include "agent/base/clock.h"
#include "tests/lib/fake-token.h"
#include "tests/unit/unit.h"

struct house {
	char dir[32];
	sd_event *event;
	struct fake_token token;
	struct channel *channel;
	/* what it has told us */
	unsigned n_inventories;
	struct inventory last;
	unsigned n_answers;
	struct job_answer answer; /* without its views */
	const char *objection;    /* what the next answer is replied to */
	unsigned n_closed;
	char why[80];
};

static void on_inventory(struct inventory *i, void *userdata)
{
	struct house *h = userdata;

	h->n_inventories++;
	inventory_done(&h->last);
	h->last = *i;
	*i = (struct inventory){};
}

static const char *on_answer(const struct job_answer *a, void *userdata)
{
	struct house *h = userdata;

	h->n_answers++;
	h->answer = *a;
	return h->objection;
}

static void on_closed(const char *why, void *userdata)
{
	struct house *h = userdata;

	h->n_closed++;
	(void)snprintf(h->why, sizeof(h->why), "%s", why);
	h->channel = channel_free(h->channel);
}

static const struct channel_events events = {
	.inventory = on_inventory,
	.answer = on_answer,
	.closed = on_closed,
};

static void settle(struct house *h)
{
	while (sd_event_run(h->event, 0) > 0)
		;
}

/* A connection whose hello has arrived, and a process that says nothing by itself. */
static void begin(struct house *h)
{
	*h = (struct house){.dir = "/tmp/signet-unit.XXXXXX"};
	ck_assert_ptr_nonnull(mkdtemp(h->dir));
	ck_assert_int_ge(sd_event_new(&h->event), 0);
	fake_token_init(&h->token, h->event, h->dir, "hsm");
	h->token.is_silent = true;
	ck_assert_int_eq(channel_new(h->event, h->token.path, &events, h, &h->channel), 0);
	settle(h);
	ck_assert_uint_eq(h->token.n_hellos, 1);
}

static void end(struct house *h)
{
	char path[64];

	(void)channel_free(h->channel);
	inventory_done(&h->last);
	fake_token_done(&h->token);
	(void)sd_event_unref(h->event);
	(void)snprintf(path, sizeof(path), "%s/token", h->dir);
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_eq(rmdir(h->dir), 0);
}

/* It is over, once, for this reason. */
static void check_closed(struct house *h, const char *why)
{
	settle(h);
	ck_assert_uint_eq(h->n_closed, 1);
	ck_assert_str_eq(h->why, why);
	ck_assert_int_eq(h->token.fd, -EBADF); /* the process sees it, too */
}

static void check_open(struct house *h)
{
	settle(h);
	ck_assert_str_eq(h->why, "");
	ck_assert_uint_eq(h->n_closed, 0);
	ck_assert_int_ge(h->token.fd, 0);
}

/* The process sends what was written. */
static void say_written(struct house *h, struct writer *w)
{
	(void)fake_token_flush(&h->token, w); /* it may be closed before all is sent */
	settle(h);
}

static void say_hex(struct house *h, const char *hex)
{
	struct view v = unit_unhex(hex);

	ck_assert(fake_token_send(&h->token, v.data, v.size));
	settle(h);
	free((void *)v.data);
}

static const struct fake_key good = {.label = "key", .type = KEY_TYPE_P256, .bits = 256};

/* --- inventory -------------------------------------------------------------------------------- */

START_TEST(keys_and_then_a_state_are_an_inventory)
{
	static const struct fake_key two[] = {
		{.label = "one", .type = KEY_TYPE_P256, .bits = 256, .cka_id = 7},
		{.label = "", .type = KEY_TYPE_RSA, .bits = 2048},
	};
	struct house h;

	begin(&h);
	h.token.keys = two;
	h.token.n_keys = 2;
	h.token.sessions = 5;
	h.token.label = "main";
	ck_assert(fake_token_greet(&h.token));
	check_open(&h);
	ck_assert_uint_eq(h.n_inventories, 1);
	ck_assert_int_eq(h.last.state, TOKEN_STATE_READY);
	ck_assert_uint_eq(h.last.sessions, 5);
	ck_assert_str_eq(h.last.label, "main");
	ck_assert_uint_eq(h.last.n_keys, 2);
	ck_assert_str_eq(h.last.keys[0].label, "one");
	ck_assert_uint_eq(h.last.keys[0].cka_id_size, 1);
	ck_assert_str_eq(h.last.keys[1].label, "");
	ck_assert_uint_eq(h.last.keys[1].bits, 2048);
	ck_assert_ptr_null(h.last.keys[1].certificate);
	end(&h);
}
END_TEST

START_TEST(a_second_inventory_replaces_the_first)
{
	struct house h;

	begin(&h);
	h.token.keys = &good;
	h.token.n_keys = 1;
	ck_assert(fake_token_greet(&h.token));
	settle(&h);
	h.token.n_keys = 0;
	ck_assert(fake_token_greet(&h.token));
	check_open(&h);
	ck_assert_uint_eq(h.n_inventories, 2);
	ck_assert_uint_eq(h.last.n_keys, 0);
	end(&h);
}
END_TEST

START_TEST(an_inventory_may_come_byte_by_byte)
{
	struct house h;
	struct writer w;

	begin(&h);
	writer_init(&w, FRAME_MAX);
	fake_write_key(&w, &good);
	fake_write_state(&w, &h.token, 1);
	for (size_t i = 0; i < w.size; i++) {
		ck_assert_uint_eq(h.n_inventories, 0);
		ck_assert(fake_token_send(&h.token, w.data + i, 1));
		settle(&h);
	}
	writer_done(&w);
	check_open(&h);
	ck_assert_uint_eq(h.n_inventories, 1);
	end(&h);
}
END_TEST

START_TEST(keys_without_their_state_are_not_believed)
{
	struct house h;
	struct writer w;

	begin(&h);
	writer_init(&w, FRAME_MAX);
	fake_write_key(&w, &good);
	say_written(&h, &w);
	check_open(&h);
	ck_assert_uint_eq(h.n_inventories, 0);
	end(&h);
}
END_TEST

START_TEST(a_state_that_counts_other_keys_than_came_ends_the_connection)
{
	for (size_t n = 0; n < 4; n++) {
		struct house h;
		struct writer w;

		if (n == 2)
			continue; /* that would be right */
		begin(&h);
		writer_init(&w, FRAME_MAX);
		fake_write_key(&w, &good);
		fake_write_key(&w, &good);
		fake_write_state(&w, &h.token, n);
		say_written(&h, &w);
		check_closed(&h, "it sent a malformed state");
		ck_assert_uint_eq(h.n_inventories, 0);
		end(&h);
	}
}
END_TEST

START_TEST(as_many_keys_as_a_token_may_have_are_taken_and_not_one_more)
{
	struct house h;
	struct writer w;

	begin(&h);
	writer_init(&w, 64u * FRAME_MAX);
	for (size_t i = 0; i < TOKEN_KEYS_MAX; i++)
		fake_write_key(&w, &good);
	fake_write_state(&w, &h.token, TOKEN_KEYS_MAX);
	say_written(&h, &w);
	check_open(&h);
	ck_assert_uint_eq(h.last.n_keys, TOKEN_KEYS_MAX);
	writer_init(&w, 64u * FRAME_MAX);
	for (size_t i = 0; i <= TOKEN_KEYS_MAX; i++)
		fake_write_key(&w, &good);
	say_written(&h, &w);
	check_closed(&h, "it reports too many keys");
	ck_assert_uint_eq(h.n_inventories, 1);
	end(&h);
}
END_TEST

START_TEST(a_malformed_key_ends_the_connection)
{
	const struct fake_key bad[] = {
		{.label = "la\nbel", .type = KEY_TYPE_P256, .bits = 256},
		{.label = "key", .type = KEY_TYPE_NONE, .bits = 256},
		{.label = "key", .type = _KEY_TYPE_MAX, .bits = 256},
		{.label = "key", .type = KEY_TYPE_RSA, .bits = 0},
		{.label = "key", .type = KEY_TYPE_RSA, .bits = UINT32_MAX},
		{.label = "key", .type = KEY_TYPE_P256, .bits = 256, .spki = ""},
	};

	for (size_t i = 0; i < array_len(bad); i++) {
		struct house h;
		struct writer w;

		begin(&h);
		writer_init(&w, FRAME_MAX);
		fake_write_key(&w, &good);
		fake_write_key(&w, &bad[i]);
		say_written(&h, &w);
		check_closed(&h, "it sent a malformed key");
		end(&h);
	}
}
END_TEST

START_TEST(a_malformed_state_ends_the_connection)
{
	static const enum token_state bad[] = {TOKEN_STATE_NONE, _TOKEN_STATE_MAX, 255};

	for (size_t i = 0; i < array_len(bad); i++) {
		struct house h;

		begin(&h);
		h.token.state = bad[i];
		ck_assert(fake_token_greet(&h.token));
		check_closed(&h, "it sent a malformed state");
		end(&h);
	}
}
END_TEST

/* --- answers ---------------------------------------------------------------------------------- */

START_TEST(answers_are_handed_on)
{
	struct house h;

	begin(&h);
	ck_assert(fake_token_answer(&h.token, JOB_SIGN, 42, JOB_RESULT_OK, SIGNATURE_MAX));
	settle(&h);
	ck_assert_uint_eq(h.answer.id, 42);
	ck_assert_uint_eq(h.answer.signature.size, SIGNATURE_MAX);
	ck_assert(fake_token_answer(&h.token, JOB_UNLOCK, 43, JOB_RESULT_PIN_REFUSED, 0));
	check_open(&h);
	ck_assert_uint_eq(h.n_answers, 2);
	ck_assert_int_eq(h.answer.result, JOB_RESULT_PIN_REFUSED);
	end(&h);
}
END_TEST

START_TEST(an_answer_that_is_objected_to_ends_the_connection)
{
	struct house h;

	begin(&h);
	h.objection = "we do not like it";
	ck_assert(fake_token_answer(&h.token, JOB_SIGN, 1, JOB_RESULT_OK, 64));
	ck_assert(fake_token_answer(&h.token, JOB_SIGN, 2, JOB_RESULT_OK, 64));
	check_closed(&h, "we do not like it");
	ck_assert_uint_eq(h.n_answers, 1); /* nothing behind it is looked at */
	end(&h);
}
END_TEST

START_TEST(a_malformed_answer_ends_the_connection)
{
	static const struct {
		enum job_result result;
		size_t size;
	} bad[] = {
		{JOB_RESULT_OK, 0},
		{JOB_RESULT_OK, SIGNATURE_MAX + 1},
		{JOB_RESULT_NONE, 0},
		{_JOB_RESULT_MAX, 0},
	};

	for (size_t i = 0; i < array_len(bad); i++) {
		struct house h;

		begin(&h);
		ck_assert(fake_token_answer(&h.token, JOB_SIGN, 1, bad[i].result, bad[i].size));
		check_closed(&h, "it sent a malformed answer");
		ck_assert_uint_eq(h.n_answers, 0);
		end(&h);
	}
}
END_TEST

/* --- frames ----------------------------------------------------------------------------------- */

START_TEST(what_is_no_frame_of_a_token_process_ends_the_connection)
{
	static const struct {
		const char *hex;
		const char *why;
	} cases[] = {
		{"00000000", "it sent a frame of an impossible length"},
		{"00040001", "it sent a frame of an impossible length"},
		{"ffffffff", "it sent a frame of an impossible length"},
		{"0000000100", "it sent a message of an unknown type"},
		{"000000054000000001", "it sent a message of an unknown type"}, /* our own hello */
		{"0000000144", "it sent a message of an unknown type"},         /* our own end */
		{"0000000150", "it sent a malformed key"},
		{"0000000151", "it sent a malformed state"},
		{"0000000152", "it sent a malformed answer"},
		{"0000000153", "it sent a malformed answer"},
	};

	for (size_t i = 0; i < array_len(cases); i++) {
		struct house h;

		begin(&h);
		say_hex(&h, cases[i].hex);
		check_closed(&h, cases[i].why);
		end(&h);
	}
}
END_TEST

START_TEST(half_a_frame_is_waited_for)
{
	struct house h;

	begin(&h);
	say_hex(&h, "0000001052");
	check_open(&h);
	ck_assert_uint_eq(h.n_answers, 0);
	fake_token_die(&h.token);
	check_closed(&h, "it ended");
	end(&h);
}
END_TEST

START_TEST(a_process_that_ends_is_told_once_and_from_the_loop)
{
	struct house h;

	begin(&h);
	fake_token_die(&h.token);
	ck_assert_uint_eq(h.n_closed, 0);
	check_closed(&h, "it ended");
	settle(&h);
	ck_assert_uint_eq(h.n_closed, 1);
	end(&h);
}
END_TEST

/* --- what goes out ---------------------------------------------------------------------------- */

static void sign(struct house *h, uint64_t id, size_t size)
{
	static const uint8_t data[MESSAGE_MAX], key_id[JOB_KEY_ID_SIZE];

	channel_sign(h->channel, &(struct job_sign){
					 .id = id,
					 .key_id = {key_id, sizeof(key_id)},
					 .algorithm = ALGORITHM_EDDSA,
					 .input = INPUT_MESSAGE,
					 .data = {data, size},
				 });
}

START_TEST(jobs_arrive_whole_and_in_order_however_slowly_they_are_read)
{
	struct house h;

	begin(&h);
	fake_token_set_reading(&h.token, false);
	for (uint64_t id = 1; id <= 20; id++) {
		sign(&h, id, MESSAGE_MAX);
		channel_flush(h.channel);
	}
	settle(&h);
	ck_assert_uint_eq(h.token.n_jobs, 0);
	fake_token_set_reading(&h.token, true);
	check_open(&h);
	ck_assert_uint_eq(h.token.n_jobs, 20);
	for (size_t i = 0; i < 20; i++) {
		ck_assert_uint_eq(h.token.jobs[i].id, i + 1);
		ck_assert_uint_eq(h.token.jobs[i].size, MESSAGE_MAX);
	}
	end(&h);
}
END_TEST

START_TEST(a_process_that_never_reads_is_given_up_before_memory_is)
{
	struct house h;

	begin(&h);
	fake_token_set_reading(&h.token, false);
	for (uint64_t id = 1; id <= 200 && h.n_closed == 0; id++) {
		sign(&h, id, MESSAGE_MAX);
		channel_flush(h.channel);
		ck_assert_uint_eq(h.n_closed, 0); /* never from inside the call */
	}
	settle(&h);
	ck_assert_uint_eq(h.n_closed, 1);
	end(&h);
}
END_TEST

START_TEST(writing_to_a_process_that_has_gone_is_told_from_the_loop)
{
	struct house h;

	begin(&h);
	fake_token_die(&h.token);
	sign(&h, 1, 10);
	channel_flush(h.channel);
	channel_lock(h.channel, 2);
	channel_flush(h.channel);
	ck_assert_uint_eq(h.n_closed, 0);
	settle(&h);
	ck_assert_uint_eq(h.n_closed, 1);
	end(&h);
}
END_TEST

START_TEST(what_was_sent_before_the_end_is_still_heard)
{
	struct house h;

	begin(&h);
	ck_assert(fake_token_answer(&h.token, JOB_SIGN, 1, JOB_RESULT_OK, 64));
	fake_token_die(&h.token);
	check_closed(&h, "it ended");
	ck_assert_uint_eq(h.n_answers, 1);
	end(&h);
}
END_TEST

START_TEST(the_end_is_told_to_the_process_and_nobody_is_called_back)
{
	struct house h;

	begin(&h);
	channel_end(h.channel);
	h.channel = channel_free(h.channel);
	settle(&h);
	ck_assert_uint_eq(h.token.n_ends, 1);
	ck_assert_uint_eq(h.n_closed, 0);
	end(&h);
}
END_TEST

/* --- connecting ------------------------------------------------------------------------------- */

START_TEST(nobody_there_is_an_error_and_no_channel)
{
	struct channel *channel = NULL;
	char path[200];
	struct house h;

	begin(&h);
	(void)snprintf(path, sizeof(path), "%s/nobody.sock", h.dir);
	ck_assert_int_eq(channel_new(h.event, path, &events, &h, &channel), -ENOENT);
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	ck_assert_int_eq(channel_new(h.event, path, &events, &h, &channel), -ENAMETOOLONG);
	h.token.listening = sd_event_source_disable_unref(h.token.listening);
	h.token.listen_fd = fd_close(h.token.listen_fd);
	ck_assert_int_eq(channel_new(h.event, h.token.path, &events, &h, &channel), -ECONNREFUSED);
	ck_assert_ptr_null(channel);
	end(&h);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		keys_and_then_a_state_are_an_inventory,
		a_second_inventory_replaces_the_first,
		an_inventory_may_come_byte_by_byte,
		keys_without_their_state_are_not_believed,
		a_state_that_counts_other_keys_than_came_ends_the_connection,
		as_many_keys_as_a_token_may_have_are_taken_and_not_one_more,
		a_malformed_key_ends_the_connection,
		a_malformed_state_ends_the_connection,
		answers_are_handed_on,
		an_answer_that_is_objected_to_ends_the_connection,
		a_malformed_answer_ends_the_connection,
		what_is_no_frame_of_a_token_process_ends_the_connection,
		half_a_frame_is_waited_for,
		a_process_that_ends_is_told_once_and_from_the_loop,
		jobs_arrive_whole_and_in_order_however_slowly_they_are_read,
		a_process_that_never_reads_is_given_up_before_memory_is,
		writing_to_a_process_that_has_gone_is_told_from_the_loop,
		what_was_sent_before_the_end_is_still_heard,
		the_end_is_told_to_the_process_and_nobody_is_called_back,
		nobody_there_is_an_error_and_no_channel,
	};

	return unit_run("channel", tests, array_len(tests));
}
