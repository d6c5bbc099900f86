/*
 * pam/host.h - the program that has loaded us, as PAM shows it: what it knows, and whom it talks to
 */
#ifndef PAM_HOST_H
#define PAM_HOST_H

#include <stdbool.h>
#include <sys/types.h>

#include <security/pam_modules.h>

#include "pam/agent.h"
#include "pam/child.h"
#include "pam/options.h"

/* What every entry point begins with. */
struct host {
	pam_handle_t *pam;
	bool is_silent;
	struct options options;
};

/* False if an option is not known or has no good value: that was logged. */
bool host_init(struct host *h, pam_handle_t *pam, int flags, int argc, const char **argv);

/* An item that is a string; NULL if it is not set. PAM's. */
const char *host_item(const struct host *h, int item);

/* The user that PAM is about. False if there is none. */
bool host_user(const struct host *h, uid_t *ret_uid, const char **ret_name);

/* Only root may listen there if there is no user 'signet'. Borrows from h. */
struct agent_address host_agent(const struct host *h);

/* A line for the user, by the conversation of the program. */
void host_say(const struct host *h, const char *text);
/* The same, also where PAM is to be silent: sudo says so by default, and people must know what to wait for. */
void host_insist(const struct host *h, const char *text);

void host_log(const struct host *h, int priority, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Only with the option 'debug'. */
void host_debug(const struct host *h, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The text of a report, made fit to be shown. ret has room for size bytes. */
void host_text(const struct report *r, char *ret, size_t size);

#endif
