/*
 * policy/usewriter.h - a thread that writes the files of usefile.h, since a disk may take its time
 *
 * What was put in comes back on the loop's thread, in the same order, when it is on the disk or could
 * not be brought there.
 */
#ifndef AGENT_POLICY_USEWRITER_H
#define AGENT_POLICY_USEWRITER_H

#include <systemd/sd-event.h>

#include "agent/base/cleanup.h"
#include "agent/base/list.h"
#include "agent/model/key.h"
#include "agent/policy/usefile.h"

struct usewriter;

struct usewrite {
	struct list link;
	void *entry; /* borrowed; whose file it is */
	uint64_t n_signed;
	char name[2 * KEY_ID_SIZE + 1];
	char text[USEFILE_MAX];
	int result; /* set when it comes back */
};

/* The callee owns w from now on, free(). */
typedef void (*usewriter_callback)(struct usewrite *w, void *userdata);

/* Takes dir_fd, also on failure. */
int usewriter_new(sd_event *event, int dir_fd, usewriter_callback callback, void *userdata,
		  struct usewriter **ret);
/* Waits until all that was put in is written; calls nobody back any more. */
struct usewriter *usewriter_free(struct usewriter *u);
DEFINE_FREEP(struct usewriter, usewriter_free)

/* Never blocks, never fails. Takes w. */
void usewriter_put(struct usewriter *u, struct usewrite *w);

#endif
