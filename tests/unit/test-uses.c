/*
 * test-uses.c - how often a key has signed: over restarts, crashes and clocks, never too low
 */
#include "agent/policy/uses.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/base/clock.h"
#include "agent/base/text.h"
#include "agent/policy/usefile.h"

#define HOUR (3600 * USEC_PER_SEC)
#define WAIT (10 * USEC_PER_SEC)

struct house {
	char dir[32];
	sd_event *event;
	struct uses *uses;
	struct key_rule rule; /* of key */
	struct key key;
	unsigned n_calls;
	int result;
};

static void house_init(struct house *h)
{
	*h = (struct house){.dir = "/tmp/test-uses-XXXXXX"};
	ck_assert_ptr_nonnull(mkdtemp(h->dir));
	h->key.name = (char *)"release";
	h->key.rule = &h->rule;
	memset(h->key.info.id, 0xab, KEY_ID_SIZE);
}

static void start(struct house *h)
{
	ck_assert_int_ge(sd_event_new(&h->event), 0);
	ck_assert_int_eq(uses_new(h->event, h->dir, &h->uses), 0);
}

static void stop(struct house *h)
{
	h->uses = uses_free(h->uses);
	h->event = sd_event_unref(h->event);
}

static void restart(struct house *h)
{
	stop(h);
	start(h);
}

static void begin(struct house *h)
{
	house_init(h);
	start(h);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void end(struct house *h)
{
	stop(h);
	ck_assert_int_eq(nftw(h->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static void on_counted(int result, void *userdata)
{
	struct house *h = userdata;

	h->n_calls++;
	h->result = result;
}

/* Whether it had to wait for the disk. */
static bool take(struct house *h, uint64_t n)
{
	unsigned n_calls = h->n_calls;
	struct uses_ticket *t;

	ck_assert_int_eq(uses_take(h->uses, &h->key, n, on_counted, h, &t), 0);
	ck_assert_uint_eq(h->n_calls, n_calls); /* never from inside */
	if (!t)
		return false;
	while (h->n_calls == n_calls)
		ck_assert_int_gt(sd_event_run(h->event, WAIT), 0);
	ck_assert_int_eq(h->result, 0);
	return true;
}

static void sign(struct house *h, uint64_t n)
{
	(void)take(h, n); /* whether it waits is tested elsewhere */
	uses_settle(h->uses, &h->key.info, n, 0);
}

static struct use look(const struct house *h)
{
	struct use use;

	uses_look(h->uses, &h->key, &use);
	return use;
}

/* signs n times in a process that then ends as by SIGKILL. */
static void sign_and_crash(struct house *h, uint64_t n)
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		start(h);
		for (uint64_t i = 0; i < n; i++)
			sign(h, 1);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

static char *path_of(const struct house *h)
{
	char hex[2 * KEY_ID_SIZE + 1];

	text_hex(h->key.info.id, KEY_ID_SIZE, hex);
	return text_format("%s/agent/uses/%s", h->dir, hex);
}

static void put_file(const struct house *h, const char *text)
{
	_cleanup_(freep) char *path = path_of(h);
	FILE *f = fopen(path, "we");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static void limit_number(struct house *h, uint64_t n)
{
	h->rule.maximum_signatures = n;
}

static void limit_rate(struct house *h, uint64_t n, uint64_t usec)
{
	h->rule.rate = n;
	h->rule.rate_usec = usec;
}

/* --- counting ---------------------------------------------------------------------------------- */

START_TEST(a_key_that_was_never_used_has_signed_nothing)
{
	struct house h;

	begin(&h);
	limit_rate(&h, 7, HOUR);
	ck_assert_ptr_null(uses_problem(h.uses));
	ck_assert_ptr_null(look(&h).unknown);
	ck_assert_uint_eq(look(&h).n_signed, 0);
	ck_assert_uint_eq(look(&h).last_usec, 0);
	ck_assert_uint_eq(look(&h).n_left, 7);
	end(&h);
}
END_TEST

START_TEST(what_was_taken_counts_at_once_and_what_was_certainly_not_signed_is_given_back)
{
	struct house h;

	begin(&h);
	limit_rate(&h, 10, HOUR);
	(void)take(&h, 6);
	ck_assert_uint_eq(look(&h).n_signed, 6);
	ck_assert_uint_eq(look(&h).n_left, 4);
	ck_assert_uint_eq(look(&h).last_usec, 0); /* nothing was made yet */
	uses_settle(h.uses, &h.key.info, 6, 4);
	ck_assert_uint_eq(look(&h).n_signed, 2);
	ck_assert_uint_eq(look(&h).n_left, 8);
	ck_assert_uint_gt(look(&h).last_usec, 0);
	end(&h);
}
END_TEST

START_TEST(what_is_given_back_as_a_whole_is_no_use)
{
	struct house h;

	begin(&h);
	(void)take(&h, 3);
	uses_settle(h.uses, &h.key.info, 3, 3);
	ck_assert_uint_eq(look(&h).n_signed, 0);
	ck_assert_uint_eq(look(&h).last_usec, 0);
	end(&h);
}
END_TEST

START_TEST(keys_are_told_apart_by_their_public_key_alone)
{
	struct house h;

	begin(&h);
	sign(&h, 5);
	h.key.name = (char *)"another name";
	ck_assert_uint_eq(look(&h).n_signed, 5);
	h.key.info.id[KEY_ID_SIZE - 1] ^= 1; /* falls into the same bucket */
	ck_assert_uint_eq(look(&h).n_signed, 0);
	sign(&h, 1);
	h.key.info.id[KEY_ID_SIZE - 1] ^= 1;
	ck_assert_uint_eq(look(&h).n_signed, 5);
	end(&h);
}
END_TEST

/* --- the disk ---------------------------------------------------------------------------------- */

START_TEST(a_clean_restart_keeps_the_count_exactly_with_and_without_a_limit)
{
	struct house h;
	uint64_t last;

	begin(&h);
	sign(&h, 5);
	last = look(&h).last_usec;
	restart(&h);
	ck_assert_uint_eq(look(&h).n_signed, 5);
	ck_assert_uint_eq(look(&h).last_usec, last);
	limit_number(&h, 100000); /* written 64 ahead */
	sign(&h, 1);
	restart(&h);
	ck_assert_uint_eq(look(&h).n_signed, 6);
	end(&h);
}
END_TEST

START_TEST(a_key_without_a_limit_never_waits_for_the_disk)
{
	struct house h;

	begin(&h);
	for (unsigned i = 0; i < 1000; i++) {
		ck_assert(!take(&h, 256));
		uses_settle(h.uses, &h.key.info, 256, 0);
	}
	end(&h);
}
END_TEST

START_TEST(a_key_with_a_limit_waits_for_the_disk_once_in_64_times)
{
	unsigned n_waits = 0;
	struct house h;

	begin(&h);
	limit_number(&h, 1000000);
	for (unsigned i = 0; i < 650; i++)
		n_waits += take(&h, 1);
	ck_assert_uint_eq(n_waits, 10);
	end(&h);
}
END_TEST

START_TEST(a_crash_counts_at_most_64_too_many_and_never_one_too_few)
{
	for (uint64_t n = 1; n < 140; n += 23) {
		struct house h;

		house_init(&h);
		limit_number(&h, 1000000);
		sign_and_crash(&h, n);
		start(&h);
		ck_assert_uint_ge(look(&h).n_signed, n);
		ck_assert_uint_le(look(&h).n_signed, n + 64);
		end(&h);
	}
}
END_TEST

START_TEST(a_crash_does_not_use_up_a_small_limit)
{
	struct house h;

	house_init(&h);
	limit_number(&h, 5);
	sign_and_crash(&h, 3);
	start(&h);
	ck_assert_uint_eq(look(&h).n_signed, 3);
	end(&h);
}
END_TEST

START_TEST(nothing_is_written_ahead_beyond_the_limit)
{
	struct house h;

	house_init(&h);
	limit_number(&h, 1600);
	sign_and_crash(&h, 1590);
	start(&h);
	ck_assert_uint_le(look(&h).n_signed, 1600);
	end(&h);
}
END_TEST

START_TEST(all_that_wait_at_once_wait_for_few_writes)
{
	struct uses_ticket *t[50];
	struct house h;

	begin(&h);
	limit_number(&h, 10);
	for (size_t i = 0; i < array_len(t); i++) {
		ck_assert_int_eq(uses_take(h.uses, &h.key, 1, on_counted, &h, &t[i]), 0);
		ck_assert_ptr_nonnull(t[i]);
	}
	while (h.n_calls < array_len(t))
		ck_assert_int_gt(sd_event_run(h.event, WAIT), 0);
	ck_assert_int_eq(h.result, 0);
	end(&h);
}
END_TEST

START_TEST(who_does_not_wait_any_more_is_not_called)
{
	struct uses_ticket *t, *other;
	struct house h;

	begin(&h);
	limit_number(&h, 10);
	ck_assert_int_eq(uses_take(h.uses, &h.key, 1, on_counted, &h, &t), 0);
	ck_assert_int_eq(uses_take(h.uses, &h.key, 1, on_counted, &h, &other), 0);
	uses_cancel(t);
	while (h.n_calls == 0)
		ck_assert_int_gt(sd_event_run(h.event, WAIT), 0);
	ck_assert_int_eq(sd_event_run(h.event, 0), 0);
	ck_assert_uint_eq(h.n_calls, 1);
	uses_cancel(NULL);
	end(&h);
}
END_TEST

/* A write that began before something was given back leaves less in the file than there was. */
START_TEST(after_something_was_given_back_a_crash_still_counts_all)
{
	struct house h;
	pid_t pid;
	int status;

	house_init(&h);
	limit_number(&h, 1000000);
	pid = fork();
	if (pid == 0) {
		start(&h);
		(void)take(&h, 256);
		uses_settle(h.uses, &h.key.info, 256, 256);
		for (unsigned i = 0; i < 300; i++)
			sign(&h, 1);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	start(&h);
	ck_assert_uint_ge(look(&h).n_signed, 300);
	end(&h);
}
END_TEST

/* --- the rate ---------------------------------------------------------------------------------- */

START_TEST(so_many_are_left_as_the_rate_allows_and_not_one_more)
{
	static const uint64_t rates[] = {1, 3, 7, 10, 64, 100, 999};

	for (size_t i = 0; i < array_len(rates); i++) {
		struct house h;

		begin(&h);
		limit_rate(&h, rates[i], 24 * HOUR);
		for (uint64_t n = rates[i]; n > 0; n--) {
			ck_assert_uint_eq(look(&h).n_left, n);
			sign(&h, 1);
		}
		ck_assert_uint_eq(look(&h).n_left, 0);
		end(&h);
	}
}
END_TEST

START_TEST(time_gives_back_what_the_rate_allows)
{
	struct house h;
	uint64_t until;

	begin(&h);
	limit_rate(&h, 100, USEC_PER_SEC);
	sign(&h, 100);
	until = clock_boottime_usec() + USEC_PER_SEC;
	ck_assert_uint_lt(look(&h).n_left, 100);
	while (clock_boottime_usec() < until)
		(void)sd_event_run(h.event, until - clock_boottime_usec());
	ck_assert_uint_eq(look(&h).n_left, 100);
	end(&h);
}
END_TEST

START_TEST(a_restart_fills_nothing_up)
{
	struct house h;

	begin(&h);
	limit_rate(&h, 10, 24 * HOUR);
	sign(&h, 9);
	for (unsigned i = 0; i < 3; i++) {
		restart(&h);
		ck_assert_uint_eq(look(&h).n_left, 1);
	}
	end(&h);
}
END_TEST

START_TEST(a_crash_gives_back_no_more_than_a_sixteenth)
{
	struct house h;

	house_init(&h);
	limit_rate(&h, 160, 24 * HOUR);
	sign_and_crash(&h, 155);
	start(&h);
	ck_assert_uint_le(look(&h).n_left, 15);
	end(&h);
}
END_TEST

/* As if the machine had been started again with a clock that is wrong. */
START_TEST(a_clock_that_went_backwards_over_a_reboot_fills_nothing_up)
{
	struct usefile f = {.n_signed = 10,
			    .debt_usec = HOUR,
			    .boottime_usec = 1,
			    .realtime_usec = clock_realtime_usec() + 24 * HOUR,
			    .boot_id = "00000000-0000-0000-0000-000000000000"};
	char text[USEFILE_MAX];
	struct house h;

	begin(&h);
	limit_rate(&h, 10, HOUR);
	usefile_format(&f, text);
	put_file(&h, text);
	restart(&h);
	ck_assert_uint_eq(look(&h).n_left, 0);
	end(&h);
}
END_TEST

START_TEST(after_a_reboot_the_time_between_counts)
{
	struct usefile f = {.n_signed = 10,
			    .debt_usec = HOUR,
			    .boottime_usec = UINT64_MAX / 8,
			    .realtime_usec = clock_realtime_usec() - HOUR,
			    .boot_id = "00000000-0000-0000-0000-000000000000"};
	char text[USEFILE_MAX];
	struct house h;

	begin(&h);
	limit_rate(&h, 10, HOUR);
	usefile_format(&f, text);
	put_file(&h, text);
	restart(&h);
	ck_assert_uint_eq(look(&h).n_signed, 10);
	ck_assert_uint_eq(look(&h).n_left, 10);
	end(&h);
}
END_TEST

START_TEST(a_rate_that_is_made_smaller_holds_at_once)
{
	struct house h;

	begin(&h);
	limit_rate(&h, 1000, HOUR);
	sign(&h, 500);
	limit_rate(&h, 10, HOUR);
	ck_assert_uint_eq(look(&h).n_left, 5);
	limit_rate(&h, 10, USEC_PER_SEC);
	ck_assert_uint_eq(look(&h).n_left, 0);
	end(&h);
}
END_TEST

/* What a day's rate has cost would keep the new one waiting for hours. */
START_TEST(a_rate_over_less_time_is_waited_for_no_longer_than_that_time)
{
	struct house h;
	uint64_t until;

	begin(&h);
	limit_rate(&h, 2, 24 * HOUR);
	sign(&h, 2);
	limit_rate(&h, 100, USEC_PER_SEC);
	ck_assert_uint_lt(look(&h).n_left, 100);
	until = clock_boottime_usec() + USEC_PER_SEC;
	while (clock_boottime_usec() < until)
		(void)sd_event_run(h.event, until - clock_boottime_usec());
	ck_assert_uint_eq(look(&h).n_left, 100);
	limit_rate(&h, 2, 24 * HOUR);
	ck_assert_uint_eq(look(&h).n_left, 2);
	end(&h);
}
END_TEST

/* --- what cannot be known ----------------------------------------------------------------------- */

START_TEST(a_file_that_cannot_be_read_is_unknown_and_says_why_and_stays_as_it_is)
{
	_cleanup_(freep) char *path = NULL;
	char found[64] = "";
	struct house h;
	FILE *f;

	begin(&h);
	limit_number(&h, 10);
	put_file(&h, "not a count\n");
	restart(&h);
	path = path_of(&h);
	ck_assert_ptr_nonnull(look(&h).unknown);
	ck_assert_ptr_nonnull(strstr(look(&h).unknown, path));
	ck_assert_str_eq(uses_problem(h.uses), look(&h).unknown);
	h.rule = (struct key_rule){}; /* without a limit it may sign */
	ck_assert(!take(&h, 1));
	uses_settle(h.uses, &h.key.info, 1, 0);
	restart(&h);
	ck_assert_ptr_nonnull(look(&h).unknown);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(found, sizeof(found), f));
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_str_eq(found, "not a count\n");
	end(&h);
}
END_TEST

START_TEST(one_bad_file_says_nothing_about_other_keys)
{
	struct house h;

	begin(&h);
	put_file(&h, "");
	restart(&h);
	ck_assert_ptr_nonnull(look(&h).unknown);
	h.key.info.id[0] ^= 1;
	ck_assert_ptr_null(look(&h).unknown);
	sign(&h, 4);
	restart(&h);
	ck_assert_uint_eq(look(&h).n_signed, 4);
	end(&h);
}
END_TEST

START_TEST(files_of_other_names_are_left_alone)
{
	_cleanup_(freep) char *path = NULL;
	struct house h;
	FILE *f;

	begin(&h);
	path = text_format("%s/agent/uses/new", h.dir);
	f = fopen(path, "we");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fclose(f), 0);
	restart(&h);
	ck_assert_ptr_null(uses_problem(h.uses));
	end(&h);
}
END_TEST

/* A file stands where the directory should: not even root can make one there. */
START_TEST(without_a_directory_all_counts_are_unknown_and_a_key_without_a_limit_signs)
{
	_cleanup_(freep) char *path = NULL;
	struct house h;
	FILE *f;

	house_init(&h);
	path = text_format("%s/agent", h.dir);
	f = fopen(path, "we");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fclose(f), 0);
	start(&h);
	ck_assert_ptr_nonnull(uses_problem(h.uses));
	ck_assert_ptr_nonnull(look(&h).unknown);
	ck_assert_ptr_nonnull(strstr(look(&h).unknown, h.dir));
	ck_assert(!take(&h, 1));
	uses_settle(h.uses, &h.key.info, 1, 0);
	ck_assert_uint_eq(look(&h).n_signed, 1);
	end(&h);
}
END_TEST

START_TEST(an_agent_that_keeps_nothing_says_so_only_when_asked)
{
	struct house h;

	house_init(&h);
	ck_assert_int_ge(sd_event_new(&h.event), 0);
	ck_assert_int_eq(uses_new(h.event, NULL, &h.uses), 0);
	ck_assert_ptr_null(uses_problem(h.uses));
	ck_assert_ptr_nonnull(look(&h).unknown);
	end(&h);
}
END_TEST

/* The directory goes away while it runs. */
START_TEST(what_cannot_be_written_is_told_to_all_who_wait_and_tried_again_for_the_next)
{
	_cleanup_(freep) char *path = NULL;
	struct uses_ticket *t;
	struct house h;

	begin(&h);
	limit_number(&h, 1000);
	path = path_of(&h);
	ck_assert_int_eq(mkdir(path, 0700), 0); /* nothing can be renamed to it */
	for (unsigned i = 1; i <= 2; i++) {
		ck_assert_int_eq(uses_take(h.uses, &h.key, 1, on_counted, &h, &t), 0);
		ck_assert_ptr_nonnull(t);
		while (h.n_calls < i)
			ck_assert_int_gt(sd_event_run(h.event, WAIT), 0);
		ck_assert_int_lt(h.result, 0);
		uses_settle(h.uses, &h.key.info, 1, 1);
	}
	ck_assert_uint_eq(look(&h).n_signed, 0);
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert(take(&h, 1));
	end(&h);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_key_that_was_never_used_has_signed_nothing,
		what_was_taken_counts_at_once_and_what_was_certainly_not_signed_is_given_back,
		what_is_given_back_as_a_whole_is_no_use,
		keys_are_told_apart_by_their_public_key_alone,
		a_clean_restart_keeps_the_count_exactly_with_and_without_a_limit,
		a_key_without_a_limit_never_waits_for_the_disk,
		a_key_with_a_limit_waits_for_the_disk_once_in_64_times,
		a_crash_counts_at_most_64_too_many_and_never_one_too_few,
		a_crash_does_not_use_up_a_small_limit,
		nothing_is_written_ahead_beyond_the_limit,
		all_that_wait_at_once_wait_for_few_writes,
		who_does_not_wait_any_more_is_not_called,
		after_something_was_given_back_a_crash_still_counts_all,
		so_many_are_left_as_the_rate_allows_and_not_one_more,
		time_gives_back_what_the_rate_allows,
		a_restart_fills_nothing_up,
		a_crash_gives_back_no_more_than_a_sixteenth,
		a_clock_that_went_backwards_over_a_reboot_fills_nothing_up,
		after_a_reboot_the_time_between_counts,
		a_rate_that_is_made_smaller_holds_at_once,
		a_rate_over_less_time_is_waited_for_no_longer_than_that_time,
		a_file_that_cannot_be_read_is_unknown_and_says_why_and_stays_as_it_is,
		one_bad_file_says_nothing_about_other_keys,
		files_of_other_names_are_left_alone,
		without_a_directory_all_counts_are_unknown_and_a_key_without_a_limit_signs,
		an_agent_that_keeps_nothing_says_so_only_when_asked,
		what_cannot_be_written_is_told_to_all_who_wait_and_tried_again_for_the_next,
	};
	return unit_run("uses", tests, array_len(tests));
}
