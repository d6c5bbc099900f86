/*
 * pam/host.c - see host.h
 */
#include "pam/host.h"

#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include <security/pam_ext.h>
#include <security/pam_modutil.h>

#include "agent/base/limits.h"
#include "agent/base/text.h"

#define AGENT_USER "signet"

bool host_init(struct host *h, pam_handle_t *pam, int flags, int argc, const char **argv)
{
	const char *bad;

	*h = (struct host){.pam = pam, .is_silent = flags & PAM_SILENT};
	if (options_parse(argc, argv, &h->options, &bad))
		return true;
	host_log(h, LOG_ERR, "'%s' is no option, or has a value that it cannot have: pam_signet(8)",
		 bad);
	return false;
}

const char *host_item(const struct host *h, int item)
{
	const void *value = NULL;

	return pam_get_item(h->pam, item, &value) == PAM_SUCCESS ? value : NULL;
}

bool host_user(const struct host *h, uid_t *ret_uid, const char **ret_name)
{
	const char *name;
	struct passwd *entry;

	if (pam_get_user(h->pam, &name, NULL) != PAM_SUCCESS || !name)
		return false;
	entry = pam_modutil_getpwnam(h->pam, name);
	if (!entry)
		return false;
	*ret_uid = entry->pw_uid;
	*ret_name = entry->pw_name;
	return true;
}

struct agent_address host_agent(const struct host *h)
{
	const struct passwd *entry = pam_modutil_getpwnam(h->pam, AGENT_USER);

	return (struct agent_address){
		.socket = h->options.socket,
		.uid = entry ? entry->pw_uid : 0,
		.timeout_usec = h->options.timeout_usec,
	};
}

void host_say(const struct host *h, const char *text)
{
	if (!h->is_silent)
		host_insist(h, text);
}

void host_insist(const struct host *h, const char *text)
{
	(void)pam_error(h->pam, "signet: %s", text); /* who does not listen is not told */
}

void host_log(const struct host *h, int priority, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	pam_vsyslog(h->pam, priority, format, arguments);
	va_end(arguments);
}

void host_debug(const struct host *h, const char *format, ...)
{
	va_list arguments;

	if (!h->options.is_debug)
		return;
	va_start(arguments, format);
	pam_vsyslog(h->pam, LOG_DEBUG, format, arguments);
	va_end(arguments);
}

void host_text(const struct report *r, char *ret, size_t size)
{
	char text[SENTENCE_MAX];

	(void)snprintf(text, sizeof(text), "%.*s", (int)r->size, (const char *)r->data);
	text_sanitise(text, ret, size);
}
