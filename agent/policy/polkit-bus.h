/*
 * policy/polkit-bus.h - polkitd as it is seen over the system bus
 *
 * Knows messages and the connection, which it makes again when it is lost; knows nothing of who
 * waits for what. Nothing here blocks: no call is made before the bus has said hello.
 */
#ifndef AGENT_POLICY_POLKIT_BUS_H
#define AGENT_POLICY_POLKIT_BUS_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "agent/base/cleanup.h"
#include "agent/model/caller.h"
#include "agent/policy/decide.h"
#include "agent/policy/polkit-matter.h"

struct polkit_bus;

/* A client connection that knows its address and is not started. 0 or a negative errno. */
typedef int (*polkit_bus_open)(void *userdata, sd_bus **ret);

struct polkit_bus_handlers {
	void (*connected)(void *userdata);
	void (*lost)(void *userdata);    /* no call under way will be answered */
	void (*changed)(void *userdata); /* what polkit said before may be wrong now */
	void (*renewed)(void *userdata); /* the same, and polkitd is another one or none now */
};

/* Valid only during the call that brings it. */
struct polkit_said {
	enum polkit_answer answer; /* YES, NO, CHALLENGE; SILENCE for everything else */
	/* The temporary authorization that a YES is due to, of 1 to POLKIT_GRANT_ID_MAX bytes. */
	const char *grant;
	/* With a YES: a person was asked this very question, and so it came to be. */
	bool is_retained; /* polkit keeps, or would keep, what a person says */
	/* What a CHALLENGE wants and a person's YES was given for, "auth_self"; NULL before polkit 127. */
	const char *result;
};

/* One call, embedded in the question. NONE of its fields is set while none is under way. */
struct polkit_bus_call {
	sd_bus_slot *slot; /* owned */
	uint64_t id;       /* by which it is withdrawn */
	void (*answered)(const struct polkit_said *said, void *userdata);
	void *userdata;
};

/* The system bus, at DBUS_SYSTEM_BUS_ADDRESS or its usual place. */
int polkit_bus_open_system(void *userdata, sd_bus **ret);

/* Connects in the background; that it cannot is no error. handlers is borrowed for good. */
int polkit_bus_new(sd_event *event, polkit_bus_open open_bus, void *open_userdata,
		   const struct polkit_bus_handlers *handlers, void *userdata,
		   struct polkit_bus **ret);
struct polkit_bus *polkit_bus_free(struct polkit_bus *b);
DEFINE_FREEP(struct polkit_bus, polkit_bus_free)

/* Whether questions can be asked now; and whether there is a hope of it, because it is connecting. */
bool polkit_bus_is_ready(const struct polkit_bus *b);
bool polkit_bus_is_hopeful(const struct polkit_bus *b);

/*
 * Asks about the process of subject. answered is called once, from the loop, unless withdrawn;
 * timeout_usec only backs up the deadline that the caller of this has itself.
 */
int polkit_bus_ask(struct polkit_bus *b, const struct caller *subject,
		   const struct polkit_matter *m, bool may_interact, uint64_t timeout_usec,
		   struct polkit_bus_call *call);

/* Takes the question back, at polkitd too, so that no prompt stays on a screen. */
void polkit_bus_withdraw(struct polkit_bus *b, struct polkit_bus_call *call);

#endif
