/*
 * agent.h - what lives in signetd, and for how long
 *
 * One struct agent owns the rooms and connects them: it hands frames to requests, tells requests
 * that wait about tokens that changed, replaces the rules on reload, and knows when nothing is
 * left to do.
 */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include <stdbool.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "agent/audit/journal.h"
#include "agent/base/cleanup.h"
#include "agent/base/limits.h"
#include "agent/base/list.h"
#include "agent/peer/listener.h"
#include "agent/peer/quota.h"
#include "agent/policy/polkit.h"
#include "agent/policy/quorum.h"
#include "agent/policy/rules.h"
#include "agent/policy/uses.h"
#include "agent/token/keys.h"
#include "agent/token/pool.h"

#define AGENT_LISTENERS_MAX 4u

struct agent_paths {
	const char *config; /* borrowed from argv, as all of them */
	const char *runtime;
	const char *journal; /* NULL: journald's own socket */
	const char *state;   /* NULL: nothing is kept */
};

/* How many events of a kind there were in the second that began then. */
struct notes {
	uint64_t since_usec;
	unsigned n;
};

struct agent {
	sd_event *event; /* owned */
	struct agent_paths paths;
	uid_t uid; /* our own */
	uint64_t started_usec;
	struct rules *rules; /* owned; in force, never NULL once running */
	char refusal[512];   /* "FILE:LINE: WHAT" of the last configuration that was refused */
	struct keys *keys;   /* owned; made of pool and rules */
	struct pool *pool;   /* owned, as all rooms below */
	struct polkit *polkit;
	struct uses *uses;
	struct journal *journal;
	struct quota *quota;
	struct quorum *quorum;    /* requests that wait for approvals */
	sd_event_source *expiry;  /* owned; when time changes one of them */
	bool has_appeals_changed; /* to be looked at when the loop turns */
	struct listener *listeners[AGENT_LISTENERS_MAX];
	size_t n_listeners;
	struct list conns; /* struct agent_conn */
	size_t n_conns;
	struct list requests; /* alive */
	size_t n_requests;
	struct list dead;         /* requests that are over; freed when the loop turns */
	bool has_noted_missing;   /* what the kernel cannot tell about callers */
	struct notes peer_notes;  /* of what peers did */
	struct notes token_notes; /* of what tokens did */
	sd_event_source *idle;    /* owned; on while nothing is connected and IdleExitSec= is set */
	sd_event_source *drain;   /* owned; set once we are stopping */
	bool is_activated;        /* systemd holds the sockets and starts us again */
};

/*
 * What ssh has said about a connection with session-bind@openssh.com. It can only take away: once
 * forwarded, always forwarded.
 */
struct binding {
	uint8_t session[SSH_SESSION_MAX]; /* the last ssh session that it was bound to */
	size_t session_size;              /* 0: to none */
	bool is_for_login;                /* that was to log in there, and is the last binding */
	bool is_forwarded;                /* frames may come from another host */
};

/* A connection, in the order of their last frames. */
struct agent_conn {
	struct list link;
	struct agent *agent;     /* borrowed */
	struct conn *conn;       /* owned, unless its request took it over */
	struct request *request; /* borrowed; the one under way, or NULL */
	bool is_leaving;         /* it was told to go */
	struct binding binding;
};

static inline struct agent_conn *agent_conn_of(struct conn *c)
{
	return conn_user(c);
}

/*
 * Loads the rules and makes all rooms; listens on nothing yet. -EINVAL if the configuration is
 * refused (it was logged).
 */
int agent_new(const struct agent_paths *paths, struct agent **ret);
struct agent *agent_free(struct agent *a);
DEFINE_FREEP(struct agent, agent_free)

/* Takes over a listening socket, also on failure. */
int agent_listen(struct agent *a, int fd);

/* Serves until it is told to stop. */
int agent_run(struct agent *a);
/*
 * One turn of the loop is over, part of agent_run(): signatures become records, and the jobs and
 * records of this turn leave, each kind together: one wake-up of their receiver for many.
 */
void agent_turn(struct agent *a);

/*
 * Reads the configuration again. False if it is refused: then the old one stays in force, and refusal
 * says what is wrong.
 */
bool agent_reload(struct agent *a);

/* Accepts nothing more and exits the loop when the requests under way have ended, or soon. */
void agent_stop(struct agent *a);

/* Records an event that is no request and that nobody can cause at will. */
void agent_note(struct agent *a, const struct record *record);

/* A request was freed: perhaps that was the last thing to do. */
void agent_consider_idle(struct agent *a);

#endif
