/*
 * op-bind.c - session-bind@openssh.com: ssh says which of its sessions a connection serves
 *
 * Whoever is at the other end of a forwarded connection can send this too, so nothing is granted by
 * it. It only takes away: a connection that was bound for forwarding stays marked as forwarded, one
 * that was bound for a login signs that login and no other. That is why the signature of the host
 * need not be checked: a false binding harms nobody but the one who made it.
 */
#include "agent/op.h"

#include <errno.h>
#include <string.h>

int op_decode_bind(struct request *q, struct reader *r)
{
	struct message_bind m;

	if (!message_read_bind(r, &m)) {
		/* ssh goes on all the same, for a host that may have caused this. */
		agent_conn_of(q->conn)->binding.is_forwarded = true;
		return -EBADMSG;
	}
	memcpy(q->binding.session, m.session.data, m.session.size);
	q->binding.session_size = m.session.size;
	q->binding.is_for_login = !m.is_forwarding;
	q->binding.is_forwarded = m.is_forwarding;
	return 0;
}

static bool is_same(const struct binding *a, const struct binding *b)
{
	return a->session_size == b->session_size &&
	       memcmp(a->session, b->session, a->session_size) == 0 &&
	       a->is_for_login == b->is_for_login;
}

enum request_state op_run_bind(struct request *q)
{
	struct binding *b = &agent_conn_of(q->conn)->binding;

	b->is_forwarded |= q->binding.is_forwarded; /* also where the rest is refused */
	if (b->is_for_login && !is_same(b, &q->binding))
		return request_end(
			q, OUTCOME_DENIED, STATUS_DENIED,
			"refused because the connection is bound already, to an ssh session "
			"in which it logs in");
	q->binding.is_forwarded = b->is_forwarded;
	*b = q->binding;
	q->ask.is_forwarded = b->is_forwarded; /* for the record of this very request */
	return request_end(q, OUTCOME_DONE, STATUS_OK, "%s", "");
}

void op_reply_bind(struct request *q, struct writer *w)
{
	(void)q;
	message_write_bare(w, MESSAGE_SUCCESS);
}
