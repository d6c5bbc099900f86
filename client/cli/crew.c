/*
 * cli/crew.c - see crew.h
 */
#include "client/cli/crew.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>

#include "client/cli/agent.h"
#include "client/cli/approval.h"

/* Files on their way, each of which may hold a descriptor or two: enough to fill a request while
 * another one is written. */
#define OPEN_MAX_FILES (2u * SIGNET_ITEMS_MAX + 64u)

/* What jobs may hold of memory before no other is begun. */
#define HELD_MAX ((size_t)64 * 1024 * 1024)

/* The answer to one request, until the last of its signatures is written. */
struct batch {
	struct signet_answer *answer; /* owned */
	atomic_size_t n_left;
};

struct task {
	struct task *next;
	struct job job;
	struct batch *batch; /* set once it is signed */
	const uint8_t *signature;
	size_t signature_size;
};

/* First in, first out. */
struct queue {
	struct task *first, **end;
};

struct crew {
	const struct recipe *recipe;
	struct signet *agent;
	char *const *files;
	struct progress *progress;
	size_t items_max;

	pthread_mutex_t lock; /* for all below */
	pthread_cond_t work;  /* there may be something for a thread of the crew */
	pthread_cond_t ready; /* there may be something to send */
	struct queue prepared, done;
	size_t n_prepared, prepared_size;
	size_t next; /* the next file to prepare */
	size_t n_preparing;
	size_t n_open; /* begun and not ended */
	size_t open_max;
	size_t held;      /* of memory, by those that are prepared */
	bool is_stopping; /* what was not begun is not begun any more */
	struct tally tally;
};

/* --- queues ----------------------------------------------------------------------------------- */

static void queue_init(struct queue *q)
{
	q->first = NULL;
	q->end = &q->first;
}

static void queue_push(struct queue *q, struct task *t)
{
	t->next = NULL;
	*q->end = t;
	q->end = &t->next;
}

static struct task *queue_pop(struct queue *q)
{
	struct task *t = q->first;

	if (!t)
		return NULL;
	q->first = t->next;
	if (!q->first)
		q->end = &q->first;
	return t;
}

/* What a job takes of SIGNET_REQUEST_MAX. */
static size_t request_size(const struct job *job)
{
	return job->signed_size + strnlen(job->path, SIGNET_LABEL_MAX) + 8;
}

static struct task *pop_prepared(struct crew *c)
{
	struct task *t = queue_pop(&c->prepared);

	if (t) {
		c->n_prepared--;
		c->prepared_size -= request_size(&t->job);
	}
	return t;
}

/* --- the end of a task; with the lock held ----------------------------------------------------- */

static void count_failure(struct crew *c, enum exit_code e)
{
	c->tally.n_failed++;
	if (c->tally.first == EXIT_DONE)
		c->tally.first = e;
	if (c->recipe->args->is_fail_fast)
		c->is_stopping = true;
}

static void leave(struct crew *c, size_t held)
{
	c->n_open--;
	c->held -= held;
	(void)pthread_cond_broadcast(&c->work);
	(void)pthread_cond_signal(&c->ready);
	if (c->tally.n_files > 1)
		progress_files(c->progress, c->next, c->tally.n_signed + c->tally.n_skipped,
			       c->tally.n_files);
}

static void task_free(const struct crew *c, struct task *t)
{
	if (t->batch && atomic_fetch_sub(&t->batch->n_left, 1) == 1) {
		signet_answer_free(t->batch->answer);
		free(t->batch);
	}
	job_done(c->recipe->format, &t->job);
	free(t);
}

static void end_task(struct crew *c, struct task *t)
{
	size_t held = t->job.held;

	task_free(c, t);
	leave(c, held);
}

/* --- what the threads do ------------------------------------------------------------------------ */

static void prepare_next(struct crew *c)
{
	const char *path = c->files[c->next++];
	struct task *t;
	enum exit_code e = EXIT_AGAIN;

	c->n_preparing++;
	c->n_open++;
	(void)pthread_mutex_unlock(&c->lock);
	t = calloc(1, sizeof(*t));
	if (t) {
		t->job.path = path;
		e = format_prepare(c->recipe, &t->job);
	} else {
		complain("'%s' was not signed: out of memory", shown_name(path));
	}
	(void)pthread_mutex_lock(&c->lock);
	c->n_preparing--;
	if (e == EXIT_DONE && t->job.signed_data) {
		queue_push(&c->prepared, t);
		c->n_prepared++;
		c->prepared_size += request_size(&t->job);
		c->held += t->job.held;
		(void)pthread_cond_signal(&c->ready);
		return;
	}
	if (e == EXIT_DONE)
		c->tally.n_skipped++;
	else
		count_failure(c, e);
	if (t)
		task_free(c, t);
	leave(c, 0);
}

static void finish(struct crew *c, struct task *t)
{
	size_t held = t->job.held;
	enum exit_code e;

	(void)pthread_mutex_unlock(&c->lock);
	e = c->recipe->format->finish(c->recipe, &t->job, t->signature, t->signature_size);
	task_free(c, t);
	(void)pthread_mutex_lock(&c->lock);
	if (e == EXIT_DONE)
		c->tally.n_signed++;
	else
		count_failure(c, e);
	leave(c, held);
}

static bool has_more(const struct crew *c)
{
	return !c->is_stopping && c->next < c->tally.n_files;
}

/* With few descriptors or large files, requests are small. */
static bool is_crowded(const struct crew *c)
{
	return c->n_open >= c->open_max || c->held >= HELD_MAX;
}

/* What is signed is written before something new is begun. */
static void *work(void *userdata)
{
	struct crew *c = userdata;
	struct task *t;

	(void)pthread_mutex_lock(&c->lock);
	while (has_more(c) || c->n_open > 0) {
		t = queue_pop(&c->done);
		if (t)
			finish(c, t);
		else if (has_more(c) && !is_crowded(c))
			prepare_next(c);
		else
			(void)pthread_cond_wait(&c->work, &c->lock);
	}
	(void)pthread_cond_broadcast(&c->work);
	(void)pthread_mutex_unlock(&c->lock);
	return NULL;
}

/* --- sending: the main thread; with the lock held but while it waits for the agent ------------ */

struct parcel {
	struct task *tasks[SIGNET_ITEMS_MAX];
	struct signet_item items[SIGNET_ITEMS_MAX];
	size_t n;
};

/* After a stop what was prepared is not sent any more. */
static void drop_prepared(struct crew *c)
{
	struct task *t;

	while ((t = pop_prepared(c))) {
		c->tally.n_untried++;
		end_task(c, t);
	}
}

/* A request is as large as it may be: each is a decision and a record. */
static bool is_full(const struct crew *c)
{
	return c->n_prepared >= c->items_max || c->prepared_size >= SIGNET_REQUEST_MAX ||
	       (c->n_prepared > 0 && is_crowded(c));
}

/* Waits until there is something to send. False: there will be nothing more. */
static bool is_ready(struct crew *c)
{
	for (;;) {
		if (c->is_stopping)
			drop_prepared(c);
		if (is_full(c) || (!has_more(c) && c->n_preparing == 0))
			return c->prepared.first != NULL;
		(void)pthread_cond_wait(&c->ready, &c->lock);
	}
}

static bool fill(struct crew *c, struct parcel *p)
{
	size_t size = 0;

	p->n = 0;
	if (!is_ready(c))
		return false;
	while (c->prepared.first && p->n < c->items_max) {
		const struct job *job = &c->prepared.first->job;

		size += request_size(job);
		if (size > SIGNET_REQUEST_MAX)
			break;
		p->items[p->n] = (struct signet_item){job->signed_data, job->signed_size,
						      shown_name(job->path)};
		p->tasks[p->n++] = pop_prepared(c);
	}
	return true;
}

static enum exit_code send(const struct crew *c, const struct parcel *p, struct signet_answer **ret)
{
	const struct recipe *r = c->recipe;
	const struct signet_request request = {
		.key = r->args->key,
		.key_id = r->signer.public ? r->signer.id : NULL,
		.algorithm = r->scheme.algorithm,
		.hash = r->scheme.hash,
		.input = r->scheme.hash && !r->format->is_message ? SIGNET_DIGEST : SIGNET_MESSAGE,
		.flags = agent_flags(r->args),
		.items = p->items,
		.n_items = p->n,
		.break_glass = r->args->break_glass,
	};
	int result;

	*ret = NULL;
	result = signet_sign(c->agent, &request, ret);
	if (result == 0 && r->args->wait)
		result = approval_await(c->agent, r->args, p->n, ret);
	return agent_check(c->agent, result, *ret, "key '%s'", r->args->key);
}

/* With one file the reason, which was told, says it all. */
static void give_up(struct crew *c, struct task *t, enum exit_code e)
{
	if (c->tally.n_files > 1)
		complain("'%s' has no signature", shown_name(t->job.path));
	count_failure(c, e);
	end_task(c, t);
}

/* One task's part of an answer. */
static void hand_out(struct crew *c, struct task *t, struct batch *b, size_t i)
{
	const struct signet_signature *g = signet_answer_signature(b->answer, i);
	int status = signet_signature_status(g);

	t->batch = b;
	if (status == SIGNET_STATUS_OK) {
		t->signature = signet_signature_data(g, &t->signature_size);
		queue_push(&c->done, t);
		return;
	}
	complain("'%s' was not signed: %s (request %s)", shown_name(t->job.path),
		 signet_signature_sentence(g), signet_answer_request(b->answer));
	count_failure(c, agent_exit(status));
	end_task(c, t);
}

/* A request that is refused as a whole ends the work: so would be the next. */
static void take_answer(struct crew *c, const struct parcel *p, struct signet_answer *a,
			enum exit_code e)
{
	struct batch *b = NULL;

	if (e == EXIT_DONE) {
		b = calloc(1, sizeof(*b));
		if (!b)
			e = EXIT_AGAIN;
	}
	if (e != EXIT_DONE) {
		signet_answer_free(a);
		c->is_stopping = true;
		for (size_t i = 0; i < p->n; i++)
			give_up(c, p->tasks[i], e);
		return;
	}
	b->answer = a;
	atomic_init(&b->n_left, p->n);
	for (size_t i = 0; i < p->n; i++)
		hand_out(c, p->tasks[i], b, i);
	(void)pthread_cond_broadcast(&c->work);
}

static void send_all(struct crew *c)
{
	struct signet_answer *a;
	struct parcel p;
	enum exit_code e;

	(void)pthread_mutex_lock(&c->lock);
	while (fill(c, &p)) {
		(void)pthread_mutex_unlock(&c->lock);
		e = send(c, &p, &a);
		(void)pthread_mutex_lock(&c->lock);
		take_answer(c, &p, a, e);
	}
	(void)pthread_mutex_unlock(&c->lock);
}

/* --- everything ---------------------------------------------------------------------------------- */

/* An answer has to fit a frame as well: with keys above RSA-8000, 256 signatures do not. */
static size_t items_max(unsigned bits)
{
	size_t fits = SIGNET_REQUEST_MAX / (bits / 8 + 16);

	return fits < 1 ? 1 : fits < SIGNET_ITEMS_MAX ? fits : SIGNET_ITEMS_MAX;
}

/* Descriptors are there for the asking; programs that use select() are why the default is low. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit); /* then there are fewer on their way */
	}
}

/* As many files as descriptors last for: one each, two more for each thread, and some of others. */
static size_t open_max(size_t n_threads)
{
	size_t others = 2 * n_threads + 32;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= OPEN_MAX_FILES + others)
		return OPEN_MAX_FILES;
	return limit.rlim_cur > others ? (size_t)limit.rlim_cur - others : 1;
}

static void crew_init(struct crew *c)
{
	(void)pthread_mutex_init(&c->lock, NULL); /* neither fails with default attributes */
	(void)pthread_cond_init(&c->work, NULL);
	(void)pthread_cond_init(&c->ready, NULL);
	queue_init(&c->prepared);
	queue_init(&c->done);
}

static void crew_done(struct crew *c)
{
	(void)pthread_cond_destroy(&c->ready); /* nobody waits any more */
	(void)pthread_cond_destroy(&c->work);
	(void)pthread_mutex_destroy(&c->lock);
}

void crew_run(const struct recipe *r, struct signet *agent, char *const *files, size_t n,
	      size_t n_threads, struct progress *progress, struct tally *ret)
{
	struct crew c = {
		.recipe = r,
		.agent = agent,
		.files = files,
		.progress = progress,
		.items_max = items_max(r->signer.bits),
		.tally = {.n_files = n},
	};
	pthread_t threads[CREW_THREADS_MAX];
	size_t n_started = 0;

	raise_limit();
	c.open_max = open_max(n_threads);
	crew_init(&c);
	while (n_started < n_threads && n_started < n &&
	       pthread_create(&threads[n_started], NULL, work, &c) == 0)
		n_started++;
	if (n_started > 0) {
		send_all(&c);
	} else {
		complain("no thread can be started");
		c.tally.first = EXIT_AGAIN;
	}
	for (size_t i = 0; i < n_started; i++)
		(void)pthread_join(threads[i], NULL); /* threads of ours, each once */
	c.tally.n_untried += n - c.next;
	crew_done(&c);
	*ret = c.tally;
}
