/*
 * lib/approval.c - the calls of signet.h about requests that wait for approvals
 */
#include "client/include/signet.h"

#include <string.h>

#include "client/lib/answer.h"
#include "client/lib/handle.h"
#include "agent/base/clock.h"
#include "agent/base/limits.h"
#include "agent/base/text.h"
#include "agent/wire/message.h"

/* More requests than this no agent keeps. */
#define LIST_MAX ((size_t)PARKED_MAX)

static bool is_id(const char *id)
{
	return id && strlen(id) == MESSAGE_ID_SIZE &&
	       strspn(id, "0123456789abcdef") == MESSAGE_ID_SIZE;
}

static bool is_window(const struct signet_window *w)
{
	return w->seconds <= WINDOW_SEC_MAX && w->signatures <= WINDOW_SIGNATURES_MAX;
}

static struct message_window window_of(const struct signet_window *w)
{
	return (struct message_window){.seconds = w->seconds, .signatures = w->signatures};
}

static bool has_only(unsigned flags, unsigned known)
{
	return (flags & ~known) == 0;
}

/* Asks request@, and has what it says decoded. */
static int ask(struct signet *s, enum message_request kind, const struct message_request_ask *m,
	       handle_decode decode, void *userdata, struct signet_answer **ret)
{
	_cleanup_(answer_freep) struct signet_answer *a = answer_new();
	_cleanup_(writer_done) struct writer w;
	int r;

	writer_init(&w, (size_t)FRAME_MAX + 4);
	if (!a)
		return SIGNET_E_MEMORY;
	message_write_request(&w, kind, m);
	r = handle_call(s, "request", &w, -EBADF, a, decode, userdata);
	if (r < 0)
		return r;
	*ret = take_ptr(a);
	return 0;
}

/* --- list --------------------------------------------------------------------------------------- */

struct page {
	uint32_t first;
	uint32_t next; /* 0: this was the last */
};

static int decode_page(struct signet_answer *a, struct reader *r, void *userdata)
{
	struct page *p = userdata;
	uint32_t n;

	p->next = reader_u32(r);
	n = reader_count(r, PARKED_MAX);
	if (r->has_failed || (p->next != 0 && (p->next <= p->first || n == 0)) ||
	    n > LIST_MAX - a->n)
		return SIGNET_E_PROTOCOL;
	return answer_take_parked(a, r, n);
}

static int list_page(struct signet *s, unsigned flags, struct signet_answer *a, struct page *p)
{
	const struct message_request_ask m = {.flags = (uint8_t)flags, .first = p->first};
	_cleanup_(writer_done) struct writer w;

	writer_init(&w, (size_t)FRAME_MAX + 4);
	message_write_request(&w, MESSAGE_REQUEST_LIST, &m);
	return handle_call(s, "request", &w, -EBADF, a, decode_page, p);
}

int signet_requests(struct signet *s, unsigned flags, struct signet_answer **ret)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	uint64_t deadline_usec = handle_deadline(s);
	struct page p = {};
	int r;

	if (!has_only(flags, SIGNET_MAY_ASK | SIGNET_ALL))
		return SIGNET_E_INVALID;
	a = answer_new();
	if (!a)
		return SIGNET_E_MEMORY;
	do {
		if (clock_boottime_usec() >= deadline_usec)
			return SIGNET_E_TIMEOUT;
		p.first = p.next;
		p.next = 0;
		r = list_page(s, flags, a, &p);
		if (r < 0)
			return r;
	} while (p.next != 0);
	*ret = take_ptr(a);
	return 0;
}

/* --- one request -------------------------------------------------------------------------------- */

static int decode_text(struct signet_answer *a, struct reader *r, void *userdata)
{
	(void)userdata; /* nothing was asked that the answer must fit */
	return answer_take_text(a, r);
}

int signet_request_text(struct signet *s, const char *id, unsigned flags,
			enum signet_opinion opinion, const struct signet_window *window,
			struct signet_answer **ret)
{
	struct message_request_ask m = {.flags = (uint8_t)flags, .verdict = (uint8_t)opinion};

	if (!is_id(id) || !has_only(flags, SIGNET_MAY_ASK | SIGNET_ALL) || !is_window(window) ||
	    (opinion != SIGNET_APPROVE && opinion != SIGNET_DENY))
		return SIGNET_E_INVALID;
	m.id = view_of(id);
	m.window = window_of(window);
	return ask(s, MESSAGE_REQUEST_SHOW, &m, decode_text, NULL, ret);
}

static int decode_signatures(struct signet_answer *a, struct reader *r, void *userdata)
{
	uint32_t n = reader_count(r, BATCH_MAX);

	(void)userdata; /* how many were asked for, only the agent knows */
	return r->has_failed ? SIGNET_E_PROTOCOL : answer_take_signatures(a, r, n);
}

int signet_fetch(struct signet *s, const char *id, unsigned flags, unsigned wait, size_t n_known,
		 struct signet_answer **ret)
{
	struct message_request_ask m = {.flags = (uint8_t)flags, .wait_sec = wait};

	if (!is_id(id) || !has_only(flags, SIGNET_MAY_ASK) || wait > FETCH_WAIT_SEC_MAX ||
	    n_known > QUORUM_MAX)
		return SIGNET_E_INVALID;
	m.id = view_of(id);
	m.known = (uint32_t)n_known;
	return ask(s, MESSAGE_REQUEST_FETCH, &m, decode_signatures, NULL, ret);
}

int signet_withdraw(struct signet *s, const char *id, struct signet_answer **ret)
{
	struct message_request_ask m = {};

	if (!is_id(id))
		return SIGNET_E_INVALID;
	m.id = view_of(id);
	return ask(s, MESSAGE_REQUEST_WITHDRAW, &m, NULL, NULL, ret);
}

int signet_request_window(struct signet *s, const char *key, const char *purpose,
			  const struct signet_window *window, unsigned flags,
			  struct signet_answer **ret)
{
	struct message_request_ask m = {.flags = (uint8_t)flags};

	if (!key || !text_is_clean(key, strlen(key), NAME_MAX_LEN) || !purpose ||
	    !text_is_clean(purpose, strlen(purpose), PURPOSE_MAX) || !is_window(window) ||
	    window->seconds == 0 || window->signatures == 0 || !has_only(flags, SIGNET_MAY_ASK))
		return SIGNET_E_INVALID;
	m.key = view_of(key);
	m.purpose = view_of(purpose);
	m.window = window_of(window);
	return ask(s, MESSAGE_REQUEST_WINDOW, &m, NULL, NULL, ret);
}

/* --- approving ---------------------------------------------------------------------------------- */

static bool is_sane(const struct signet_approval *p)
{
	if (!is_id(p->id) || (p->opinion != SIGNET_APPROVE && p->opinion != SIGNET_DENY))
		return false;
	if (p->reason && !text_is_clean(p->reason, strlen(p->reason), REASON_MAX))
		return false;
	return is_window(&p->window) && p->signature_size <= SSHSIG_MAX &&
	       (p->signature_size > 0) == (p->signature != NULL) &&
	       has_only(p->flags, SIGNET_MAY_ASK);
}

int signet_approve(struct signet *s, const struct signet_approval *approval,
		   struct signet_answer **ret)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	_cleanup_(writer_done) struct writer w;
	struct message_approve m;
	int r;

	writer_init(&w, (size_t)FRAME_MAX + 4);
	if (!is_sane(approval))
		return SIGNET_E_INVALID;
	a = answer_new();
	if (!a)
		return SIGNET_E_MEMORY;
	m = (struct message_approve){
		.id = view_of(approval->id),
		.flags = (uint8_t)approval->flags,
		.verdict = (uint8_t)approval->opinion,
		.window = window_of(&approval->window),
		.reason = view_of(approval->reason ? approval->reason : ""),
		.signature = {approval->signature, approval->signature_size},
	};
	message_write_approve(&w, &m);
	r = handle_call(s, "approve", &w, -EBADF, a, NULL, NULL);
	if (r < 0)
		return r;
	*ret = take_ptr(a);
	return 0;
}
