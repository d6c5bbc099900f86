/*
 * policy/quorum.c - see quorum.h
 */
#include "agent/policy/quorum.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/clock.h"
#include "agent/policy/quorum-file.h"
#include "agent/policy/quorum-text.h"

struct quorum {
	char *dir;  /* owned; NULL: nothing is stored */
	char *host; /* owned */
	struct list all;
};

/* --- the table ---------------------------------------------------------------------------------- */

struct quorum *quorum_free(struct quorum *q)
{
	if (!q)
		return NULL;
	while (q->all.next && !list_is_empty(&q->all))
		(void)parked_free(container_of(q->all.next, struct parked, link));
	free(q->dir);
	free(q->host);
	free(q);
	return NULL;
}

struct parked *quorum_next(const struct quorum *q, const struct parked *after)
{
	struct list *next = after ? after->link.next : q->all.next;

	return next == &q->all ? NULL : container_of(next, struct parked, link);
}

struct parked *quorum_find(const struct quorum *q, const char *id)
{
	struct parked *p = NULL;

	while ((p = quorum_next(q, p)))
		if (strcmp(p->id, id) == 0)
			return p;
	return NULL;
}

static int store(const struct quorum *q, const struct parked *p)
{
	return q->dir ? quorum_file_write(q->dir, p) : 0;
}

/* p was changed from what it was before; if that cannot be stored, it was not. */
static int commit(const struct quorum *q, struct parked *p, const struct parked *before)
{
	int r = store(q, p);

	if (r < 0)
		*p = *before;
	return r;
}

static void forget(const struct quorum *q, struct parked *p)
{
	/* What cannot be removed is over all the same, and found so at the next start. */
	if (q->dir)
		(void)quorum_file_remove(q->dir, p->id);
	(void)parked_free(p);
}

static bool has_room(const struct quorum *q, const struct parked *wanted)
{
	size_t n = 0, n_uid = 0, n_key = 0, size = parked_size(wanted), size_uid = size;
	const struct parked *p = NULL;

	while ((p = quorum_next(q, p))) {
		n++;
		size += parked_size(p);
		n_key += strcmp(p->key, wanted->key) == 0;
		if (p->uid != wanted->uid)
			continue;
		n_uid++;
		size_uid += parked_size(p);
	}
	return n < PARKED_MAX && n_uid < PARKED_UID_MAX && n_key < PARKED_KEY_MAX &&
	       size <= PARKED_BYTES_MAX && size_uid <= PARKED_UID_BYTES_MAX;
}

int quorum_park(struct quorum *q, struct parked *p, bool *ret_has_room)
{
	int r;

	*ret_has_room = has_room(q, p);
	if (!*ret_has_room)
		return 0;
	r = store(q, p);
	if (r == 0)
		list_append(&q->all, &p->link);
	return r;
}

/* --- who may say what --------------------------------------------------------------------------- */

/* Of two, one may be known by the uid alone, and the other by the name: the list of keys has both. */
static bool is_one_person(const struct key_rule *rule, const struct person *a,
			  const struct person *b)
{
	if (person_is_same(a, b))
		return true;
	for (size_t i = 0; i < rule->n_approver_keys; i++)
		if (person_is_same(&rule->approver_keys[i].person, a) &&
		    person_is_same(&rule->approver_keys[i].person, b))
			return true;
	return false;
}

static bool has_approved(const struct parked *p, const struct key_rule *rule,
			 const struct person *who)
{
	for (size_t i = 0; i < p->n_approvals; i++)
		if (is_one_person(rule, &p->approvals[i].person, who))
			return true;
	return false;
}

enum judgement quorum_judge(const struct parked *p, const struct key_rule *rule,
			    const struct person *who, const struct caller *caller, bool is_denied)
{
	if (!rule || (caller && !people_has(&rule->approvers, caller)))
		return JUDGEMENT_STRANGER;
	if (who->uid == p->uid)
		return JUDGEMENT_REQUESTER;
	switch (p->state) {
	case PARKED_PENDING:
		break;
	case PARKED_APPROVED:
		return is_denied ? JUDGEMENT_MAY : JUDGEMENT_ENOUGH;
	case PARKED_VETOED:
	case PARKED_EXPIRED:
	case PARKED_VOIDED:
	case PARKED_WITHDRAWN:
	case PARKED_NONE:
	case _PARKED_STATE_MAX:
		return JUDGEMENT_OVER;
	}
	return !is_denied && has_approved(p, rule, who) ? JUDGEMENT_TWICE : JUDGEMENT_MAY;
}

/* --- saying it ---------------------------------------------------------------------------------- */

char *quorum_text_of(const struct quorum *q, const struct parked *p, bool is_denied,
		     const struct window *window)
{
	return quorum_text(p, q->host, is_denied, window);
}

static int hash_text(const struct quorum *q, const struct parked *p, const struct window *window,
		     uint8_t ret[crypto_hash_sha256_BYTES])
{
	_cleanup_(freep) char *text = quorum_text(p, q->host, false, window);

	if (!text)
		return -ENOMEM;
	(void)crypto_hash_sha256(ret, (const uint8_t *)text, strlen(text)); /* always 0 */
	return 0;
}

/* The time and number that all agree on; none if one of them agreed to this request alone. */
static struct window agreed_window(const struct parked *p)
{
	struct window agreed = p->asked;

	for (size_t i = 0; i < p->n_approvals; i++) {
		const struct window *w = &p->approvals[i].window;

		if (!window_is_set(&p->asked) && !window_is_set(w))
			return (struct window){};
		agreed = window_narrow(&agreed, w);
	}
	return agreed;
}

static void become_approved(struct parked *p, uint64_t now_usec)
{
	struct window w = agreed_window(p);

	p->state = PARKED_APPROVED;
	if (!window_is_set(&w))
		return;
	p->open_until_usec = now_usec + w.usec;
	p->n_left = w.signatures;
}

int quorum_approve(struct quorum *q, struct parked *p, const struct person *who,
		   bool is_by_signature, const struct window *window, uint64_t now_usec)
{
	const struct parked before = *p;
	struct approval a = {
		.person = *who,
		.is_by_signature = is_by_signature,
		.window = *window,
		.at_usec = now_usec,
	};
	int r;

	r = hash_text(q, p, window, a.text);
	if (r < 0)
		return r;
	p->approvals[p->n_approvals++] = a;
	if (p->n_approvals >= p->needed)
		become_approved(p, now_usec);
	return commit(q, p, &before);
}

static int end(struct quorum *q, struct parked *p, enum parked_state state, uint64_t now_usec)
{
	const struct parked before = *p;

	p->state = state;
	p->ended_usec = now_usec;
	return commit(q, p, &before);
}

int quorum_veto(struct quorum *q, struct parked *p, uint64_t now_usec)
{
	return end(q, p, PARKED_VETOED, now_usec);
}

int quorum_withdraw(struct quorum *q, struct parked *p, uint64_t now_usec)
{
	return end(q, p, PARKED_WITHDRAWN, now_usec);
}

/* --- where it stands ---------------------------------------------------------------------------- */

static bool is_open(const struct parked *p, uint64_t now_usec)
{
	return p->state == PARKED_APPROVED && now_usec < p->open_until_usec && p->n_left > 0;
}

static bool is_same(const struct parked *p, const struct petition *t)
{
	return parked_is_same(p, t->key_id, t->ask) && p->asked.usec == t->asked.usec &&
	       p->asked.signatures == t->asked.signatures;
}

/* A caller of whom neither unit nor session is known could be anything of that user's. */
static bool is_covered(const struct parked *p, const struct petition *t, uint64_t now_usec)
{
	return is_open(p, now_usec) && t->ask->n_items > 0 && t->ask->n_items <= p->n_left &&
	       (p->unit || p->session) && memcmp(p->key_id, t->key_id, KEY_ID_SIZE) == 0 &&
	       strcmp(p->ask.purpose, t->ask->purpose) == 0;
}

static enum quorum_standing stands(const struct parked *p, const struct petition *t,
				   uint64_t now_usec)
{
	if (!parked_is_of(p, t->caller, t->is_forwarded) || strcmp(p->policy, t->policy) != 0)
		return QUORUM_STANDING_NONE;
	if (is_same(p, t)) {
		if (p->state == PARKED_VETOED)
			return QUORUM_STANDING_VETOED;
		if (p->state == PARKED_PENDING && now_usec < p->expires_usec)
			return QUORUM_STANDING_PENDING;
		if (p->state == PARKED_APPROVED && !p->is_used && now_usec < p->expires_usec)
			return QUORUM_STANDING_APPROVED;
		if (t->ask->n_items == 0 && is_open(p, now_usec))
			return QUORUM_STANDING_WINDOW;
	}
	return is_covered(p, t, now_usec) ? QUORUM_STANDING_WINDOW : QUORUM_STANDING_NONE;
}

enum quorum_standing quorum_standing(const struct quorum *q, const struct petition *t,
				     uint64_t now_usec, struct parked **ret)
{
	static const unsigned rank[_QUORUM_STANDING_MAX] = {
		[QUORUM_STANDING_VETOED] = 4,
		[QUORUM_STANDING_APPROVED] = 3,
		[QUORUM_STANDING_WINDOW] = 2,
		[QUORUM_STANDING_PENDING] = 1,
	};
	enum quorum_standing best = QUORUM_STANDING_NONE;
	struct parked *p = NULL;

	*ret = NULL;
	while ((p = quorum_next(q, p))) {
		enum quorum_standing one = stands(p, t, now_usec);

		if (rank[one] <= rank[best])
			continue;
		best = one;
		*ret = p;
	}
	return best;
}

/* --- using it up -------------------------------------------------------------------------------- */

int quorum_take(struct quorum *q, struct parked *p, enum quorum_standing standing, size_t n,
		struct pass *ret)
{
	const struct parked before = *p;
	struct pass pass = {.standing = standing, .n_window = n < p->n_left ? n : p->n_left};
	int r;

	if (standing == QUORUM_STANDING_APPROVED)
		p->is_used = true;
	p->n_left -= pass.n_window;
	r = commit(q, p, &before);
	if (r < 0)
		return r;
	p->n_taken++;
	memcpy(pass.id, p->id, sizeof(pass.id));
	memcpy(pass.policy, p->policy, sizeof(pass.policy));
	*ret = pass;
	return 0;
}

void quorum_settle(struct quorum *q, const struct pass *pass, bool is_unused)
{
	struct parked *p = quorum_find(q, pass->id), before;

	if (!p)
		return;
	p->n_taken--;
	if (!is_unused || p->state != PARKED_APPROVED)
		return;
	before = *p;
	if (pass->standing == QUORUM_STANDING_APPROVED)
		p->is_used = false;
	p->n_left += pass->n_window;
	(void)commit(q, p, &before); /* then they are lost, as by a crash */
}

/* --- what time does ----------------------------------------------------------------------------- */

/* A veto holds as long as the request would have; so nobody asks until somebody agrees. */
static uint64_t forget_usec(const struct parked *p)
{
	uint64_t kept = p->ended_usec + PARKED_KEPT_SEC * USEC_PER_SEC;

	return p->state == PARKED_VETOED && p->expires_usec > kept ? p->expires_usec : kept;
}

static bool is_live(const struct parked *p)
{
	return p->state == PARKED_PENDING || p->state == PARKED_APPROVED;
}

/* When there is something to do about it. */
static uint64_t due_usec(const struct parked *p)
{
	if (!is_live(p))
		return forget_usec(p);
	if (p->state == PARKED_PENDING)
		return p->expires_usec;
	if (p->n_taken > 0)
		return UINT64_MAX; /* quorum_settle() comes first */
	if (p->n_left > 0)
		return !p->is_used && p->expires_usec > p->open_until_usec ? p->expires_usec
									   : p->open_until_usec;
	return p->is_used ? 0 : p->expires_usec;
}

uint64_t quorum_due_usec(const struct quorum *q)
{
	const struct parked *p = NULL;
	uint64_t due = UINT64_MAX;

	while ((p = quorum_next(q, p)))
		if (due_usec(p) < due)
			due = due_usec(p);
	return due;
}

/* What a live request becomes; NONE: it stays, or is forgotten without a word. */
static enum quorum_change change_of(const struct parked *p, uint64_t now_usec, const char *policy)
{
	if (!is_live(p))
		return QUORUM_CHANGE_NONE;
	if (strcmp(p->policy, policy) != 0)
		return QUORUM_CHANGE_VOIDED;
	if (due_usec(p) > now_usec)
		return QUORUM_CHANGE_NONE;
	if (p->open_until_usec > 0)
		return QUORUM_CHANGE_CLOSED;
	return p->is_used ? QUORUM_CHANGE_NONE : QUORUM_CHANGE_EXPIRED;
}

/* It has ended in memory whether or not that can be stored: the next start comes to the same. */
static void end_by(struct quorum *q, struct parked *p, enum quorum_change change, uint64_t now_usec)
{
	p->state = change == QUORUM_CHANGE_VOIDED ? PARKED_VOIDED : PARKED_EXPIRED;
	p->ended_usec = now_usec;
	(void)store(q, p);
}

const struct parked *quorum_overdue(struct quorum *q, uint64_t now_usec, const char *policy,
				    enum quorum_change *ret)
{
	struct parked *p = quorum_next(q, NULL), *next;

	for (; p; p = next) {
		next = quorum_next(q, p);
		*ret = change_of(p, now_usec, policy);
		if (*ret != QUORUM_CHANGE_NONE) {
			end_by(q, p, *ret, now_usec);
			return p;
		}
		if (p->n_taken == 0 && due_usec(p) <= now_usec)
			forget(q, p);
	}
	return NULL;
}

/* --- coming back -------------------------------------------------------------------------------- */

/* What nobody but us can have written, and what would count for more than it is worth. */
static bool is_genuine(const struct quorum *q, const struct parked *p)
{
	uint8_t text[crypto_hash_sha256_BYTES];

	for (size_t i = 0; i < p->n_approvals; i++) {
		const struct approval *a = &p->approvals[i];

		if (hash_text(q, p, &a->window, text) < 0 ||
		    memcmp(text, a->text, sizeof(text)) != 0 || a->person.uid == p->uid)
			return false;
		for (size_t k = 0; k < i; k++)
			if (person_is_same(&p->approvals[k].person, &a->person))
				return false;
	}
	return true;
}

static void take_stored(struct parked *p, void *userdata)
{
	struct quorum *q = userdata;

	list_append(&q->all, &p->link);
}

/* Those approved under another machine id, say, are as good as not there. */
static size_t drop_forged(struct quorum *q)
{
	struct parked *p = quorum_next(q, NULL), *next;
	size_t n = 0;

	for (; p; p = next) {
		next = quorum_next(q, p);
		if (is_genuine(q, p))
			continue;
		(void)parked_free(p);
		n++;
	}
	return n;
}

int quorum_new(const char *dir, const char *host, struct quorum **ret, char **ret_broken,
	       size_t *ret_n_broken)
{
	_cleanup_(quorum_freep) struct quorum *q = calloc(1, sizeof(*q));
	int r = 0;

	if (!q)
		return -ENOMEM;
	list_init(&q->all);
	q->host = strdup(host);
	if (dir)
		q->dir = strdup(dir);
	if (!q->host || (dir && !q->dir))
		return -ENOMEM;
	*ret_broken = NULL;
	*ret_n_broken = 0;
	if (dir)
		r = quorum_file_load(dir, take_stored, q, ret_broken, ret_n_broken);
	if (r < 0)
		return r;
	*ret_n_broken += drop_forged(q);
	*ret = take_ptr(q);
	return 0;
}
