/*
 * policy/polkit-bus.c - see polkit-bus.h
 */
#include "agent/policy/polkit-bus.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/base/clock.h"
#include "agent/policy/polkit-grants.h"

#define POLKIT_NAME "org.freedesktop.PolicyKit1"
#define POLKIT_PATH "/org/freedesktop/PolicyKit1/Authority"
#define POLKIT_INTERFACE "org.freedesktop.PolicyKit1.Authority"

#define FLAG_ALLOW_USER_INTERACTION 1u
/* In each yes due to a temporary authorization; in the one that made it, the other one too. */
#define DETAIL_GRANT "polkit.temporary_authorization_id"
#define DETAIL_RETAINED "polkit.retains_authorization_after_challenge"
#define DETAIL_RESULT "polkit.result"

#define BUS_ADDRESS "unix:path=/run/dbus/system_bus_socket"
#define BUS_OWNER_MAX 256 /* unique names have at most 255 bytes */

/* A bus that is restarted is back within a second; one that is gone is not worth more wake-ups. */
#define BACK_OFF_FIRST (1 * USEC_PER_SEC)
#define BACK_OFF_LAST (30 * USEC_PER_SEC)
#define BACK_OFF_SLACK (100 * USEC_PER_MSEC)

struct polkit_bus {
	sd_event *event; /* owned reference */
	polkit_bus_open open_bus;
	void *open_userdata;
	const struct polkit_bus_handlers *handlers;
	void *userdata;
	sd_bus *bus; /* owned; NULL while none is there */
	bool is_ready;
	char owner[BUS_OWNER_MAX]; /* unique name of polkitd; empty: not known */
	sd_event_source *retry;    /* owned; set while the next attempt is waited for */
	uint64_t back_off_usec;
	uint64_t last_id;
};

static void try_connect(struct polkit_bus *b);

int polkit_bus_open_system(void *userdata, sd_bus **ret)
{
	const char *address = secure_getenv("DBUS_SYSTEM_BUS_ADDRESS");
	sd_bus *bus = NULL;
	int r;

	(void)userdata; /* of no use here */
	r = sd_bus_new(&bus);
	if (r < 0)
		return r;
	r = sd_bus_set_address(bus, address ? address : BUS_ADDRESS);
	if (r >= 0)
		r = sd_bus_set_bus_client(bus, true);
	if (r >= 0)
		r = sd_bus_set_description(bus, "polkit");
	if (r < 0) {
		sd_bus_unref(bus);
		return r;
	}
	*ret = bus;
	return 0;
}

/* --- the connection ---------------------------------------------------------------------------- */

static void close_bus(struct polkit_bus *b)
{
	b->is_ready = false;
	b->owner[0] = '\0';
	/* Without a flush, which would block; what is lost with it does not matter any more. */
	b->bus = sd_bus_close_unref(b->bus);
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct polkit_bus *b = userdata;

	(void)source;
	(void)usec;
	b->retry = sd_event_source_disable_unref(b->retry);
	try_connect(b);
	return 0;
}

static void retry_later(struct polkit_bus *b)
{
	uint64_t usec = b->back_off_usec;

	b->back_off_usec = usec * 2 < BACK_OFF_LAST ? usec * 2 : BACK_OFF_LAST;
	/* Out of memory there is no bus until the agent is started again: every answer is silence. */
	(void)sd_event_add_time_relative(b->event, &b->retry, CLOCK_BOOTTIME, usec, BACK_OFF_SLACK,
					 on_retry, b);
}

static int on_disconnected(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct polkit_bus *b = userdata;

	(void)m;
	(void)error;
	close_bus(b);
	retry_later(b);
	b->handlers->lost(b->userdata);
	return 0;
}

/* Anybody on the bus may send us a signal of that name; only polkitd's own counts. */
static int on_changed(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct polkit_bus *b = userdata;
	const char *sender = sd_bus_message_get_sender(m);

	(void)error;
	if (b->owner[0] == '\0' || !sender || strcmp(sender, b->owner) == 0)
		b->handlers->changed(b->userdata);
	return 0;
}

static void set_owner(struct polkit_bus *b, const char *owner)
{
	(void)snprintf(b->owner, sizeof(b->owner), "%s", owner); /* fits, by the D-Bus standard */
}

static int on_owner_changed(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct polkit_bus *b = userdata;
	const char *name, *old, *new;

	(void)error;
	if (sd_bus_message_read(m, "sss", &name, &old, &new) < 0)
		new = "";
	set_owner(b, new);
	b->handlers->renewed(b->userdata);
	return 0;
}

static int on_owner(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct polkit_bus *b = userdata;
	const char *owner;

	(void)error;
	/* An error says that polkitd does not run yet: then on_owner_changed() will come. */
	if (!sd_bus_message_is_method_error(m, NULL) && sd_bus_message_read(m, "s", &owner) >= 0)
		set_owner(b, owner);
	return 0;
}

/* sd-bus closes the connection should the bus refuse a match: then nothing is kept or asked. */
static int watch_polkit(struct polkit_bus *b)
{
	int r;

	r = sd_bus_match_signal_async(b->bus, NULL, POLKIT_NAME, POLKIT_PATH, POLKIT_INTERFACE,
				      "Changed", on_changed, NULL, b);
	if (r >= 0)
		r = sd_bus_add_match_async(b->bus, NULL,
					   "type='signal',sender='org.freedesktop.DBus',"
					   "path='/org/freedesktop/DBus',"
					   "interface='org.freedesktop.DBus',"
					   "member='NameOwnerChanged',arg0='" POLKIT_NAME "'",
					   on_owner_changed, NULL, b);
	if (r >= 0)
		r = sd_bus_call_method_async(b->bus, NULL, "org.freedesktop.DBus",
					     "/org/freedesktop/DBus", "org.freedesktop.DBus",
					     "GetNameOwner", on_owner, b, "s", POLKIT_NAME);
	return r;
}

static int on_connected(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct polkit_bus *b = userdata;

	(void)error;
	(void)m;
	if (watch_polkit(b) < 0)
		return on_disconnected(m, userdata, error);
	b->is_ready = true;
	b->back_off_usec = BACK_OFF_FIRST;
	b->handlers->connected(b->userdata);
	return 0;
}

static int watch_connection(struct polkit_bus *b, sd_bus *bus)
{
	static const char name[] = "org.freedesktop.DBus.Local",
			  path[] = "/org/freedesktop/DBus/Local";
	int r;

	r = sd_bus_match_signal_async(bus, NULL, name, path, name, "Connected", on_connected, NULL,
				      b);
	if (r >= 0)
		r = sd_bus_match_signal_async(bus, NULL, name, path, name, "Disconnected",
					      on_disconnected, NULL, b);
	return r;
}

static int connect_bus(struct polkit_bus *b)
{
	sd_bus *bus = NULL;
	int r;

	r = b->open_bus(b->open_userdata, &bus);
	if (r < 0)
		return r;
	r = sd_bus_set_connected_signal(bus, true);
	if (r >= 0)
		r = sd_bus_start(bus);
	if (r >= 0)
		r = watch_connection(b, bus);
	if (r >= 0)
		r = sd_bus_attach_event(bus, b->event, SD_EVENT_PRIORITY_NORMAL);
	if (r < 0) {
		sd_bus_close_unref(bus);
		return r;
	}
	b->bus = bus;
	return 0;
}

static void try_connect(struct polkit_bus *b)
{
	if (connect_bus(b) < 0)
		retry_later(b);
}

int polkit_bus_new(sd_event *event, polkit_bus_open open_bus, void *open_userdata,
		   const struct polkit_bus_handlers *handlers, void *userdata,
		   struct polkit_bus **ret)
{
	struct polkit_bus *b = calloc(1, sizeof(*b));

	if (!b)
		return -ENOMEM;
	b->event = sd_event_ref(event);
	b->open_bus = open_bus;
	b->open_userdata = open_userdata;
	b->handlers = handlers;
	b->userdata = userdata;
	b->back_off_usec = BACK_OFF_FIRST;
	try_connect(b);
	*ret = b;
	return 0;
}

struct polkit_bus *polkit_bus_free(struct polkit_bus *b)
{
	if (!b)
		return NULL;
	close_bus(b);
	sd_event_source_disable_unref(b->retry);
	sd_event_unref(b->event);
	free(b);
	return NULL;
}

bool polkit_bus_is_ready(const struct polkit_bus *b)
{
	return b->is_ready;
}

bool polkit_bus_is_hopeful(const struct polkit_bus *b)
{
	return b->bus;
}

/* --- calls --------------------------------------------------------------------------------------- */

/*
 * polkit since 124 takes the pidfd as the process; older ones do not look at it, and find out by
 * the start time that a pid is another process now.
 */
static int append_subject(sd_bus_message *m, const struct caller *c, bool has_fds)
{
	int r;

	r = sd_bus_message_open_container(m, 'r', "sa{sv}");
	if (r >= 0)
		r = sd_bus_message_append(m, "s", "unix-process");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "{sv}");
	if (r >= 0)
		r = sd_bus_message_append(m, "{sv}", "pid", "u", (uint32_t)c->pid);
	if (r >= 0)
		r = sd_bus_message_append(m, "{sv}", "start-time", "t", c->start_time);
	if (r >= 0)
		r = sd_bus_message_append(m, "{sv}", "uid", "i", (int32_t)c->uid);
	if (r >= 0 && has_fds && c->pidfd >= 0)
		r = sd_bus_message_append(m, "{sv}", "pidfd", "h", c->pidfd);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r;
}

static int append_details(sd_bus_message *m, const struct polkit_matter *matter)
{
	const char *name, *value;
	size_t at = 0;
	int r;

	r = sd_bus_message_open_container(m, 'a', "{ss}");
	while (r >= 0 && polkit_matter_next(matter, &at, &name, &value))
		r = sd_bus_message_append(m, "{ss}", name, value);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/* Ours need not differ from those of others: polkitd looks at the sender too. */
static void format_id(uint64_t id, char *buf, size_t size)
{
	(void)snprintf(buf, size, "signet-%" PRIu64, id); /* fits */
}

static int append_question(sd_bus_message *m, const struct caller *subject, bool has_fds,
			   const struct polkit_matter *matter, bool may_interact, uint64_t id)
{
	char cancellation[32];
	int r;

	format_id(id, cancellation, sizeof(cancellation));
	r = append_subject(m, subject, has_fds);
	if (r >= 0)
		r = sd_bus_message_append(m, "s", polkit_matter_action(matter));
	if (r >= 0)
		r = append_details(m, matter);
	if (r >= 0)
		r = sd_bus_message_append(m, "us", may_interact ? FLAG_ALLOW_USER_INTERACTION : 0u,
					  cancellation);
	return r;
}

/* Not 0 for an id that is none, is too long or is there twice. */
static int read_details(sd_bus_message *m, struct polkit_said *said)
{
	const char *name, *value;
	int r;

	r = sd_bus_message_enter_container(m, 'a', "{ss}");
	if (r < 0)
		return r;
	while ((r = sd_bus_message_read(m, "{ss}", &name, &value)) > 0) {
		if (strcmp(name, DETAIL_RETAINED) == 0)
			said->is_retained = true;
		if (strcmp(name, DETAIL_RESULT) == 0)
			said->result = value;
		if (strcmp(name, DETAIL_GRANT) != 0)
			continue;
		if (said->grant || value[0] == '\0' || strlen(value) > POLKIT_GRANT_ID_MAX)
			return -EBADMSG;
		said->grant = value;
	}
	return r;
}

/* Only a result that polkitd gave and that makes sense is more than silence. */
static enum polkit_answer read_answer(sd_bus_message *m, struct polkit_said *said)
{
	int is_authorized, is_challenge;

	if (sd_bus_message_is_method_error(m, NULL))
		return POLKIT_ANSWER_SILENCE;
	if (sd_bus_message_has_signature(m, "(bba{ss})") <= 0 ||
	    sd_bus_message_enter_container(m, 'r', "bba{ss}") <= 0 ||
	    sd_bus_message_read(m, "bb", &is_authorized, &is_challenge) < 0)
		return POLKIT_ANSWER_SILENCE;
	if ((is_authorized && is_challenge) || read_details(m, said) < 0)
		return POLKIT_ANSWER_SILENCE;
	if (is_authorized)
		return POLKIT_ANSWER_YES;
	return is_challenge ? POLKIT_ANSWER_CHALLENGE : POLKIT_ANSWER_NO;
}

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct polkit_bus_call *call = userdata;
	struct polkit_said said = {};

	(void)error;
	call->slot = sd_bus_slot_unref(call->slot);
	said.answer = read_answer(m, &said);
	call->answered(&said, call->userdata);
	return 0;
}

int polkit_bus_ask(struct polkit_bus *b, const struct caller *subject,
		   const struct polkit_matter *m, bool may_interact, uint64_t timeout_usec,
		   struct polkit_bus_call *call)
{
	sd_bus_message *message = NULL;
	bool has_fds;
	int r;

	if (!b->is_ready)
		return -ENOTCONN;
	/* Does not block, because the bus has said hello. */
	has_fds = sd_bus_can_send(b->bus, SD_BUS_TYPE_UNIX_FD) > 0;
	call->id = ++b->last_id;
	r = sd_bus_message_new_method_call(b->bus, &message, POLKIT_NAME, POLKIT_PATH,
					   POLKIT_INTERFACE, "CheckAuthorization");
	if (r >= 0)
		r = append_question(message, subject, has_fds, m, may_interact, call->id);
	if (r >= 0)
		r = sd_bus_call_async(b->bus, &call->slot, message, on_answer, call, timeout_usec);
	sd_bus_message_unref(message);
	return r < 0 ? r : 0;
}

static int send_cancel(struct polkit_bus *b, uint64_t id)
{
	sd_bus_message *message = NULL;
	char cancellation[32];
	int r;

	format_id(id, cancellation, sizeof(cancellation));
	r = sd_bus_message_new_method_call(b->bus, &message, POLKIT_NAME, POLKIT_PATH,
					   POLKIT_INTERFACE, "CancelCheckAuthorization");
	if (r >= 0)
		r = sd_bus_message_append(message, "s", cancellation);
	if (r >= 0)
		r = sd_bus_message_set_auto_start(message, false);
	if (r >= 0)
		r = sd_bus_message_set_expect_reply(message, false);
	if (r >= 0)
		r = sd_bus_send(b->bus, message, NULL);
	sd_bus_message_unref(message);
	return r;
}

void polkit_bus_withdraw(struct polkit_bus *b, struct polkit_bus_call *call)
{
	if (!call->slot)
		return;
	call->slot = sd_bus_slot_unref(call->slot);
	if (b->is_ready)
		(void)send_cancel(b, call->id); /* polkitd may be gone; then so is the question */
}
