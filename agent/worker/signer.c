/*
 * worker/signer.c - see signer.h
 */
#include "agent/worker/signer.h"

#include "agent/base/clock.h"
#include "agent/worker/allow.h"
#include "agent/worker/gate.h"
#include "agent/worker/login.h"

/* A signature that was made in less time is soon followed by another one. */
#define QUICK_USEC 300u

/* What came of trying to sign. */
struct attempt {
	struct answer answer;
	enum recovery recovery; /* what must be mended before anything else */
	bool may_repeat;        /* nothing was signed, and it may go better once mended */
	size_t size;
	uint8_t signature[SIGNATURE_MAX];
};

/* Contexts of keys of before would only fill the memory. */
static void renew_verifier(struct signer *s)
{
	if (s->generation == s->token->generation)
		return;
	verifier_done(&s->verifier);
	s->generation = s->token->generation;
}

/*
 * After a failure the gate has put a new session under the handle, if it could get one; and if all
 * sessions had gone, so has the login.
 */
static bool is_well(const struct token *t, CK_SESSION_HANDLE session)
{
	CK_SESSION_INFO info;

	return t->p11->C_GetSessionInfo(session, &info) == CKR_OK &&
	       (!t->has_login || login_is_active(t->p11, session));
}

/* What a CK_RV means: what is to be mended, what may be repeated, what the caller hears. */
static void judge(const struct key *key, CK_RV rv, enum sign_stage stage, bool is_lane_well,
		  struct attempt *a)
{
	const struct recovery_rule *rule = recovery_of(rv);
	bool is_unsigned = stage != SIGN_STAGE_SIGN || rule->is_unsigned;
	char name[RECOVERY_NAME_SIZE];

	a->recovery = rule->action;
	if (!is_lane_well && a->recovery < RECOVERY_LOGIN)
		a->recovery = RECOVERY_LOGIN;
	a->may_repeat = is_unsigned && rule->action != RECOVERY_NONE;
	if (is_unsigned)
		answer_set(&a->answer, rule->result, rv, "the token did not sign with key '%s': %s",
			   key->label, recovery_name(rv, name));
	else
		answer_set(
			&a->answer, JOB_RESULT_UNKNOWN, rv,
			"the token failed while it signed with key '%s', and may have signed: %s",
			key->label, recovery_name(rv, name));
}

/* Whether what the token returned is the signature that was asked for. */
static bool may_release(struct signer *s, const struct key *key, const struct sign_task *st,
			const struct sign_input *input, const struct attempt *a)
{
	if (s->token->config->verify == TOKEN_VERIFY_ACTIVATION && key->is_proven)
		return a->size == code_signature_size(st->public->type, st->public->bits);
	return verifier_check(&s->verifier, st, input, a->signature, a->size);
}

static void sign(struct signer *s, const struct key *key, const struct task *task,
		 struct attempt *a)
{
	const struct sign_task st = {
		.public = &key->public,
		.algorithm = task->algorithm,
		.hash = task->hash,
		.input = task->input,
		.data = {task->data, task->size},
	};
	CK_SESSION_HANDLE session = s->token->signing[task->lane];
	struct sign_input input;
	enum sign_stage stage;
	CK_RV rv;

	if (!allow_signature(s->token->config, st.algorithm, st.hash, &a->answer))
		return;
	sign_prepare(&st, &input, &a->answer);
	if (a->answer.result != JOB_RESULT_OK)
		return;
	rv = sign_run(s->token->p11, session, key->handle, &input, a->signature, &a->size, &stage);
	if (rv != CKR_OK) {
		judge(key, rv, stage, is_well(s->token, session), a);
		return;
	}
	atomic_store_explicit(&s->manager->has_signed, true, memory_order_relaxed);
	if (!may_release(s, key, &st, &input, a))
		answer_set(&a->answer, JOB_RESULT_UNKNOWN, 0,
			   "what the token returned is no signature by key '%s'; it is not "
			   "released",
			   key->label);
}

/* The token is not ready: its state is the answer, unless it is worth looking for it again. */
static void refer(struct signer *s, struct attempt *a)
{
	a->answer = s->token->why;
	if (s->token->state == TOKEN_STATE_LOST && manager_may_try(s->manager)) {
		a->recovery = RECOVERY_RELOAD;
		a->may_repeat = true;
	}
	/* That a PIN was refused is not what became of this task. */
	if (a->answer.result == JOB_RESULT_PIN_REFUSED || a->answer.result == JOB_RESULT_REFUSED)
		a->answer.result = JOB_RESULT_LOCKED;
}

static void try(struct signer *s, const struct task *task, struct attempt *a)
{
	const struct key *key;

	a->recovery = RECOVERY_NONE;
	a->may_repeat = false;
	renew_verifier(s);
	if (s->token->state != TOKEN_STATE_READY) {
		refer(s, a);
		return;
	}
	key = keys_find(&s->token->keys, task->key_id);
	if (!key) {
		answer_set(&a->answer, JOB_RESULT_NO_KEY, 0, "the token has no such key");
		return;
	}
	sign(s, key, task, a);
}

/*
 * To wake signetd costs as much as a signature by a fast token. An answer waits for the next one
 * if that is not far.
 */
static bool may_wait(struct signer *s, uint64_t began_usec)
{
	return clock_boottime_usec() - began_usec < QUICK_USEC && queue_has_more(s->queue);
}

static void answer(struct signer *s, const struct task *task, const struct attempt *a,
		   uint64_t began_usec)
{
	bool is_posted = may_wait(s, began_usec);

	task_answer(task, &a->answer, (struct view){a->signature, a->size}, is_posted);
	/* Another thread may have answered the last one in between: then nobody takes this along. */
	if (is_posted && !queue_has_more(s->queue))
		channel_flush(task->channel);
}

/*
 * One task: tried, and once more if the token could be mended. Where another thread must mend it,
 * the task waits for that in the queue.
 */
static void serve(struct signer *s, struct task *task)
{
	uint64_t began_usec = clock_boottime_usec();
	struct attempt a;

	try(s, task, &a);
	if (a.recovery == RECOVERY_SESSION && a.may_repeat && !task->was_recovered) {
		task->was_recovered = true;
		try(s, task, &a);
	}
	if (a.recovery >= RECOVERY_LOGIN && a.recovery != RECOVERY_LEAVE && a.may_repeat &&
	    !task->was_recovered) {
		task->was_recovered = true;
		manager_recover(s->manager, a.recovery);
		queue_return(s->queue, task);
		return;
	}
	answer(s, task, &a, began_usec);
	if (a.recovery >= RECOVERY_LOGIN)
		manager_recover(s->manager, a.recovery);
	queue_finish(s->queue, task);
}

static void *run(void *userdata)
{
	struct signer *s = userdata;

	for (;;)
		serve(s, queue_take(s->queue));
	return NULL;
}

int signer_start(struct signer *s, const struct token *token, struct manager *manager,
		 struct queue *queue)
{
	*s = (struct signer){.token = token, .manager = manager, .queue = queue};
	return -pthread_create(&s->thread, NULL, run, s);
}
