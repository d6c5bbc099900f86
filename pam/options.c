/*
 * pam/options.c - see options.h
 */
#include "pam/options.h"

#include <string.h>

#include "agent/base/cleanup.h"
#include "agent/base/clock.h"
#include "agent/base/text.h"
#include "client/include/signet.h"

/* Longer than signetd waits for polkit. */
#define TIMEOUT_USEC (20 * USEC_PER_SEC)
#define WAIT_USEC (300 * USEC_PER_SEC)
#define SECONDS_MAX 3600u

static bool set_path(const char *value, const char **ret)
{
	*ret = value;
	return value[0] == '/';
}

static bool set_socket(struct options *o, const char *value)
{
	return set_path(value, &o->socket);
}

static bool set_token(struct options *o, const char *value)
{
	o->token = value;
	return text_is_file_name(value);
}

static bool set_authorized_keys(struct options *o, const char *value)
{
	return set_path(value, &o->authorized_keys);
}

static bool set_trusted_ca(struct options *o, const char *value)
{
	return set_path(value, &o->trusted_ca);
}

static bool set_seconds(const char *value, uint64_t min, uint64_t *ret_usec)
{
	uint64_t seconds;

	if (text_to_u64(value, SECONDS_MAX, &seconds) < 0 || seconds < min)
		return false;
	*ret_usec = seconds * USEC_PER_SEC;
	return true;
}

static bool set_timeout(struct options *o, const char *value)
{
	return set_seconds(value, 1, &o->timeout_usec);
}

static bool set_wait(struct options *o, const char *value)
{
	return set_seconds(value, 0, &o->wait_usec);
}

/* Those with a value end with '='. */
static const struct {
	const char *name;
	bool (*set)(struct options *o, const char *value);
} valued[] = {
	{"authorized_keys=", set_authorized_keys},
	{"socket=", set_socket},
	{"timeout=", set_timeout},
	{"token=", set_token},
	{"trusted_ca=", set_trusted_ca},
	{"wait=", set_wait},
};

static const struct {
	const char *name;
	size_t offset;
} plain[] = {
	{"debug", offsetof(struct options, is_debug)},
	{"lock_on_last_close", offsetof(struct options, is_locking)},
	{"set_env", offsetof(struct options, is_setting_env)},
};

static bool set(struct options *o, const char *word)
{
	for (size_t i = 0; i < array_len(plain); i++)
		if (strcmp(word, plain[i].name) == 0) {
			*(bool *)((char *)o + plain[i].offset) = true;
			return true;
		}
	for (size_t i = 0; i < array_len(valued); i++)
		if (strncmp(word, valued[i].name, strlen(valued[i].name)) == 0)
			return valued[i].set(o, word + strlen(valued[i].name));
	return false;
}

bool options_parse(int argc, const char **argv, struct options *ret, const char **ret_bad)
{
	*ret = (struct options){
		.socket = SIGNET_SOCKET,
		.timeout_usec = TIMEOUT_USEC,
		.wait_usec = WAIT_USEC,
	};
	for (int i = 0; i < argc; i++)
		if (!set(ret, argv[i])) {
			*ret_bad = argv[i];
			return false;
		}
	return true;
}

bool options_is_signing(const struct options *o)
{
	return o->authorized_keys || o->trusted_ca;
}
