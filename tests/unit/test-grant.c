/*
 * test-grant.c - whom a grant fits, in which order grants are found, and what decide() makes of them
 */
#include "agent/policy/grant.h"

#include "tests/unit/unit.h"

#include "agent/policy/decide.h"

#define ALICE 1001u
#define BOB 1002u
#define TEAM 2000u
#define NOW UINT64_C(1800000000000000)
#define WORDS 4

/* A grant as a test writes it; lists end with NULL and are not set if they are empty. */
struct draft {
	const char *id;
	const char *keys[WORDS];
	const char *purposes[WORDS];
	const char *units[WORDS];
	const char *slices[WORDS];
	uid_t uid; /* 0: none */
	gid_t gid; /* 0: none */
	uint64_t not_before;
	uint64_t not_after;
	bool may_be_forwarded;
};

/* Who asks for what. */
struct asker {
	uid_t uid;
	gid_t gid;
	gid_t group; /* supplementary; 0: none */
	const char *unit;
	const char *user_unit;
	const char *slice;
	const char *key;     /* NULL: release */
	const char *purpose; /* NULL: digest */
	bool is_forwarded;
};

/* What the drafts are made into. */
struct set {
	struct grant grants[WORDS];
	struct grant *pointers[WORDS];
	struct grant_entry *entries;
	size_t n_entries;
};

static char **list(const char *const *words)
{
	return words[0] ? (char **)words : NULL;
}

static void set_init(struct set *s, const struct draft *drafts, size_t n)
{
	*s = (struct set){};
	for (size_t i = 0; i < n; i++) {
		const struct draft *d = &drafts[i];
		struct grant *g = &s->grants[i];

		*g = (struct grant){
			.id = (char *)(d->id ? d->id : "g"),
			.path = (char *)"/etc/signet/grants.d/g.conf",
			.keys = list(d->keys),
			.purposes = list(d->purposes),
			.units = list(d->units),
			.slices = list(d->slices),
			.not_before = d->not_before,
			.not_after = d->not_after,
			.may_be_forwarded = d->may_be_forwarded,
			.people = {.uids = (uid_t *)&d->uid,
				   .n_uids = d->uid != 0,
				   .gids = (gid_t *)&d->gid,
				   .n_gids = d->gid != 0},
		};
		s->pointers[i] = g;
	}
	ck_assert_int_eq(grant_index(s->pointers, n, &s->entries, &s->n_entries), 0);
}

static void set_done(struct set *s)
{
	free(s->entries);
}

static void fill_caller(const struct asker *a, struct caller *c)
{
	*c = (struct caller){
		.uid = a->uid ? a->uid : ALICE,
		.gid = a->gid ? a->gid : 100,
		.groups = (gid_t *)&a->group,
		.n_groups = a->group != 0,
		.unit = (char *)a->unit,
		.user_unit = (char *)a->user_unit,
		.slice = (char *)a->slice,
	};
}

static const struct grant *find(const struct set *s, const struct asker *a)
{
	struct caller c;
	struct ask ask;

	fill_caller(a, &c);
	ask_init(&ask);
	ask.is_forwarded = a->is_forwarded;
	(void)snprintf(ask.purpose, sizeof(ask.purpose), "%s", a->purpose ? a->purpose : "digest");
	return grant_find(s->entries, s->n_entries, &c, a->key ? a->key : "release", &ask, NOW);
}

#define FOR(...) .keys = {"release"}, .purposes = {__VA_ARGS__}
#define DIGEST FOR("digest")

/* clang-format off */
static const struct {
	const char *what;
	struct draft draft;
	struct asker asker;
	bool fits;
} rows[] = {
	/* people */
	{"the user", {DIGEST, .uid = ALICE}, {}, true},
	{"another user", {DIGEST, .uid = BOB}, {}, false},
	{"root is nobody special", {DIGEST, .uid = BOB}, {.uid = 0, .gid = 0}, false},
	{"the primary group", {DIGEST, .gid = TEAM}, {.gid = TEAM}, true},
	{"a supplementary group", {DIGEST, .gid = TEAM}, {.group = TEAM}, true},
	{"another group", {DIGEST, .gid = TEAM}, {.group = TEAM + 1}, false},
	{"a group is no user", {DIGEST, .gid = ALICE}, {}, false},
	{"a user or a group: the user", {DIGEST, .uid = ALICE, .gid = TEAM}, {}, true},
	{"a user or a group: the group", {DIGEST, .uid = BOB, .gid = TEAM}, {.group = TEAM}, true},
	{"to nobody", {DIGEST}, {}, false},
	/* units */
	{"the unit", {DIGEST, .units = {"build.service"}}, {.unit = "build.service"}, true},
	{"the unit, one of two", {DIGEST, .units = {"a.service", "build.service"}}, {.unit = "build.service"}, true},
	{"in no unit", {DIGEST, .units = {"build.service"}}, {}, false},
	{"a unit with more in front", {DIGEST, .units = {"build.service"}}, {.unit = "xbuild.service"}, false},
	{"a unit with more behind", {DIGEST, .units = {"build.service"}}, {.unit = "build.servicex"}, false},
	{"a unit that begins so", {DIGEST, .units = {"build.service"}}, {.unit = "build"}, false},
	{"case counts", {DIGEST, .units = {"build.service"}}, {.unit = "Build.service"}, false},
	{"a user's unit of that name", {DIGEST, .units = {"build.service"}}, {.unit = "user@1001.service", .user_unit = "build.service"}, false},
	{"a unit of a user's manager alone", {DIGEST, .units = {"build.service"}}, {.user_unit = "build.service"}, false},
	{"an instance", {DIGEST, .units = {"build@.service"}}, {.unit = "build@7.service"}, true},
	{"an instance with a dot", {DIGEST, .units = {"build@.service"}}, {.unit = "build@a.b.service"}, true},
	{"an instance with an at", {DIGEST, .units = {"build@.service"}}, {.unit = "build@a@b.service"}, true},
	{"an instance that is called so", {DIGEST, .units = {"build@.service"}}, {.unit = "build@.service.service"}, true},
	{"the template itself", {DIGEST, .units = {"build@.service"}}, {.unit = "build@.service"}, false},
	{"no instance", {DIGEST, .units = {"build@.service"}}, {.unit = "build.service"}, false},
	{"an instance of another template", {DIGEST, .units = {"build@.service"}}, {.unit = "builder@7.service"}, false},
	{"an instance of another type", {DIGEST, .units = {"build@.service"}}, {.unit = "build@7.scope"}, false},
	{"an instance that pretends its type", {DIGEST, .units = {"build@.service"}}, {.unit = "build@7.service.scope"}, false},
	{"one instance", {DIGEST, .units = {"build@7.service"}}, {.unit = "build@7.service"}, true},
	{"another instance than the one", {DIGEST, .units = {"build@7.service"}}, {.unit = "build@8.service"}, false},
	{"a longer instance than the one", {DIGEST, .units = {"build@7.service"}}, {.unit = "build@77.service"}, false},
	{"the unit and the user", {DIGEST, .units = {"build.service"}, .uid = ALICE}, {.unit = "build.service"}, true},
	{"the unit, not the user", {DIGEST, .units = {"build.service"}, .uid = BOB}, {.unit = "build.service"}, false},
	{"the user, not the unit", {DIGEST, .units = {"build.service"}, .uid = ALICE}, {.unit = "a.service"}, false},
	/* slices */
	{"the slice", {DIGEST, .slices = {"build.slice"}}, {.slice = "build.slice"}, true},
	{"a slice below", {DIGEST, .slices = {"build.slice"}}, {.slice = "build-x.slice"}, false},
	{"a slice above", {DIGEST, .slices = {"build-x.slice"}}, {.slice = "build.slice"}, false},
	{"in no slice", {DIGEST, .slices = {"build.slice"}}, {}, false},
	{"a unit is no slice", {DIGEST, .slices = {"build.slice"}}, {.unit = "build.slice"}, false},
	{"the slice and the unit", {DIGEST, .slices = {"b.slice"}, .units = {"a.service"}}, {.slice = "b.slice", .unit = "a.service"}, true},
	{"the slice, not the unit", {DIGEST, .slices = {"b.slice"}, .units = {"a.service"}}, {.slice = "b.slice", .unit = "c.service"}, false},
	{"the unit, not the slice", {DIGEST, .slices = {"b.slice"}, .units = {"a.service"}}, {.slice = "c.slice", .unit = "a.service"}, false},
	/* keys and purposes */
	{"another key", {DIGEST, .uid = ALICE}, {.key = "release2"}, false},
	{"a key that begins so", {DIGEST, .uid = ALICE}, {.key = "releas"}, false},
	{"the second key", {.keys = {"a", "release"}, .purposes = {"digest"}, .uid = ALICE}, {}, true},
	{"a key on a token is another one", {DIGEST, .uid = ALICE}, {.key = "main/release"}, false},
	{"another purpose", {DIGEST, .uid = ALICE}, {.purpose = "cms"}, false},
	{"the second purpose", {FOR("cms", "digest"), .uid = ALICE}, {}, true},
	{"no purpose", {DIGEST, .uid = ALICE}, {.purpose = ""}, false},
	{"a namespace", {FOR("sshsig:git"), .uid = ALICE}, {.purpose = "sshsig:git"}, true},
	{"another namespace", {FOR("sshsig:git"), .uid = ALICE}, {.purpose = "sshsig:file"}, false},
	{"every namespace", {FOR("sshsig:*"), .uid = ALICE}, {.purpose = "sshsig:anything"}, true},
	{"every namespace, but none", {FOR("sshsig:*"), .uid = ALICE}, {.purpose = "sshsig:"}, false},
	{"every namespace is no login", {FOR("sshsig:*"), .uid = ALICE}, {.purpose = "ssh-auth"}, false},
	{"a service", {FOR("pam:sudo"), .uid = ALICE}, {.purpose = "pam:sudo"}, true},
	{"another service", {FOR("pam:sudo"), .uid = ALICE}, {.purpose = "pam:login"}, false},
	{"every service", {FOR("pam:*"), .uid = ALICE}, {.purpose = "pam:login"}, true},
	{"every service is no namespace", {FOR("pam:*"), .uid = ALICE}, {.purpose = "sshsig:git"}, false},
	{"every namespace is no service", {FOR("sshsig:*"), .uid = ALICE}, {.purpose = "pam:sudo"}, false},
	/* time */
	{"it begins now", {DIGEST, .uid = ALICE, .not_before = NOW}, {}, true},
	{"it begins a moment later", {DIGEST, .uid = ALICE, .not_before = NOW + 1}, {}, false},
	{"it is over now", {DIGEST, .uid = ALICE, .not_after = NOW}, {}, false},
	{"it is over in a moment", {DIGEST, .uid = ALICE, .not_after = NOW + 1}, {}, true},
	/* forwarded */
	{"from another host", {DIGEST, .uid = ALICE}, {.is_forwarded = true}, false},
	{"from another host, as it says", {DIGEST, .uid = ALICE, .may_be_forwarded = true}, {.is_forwarded = true}, true},
	{"from here, though it could be from there", {DIGEST, .uid = ALICE, .may_be_forwarded = true}, {}, true},
};
/* clang-format on */

START_TEST(a_grant_fits_whom_it_names_and_nobody_else)
{
	for (size_t i = 0; i < array_len(rows); i++) {
		struct set s;

		set_init(&s, &rows[i].draft, 1);
		ck_assert_msg((find(&s, &rows[i].asker) != NULL) == rows[i].fits, "'%s' %s",
			      rows[i].what, rows[i].fits ? "does not fit" : "fits");
		set_done(&s);
	}
}
END_TEST

START_TEST(grants_are_found_under_each_of_their_keys_in_the_order_of_their_ids)
{
	static const struct draft drafts[] = {
		{.id = "c", DIGEST, .uid = ALICE},
		{.id = "a",
		 .keys = {"zeta", "release", "alpha"},
		 .purposes = {"cms"},
		 .uid = ALICE},
		{.id = "b", .keys = {"release"}, .purposes = {"digest", "cms"}, .uid = ALICE},
	};
	struct asker alice = {};
	struct set s;

	set_init(&s, drafts, array_len(drafts));
	ck_assert_uint_eq(s.n_entries, 5);
	ck_assert_str_eq(find(&s, &alice)->id, "b");
	alice.purpose = "cms";
	ck_assert_str_eq(find(&s, &alice)->id, "a");
	alice.key = "zeta";
	ck_assert_str_eq(find(&s, &alice)->id, "a");
	alice.key = "beta";
	ck_assert_ptr_null(find(&s, &alice));
	ck_assert_uint_eq(grant_count(s.entries, s.n_entries, "release"), 3);
	ck_assert_uint_eq(grant_count(s.entries, s.n_entries, "alpha"), 1);
	ck_assert_uint_eq(grant_count(s.entries, s.n_entries, "zzz"), 0);
	set_done(&s);
}
END_TEST

START_TEST(without_grants_nothing_is_found)
{
	const struct asker alice = {};
	struct set s;

	set_init(&s, NULL, 0);
	ck_assert_uint_eq(s.n_entries, 0);
	ck_assert_ptr_null(find(&s, &alice));
	set_done(&s);
}
END_TEST

/* --- what decide() makes of them ---------------------------------------------------------------- */

struct question {
	struct asker asker;
	struct key_rule rule;
	enum polkit_answer polkit;
	const char *action;
	bool only_shows;
	bool is_same_user;
};

static enum verdict_kind ask_decide(const struct set *set, const struct question *q,
				    struct verdict *v, struct trace *trace)
{
	const struct settings settings = {.authorization = q->is_same_user ? AUTHORIZATION_SAME_USER
									   : AUTHORIZATION_POLKIT};
	const struct key key = {
		.name = (char *)(q->asker.key ? q->asker.key : "release"),
		.token = (char *)"hsm",
		.info = {.type = KEY_TYPE_P256, .bits = 256},
		.rule = &q->rule,
	};
	struct caller caller;
	struct ask ask;
	const struct situation s = {
		.settings = &settings,
		.caller = &caller,
		.ask = &ask,
		.action = q->action ? q->action : "org.signetd.sign",
		.key = &key,
		.agent_uid = 980,
		.now_usec = NOW,
		.polkit = q->polkit,
		.grants = set->entries,
		.n_grants = set->n_entries,
		.trace = trace,
	};

	fill_caller(&q->asker, &caller);
	ask_init(&ask);
	ask.is_forwarded = q->asker.is_forwarded;
	if (!q->only_shows) {
		ask.algorithm = ALGORITHM_ECDSA;
		ask.hash = HASH_SHA256;
		ask.input = INPUT_DIGEST;
		(void)snprintf(ask.purpose, sizeof(ask.purpose), "%s",
			       q->asker.purpose ? q->asker.purpose : "digest");
	}
	decide(&s, v);
	return v->kind;
}

#define ACTIVE \
	.rule = {.name = (char *)"release", .path = (char *)"/k.conf", .state = KEY_STATE_ACTIVE}

START_TEST(a_grant_is_the_answer_before_polkit_is_asked)
{
	static const struct draft draft = {DIGEST, .uid = ALICE};
	struct question q = {ACTIVE};
	struct verdict v;
	struct set s;

	set_init(&s, &draft, 1);
	ck_assert_int_eq(ask_decide(&s, &q, &v, NULL), VERDICT_ALLOW);
	ck_assert_int_eq(v.authority, AUTHORITY_GRANT);
	ck_assert_ptr_nonnull(strstr(v.reason, "/etc/signet/grants.d/g.conf"));
	q.polkit = POLKIT_ANSWER_NO;
	ck_assert_int_eq(ask_decide(&s, &q, &v, NULL), VERDICT_ALLOW);
	set_done(&s);
}
END_TEST

START_TEST(a_grant_is_for_signing_alone)
{
	static const struct draft draft = {DIGEST, .uid = ALICE};
	struct question q = {ACTIVE, .action = "org.signetd.unlock"};
	struct verdict v;
	struct set s;

	set_init(&s, &draft, 1);
	ck_assert_int_eq(ask_decide(&s, &q, &v, NULL), VERDICT_ASK);
	q.action = NULL;
	q.only_shows = true;
	ck_assert_int_eq(ask_decide(&s, &q, &v, NULL), VERDICT_ASK);
	q.only_shows = false;
	q.is_same_user = true;
	ck_assert_int_eq(ask_decide(&s, &q, &v, NULL), VERDICT_DENY);
	set_done(&s);
}
END_TEST

START_TEST(the_limits_of_a_key_hold_for_a_grant)
{
	static const struct draft draft = {DIGEST, .uid = ALICE};
	struct question q = {ACTIVE};
	struct verdict v;
	struct set s;

	set_init(&s, &draft, 1);
	q.rule.state = KEY_STATE_SUSPENDED;
	ck_assert_int_eq(ask_decide(&s, &q, &v, NULL), VERDICT_DENY);
	ck_assert_int_eq(v.authority, AUTHORITY_KEY_FILE);
	q.rule.state = KEY_STATE_ACTIVE;
	q.rule.not_after = NOW;
	ck_assert_int_eq(ask_decide(&s, &q, &v, NULL), VERDICT_DENY);
	q.rule.not_after = 0;
	q.rule.quorum = 2;
	ck_assert_int_eq(ask_decide(&s, &q, &v, NULL), VERDICT_QUORUM);
	set_done(&s);
}
END_TEST

/* --- the trace ---------------------------------------------------------------------------------- */

static const struct trace_step *last_step(const struct trace *t)
{
	ck_assert_uint_gt(t->n, 0);
	return &t->steps[t->n - 1];
}

START_TEST(a_trace_ends_with_what_decided)
{
	static const struct draft draft = {DIGEST, .uid = ALICE};
	static struct trace t;
	struct question q = {ACTIVE};
	struct verdict v;
	struct set s;

	set_init(&s, &draft, 1);
	t.n = 0;
	(void)ask_decide(&s, &q, &v, &t); /* the verdict is in v as well */
	ck_assert_str_eq(t.steps[0].name, "State");
	ck_assert_int_eq(t.steps[0].result, TRACE_RESULT_PASSED);
	ck_assert_str_eq(last_step(&t)->name, "grant");
	ck_assert_int_eq(last_step(&t)->result, TRACE_RESULT_ALLOWED);
	ck_assert_str_eq(last_step(&t)->source, "/etc/signet/grants.d/g.conf");
	q.asker.uid = BOB;
	t.n = 0;
	(void)ask_decide(&s, &q, &v, &t); /* the same */
	ck_assert_str_eq(last_step(&t)->name, "polkit");
	ck_assert_int_eq(last_step(&t)->result, TRACE_RESULT_ASKS);
	ck_assert_int_eq(t.steps[t.n - 2].result, TRACE_RESULT_NONE);
	q.polkit = POLKIT_ANSWER_NO;
	q.rule.not_after = NOW;
	t.n = 0;
	(void)ask_decide(&s, &q, &v, &t); /* the same */
	ck_assert_str_eq(last_step(&t)->name, "NotAfter");
	ck_assert_int_eq(last_step(&t)->result, TRACE_RESULT_REFUSED);
	ck_assert_str_eq(last_step(&t)->text, v.reason);
	set_done(&s);
}
END_TEST

/* --- removing a permission never allows more ----------------------------------------------------- */

static uint64_t seed = 88172645463325252u;

static unsigned any(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed % n);
}

static const char *const some_keys[] = {"release", "ci"};
static const char *const some_purposes[] = {"digest", "cms", "sshsig:git", "sshsig:*"};
static const char *const some_units[] = {"a.service", "b@.service", "b@1.service"};
static const char *const some_slices[] = {"a.slice", "b.slice"};

static void any_words(const char **words, const char *const *from, unsigned n, unsigned least)
{
	unsigned how_many = least + any(3);

	for (unsigned i = 0; i < how_many; i++)
		words[i] = from[any(n)];
}

static void any_draft(struct draft *d)
{
	*d = (struct draft){.id = "g"};
	any_words(d->keys, some_keys, array_len(some_keys), 1);
	any_words(d->purposes, some_purposes, array_len(some_purposes), 1);
	if (any(2))
		any_words(d->units, some_units, array_len(some_units), 0);
	if (any(4) == 0)
		any_words(d->slices, some_slices, array_len(some_slices), 0);
	if (any(2))
		d->uid = any(2) ? ALICE : BOB;
	if (any(3) == 0)
		d->gid = TEAM;
	if (!d->units[0] && !d->slices[0] && d->uid == 0 && d->gid == 0)
		d->uid = ALICE; /* a file that names nobody is refused */
	d->not_before = any(4) == 0 ? NOW - 5 + any(10) : 0;
	d->not_after = any(4) == 0 ? NOW - 5 + any(10) : 0;
	d->may_be_forwarded = any(2);
}

static void any_question(struct question *q)
{
	static const enum polkit_answer answers[] = {POLKIT_ANSWER_NONE, POLKIT_ANSWER_NO,
						     POLKIT_ANSWER_SILENCE};

	*q = (struct question){ACTIVE};
	q->polkit = answers[any(array_len(answers))];
	q->asker = (struct asker){
		.uid = any(2) ? ALICE : BOB,
		.group = any(2) ? TEAM : 0,
		.unit = any(3) ? some_units[any(2) * 2] : NULL,
		.slice = any(2) ? some_slices[any(2)] : NULL,
		.key = some_keys[any(2)],
		.purpose = some_purposes[any(3)],
		.is_forwarded = any(4) == 0,
	};
	if (any(5) == 0)
		q->rule.state = KEY_STATE_SUSPENDED;
	if (any(5) == 0)
		q->rule.quorum = 2;
}

static void drop_last(const char **words)
{
	for (unsigned i = WORDS; i-- > 0;) {
		if (!words[i])
			continue;
		words[i] = NULL;
		return;
	}
}

/* One permission less: a line that restricts, or a word that allowed something. */
static void restrict_draft(struct draft *d)
{
	switch (any(9)) {
	case 0:
		if (!d->units[0])
			d->units[0] = some_units[any(array_len(some_units))];
		break;
	case 1:
		if (!d->slices[0])
			d->slices[0] = some_slices[any(2)];
		break;
	case 2:
		if (d->uid == 0 && d->gid == 0)
			d->uid = BOB;
		break;
	case 3:
		if (d->not_before <= NOW)
			d->not_before = NOW + any(2);
		break;
	case 4:
		if (d->not_after == 0 || d->not_after > NOW)
			d->not_after = NOW;
		break;
	case 5:
		d->may_be_forwarded = false;
		break;
	case 6:
		if (d->purposes[1])
			drop_last(d->purposes);
		break;
	case 7:
		if (d->keys[1])
			drop_last(d->keys);
		break;
	case 8:
		if (d->uid != 0 && d->gid != 0)
			d->gid = 0;
		break;
	}
}

START_TEST(a_grant_less_and_a_line_more_never_allow_more)
{
	unsigned n_allowed = 0, n_denied_now = 0;

	for (unsigned round = 0; round < 40000; round++) {
		struct draft drafts[WORDS - 1];
		size_t n = 1 + any(array_len(drafts));
		enum verdict_kind before, after;
		struct question q;
		struct verdict v;
		unsigned which;
		struct set s;

		for (size_t i = 0; i < n; i++)
			any_draft(&drafts[i]);
		any_question(&q);
		set_init(&s, drafts, n);
		before = ask_decide(&s, &q, &v, NULL);
		set_done(&s);
		which = any((unsigned)n);
		if (any(3) == 0)
			drafts[which] = drafts[--n];
		else
			restrict_draft(&drafts[which]);
		set_init(&s, drafts, n);
		after = ask_decide(&s, &q, &v, NULL);
		set_done(&s);
		n_allowed += before == VERDICT_ALLOW;
		n_denied_now += before == VERDICT_ALLOW && after != VERDICT_ALLOW;
		ck_assert_msg(after != VERDICT_ALLOW || before == VERDICT_ALLOW,
			      "round %u: %d before, allowed now", round, before);
		ck_assert_msg(after != VERDICT_QUORUM || before == VERDICT_QUORUM,
			      "round %u: %d before, approvals would do now", round, before);
	}
	ck_assert_uint_gt(n_allowed, 2000);
	ck_assert_uint_gt(n_denied_now, 300);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_grant_fits_whom_it_names_and_nobody_else,
		grants_are_found_under_each_of_their_keys_in_the_order_of_their_ids,
		without_grants_nothing_is_found,
		a_grant_is_the_answer_before_polkit_is_asked,
		a_grant_is_for_signing_alone,
		the_limits_of_a_key_hold_for_a_grant,
		a_trace_ends_with_what_decided,
		a_grant_less_and_a_line_more_never_allow_more,
	};

	return unit_run("grant", tests, array_len(tests));
}
