/*
 * test-latch.c - a PIN costs its token one try, whatever happens in between
 */
#include "agent/worker/latch.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/fd.h"
#include "agent/base/text.h"

static struct secret *pin_of(const char *text)
{
	_cleanup_(fd_closep) int fd = memfd_create("pin", MFD_CLOEXEC);
	struct secret *s = NULL;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(secret_read(fd, 64, &s), 0);
	return s;
}

/* A directory of its own, and the PIN that is at hand. */
struct house {
	char dir[32];
	struct secret *pin;
	struct latch_facts facts;
};

static void house_init(struct house *h, const char *pin)
{
	strcpy(h->dir, "/tmp/test-latch-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(h->dir));
	h->pin = pin_of(pin);
	h->facts = (struct latch_facts){.serial = "0123", .pin = h->pin};
}

static char *file_of(const struct house *h)
{
	return text_format("%s/pin-refused", h->dir);
}

static void house_done(struct house *h)
{
	_cleanup_(freep) char *path = file_of(h);

	(void)unlink(path);                 /* not every test writes it */
	ck_assert_int_eq(rmdir(h->dir), 0); /* nothing else was left behind */
	secret_free(h->pin);
}

/* Another process: all it knows is on disk. */
static bool may_try(const struct house *h)
{
	_cleanup_(latch_freep) struct latch *l = NULL;

	ck_assert_int_eq(latch_open(h->dir, &l), 0);
	return latch_may_try(l, &h->facts);
}

enum end {
	END_SUCCESS,
	END_REFUSED,
	END_UNTRIED,
	END_CRASH, /* nothing more is written */
};

/* A login in a process of its own. */
static void log_in(const struct house *h, enum end end, bool is_count_low_now)
{
	_cleanup_(latch_freep) struct latch *l = NULL;

	ck_assert_int_eq(latch_open(h->dir, &l), 0);
	ck_assert(latch_may_try(l, &h->facts));
	ck_assert_int_eq(latch_begin(l, &h->facts), 0);
	switch (end) {
	case END_SUCCESS:
		ck_assert_int_eq(latch_succeeded(l, &h->facts), 0);
		break;
	case END_REFUSED:
		ck_assert_int_eq(latch_refused(l, &h->facts, is_count_low_now), 0);
		break;
	case END_UNTRIED:
		ck_assert_int_eq(latch_untried(l, &h->facts), 0);
		break;
	case END_CRASH:
		break;
	}
}

START_TEST(a_pin_that_was_never_tried_may_be)
{
	struct house h;

	house_init(&h, "1234");
	ck_assert(may_try(&h));
	house_done(&h);
}
END_TEST

START_TEST(a_refused_pin_is_not_tried_again)
{
	struct house h;

	house_init(&h, "1234");
	log_in(&h, END_REFUSED, false);
	for (int i = 0; i < 20; i++)
		ck_assert(!may_try(&h));
	house_done(&h);
}
END_TEST

START_TEST(a_refused_pin_is_not_tried_for_a_person_where_the_token_shows_nothing)
{
	struct house h;

	house_init(&h, "1234");
	log_in(&h, END_REFUSED, false);
	h.facts.is_person = true;
	ck_assert(!may_try(&h));
	house_done(&h);
}
END_TEST

START_TEST(a_person_may_try_a_refused_pin_once_the_token_has_forgiven)
{
	struct house h;

	house_init(&h, "1234");
	log_in(&h, END_REFUSED, true);
	h.facts.is_person = true;
	h.facts.is_count_low = true;
	ck_assert(!may_try(&h));
	h.facts.is_count_low = false;
	ck_assert(may_try(&h));
	h.facts.is_person = false;
	ck_assert(!may_try(&h));
	house_done(&h);
}
END_TEST

START_TEST(a_wrong_try_seen_before_proves_nothing_about_the_token)
{
	struct house h;

	house_init(&h, "1234");
	h.facts.is_count_low = true;
	log_in(&h, END_REFUSED, true);
	h.facts.is_person = true;
	h.facts.is_count_low = false;
	ck_assert(!may_try(&h));
	house_done(&h);
}
END_TEST

START_TEST(another_pin_is_another_matter_and_the_first_stays_refused)
{
	struct house h;
	struct secret *first, *second = pin_of("5678");

	house_init(&h, "1234");
	log_in(&h, END_REFUSED, false);
	first = h.pin;
	h.facts.pin = second;
	log_in(&h, END_SUCCESS, false);
	ck_assert(may_try(&h));
	h.facts.pin = first;
	ck_assert(!may_try(&h));
	secret_free(second);
	house_done(&h);
}
END_TEST

START_TEST(the_same_pin_on_another_token_is_another_matter)
{
	struct house h;

	house_init(&h, "1234");
	log_in(&h, END_REFUSED, false);
	h.facts.serial = "4567";
	ck_assert(may_try(&h));
	house_done(&h);
}
END_TEST

START_TEST(a_right_pin_leaves_nothing_behind)
{
	_cleanup_(freep) char *path = NULL, *text = NULL;
	struct house h;
	size_t size;

	house_init(&h, "1234");
	path = file_of(&h);
	log_in(&h, END_SUCCESS, false);
	ck_assert_int_eq(fd_read_file(AT_FDCWD, path, 1000, &text, &size), 0);
	ck_assert_ptr_null(strstr(text, "open"));
	ck_assert_ptr_null(strstr(text, "refused"));
	house_done(&h);
}
END_TEST

START_TEST(a_crash_in_a_login_allows_one_more_and_then_asks_for_a_person)
{
	struct house h;

	house_init(&h, "1234");
	log_in(&h, END_CRASH, false);
	log_in(&h, END_CRASH, false);
	ck_assert(!may_try(&h));
	h.facts.is_person = true;
	ck_assert(may_try(&h));
	house_done(&h);
}
END_TEST

START_TEST(a_crash_in_a_login_after_which_the_token_shows_a_wrong_try_counts_as_refused)
{
	struct house h;

	house_init(&h, "1234");
	h.facts.is_counting = true;
	log_in(&h, END_CRASH, false);
	h.facts.is_count_low = true;
	ck_assert(!may_try(&h));
	house_done(&h);
}
END_TEST

START_TEST(crashes_never_lock_out_a_pin_of_a_token_that_shows_no_wrong_try)
{
	struct house h;

	house_init(&h, "1234");
	h.facts.is_counting = true;
	for (int i = 0; i < 10; i++)
		log_in(&h, END_CRASH, false);
	log_in(&h, END_SUCCESS, false);
	ck_assert(may_try(&h));
	house_done(&h);
}
END_TEST

START_TEST(a_login_that_the_token_did_not_look_at_costs_nothing)
{
	struct house h;

	house_init(&h, "1234");
	for (int i = 0; i < 5; i++)
		log_in(&h, END_UNTRIED, false);
	ck_assert(may_try(&h));
	house_done(&h);
}
END_TEST

START_TEST(a_refused_pin_that_then_works_is_free_again)
{
	struct house h;

	house_init(&h, "1234");
	log_in(&h, END_REFUSED, true);
	h.facts.is_person = true;
	log_in(&h, END_SUCCESS, false);
	h.facts.is_person = false;
	ck_assert(may_try(&h));
	house_done(&h);
}
END_TEST

START_TEST(more_refused_pins_than_there_is_room_for_push_out_the_oldest)
{
	struct house h;
	char text[32];

	house_init(&h, "first");
	log_in(&h, END_REFUSED, false);
	for (int i = 0; i < LATCH_ENTRIES_MAX; i++) {
		_cleanup_(secret_freep) struct secret *pin = NULL;

		(void)snprintf(text, sizeof(text), "wrong-%d", i);
		pin = pin_of(text);
		h.facts.pin = pin;
		log_in(&h, END_REFUSED, false);
		ck_assert(!may_try(&h));
	}
	h.facts.pin = h.pin;
	ck_assert(may_try(&h));
	house_done(&h);
}
END_TEST

START_TEST(the_file_does_not_hold_the_pin_and_is_for_its_owner_only)
{
	_cleanup_(freep) char *path = NULL, *text = NULL;
	struct house h;
	struct stat st;
	size_t size;

	house_init(&h, "Tr1cky-P1N");
	log_in(&h, END_REFUSED, false);
	path = file_of(&h);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(fd_read_file(AT_FDCWD, path, 1000, &text, &size), 0);
	ck_assert_ptr_null(strstr(text, "Tr1cky"));
	house_done(&h);
}
END_TEST

START_TEST(where_nothing_can_be_written_no_login_may_begin)
{
	_cleanup_(latch_freep) struct latch *l = NULL;
	_cleanup_(freep) char *in_the_way = NULL;
	struct house h;

	house_init(&h, "1234");
	in_the_way = text_format("%s/pin-refused.new", h.dir);
	ck_assert_int_eq(mkdir(in_the_way, 0700), 0);
	ck_assert_int_eq(latch_open(h.dir, &l), 0);
	ck_assert_int_lt(latch_begin(l, &h.facts), 0);
	ck_assert_int_eq(rmdir(in_the_way), 0);
	house_done(&h);
}
END_TEST

START_TEST(a_damaged_file_is_not_taken_for_an_empty_one)
{
	static const char key[] = "00000000000000000000000000000000"
				  "00000000000000000000000000000000";
	static const char *const damaged[] = {
		"",
		"\n",
		"signet-pin-latch 2 %s silent\n",
		"signet-pin-latch 1 %.62s silent\n",
		"signet-pin-latch 1 %s\n",
		"signet-pin-latch 1 %s loud\n",
		"signet-pin-latch 1 %s silent\nopen 1\n",
		"signet-pin-latch 1 %1$s silent\nclosed 1 %1$s\n",
		"signet-pin-latch 1 %1$s silent\nopen -1 %1$s\n",
		"signet-pin-latch 1 %1$s silent\nopen 1 %1$s0\n",
	};

	for (size_t i = 0; i < array_len(damaged); i++) {
		_cleanup_(freep) char *path = NULL;
		struct latch *l;
		struct house h;
		FILE *f;

		house_init(&h, "1234");
		path = file_of(&h);
		f = fopen(path, "we");
		ck_assert_ptr_nonnull(f);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
		(void)fprintf(f, damaged[i], key);
#pragma GCC diagnostic pop
		ck_assert_int_eq(fclose(f), 0);
		ck_assert_int_eq(latch_open(h.dir, &l), -EBADMSG);
		house_done(&h);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_pin_that_was_never_tried_may_be,
		a_refused_pin_is_not_tried_again,
		a_refused_pin_is_not_tried_for_a_person_where_the_token_shows_nothing,
		a_person_may_try_a_refused_pin_once_the_token_has_forgiven,
		a_wrong_try_seen_before_proves_nothing_about_the_token,
		another_pin_is_another_matter_and_the_first_stays_refused,
		the_same_pin_on_another_token_is_another_matter,
		a_right_pin_leaves_nothing_behind,
		a_crash_in_a_login_allows_one_more_and_then_asks_for_a_person,
		a_crash_in_a_login_after_which_the_token_shows_a_wrong_try_counts_as_refused,
		crashes_never_lock_out_a_pin_of_a_token_that_shows_no_wrong_try,
		a_login_that_the_token_did_not_look_at_costs_nothing,
		a_refused_pin_that_then_works_is_free_again,
		more_refused_pins_than_there_is_room_for_push_out_the_oldest,
		the_file_does_not_hold_the_pin_and_is_for_its_owner_only,
		where_nothing_can_be_written_no_login_may_begin,
		a_damaged_file_is_not_taken_for_an_empty_one,
	};
	return unit_run("latch", tests, array_len(tests));
}
