/*
 * pam/child.h - a process beside the host, in which everything happens that is not the host's business
 *
 * The host is sudo, sshd or a screen locker: no place for parsing what an agent says, for memory with a
 * PIN in it, or for changing who one is. The child is made without an exit signal: the host gets no
 * SIGCHLD when it ends, and its own wait(2) does not see it. No signal is handled in the child, it has
 * nothing open of what the host has, it leaves no core and nobody may trace it. It says what it has to say
 * in reports, ends, and is reaped here.
 *
 * A host with several threads may have held a lock of malloc's in that moment; then the child hangs, and
 * is killed when its time is over.
 */
#ifndef PAM_CHILD_H
#define PAM_CHILD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Who the child is. The groups stay those of the host. */
struct child_identity {
	uid_t uid;
	gid_t gid;
};

/* A challenge's signature, and a certificate with it, which is the longest, are shorter. */
#define REPORT_MAX 32768u

enum report_kind {
	REPORT_NONE = 0,
	REPORT_LOG,     /* text for the log */
	REPORT_SAY,     /* text for the user, and for the log */
	REPORT_REFUSED, /* the same, of what was asked for */
	REPORT_WAITING, /* text for the user: from now on people are waited for */
	REPORT_SIGNED,  /* string key or certificate, string signature (wire/writer.h) */
	REPORT_DONE,    /* the last one; sent and taken by child.c */
};

/* One datagram: the kind, and the rest. Nothing in it was checked. */
struct report {
	uint8_t kind;
	size_t size;
	uint8_t data[REPORT_MAX];
};

enum child_event {
	CHILD_DIED = 0, /* or said what nobody says */
	CHILD_ENDED,
	CHILD_REPORTED,
	CHILD_LATE,        /* the deadline has passed */
	CHILD_INTERRUPTED, /* the host has handled a signal, or see child_heed_signals() */
};

struct child {
	int pidfd;
	int fd;         /* where its reports come from */
	int signals_fd; /* -EBADF: only a signal that is handled interrupts */
};

/*
 * Starts work(fd, userdata) in a child, which writes its reports to fd with child_report(); fd hangs up
 * when the host does not listen any more. NULL for as: who the host is; else the host has to be root by
 * its effective uid, or that very user.
 */
int child_start(struct child *ret, const struct child_identity *as,
		void (*work)(int fd, void *userdata), void *userdata);

/*
 * From now on SIGHUP, SIGINT, SIGQUIT and SIGTERM interrupt also if they are blocked, as sudo blocks those
 * of the keyboard. They stay pending, and the mask what it is. Without a descriptor nothing changes.
 */
void child_heed_signals(struct child *c);

/* Waits for a report, until deadline_usec (BOOTTIME). *ret is written for CHILD_REPORTED. */
enum child_event child_wait(const struct child *c, uint64_t deadline_usec, struct report *ret);

/* For messages. */
const char *child_event_name(enum child_event e);

/* Stops listening, gives the child grace_usec to end by itself, kills it, and reaps it. */
void child_end(struct child *c, uint64_t grace_usec);

/* In the child. What cannot be sent is lost: then the host has gone. */
void child_report(int fd, enum report_kind kind, const void *data, size_t size);
void child_say(int fd, enum report_kind kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
