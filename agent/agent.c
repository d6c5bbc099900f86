/*
 * agent.c - what lives in signetd, and how the rooms hear of each other
 *
 * Connections are borrowed by their request while it is under way; one that has lost its peer is
 * then freed by the request, all others here.
 */
#include "agent/agent.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "agent/approval.h"
#include "agent/base/clock.h"
#include "agent/base/fd.h"
#include "agent/base/log.h"
#include "agent/base/text.h"
#include "agent/request.h"

/* So many events are served before what they led to is sent; the rest waits for the next turn. */
#define TURN_EVENTS_MAX 64
/* Requests under way may still end after a stop signal, but not for ever. */
#define DRAIN_USEC (5 * USEC_PER_SEC)

/* --- rules and keys --------------------------------------------------------------------------------- */

/*
 * Events that others can cause are not let to fill the journal: what is left out is counted. Each kind
 * has a share of its own, so that nobody keeps anything but his own out of it.
 */
static bool may_note(struct notes *notes)
{
	uint64_t now = clock_boottime_usec();

	if (now - notes->since_usec >= USEC_PER_SEC) {
		if (notes->n > NOTES_PER_SEC_MAX)
			log_warning("%u more events were not recorded",
				    notes->n - NOTES_PER_SEC_MAX);
		notes->since_usec = now;
		notes->n = 0;
	}
	return ++notes->n <= NOTES_PER_SEC_MAX;
}

void agent_note(struct agent *a, const struct record *event)
{
	struct record record = *event;
	int r;

	record.policy = a->rules->hash;
	r = journal_note(a->journal, &record);
	if (r < 0)
		log_error("an event could not be recorded: %s", strerror(-r));
}

/* Makes the table of keys anew; on failure the old one stays. */
static int make_keys(struct agent *a, const struct rules *rules)
{
	struct keys *keys;
	int r;

	r = keys_new(a->pool, rules->keys, rules->n_keys, &keys);
	if (r < 0)
		return r;
	for (size_t i = 0; i < keys->n_problems; i++)
		log_warning("%s", keys->problems[i]);
	(void)keys_free(a->keys);
	a->keys = keys;
	return 0;
}

/* Says why a configuration is not taken: in a record, or in a line while there is no journal yet. */
static void refuse_config(struct agent *a, int error, const struct rules_error *e)
{
	const struct record record = {
		.kind = RECORD_CONFIG_REFUSED,
		.reason = e->what[0] ? e->what : strerror(-error),
		.file = e->path ? e->path : a->paths.config,
		.line = e->line,
	};

	if (a->journal)
		agent_note(a, &record);
	else
		log_error("%s", a->refusal);
}

/* "FILE:LINE: WHAT", or without the line if it is about the file as a whole. */
static void describe_error(struct agent *a, int error, const struct rules_error *e)
{
	const char *path = e->path ? e->path : a->paths.config;
	const char *what = e->what[0] ? e->what : strerror(-error);

	/* What is cut shows. */
	if (e->line > 0)
		(void)snprintf(a->refusal, sizeof(a->refusal), "%s:%u: %s", path, e->line, what);
	else
		(void)snprintf(a->refusal, sizeof(a->refusal), "%s: %s", path, what);
}

static int load_rules(struct agent *a, struct rules **ret)
{
	struct rules_error error = {};
	int r;

	r = rules_load(a->paths.config, ret, &error);
	if (r < 0) {
		describe_error(a, r, &error);
		refuse_config(a, r, &error);
	}
	rules_error_done(&error);
	return r;
}

static void apply_times(struct agent *a)
{
	const struct settings *s = &a->rules->settings;

	polkit_set_times(a->polkit, s->polkit_usec, s->interactive_usec, s->keep_usec);
}

static int adopt(struct agent *a, struct rules *rules)
{
	int r;

	/* The keys point into their rules, so they change together, and before the old ones go. */
	r = make_keys(a, rules);
	if (r < 0)
		return r;
	(void)rules_free(a->rules);
	a->rules = rules;
	return 0;
}

/* The rules have changed: all that was made of the old ones is made anew. */
static void follow_rules(struct agent *a)
{
	const struct record record = {.kind = RECORD_CONFIG_LOADED, .reason = a->rules->hash};

	apply_times(a);
	if (pool_configure(a->pool, a->rules->tokens, a->rules->settings.token_usec) < 0 ||
	    make_keys(a, a->rules) < 0)
		log_error("memory is short: the tokens stay as they were until the next reload");
	agent_note(a, &record);
	approval_changed(a);
}

bool agent_reload(struct agent *a)
{
	_cleanup_(rules_freep) struct rules *rules = NULL;
	int r;

	(void)sd_notifyf(false, "RELOADING=1\nMONOTONIC_USEC=%llu",
			 (unsigned long long)clock_monotonic_usec());
	(void)snprintf(a->refusal, sizeof(a->refusal), "signetd is short of memory"); /* fits */
	r = load_rules(a, &rules);
	if (r == 0)
		r = adopt(a, rules);
	if (r == 0) {
		rules = NULL; /* they are in force: the agent owns them */
		follow_rules(a);
		(void)sd_notify(false, "READY=1\nSTATUS=");
	} else {
		log_warning("the old configuration stays in force");
		(void)sd_notify(false, "READY=1\nSTATUS=The last reload was refused; "
				       "the old configuration is in force");
	}
	agent_consider_idle(a);
	return r == 0;
}

/* --- tokens ------------------------------------------------------------------------------------------- */

static enum record_kind kind_of_change(enum token_state before, const struct token_info *t)
{
	enum token_state now = t->state;

	switch (now) {
	case TOKEN_STATE_READY:
		return before == TOKEN_STATE_LOST ? RECORD_TOKEN_BACK : RECORD_NONE;
	case TOKEN_STATE_LOST:
		return before != TOKEN_STATE_LOST ? RECORD_TOKEN_LOST : RECORD_NONE;
	case TOKEN_STATE_REFUSED_PIN:
		return before != now ? RECORD_PIN_REFUSED : RECORD_NONE;
	case TOKEN_STATE_BLOCKED:
		if (before == now)
			return RECORD_NONE;
		/* With a code of the token's a try was made; without, it is blocked as it is. */
		return t->inventory->ckr != 0 ? RECORD_PIN_REFUSED : RECORD_TOKEN_BLOCKED;
	case TOKEN_STATE_LOCKED:
	case TOKEN_STATE_NONE:
	case _TOKEN_STATE_MAX:
		break;
	}
	return RECORD_NONE;
}

static void on_token_changed(const struct token_info *t, enum token_state before, void *userdata)
{
	struct agent *a = userdata;
	const struct record record = {.kind = kind_of_change(before, t),
				      .token = t->name,
				      .reason = t->sentence};

	if (record.kind != RECORD_NONE && may_note(&a->token_notes))
		agent_note(a, &record);
	if (make_keys(a, a->rules) < 0)
		log_error("token '%s' changed, but memory is short: its keys stay as they were",
			  t->name);
	requests_wake(a);
}

static const struct pool_events pool_events = {
	.changed = on_token_changed,
};

/* --- connections -------------------------------------------------------------------------------------- */

static void drop_conn(struct agent_conn *c)
{
	list_remove(&c->link);
	c->agent->n_conns--;
	free(c);
}

static void on_frame(struct conn *c, struct view frame, int *fd, void *userdata)
{
	struct agent_conn *entry = agent_conn_of(c);

	list_remove(&entry->link);
	list_append(&entry->agent->conns, &entry->link);
	request_start(userdata, c, frame, fd);
}

/* What a peer did that ended its connection without a request that could tell of it. */
static void note_end(struct agent *a, struct conn *c, enum conn_end why)
{
	static const char *const reasons[] = {
		[CONN_END_BROKEN] =
			"a frame of an impossible length came; the connection is closed",
		[CONN_END_SLOW] = "a frame or an answer took too long; the connection is closed",
		[CONN_END_QUOTA] = "this user holds as much memory as one user may hold; "
				   "the connection is closed",
	};
	struct record record = {
		.kind = why == CONN_END_BROKEN ? RECORD_FAILED : RECORD_TURNED_AWAY,
		.operation = "unknown",
		.caller = conn_caller(c),
		.outcome = OUTCOME_FAILED,
		.count = 1,
	};

	if ((size_t)why >= array_len(reasons) || !reasons[why])
		return;
	record.reason = reasons[why];
	if (may_note(&a->peer_notes))
		agent_note(a, &record);
}

static void on_end(struct conn *c, enum conn_end why, void *userdata)
{
	struct agent *a = userdata;
	struct request *q = agent_conn_of(c)->request;

	drop_conn(agent_conn_of(c));
	note_end(a, c, why);
	if (q)
		request_hang_up(q); /* owns c from now on */
	else
		(void)conn_free(c);
	agent_consider_idle(a);
}

/* What the kernel cannot tell about any caller is noted once. What one caller hides is its own. */
static void note_missing(struct agent *a, const struct caller *c)
{
	const struct record record = {.kind = RECORD_IDENTITY, .caller = c, .reason = c->missing};

	if (a->has_noted_missing || !c->missing || !strstr(c->missing, "this kernel"))
		return;
	a->has_noted_missing = true;
	agent_note(a, &record);
}

/*
 * Idle connections may stay as long as there is room. When half of it is taken, each new one ends
 * the one that has been idle longest: so they cannot keep others out, however many users they have.
 */
static void make_room(struct agent *a)
{
	struct list *at;

	if (a->n_conns <= CONNECTIONS_MAX / 2)
		return;
	list_for_each(at, &a->conns) {
		struct agent_conn *c = container_of(at, struct agent_conn, link);

		if (c->request || c->is_leaving)
			continue;
		c->is_leaving = true;
		conn_finish(c->conn);
		return;
	}
}

static void on_conn(struct conn *c, void *userdata)
{
	struct agent *a = userdata;
	struct agent_conn *entry;

	entry = calloc(1, sizeof(*entry));
	if (!entry) {
		log_error("a connection is dropped: memory is short");
		(void)conn_free(c);
		return;
	}
	entry->agent = a;
	entry->conn = c;
	list_append(&a->conns, &entry->link);
	conn_set_user(c, entry);
	a->n_conns++;
	make_room(a);
	note_missing(a, conn_caller(c));
	agent_consider_idle(a);
}

static void on_refused(const struct caller *caller, int error, unsigned count, void *userdata)
{
	struct agent *a = userdata;
	const struct record record = {
		.kind = RECORD_TURNED_AWAY,
		.caller = caller,
		.outcome = OUTCOME_DENIED,
		.reason = error == -EDQUOT
				  ? "this user has as many connections as one user may have"
				  : strerror(-error),
		.count = count,
	};

	if (may_note(&a->peer_notes))
		agent_note(a, &record);
}

static const struct listener_events listener_events = {
	.conn = on_conn,
	.refused = on_refused,
	.conn_events = {.frame = on_frame, .end = on_end},
};

int agent_listen(struct agent *a, int fd)
{
	struct listener *l;
	int r;

	if (a->n_listeners == AGENT_LISTENERS_MAX) {
		(void)fd_close(fd);
		return -E2BIG;
	}
	r = listener_new(a->event, fd, a->quota, a->rules->settings.frame_usec, &listener_events, a,
			 &l);
	if (r < 0)
		return r;
	a->listeners[a->n_listeners++] = l;
	return 0;
}

/* --- the loop ----------------------------------------------------------------------------------------- */

static bool is_over(const struct agent *a)
{
	return sd_event_get_state(a->event) == SD_EVENT_FINISHED;
}

void agent_turn(struct agent *a)
{
	approval_turn(a);
	pool_turn(a->pool);
	journal_turn(a->journal);
	requests_reap(a);
}

/* Waits for an event, and serves with it what else is ready by then. */
static int serve_turn(struct agent *a)
{
	unsigned n = 0;
	int r;

	do
		r = sd_event_run(a->event, n == 0 ? UINT64_MAX : 0);
	while (r > 0 && ++n < TURN_EVENTS_MAX && !is_over(a));
	return r;
}

int agent_run(struct agent *a)
{
	int r = 0;

	while (r >= 0 && !is_over(a)) {
		r = serve_turn(a);
		if (!is_over(a)) /* nobody could wait for what begins now */
			agent_turn(a);
	}
	return r < 0 ? r : 0;
}

/* --- coming and going --------------------------------------------------------------------------------- */

static int on_idle(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct agent *a = userdata;

	(void)s;
	(void)usec;
	log_info("nobody is connected: exiting until the next one is");
	(void)sd_notify(false, "STOPPING=1");
	return sd_event_exit(a->event, 0);
}

static int on_drained(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct agent *a = userdata;

	(void)s;
	(void)usec;
	if (a->n_requests > 0)
		log_warning("exiting with %zu requests under way", a->n_requests);
	return sd_event_exit(a->event, 0);
}

void agent_consider_idle(struct agent *a)
{
	uint64_t usec = a->rules->settings.idle_usec;
	bool is_idle = a->n_conns == 0 && a->n_requests == 0;

	if (a->drain) {
		if (is_idle || a->n_requests == 0)
			(void)sd_event_source_set_time_relative(a->drain,
								0); /* exists: cannot fail */
		return;
	}
	if (!is_idle || !a->is_activated || usec == 0) {
		(void)sd_event_source_set_enabled(a->idle, SD_EVENT_OFF); /* exists: cannot fail */
		return;
	}
	(void)sd_event_source_set_time_relative(a->idle, usec); /* the same */
	(void)sd_event_source_set_enabled(a->idle, SD_EVENT_ONESHOT);
}

void agent_stop(struct agent *a)
{
	int r;

	if (a->drain)
		return;
	(void)sd_notify(false, "STOPPING=1");
	for (size_t i = 0; i < a->n_listeners; i++)
		a->listeners[i] = listener_free(a->listeners[i]);
	a->n_listeners = 0;
	(void)sd_event_source_set_enabled(a->idle, SD_EVENT_OFF); /* exists: cannot fail */
	r = sd_event_add_time_relative(a->event, &a->drain, CLOCK_BOOTTIME, DRAIN_USEC, 0,
				       on_drained, a);
	if (r < 0) {
		(void)sd_event_exit(a->event, 0);
		return;
	}
	agent_consider_idle(a);
}

static int make_rooms(struct agent *a)
{
	const struct settings *s = &a->rules->settings;
	int r;

	r = quota_new(&a->quota);
	if (r == 0)
		r = uses_new(a->event, a->paths.state, &a->uses);
	if (r == 0)
		r = journal_new(a->event, a->paths.journal, s->audit_usec, &a->journal);
	if (r == 0)
		r = polkit_new(a->event, &a->polkit);
	if (r == 0)
		r = pool_new(a->event, a->paths.runtime, &pool_events, a, &a->pool);
	if (r == 0)
		r = pool_configure(a->pool, a->rules->tokens, s->token_usec);
	if (r == 0)
		r = make_keys(a, a->rules);
	return r;
}

int agent_new(const struct agent_paths *paths, struct agent **ret)
{
	_cleanup_(agent_freep) struct agent *a = NULL;
	int r;

	a = calloc(1, sizeof(*a));
	if (!a)
		return -ENOMEM;
	a->paths = *paths;
	a->uid = geteuid();
	a->started_usec = clock_boottime_usec();
	list_init(&a->conns);
	list_init(&a->requests);
	list_init(&a->dead);
	r = sd_event_new(&a->event);
	if (r < 0)
		return r;
	r = load_rules(a, &a->rules);
	if (r < 0)
		return r;
	r = make_rooms(a);
	if (r < 0)
		return r;
	r = approval_open(a);
	if (r < 0)
		return r;
	r = sd_event_add_time(a->event, &a->idle, CLOCK_BOOTTIME, UINT64_MAX, 0, on_idle, a);
	if (r < 0)
		return r;
	apply_times(a);
	if (uses_problem(a->uses))
		log_warning("how often keys have signed is not known of all: %s",
			    uses_problem(a->uses));
	*ret = take_ptr(a);
	return 0;
}

struct agent *agent_free(struct agent *a)
{
	if (!a)
		return NULL;
	for (size_t i = 0; i < a->n_listeners; i++)
		(void)listener_free(a->listeners[i]);
	requests_done(a);
	while (!list_is_empty(&a->conns)) {
		struct agent_conn *c = container_of(a->conns.next, struct agent_conn, link);

		(void)conn_free(c->conn);
		drop_conn(c);
	}
	(void)sd_event_source_disable_unref(a->idle);
	(void)sd_event_source_disable_unref(a->drain);
	(void)sd_event_source_disable_unref(a->expiry);
	(void)quorum_free(a->quorum);
	(void)keys_free(a->keys);
	(void)pool_free(a->pool);
	(void)polkit_free(a->polkit);
	(void)uses_free(a->uses);
	(void)journal_free(a->journal);
	(void)quota_free(a->quota);
	(void)rules_free(a->rules);
	(void)sd_event_unref(a->event);
	free(a);
	return NULL;
}
