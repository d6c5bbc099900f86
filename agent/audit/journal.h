/*
 * audit/journal.h - records to journald, with an answer to "is it written?"
 *
 * Records of one turn of the loop travel together, in one datagram of journald's native protocol.
 * A record counts as written when journald has taken the datagram out of the socket (SIOCOUTQ is 0
 * again) and the socket still has journald at its other end. sd_journal_sendv() could not tell:
 * it reports success when there is no journal at all, and it blocks without limit when journald
 * hangs.
 *
 * SIGNET_SEQ is given out when a datagram is handed to the kernel. So a gap in the journal always
 * means that a record was lost behind us (journald's rate limit, or it died with a full queue).
 */
#ifndef AGENT_AUDIT_JOURNAL_H
#define AGENT_AUDIT_JOURNAL_H

#include <stdint.h>
#include <systemd/sd-event.h>

#include "agent/audit/record.h"
#include "agent/base/cleanup.h"

struct journal;
struct journal_ticket;

/*
 * result: 0 written, or a negative errno: -ETIMEDOUT, -ECONNREFUSED, ... not (surely) written. A
 * record that was in the socket at its deadline cannot be taken back, and may still reach the
 * journal later; one that was not is dropped.
 */
typedef void (*journal_callback)(int result, void *userdata);

/*
 * path: journald's socket, NULL for the usual one. timeout_usec bounds the wait for each record.
 * No connection is made before the first record, and a broken one is made anew for the next.
 */
int journal_new(sd_event *event, const char *path, uint64_t timeout_usec, struct journal **ret);
/*
 * No tickets may be left, and it is not called from a callback. What was noted and is not sent yet
 * is sent, as far as that goes without waiting.
 */
struct journal *journal_free(struct journal *j);
DEFINE_FREEP(struct journal, journal_free)

/*
 * Writes a record (encoded before this returns) and calls back exactly once, from the loop. The
 * ticket is owned by the journal; it is void once called back or cancelled. -ENOBUFS if too much
 * about the record's caller waits already, or in all. Callers are served in turns.
 */
int journal_write(struct journal *j, const struct record *r, journal_callback callback,
		  void *userdata, struct journal_ticket **ret);

/*
 * The same for events that nobody waits for. They have no deadline: if there is no journal, they
 * are tried again with the next record.
 */
int journal_note(struct journal *j, const struct record *r);

/* To be called when the loop turns, before it waits: sends what was written since, in one datagram. */
void journal_turn(struct journal *j);

/* Forget whom to call; the record is written all the same. Takes NULL. */
void journal_cancel(struct journal_ticket *t);

/* Records handed to journald since the start: the last SIGNET_SEQ. */
uint64_t journal_sequence(const struct journal *j);

#endif
