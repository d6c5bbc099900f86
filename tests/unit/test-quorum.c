/*
 * test-quorum.c - the rules by which others approve: who counts, for what, and for how long
 *
 * Nothing waits and nothing is asked: the time, the policy and the people are handed in.
 */
#include "agent/policy/quorum.h"

#include <ftw.h>

#include "agent/base/text.h"
#include "tests/lib/fake-parked.h"
#include "tests/unit/unit.h"

#define BOB 1002u
#define CAROL 1003u
#define DAVE 1004u
#define EVE 1005u
#define OTHER_POLICY "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"

static const struct window no_window;

static uid_t approver_uids[] = {FAKE_ALICE, BOB, CAROL, DAVE};
static gid_t approver_gids[] = {500};
static const struct key_rule rule = {
	.quorum = 2,
	.approvers = {.uids = approver_uids, .n_uids = 4, .gids = approver_gids, .n_gids = 1},
};

static struct quorum *made(const char *dir)
{
	_cleanup_(freep) char *broken = NULL;
	struct quorum *q;
	size_t n;

	ck_assert_int_eq(quorum_new(dir, FAKE_HOST, &q, &broken, &n), 0);
	ck_assert_uint_eq(n, 0);
	return q;
}

/* Parks p; it belongs to the table from now on. */
static struct parked *park(struct quorum *q, struct parked *p)
{
	bool has_room;

	ck_assert_int_eq(quorum_park(q, p, &has_room), 0);
	ck_assert(has_room);
	return p;
}

static enum judgement judge(const struct parked *p, uid_t uid, gid_t gid, bool is_denied)
{
	const struct caller c = {.uid = uid, .gid = gid};

	return quorum_judge(p, &rule, &(struct person){.uid = uid}, &c, is_denied);
}

static void approve_by(struct quorum *q, struct parked *p, const struct person *who,
		       const struct window *w)
{
	ck_assert_int_eq(quorum_approve(q, p, who, false, w, FAKE_NOW), 0);
}

static void approve(struct quorum *q, struct parked *p, uid_t uid)
{
	ck_assert_int_eq(judge(p, uid, uid, false), JUDGEMENT_MAY);
	approve_by(q, p, &(struct person){.uid = uid}, &no_window);
}

/* Where what alice asks for stands: what p asks, but for what is changed in t. */
static struct petition petition_of(const struct parked *p)
{
	static struct caller alice = {.uid = FAKE_ALICE, .unit = (char *)"build.service"};

	return (struct petition){
		.caller = &alice,
		.key_id = p->key_id,
		.ask = &p->ask,
		.asked = p->asked,
		.policy = FAKE_POLICY,
	};
}

static enum quorum_standing standing(const struct quorum *q, const struct petition *t)
{
	struct parked *found;

	return quorum_standing(q, t, FAKE_NOW + FAKE_SECOND, &found);
}

static enum quorum_standing standing_of(const struct quorum *q, const struct parked *p)
{
	const struct petition t = petition_of(p);

	return standing(q, &t);
}

/* --- who counts --------------------------------------------------------------------------------- */

START_TEST(who_may_say_what)
{
	static const struct {
		uid_t uid;
		gid_t gid;
		enum parked_state state;
		bool is_denied;
		enum judgement expected;
	} rows[] = {
		{BOB, 100, PARKED_PENDING, false, JUDGEMENT_MAY},
		{BOB, 100, PARKED_PENDING, true, JUDGEMENT_MAY},
		{EVE, 500, PARKED_PENDING, false, JUDGEMENT_MAY}, /* by her group */
		{EVE, 100, PARKED_PENDING, false, JUDGEMENT_STRANGER},
		{EVE, 100, PARKED_PENDING, true, JUDGEMENT_STRANGER},
		{0, 0, PARKED_PENDING, false, JUDGEMENT_STRANGER},
		{(uid_t)-1, 100, PARKED_PENDING, false, JUDGEMENT_STRANGER},
		{FAKE_ALICE, 500, PARKED_PENDING, false, JUDGEMENT_REQUESTER},
		{FAKE_ALICE, 500, PARKED_PENDING, true, JUDGEMENT_REQUESTER},
		{BOB, 100, PARKED_APPROVED, false, JUDGEMENT_ENOUGH},
		{BOB, 100, PARKED_APPROVED, true, JUDGEMENT_MAY},
		{FAKE_ALICE, 500, PARKED_APPROVED, false, JUDGEMENT_REQUESTER},
		{BOB, 100, PARKED_VETOED, false, JUDGEMENT_OVER},
		{BOB, 100, PARKED_VETOED, true, JUDGEMENT_OVER},
		{BOB, 100, PARKED_EXPIRED, false, JUDGEMENT_OVER},
		{BOB, 100, PARKED_VOIDED, false, JUDGEMENT_OVER},
		{BOB, 100, PARKED_WITHDRAWN, false, JUDGEMENT_OVER},
		{BOB, 100, PARKED_NONE, false, JUDGEMENT_OVER},
		{EVE, 100, PARKED_APPROVED, true, JUDGEMENT_STRANGER},
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct parked *p = fake_parked(1);

		p->state = rows[i].state;
		ck_assert_msg(judge(p, rows[i].uid, rows[i].gid, rows[i].is_denied) ==
				      rows[i].expected,
			      "row %zu", i);
		(void)parked_free(p);
	}
}
END_TEST

START_TEST(without_the_file_of_the_key_nobody_counts)
{
	struct parked *p = fake_parked(1);
	const struct caller bob = {.uid = BOB};
	const struct key_rule empty = {.quorum = 2};

	ck_assert_int_eq(quorum_judge(p, NULL, &(struct person){.uid = BOB}, &bob, false),
			 JUDGEMENT_STRANGER);
	ck_assert_int_eq(quorum_judge(p, &empty, &(struct person){.uid = BOB}, &bob, false),
			 JUDGEMENT_STRANGER);
	(void)parked_free(p);
}
END_TEST

START_TEST(one_person_counts_once_however_they_come)
{
	_cleanup_(quorum_freep) struct quorum *q = made(NULL);
	struct parked *p = park(q, fake_parked(1));
	const struct person by_file = {.uid = BOB, .name = "bob"},
			    elsewhere = {.uid = (uid_t)-1, .name = "erin"};

	p->needed = 3;
	approve(q, p, BOB);
	ck_assert_int_eq(judge(p, BOB, 100, false), JUDGEMENT_TWICE);
	ck_assert_int_eq(quorum_judge(p, &rule, &by_file, NULL, false), JUDGEMENT_TWICE);
	ck_assert_int_eq(quorum_judge(p, &rule, &elsewhere, NULL, false), JUDGEMENT_MAY);
	approve_by(q, p, &elsewhere, &no_window);
	ck_assert_int_eq(quorum_judge(p, &rule, &elsewhere, NULL, false), JUDGEMENT_TWICE);
	ck_assert_int_eq(p->state, PARKED_PENDING);
	/* Who has approved may still think better of it. */
	ck_assert_int_eq(judge(p, BOB, 100, true), JUDGEMENT_MAY);
}
END_TEST

/* As when the host learns of its users later than signetd asks for them. */
START_TEST(who_becomes_a_user_of_this_host_meanwhile_counts_once)
{
	_cleanup_(quorum_freep) struct quorum *q = made(NULL);
	struct parked *p = park(q, fake_parked(1));
	const struct person before = {.uid = (uid_t)-1, .name = "dave"},
			    after = {.uid = DAVE, .name = "dave"}, by_uid = {.uid = DAVE};
	struct approver_key key = {.person = after};
	const struct key_rule known = {
		.quorum = 2,
		.approvers = rule.approvers,
		.approver_keys = &key,
		.n_approver_keys = 1,
	};
	const struct caller dave = {.uid = DAVE}, bob = {.uid = BOB};

	approve_by(q, p, &before, &no_window);
	ck_assert_int_eq(quorum_judge(p, &known, &after, NULL, false), JUDGEMENT_TWICE);
	ck_assert_int_eq(quorum_judge(p, &known, &by_uid, &dave, false), JUDGEMENT_TWICE);
	ck_assert_int_eq(quorum_judge(p, &known, &(struct person){.uid = BOB}, &bob, false),
			 JUDGEMENT_MAY);
}
END_TEST

START_TEST(the_requester_does_not_count_by_a_key_either)
{
	struct parked *p = fake_parked(1);
	const struct person alice = {.uid = FAKE_ALICE, .name = "alice"};

	ck_assert_int_eq(quorum_judge(p, &rule, &alice, NULL, false), JUDGEMENT_REQUESTER);
	(void)parked_free(p);
}
END_TEST

/* --- what is approved --------------------------------------------------------------------------- */

START_TEST(as_many_approvals_as_needed_and_not_one_fewer)
{
	_cleanup_(quorum_freep) struct quorum *q = made(NULL);
	struct parked *p = park(q, fake_parked(1));

	ck_assert_int_eq(standing_of(q, p), QUORUM_STANDING_PENDING);
	approve(q, p, BOB);
	ck_assert_int_eq(standing_of(q, p), QUORUM_STANDING_PENDING);
	approve(q, p, CAROL);
	ck_assert_int_eq(p->state, PARKED_APPROVED);
	ck_assert_int_eq(standing_of(q, p), QUORUM_STANDING_APPROVED);
	ck_assert_uint_eq(p->open_until_usec, 0);
}
END_TEST

START_TEST(an_approval_is_for_what_was_asked_and_for_who_asked)
{
	_cleanup_(quorum_freep) struct quorum *q = made(NULL);
	struct parked *p = park(q, fake_parked(2)), *other = fake_parked(2);
	struct caller c = {.uid = FAKE_ALICE, .unit = (char *)"build.service"};
	const uint8_t other_key[KEY_ID_SIZE] = {1};
	struct petition t;

	approve(q, p, BOB);
	approve(q, p, CAROL);
	t = petition_of(p);
	ck_assert_int_eq(standing(q, &t), QUORUM_STANDING_APPROVED);

	t.key_id = other_key;
	ck_assert_int_eq(standing(q, &t), QUORUM_STANDING_NONE);
	t = petition_of(p);
	t.policy = OTHER_POLICY;
	ck_assert_int_eq(standing(q, &t), QUORUM_STANDING_NONE);
	t = petition_of(p);
	t.is_forwarded = true;
	ck_assert_int_eq(standing(q, &t), QUORUM_STANDING_NONE);
	t = petition_of(p);
	t.caller = &c;
	c.uid = BOB;
	ck_assert_int_eq(standing(q, &t), QUORUM_STANDING_NONE);
	c.uid = FAKE_ALICE;
	c.unit = (char *)"other.service";
	ck_assert_int_eq(standing(q, &t), QUORUM_STANDING_NONE);
	c.unit = NULL;
	ck_assert_int_eq(standing(q, &t), QUORUM_STANDING_NONE);

	t = petition_of(p);
	t.ask = &other->ask;
	ck_assert_int_eq(standing(q, &t), QUORUM_STANDING_APPROVED);
	other->ask.items[1].data[5] ^= 1;
	ck_assert_int_eq(standing(q, &t), QUORUM_STANDING_NONE);
	other->ask.items[1].data[5] ^= 1;
	other->ask.hash = HASH_SHA384;
	ck_assert_int_eq(standing(q, &t), QUORUM_STANDING_NONE);
	other->ask.hash = HASH_SHA256;
	other->ask.algorithm = ALGORITHM_RSA_PSS;
	ck_assert_int_eq(standing(q, &t), QUORUM_STANDING_NONE);
	other->ask.algorithm = ALGORITHM_ECDSA;
	other->ask.input = INPUT_MESSAGE;
	ck_assert_int_eq(standing(q, &t), QUORUM_STANDING_NONE);
	other->ask.input = INPUT_DIGEST;
	other->ask.purpose[0] = 'D';
	ck_assert_int_eq(standing(q, &t), QUORUM_STANDING_NONE);
	(void)parked_free(other);
}
END_TEST

START_TEST(without_a_unit_it_is_for_one_session)
{
	_cleanup_(quorum_freep) struct quorum *q = made(NULL);
	struct parked *p = fake_parked(1);
	struct caller c = {.uid = FAKE_ALICE, .session = (char *)"3"};
	struct petition t;

	free(p->unit);
	p->unit = NULL;
	p->session = strdup("3");
	park(q, p);
	approve(q, p, BOB);
	approve(q, p, CAROL);
	t = petition_of(p);
	t.caller = &c;
	ck_assert_int_eq(standing(q, &t), QUORUM_STANDING_APPROVED);
	c.session = (char *)"4";
	ck_assert_int_eq(standing(q, &t), QUORUM_STANDING_NONE);
	c.session = NULL;
	ck_assert_int_eq(standing(q, &t), QUORUM_STANDING_NONE);
}
END_TEST

START_TEST(it_signs_once)
{
	_cleanup_(quorum_freep) struct quorum *q = made(NULL);
	struct parked *p = park(q, fake_parked(1)), *copy = fake_parked(1);
	enum quorum_change change;
	struct pass pass;

	approve(q, p, BOB);
	approve(q, p, CAROL);
	ck_assert_int_eq(quorum_take(q, p, QUORUM_STANDING_APPROVED, 1, &pass), 0);
	ck_assert_int_eq(standing_of(q, p), QUORUM_STANDING_NONE);
	/* While it is being signed it stays, so that it can be given back. */
	ck_assert_ptr_null(quorum_overdue(q, FAKE_NOW, FAKE_POLICY, &change));
	ck_assert_ptr_nonnull(quorum_find(q, pass.id));
	quorum_settle(q, &pass, false);
	ck_assert_ptr_null(quorum_overdue(q, FAKE_NOW, FAKE_POLICY, &change));
	ck_assert_ptr_null(quorum_find(q, pass.id));
	ck_assert_int_eq(standing_of(q, copy), QUORUM_STANDING_NONE);
	(void)parked_free(copy);
}
END_TEST

START_TEST(what_was_not_used_is_given_back)
{
	_cleanup_(quorum_freep) struct quorum *q = made(NULL);
	struct parked *p = park(q, fake_parked(1));
	struct pass pass;

	approve(q, p, BOB);
	approve(q, p, CAROL);
	ck_assert_int_eq(quorum_take(q, p, QUORUM_STANDING_APPROVED, 1, &pass), 0);
	quorum_settle(q, &pass, true);
	ck_assert_int_eq(standing_of(q, p), QUORUM_STANDING_APPROVED);
	/* But not after somebody has said no. */
	ck_assert_int_eq(quorum_take(q, p, QUORUM_STANDING_APPROVED, 1, &pass), 0);
	ck_assert_int_eq(quorum_veto(q, p, FAKE_NOW), 0);
	quorum_settle(q, &pass, true);
	ck_assert_int_eq(standing_of(q, p), QUORUM_STANDING_VETOED);
	ck_assert(p->is_used);
}
END_TEST

/* --- how it ends -------------------------------------------------------------------------------- */

START_TEST(a_veto_holds_as_long_as_the_request_would_have)
{
	_cleanup_(quorum_freep) struct quorum *q = made(NULL);
	struct parked *p = park(q, fake_parked(1)), *copy = fake_parked(1);
	enum quorum_change change;

	approve(q, p, BOB);
	approve(q, p, CAROL);
	ck_assert_int_eq(quorum_veto(q, p, FAKE_NOW), 0);
	ck_assert_int_eq(standing_of(q, copy), QUORUM_STANDING_VETOED);
	ck_assert_ptr_null(quorum_overdue(q, FAKE_EXPIRES - 1, FAKE_POLICY, &change));
	ck_assert_int_eq(standing_of(q, copy), QUORUM_STANDING_VETOED);
	ck_assert_ptr_null(quorum_overdue(q, FAKE_EXPIRES, FAKE_POLICY, &change));
	ck_assert_int_eq(standing_of(q, copy), QUORUM_STANDING_NONE);
	(void)parked_free(copy);
}
END_TEST

START_TEST(time_ends_what_is_pending_and_what_is_approved)
{
	for (unsigned n = 0; n <= 2; n++) {
		_cleanup_(quorum_freep) struct quorum *q = made(NULL);
		struct parked *p = park(q, fake_parked(1)), *found;
		struct petition t = petition_of(p);
		enum quorum_change change;

		for (unsigned i = 0; i < n; i++)
			approve(q, p, BOB + i);
		ck_assert_uint_eq(quorum_due_usec(q), FAKE_EXPIRES);
		/* By itself, before anybody has looked after it. */
		ck_assert_int_eq(quorum_standing(q, &t, FAKE_EXPIRES, &found),
				 QUORUM_STANDING_NONE);
		ck_assert_ptr_null(quorum_overdue(q, FAKE_EXPIRES - 1, FAKE_POLICY, &change));
		ck_assert_ptr_eq(quorum_overdue(q, FAKE_EXPIRES, FAKE_POLICY, &change), p);
		ck_assert_int_eq(change, QUORUM_CHANGE_EXPIRED);
		ck_assert_int_eq(p->state, PARKED_EXPIRED);
		ck_assert_ptr_null(quorum_overdue(q, FAKE_EXPIRES, FAKE_POLICY, &change));
		ck_assert_int_eq(judge(p, DAVE, 100, false), JUDGEMENT_OVER);
	}
}
END_TEST

START_TEST(another_policy_voids_requests_approvals_and_windows)
{
	_cleanup_(quorum_freep) struct quorum *q = made(NULL);
	struct parked *all[] = {park(q, fake_parked(1)), park(q, fake_parked(2)),
				park(q, fake_parked_window(3600, 10))};
	enum quorum_change change;

	for (size_t i = 1; i < array_len(all); i++) {
		approve(q, all[i], BOB);
		approve(q, all[i], CAROL);
	}
	for (size_t i = 0; i < array_len(all); i++) {
		ck_assert_ptr_eq(quorum_overdue(q, FAKE_NOW, OTHER_POLICY, &change), all[i]);
		ck_assert_int_eq(change, QUORUM_CHANGE_VOIDED);
		ck_assert_int_eq(all[i]->state, PARKED_VOIDED);
	}
	ck_assert_ptr_null(quorum_overdue(q, FAKE_NOW, OTHER_POLICY, &change));
	/* That the old policy comes back makes none of them valid. */
	ck_assert_ptr_null(quorum_overdue(q, FAKE_NOW, FAKE_POLICY, &change));
	for (size_t i = 0; i < array_len(all); i++)
		ck_assert_int_eq(standing_of(q, all[i]), QUORUM_STANDING_NONE);
}
END_TEST

START_TEST(what_was_withdrawn_is_over_and_keeps_its_place_a_while)
{
	_cleanup_(quorum_freep) struct quorum *q = made(NULL);
	struct parked *p = park(q, fake_parked(1));
	uint64_t kept = FAKE_NOW + PARKED_KEPT_SEC * FAKE_SECOND;
	char id[PARKED_ID_LEN + 1];
	enum quorum_change change;

	memcpy(id, p->id, sizeof(id));
	approve(q, p, BOB);
	ck_assert_int_eq(quorum_withdraw(q, p, FAKE_NOW), 0);
	ck_assert_int_eq(standing_of(q, p), QUORUM_STANDING_NONE);
	ck_assert_uint_eq(quorum_due_usec(q), kept);
	ck_assert_ptr_null(quorum_overdue(q, kept - 1, FAKE_POLICY, &change));
	ck_assert_ptr_nonnull(quorum_find(q, id));
	ck_assert_ptr_null(quorum_overdue(q, kept, FAKE_POLICY, &change));
	ck_assert_ptr_null(quorum_find(q, id));
}
END_TEST

/* --- windows ------------------------------------------------------------------------------------ */

START_TEST(a_window_is_the_smallest_that_all_allow)
{
	static const struct {
		struct window asked, bob, carol, expected;
	} rows[] = {
		{{100, 10}, {}, {}, {100, 10}},
		{{100, 10}, {50, 0}, {0, 5}, {50, 5}},
		{{100, 10}, {500, 50}, {400, 40}, {100, 10}},
		{{}, {100, 10}, {50, 20}, {50, 10}},
		{{}, {100, 10}, {}, {}},
		{{}, {}, {100, 10}, {}},
		{{}, {}, {}, {}},
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		_cleanup_(quorum_freep) struct quorum *q = made(NULL);
		struct parked *p = fake_parked(rows[i].asked.usec ? 0 : 1);

		p->asked = rows[i].asked;
		park(q, p);
		approve_by(q, p, &(struct person){.uid = BOB}, &rows[i].bob);
		ck_assert_uint_eq(p->open_until_usec, 0);
		approve_by(q, p, &(struct person){.uid = CAROL}, &rows[i].carol);
		ck_assert_uint_eq(p->open_until_usec,
				  rows[i].expected.usec ? FAKE_NOW + rows[i].expected.usec : 0);
		ck_assert_uint_eq(p->n_left, rows[i].expected.signatures);
	}
}
END_TEST

/* A window of 500 signatures in an hour. */
static struct parked *opened(struct quorum *q)
{
	struct parked *p = park(q, fake_parked_window(3600, 500));

	approve(q, p, BOB);
	approve(q, p, CAROL);
	return p;
}

START_TEST(it_covers_so_many_signatures_and_not_one_more)
{
	_cleanup_(quorum_freep) struct quorum *q = made(NULL);
	struct parked *p = opened(q), *one = fake_parked(1), *many = fake_parked(250), *found;
	struct petition t = petition_of(many);
	enum quorum_change change;
	struct pass pass;

	for (unsigned i = 0; i < 2; i++) {
		ck_assert_int_eq(quorum_standing(q, &t, FAKE_NOW, &found), QUORUM_STANDING_WINDOW);
		ck_assert_ptr_eq(found, p);
		ck_assert_int_eq(quorum_take(q, p, QUORUM_STANDING_WINDOW, 250, &pass), 0);
		quorum_settle(q, &pass, i == 0);
		ck_assert_uint_eq(p->n_left, i == 0 ? 500 : 250);
	}
	ck_assert_int_eq(quorum_take(q, p, QUORUM_STANDING_WINDOW, 249, &pass), 0);
	quorum_settle(q, &pass, false);
	ck_assert_int_eq(standing(q, &t), QUORUM_STANDING_NONE); /* 250 are too many */
	ck_assert_int_eq(standing_of(q, one), QUORUM_STANDING_WINDOW);
	ck_assert_int_eq(quorum_take(q, p, QUORUM_STANDING_WINDOW, 1, &pass), 0);
	quorum_settle(q, &pass, false);
	ck_assert_int_eq(standing_of(q, one), QUORUM_STANDING_NONE);
	ck_assert_ptr_eq(quorum_overdue(q, FAKE_NOW, FAKE_POLICY, &change), p);
	ck_assert_int_eq(change, QUORUM_CHANGE_CLOSED);
	(void)parked_free(one);
	(void)parked_free(many);
}
END_TEST

START_TEST(it_is_for_one_key_purpose_user_and_unit)
{
	_cleanup_(quorum_freep) struct quorum *q = made(NULL);
	struct parked *p = opened(q), *one = fake_parked(1);
	struct caller c = {.uid = FAKE_ALICE, .unit = (char *)"build.service"};
	struct petition t = petition_of(one);

	t.caller = &c;
	ck_assert_int_eq(standing(q, &t), QUORUM_STANDING_WINDOW);
	c.unit = (char *)"builder.service";
	ck_assert_int_eq(standing(q, &t), QUORUM_STANDING_NONE);
	c.unit = (char *)"build.service";
	c.uid = BOB;
	ck_assert_int_eq(standing(q, &t), QUORUM_STANDING_NONE);
	t = petition_of(one);
	t.is_forwarded = true;
	ck_assert_int_eq(standing(q, &t), QUORUM_STANDING_NONE);
	t.is_forwarded = false;
	one->key_id[0] ^= 1;
	ck_assert_int_eq(standing(q, &t), QUORUM_STANDING_NONE);
	one->key_id[0] ^= 1;
	(void)snprintf(one->ask.purpose, sizeof(one->ask.purpose), "cms");
	ck_assert_int_eq(standing(q, &t), QUORUM_STANDING_NONE);
	(void)snprintf(one->ask.purpose, sizeof(one->ask.purpose), "digest");
	ck_assert_int_eq(standing(q, &t), QUORUM_STANDING_WINDOW);
	free(p->unit);
	p->unit = NULL; /* nothing is known of where it was asked for */
	c = (struct caller){.uid = FAKE_ALICE};
	t.caller = &c;
	ck_assert_int_eq(standing(q, &t), QUORUM_STANDING_NONE);
	(void)parked_free(one);
}
END_TEST

START_TEST(it_is_closed_by_time_veto_and_its_requester)
{
	for (unsigned how = 0; how < 3; how++) {
		_cleanup_(quorum_freep) struct quorum *q = made(NULL);
		struct parked *p = opened(q), *one = fake_parked(1), *found;
		struct petition t = petition_of(one);
		uint64_t now = FAKE_NOW;

		ck_assert_int_eq(quorum_standing(q, &t, now + 3600 * FAKE_SECOND - 1, &found),
				 QUORUM_STANDING_WINDOW);
		if (how == 0)
			now += 3600 * FAKE_SECOND;
		if (how == 1)
			ck_assert_int_eq(quorum_veto(q, p, now), 0);
		if (how == 2)
			ck_assert_int_eq(quorum_withdraw(q, p, now), 0);
		ck_assert_int_eq(quorum_standing(q, &t, now, &found), QUORUM_STANDING_NONE);
		(void)parked_free(one);
	}
}
END_TEST

START_TEST(a_veto_of_a_request_outweighs_a_window)
{
	_cleanup_(quorum_freep) struct quorum *q = made(NULL);
	struct parked *p = park(q, fake_parked(1)), *other = fake_parked(2);

	ck_assert_int_eq(quorum_veto(q, p, FAKE_NOW), 0);
	(void)opened(q);
	ck_assert_int_eq(standing_of(q, p), QUORUM_STANDING_VETOED);
	ck_assert_int_eq(standing_of(q, other), QUORUM_STANDING_WINDOW);
	(void)parked_free(other);
}
END_TEST

START_TEST(the_request_itself_counts_in_the_window_that_it_opened)
{
	_cleanup_(quorum_freep) struct quorum *q = made(NULL);
	struct parked *p = park(q, fake_parked(2));
	const struct window w = {3600 * FAKE_SECOND, 3};
	struct pass pass;

	approve_by(q, p, &(struct person){.uid = BOB}, &w);
	approve_by(q, p, &(struct person){.uid = CAROL}, &w);
	ck_assert_int_eq(standing_of(q, p), QUORUM_STANDING_APPROVED);
	ck_assert_int_eq(quorum_take(q, p, QUORUM_STANDING_APPROVED, 2, &pass), 0);
	quorum_settle(q, &pass, false);
	ck_assert_uint_eq(p->n_left, 1);
	ck_assert_int_eq(standing_of(q, p), QUORUM_STANDING_NONE); /* it has two items */
}
END_TEST

/* --- how much ----------------------------------------------------------------------------------- */

START_TEST(one_user_fills_a_part_of_the_table_alone)
{
	_cleanup_(quorum_freep) struct quorum *q = made(NULL);
	struct parked *p;
	bool has_room;

	for (unsigned i = 0; i < PARKED_UID_MAX; i++) {
		p = park(q, fake_parked(1));
		ck_assert_int_eq(quorum_withdraw(q, p, FAKE_NOW), 0);
	}
	p = fake_parked(1);
	ck_assert_int_eq(quorum_park(q, p, &has_room), 0);
	ck_assert(!has_room);
	p->uid = BOB;
	park(q, p);
}
END_TEST

START_TEST(large_requests_fill_it_sooner)
{
	_cleanup_(quorum_freep) struct quorum *q = made(NULL);
	bool has_room = true;
	unsigned n = 0;

	while (has_room) {
		struct parked *p = fake_parked(1);

		free(p->ask.items[0].data);
		p->ask.items[0].size = MESSAGE_MAX;
		p->ask.items[0].data = calloc(1, MESSAGE_MAX);
		ck_assert_int_eq(quorum_park(q, p, &has_room), 0);
		if (!has_room)
			(void)parked_free(p);
		n += has_room;
	}
	ck_assert_uint_ge(n, 8);
	ck_assert_uint_lt(n, PARKED_UID_MAX / 2);
}
END_TEST

/* --- across a restart --------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

struct disk {
	char top[32];
	char dir[64];
};

static void disk_init(struct disk *d)
{
	(void)snprintf(d->top, sizeof(d->top), "/tmp/signet-unit.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(d->top));
	(void)snprintf(d->dir, sizeof(d->dir), "%s/agent/requests", d->top);
}

static void disk_done(struct disk *d)
{
	ck_assert_int_eq(nftw(d->top, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* As after a crash: nothing is told that it ends. */
static struct quorum *restarted(const struct disk *d, struct quorum *q)
{
	(void)quorum_free(q);
	return made(d->dir);
}

START_TEST(approvals_survive_and_what_was_taken_stays_taken)
{
	struct parked *copy = fake_parked(1), *p;
	char id[PARKED_ID_LEN + 1];
	struct quorum *q;
	struct pass pass;
	struct disk d;

	disk_init(&d);
	q = made(d.dir);
	p = park(q, fake_parked(1));
	memcpy(id, p->id, sizeof(id));
	approve(q, p, BOB);
	q = restarted(&d, q);
	p = quorum_find(q, id);
	ck_assert_ptr_nonnull(p);
	ck_assert_int_eq(judge(p, BOB, 100, false), JUDGEMENT_TWICE);
	approve(q, p, CAROL);
	q = restarted(&d, q);
	ck_assert_int_eq(standing_of(q, copy), QUORUM_STANDING_APPROVED);
	ck_assert_int_eq(quorum_take(q, quorum_find(q, id), QUORUM_STANDING_APPROVED, 1, &pass), 0);
	q = restarted(&d, q);
	ck_assert_int_eq(standing_of(q, copy), QUORUM_STANDING_NONE);
	(void)quorum_free(q);
	(void)parked_free(copy);
	disk_done(&d);
}
END_TEST

START_TEST(a_crash_never_makes_a_window_larger)
{
	struct parked *one = fake_parked(1);
	struct quorum *q;
	struct parked *p;
	struct pass pass;
	struct disk d;

	disk_init(&d);
	q = made(d.dir);
	p = opened(q);
	for (unsigned n = 500; n > 490; n--) {
		ck_assert_uint_eq(p->n_left, n);
		ck_assert_int_eq(quorum_take(q, p, QUORUM_STANDING_WINDOW, 1, &pass), 0);
		q = restarted(&d, q);
		p = quorum_next(q, NULL);
		ck_assert_ptr_nonnull(p);
	}
	ck_assert_int_eq(standing_of(q, one), QUORUM_STANDING_WINDOW);
	(void)quorum_free(q);
	(void)parked_free(one);
	disk_done(&d);
}
END_TEST

START_TEST(what_cannot_be_stored_has_not_happened)
{
	_cleanup_(quorum_freep) struct quorum *q = made("/proc/nowhere/agent/requests");
	struct parked *p = fake_parked(1);
	bool has_room;

	ck_assert_int_lt(quorum_park(q, p, &has_room), 0);
	ck_assert_ptr_null(quorum_find(q, p->id));
	ck_assert_int_lt(quorum_approve(q, p, &(struct person){.uid = BOB}, false, &no_window,
					FAKE_NOW),
			 0);
	ck_assert_uint_eq(p->n_approvals, 0);
	ck_assert_int_lt(quorum_veto(q, p, FAKE_NOW), 0);
	ck_assert_int_eq(p->state, PARKED_PENDING);
	(void)parked_free(p);
}
END_TEST

START_TEST(approvals_of_another_text_do_not_come_back)
{
	_cleanup_(freep) char *broken = NULL;
	struct quorum *q;
	struct parked *p;
	struct disk d;
	size_t n;

	disk_init(&d);
	q = made(d.dir);
	p = park(q, fake_parked(1));
	approve(q, p, BOB);
	(void)quorum_free(q);
	ck_assert_int_eq(quorum_new(d.dir, "another host", &q, &broken, &n), 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_ptr_null(quorum_next(q, NULL));
	(void)quorum_free(q);
	disk_done(&d);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		who_may_say_what,
		without_the_file_of_the_key_nobody_counts,
		one_person_counts_once_however_they_come,
		who_becomes_a_user_of_this_host_meanwhile_counts_once,
		the_requester_does_not_count_by_a_key_either,
		as_many_approvals_as_needed_and_not_one_fewer,
		an_approval_is_for_what_was_asked_and_for_who_asked,
		without_a_unit_it_is_for_one_session,
		it_signs_once,
		what_was_not_used_is_given_back,
		a_veto_holds_as_long_as_the_request_would_have,
		time_ends_what_is_pending_and_what_is_approved,
		another_policy_voids_requests_approvals_and_windows,
		what_was_withdrawn_is_over_and_keeps_its_place_a_while,
		a_window_is_the_smallest_that_all_allow,
		it_covers_so_many_signatures_and_not_one_more,
		it_is_for_one_key_purpose_user_and_unit,
		it_is_closed_by_time_veto_and_its_requester,
		a_veto_of_a_request_outweighs_a_window,
		the_request_itself_counts_in_the_window_that_it_opened,
		one_user_fills_a_part_of_the_table_alone,
		large_requests_fill_it_sooner,
		approvals_survive_and_what_was_taken_stays_taken,
		a_crash_never_makes_a_window_larger,
		what_cannot_be_stored_has_not_happened,
		approvals_of_another_text_do_not_come_back,
	};

	return unit_run("quorum", tests, array_len(tests));
}
