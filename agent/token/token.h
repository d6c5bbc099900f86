/*
 * token/token.h - one token: its channel, its keys, and who waits for it; for token/ only
 *
 * A ticket is one request's wish: items to sign, or one unlock or lock. It is in exactly one of
 * three places: a user's queue (items are left to hand out), nowhere but its jobs under way, or the
 * list of finished ones, from which the loop calls back. A job under way whose ticket was cancelled
 * keeps its slot until its answer comes or the channel is closed.
 */
#ifndef AGENT_TOKEN_TOKEN_H
#define AGENT_TOKEN_TOKEN_H

#include "agent/base/list.h"
#include "agent/token/pool.h"

/*
 * For each session one job that runs and one that waits in front of it. Of a quick token's jobs
 * more may wait: it takes no time, and we are woken less often.
 */
#define JOBS_SLOW_MAX 2u
#define JOBS_QUICK_MAX 6u
#define JOBS_SIGN_MAX (JOBS_QUICK_MAX * TOKEN_SESSIONS_MAX)
/* And one unlock and one lock, which need no session. */
#define JOBS_MAX (JOBS_SIGN_MAX + 2u)

struct pool_ticket {
	struct list link;    /* in a user's tickets, or among the finished, or nowhere */
	struct token *token; /* borrowed; NULL once finished */
	struct user *user;   /* borrowed; NULL if nothing of it is queued */
	uint8_t key_id[KEY_ID_SIZE];
	size_t signature_size;       /* 0: unlock or lock */
	const struct ask *ask;       /* borrowed; NULL for unlock and lock */
	size_t next;                 /* index of the first item not handed out */
	size_t open;                 /* items without a result */
	struct pool_results results; /* owned */
	pool_callback callback;      /* NULL once cancelled */
	void *userdata;
};

struct pool_ticket *ticket_free(struct pool_ticket *t);
DEFINE_FREEP(struct pool_ticket, ticket_free)

struct job {
	uint64_t id;                /* 0: the slot is free */
	struct pool_ticket *ticket; /* borrowed; NULL once cancelled */
	size_t item;
	uint64_t started_usec;
	uint64_t deadline_usec;
};

/* What a token tells its pool. */
struct token_events {
	void (*changed)(struct token *t, enum token_state before, void *userdata);
	/* All items have a result; the callee owns the ticket now. Called from anywhere. */
	void (*finished)(struct pool_ticket *ticket, void *userdata);
};

struct token {
	sd_event *event;                   /* owned reference */
	const struct token_events *events; /* borrowed */
	void *userdata;
	char *name; /* owned */
	char *path; /* owned; of the socket */
	uint64_t timeout_usec;
	struct channel *channel;    /* owned; NULL while there is none */
	struct inventory inventory; /* owned */
	bool has_state;             /* this channel has sent one */
	bool is_settled;
	bool is_late;       /* it takes its time to come up, or did not last time */
	char why_lost[192]; /* while there is no channel */
	uint64_t backoff_usec;
	uint64_t retry_usec; /* no attempt before; 0: at once */
	uint64_t opened_usec;
	struct list users; /* whose turn it is stands first */
	size_t n_queued;   /* items */
	uint64_t last_id;
	struct job jobs[JOBS_MAX];
	bool is_quick;             /* it answered the last job soon */
	sd_event_source *deadline; /* owned; on while an answer or a first state is awaited */
};

int token_new(sd_event *event, const char *runtime_dir, const char *name,
	      const struct token_events *events, void *userdata, struct token **ret);
struct token *token_free(struct token *t); /* no tickets may be left: token_lose() first */
DEFINE_FREEP(struct token, token_free)

struct token_info token_info(const struct token *t);

/* Opens a channel if there is none and the back-off allows it. */
void token_wake(struct token *t);
/* Sends the jobs that were handed out. */
void token_send(struct token *t);
/* Closes the channel and ends every ticket. */
void token_lose(struct token *t, const char *why);

/* Queues a filled-in ticket, which the token holds from now on. */
int token_queue(struct token *t, struct pool_ticket *ticket, uid_t uid);
/* Sends an unlock (with *pin_fd, see pool.h) or a lock (pin_fd NULL). -EBUSY. */
int token_control(struct token *t, struct pool_ticket *ticket, int *pin_fd, bool is_stored);
/* Takes a ticket that is not finished out of everything. */
void token_forget(struct pool_ticket *ticket);

/* Ends a ticket that is not queued: every item gets this result. */
void ticket_refuse(struct pool_ticket *ticket, struct token *t, enum job_result result,
		   const char *why);

#endif
