/*
 * test-quota.c - what each uid may hold
 */
#include "agent/peer/quota.h"

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
	};

	return unit_run("quota", tests, array_len(tests));
}
