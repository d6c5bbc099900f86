/*
 * test-quota.c - what each uid may hold
 */
#include "agent/peer/quota.h"

#include "agent/base/clock.h"
#include "agent/base/limits.h"
#include "tests/unit/unit.h"

#define ALICE 1000u
#define BOB 1001u

static struct quota *new_quota(void)
{
	struct quota *q = NULL;

	ck_assert_int_eq(quota_new(&q), 0);
	return q;
}

static bool charge(struct quota *q, uid_t uid, enum quota_kind kind, size_t n)
{
	bool is_granted = false;

	ck_assert_int_eq(quota_charge(q, uid, kind, n, &is_granted), 0);
	return is_granted;
}

START_TEST(a_uid_gets_its_full_share_and_not_one_more)
{
	static const size_t limits[] = {UID_CONNECTIONS_MAX, UID_BYTES_MAX, UID_PARKED_MAX};
	_cleanup_(quota_freep) struct quota *q = new_quota();

	for (unsigned kind = 0; kind < _QUOTA_KIND_MAX; kind++) {
		ck_assert(charge(q, ALICE, kind, limits[kind] - 1));
		ck_assert(!charge(q, ALICE, kind, 2));
		ck_assert(charge(q, ALICE, kind, 1));
		ck_assert(!charge(q, ALICE, kind, 1));
		quota_release(q, ALICE, kind, limits[kind]);
	}
}
END_TEST

START_TEST(what_does_not_fit_is_not_charged_in_part)
{
	_cleanup_(quota_freep) struct quota *q = new_quota();

	ck_assert(!charge(q, ALICE, QUOTA_BYTES, UID_BYTES_MAX + 1));
	ck_assert_uint_eq(quota_total(q, QUOTA_BYTES), 0);
	ck_assert(charge(q, ALICE, QUOTA_BYTES, UID_BYTES_MAX));
	ck_assert_uint_eq(quota_total(q, QUOTA_BYTES), UID_BYTES_MAX);
	quota_release(q, ALICE, QUOTA_BYTES, UID_BYTES_MAX);
}
END_TEST

START_TEST(a_huge_number_does_not_wrap_around)
{
	_cleanup_(quota_freep) struct quota *q = new_quota();

	ck_assert(charge(q, ALICE, QUOTA_BYTES, 10));
	ck_assert(!charge(q, ALICE, QUOTA_BYTES, SIZE_MAX));
	ck_assert(!charge(q, ALICE, QUOTA_BYTES, SIZE_MAX - 9));
	ck_assert_uint_eq(quota_total(q, QUOTA_BYTES), 10);
	quota_release(q, ALICE, QUOTA_BYTES, 10);
}
END_TEST

START_TEST(one_uid_cannot_use_up_what_another_needs)
{
	_cleanup_(quota_freep) struct quota *q = new_quota();

	ck_assert(charge(q, ALICE, QUOTA_PARKED, UID_PARKED_MAX));
	ck_assert(!charge(q, ALICE, QUOTA_PARKED, 1));
	ck_assert(charge(q, BOB, QUOTA_PARKED, 1));
	quota_release(q, ALICE, QUOTA_PARKED, UID_PARKED_MAX);
	quota_release(q, BOB, QUOTA_PARKED, 1);
}
END_TEST

START_TEST(one_kind_does_not_use_up_another)
{
	_cleanup_(quota_freep) struct quota *q = new_quota();

	ck_assert(charge(q, ALICE, QUOTA_CONNECTIONS, UID_CONNECTIONS_MAX));
	ck_assert(charge(q, ALICE, QUOTA_PARKED, 1));
	ck_assert(!charge(q, ALICE, QUOTA_CONNECTIONS, 1));
	quota_release(q, ALICE, QUOTA_CONNECTIONS, UID_CONNECTIONS_MAX);
	quota_release(q, ALICE, QUOTA_PARKED, 1);
}
END_TEST

START_TEST(what_is_given_back_can_be_had_again)
{
	_cleanup_(quota_freep) struct quota *q = new_quota();

	ck_assert(charge(q, ALICE, QUOTA_CONNECTIONS, UID_CONNECTIONS_MAX));
	quota_release(q, ALICE, QUOTA_CONNECTIONS, 1);
	ck_assert(charge(q, ALICE, QUOTA_CONNECTIONS, 1));
	ck_assert(!charge(q, ALICE, QUOTA_CONNECTIONS, 1));
	quota_release(q, ALICE, QUOTA_CONNECTIONS, UID_CONNECTIONS_MAX);
}
END_TEST

START_TEST(totals_count_all_uids)
{
	_cleanup_(quota_freep) struct quota *q = new_quota();

	/* Far more uids than the table has buckets, so that some share one. */
	for (uid_t uid = 0; uid < 3000; uid++)
		ck_assert(charge(q, uid, QUOTA_CONNECTIONS, 2));
	ck_assert_uint_eq(quota_total(q, QUOTA_CONNECTIONS), 6000);
	for (uid_t uid = 0; uid < 3000; uid += 2)
		quota_release(q, uid, QUOTA_CONNECTIONS, 2);
	ck_assert_uint_eq(quota_total(q, QUOTA_CONNECTIONS), 3000);
	for (uid_t uid = 1; uid < 3000; uid += 2) {
		ck_assert(charge(q, uid, QUOTA_CONNECTIONS, UID_CONNECTIONS_MAX - 2));
		ck_assert(!charge(q, uid, QUOTA_CONNECTIONS, 1));
		quota_release(q, uid, QUOTA_CONNECTIONS, UID_CONNECTIONS_MAX);
	}
	ck_assert_uint_eq(quota_total(q, QUOTA_CONNECTIONS), 0);
}
END_TEST

START_TEST(charging_and_giving_back_nothing_leaves_nothing)
{
	_cleanup_(quota_freep) struct quota *q = new_quota();

	ck_assert(charge(q, ALICE, QUOTA_BYTES, 0));
	quota_release(q, ALICE, QUOTA_BYTES, 0);
	quota_release(q, BOB, QUOTA_BYTES, 0);
	ck_assert_uint_eq(quota_total(q, QUOTA_BYTES), 0);
}
END_TEST

/* --- by the second ---------------------------------------------------------------------------- */

#define NOW (1000 * USEC_PER_SEC)
#define TOKEN (USEC_PER_SEC / UNSIGNED_RATE)

/* Takes all that uid may take in one go. */
static void take_burst(struct quota *q, uid_t uid, uint64_t now_usec)
{
	for (unsigned i = 0; i < UNSIGNED_BURST; i++)
		ck_assert_uint_eq(quota_delay(q, uid, now_usec), 0);
}

START_TEST(a_burst_is_free_and_each_one_after_it_waits_longer)
{
	_cleanup_(quota_freep) struct quota *q = new_quota();

	take_burst(q, ALICE, NOW);
	for (unsigned i = 1; i <= UID_PARKED_MAX; i++)
		ck_assert_uint_eq(quota_delay(q, ALICE, NOW), i * TOKEN);
}
END_TEST

START_TEST(who_waits_as_told_stays_at_the_rate)
{
	_cleanup_(quota_freep) struct quota *q = new_quota();
	uint64_t now_usec = NOW;
	unsigned n = 0;

	take_burst(q, ALICE, NOW);
	for (; now_usec < NOW + 10 * USEC_PER_SEC; n++)
		now_usec += quota_delay(q, ALICE, now_usec);
	ck_assert_uint_le(n, 10 * UNSIGNED_RATE + 1);
	ck_assert_uint_ge(n, 10 * UNSIGNED_RATE - 1);
}
END_TEST

START_TEST(the_delay_of_one_who_does_not_wait_is_bounded)
{
	_cleanup_(quota_freep) struct quota *q = new_quota();

	for (unsigned i = 0; i < 100 * UNSIGNED_BURST; i++)
		ck_assert_uint_le(quota_delay(q, ALICE, NOW), UNSIGNED_DELAY_MAX_USEC);
	ck_assert_uint_eq(quota_delay(q, ALICE, NOW), UNSIGNED_DELAY_MAX_USEC);
	ck_assert_uint_eq(quota_delay(q, ALICE, NOW + UNSIGNED_DELAY_MAX_USEC + TOKEN), 0);
}
END_TEST

START_TEST(the_burst_comes_back_with_time_and_no_more_than_that)
{
	_cleanup_(quota_freep) struct quota *q = new_quota();

	take_burst(q, ALICE, NOW);
	for (unsigned i = 0; i < 10; i++)
		ck_assert_uint_eq(quota_delay(q, ALICE, NOW + 10 * TOKEN), 0);
	ck_assert_uint_eq(quota_delay(q, ALICE, NOW + 10 * TOKEN), TOKEN);
	take_burst(q, ALICE, 1000 * NOW);
	ck_assert_uint_eq(quota_delay(q, ALICE, 1000 * NOW), TOKEN);
}
END_TEST

START_TEST(one_uid_does_not_slow_down_another)
{
	_cleanup_(quota_freep) struct quota *q = new_quota();

	take_burst(q, ALICE, NOW);
	ck_assert_uint_eq(quota_delay(q, ALICE, NOW), TOKEN);
	take_burst(q, BOB, NOW);
	ck_assert_uint_eq(quota_delay(q, BOB, NOW), TOKEN);
}
END_TEST

START_TEST(root_never_waits)
{
	_cleanup_(quota_freep) struct quota *q = new_quota();

	for (unsigned i = 0; i < 10 * UNSIGNED_BURST; i++)
		ck_assert_uint_eq(quota_delay(q, 0, NOW), 0);
}
END_TEST

START_TEST(a_clock_that_stands_still_or_starts_at_zero_does_no_harm)
{
	_cleanup_(quota_freep) struct quota *q = new_quota();

	take_burst(q, ALICE, 0);
	ck_assert_uint_eq(quota_delay(q, ALICE, 0), TOKEN);
	ck_assert_uint_eq(quota_delay(q, ALICE, TOKEN), TOKEN);
}
END_TEST

START_TEST(many_uids_do_not_make_the_one_that_took_most_forgotten)
{
	_cleanup_(quota_freep) struct quota *q = new_quota();

	take_burst(q, ALICE, NOW);
	for (uid_t uid = 100000; uid < 100000 + 3 * UNSIGNED_UIDS_MAX; uid++)
		ck_assert_uint_eq(quota_delay(q, uid, NOW), 0);
	ck_assert_uint_eq(quota_delay(q, ALICE, NOW), TOKEN);
}
END_TEST

START_TEST(room_for_a_uid_is_made_from_those_that_are_full_again)
{
	_cleanup_(quota_freep) struct quota *q = new_quota();

	for (uid_t uid = 100000; uid < 100000 + UNSIGNED_UIDS_MAX; uid++)
		ck_assert_uint_eq(quota_delay(q, uid, NOW), 0);
	take_burst(q, ALICE, NOW + USEC_PER_SEC);
	take_burst(q, BOB, NOW + USEC_PER_SEC);
	ck_assert_uint_eq(quota_delay(q, ALICE, NOW + USEC_PER_SEC), TOKEN);
	ck_assert_uint_eq(quota_delay(q, BOB, NOW + USEC_PER_SEC), TOKEN);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_uid_gets_its_full_share_and_not_one_more,
		what_does_not_fit_is_not_charged_in_part,
		a_huge_number_does_not_wrap_around,
		one_uid_cannot_use_up_what_another_needs,
		one_kind_does_not_use_up_another,
		what_is_given_back_can_be_had_again,
		totals_count_all_uids,
		charging_and_giving_back_nothing_leaves_nothing,
		a_burst_is_free_and_each_one_after_it_waits_longer,
		who_waits_as_told_stays_at_the_rate,
		the_delay_of_one_who_does_not_wait_is_bounded,
		the_burst_comes_back_with_time_and_no_more_than_that,
		one_uid_does_not_slow_down_another,
		root_never_waits,
		a_clock_that_stands_still_or_starts_at_zero_does_no_harm,
		many_uids_do_not_make_the_one_that_took_most_forgotten,
		room_for_a_uid_is_made_from_those_that_are_full_again,
	};

	return unit_run("quota", tests, array_len(tests));
}
