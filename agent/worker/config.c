/*
 * worker/config.c - see config.h
 */
#include "agent/worker/config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/cleanup.h"
#include "agent/base/limits.h"
#include "agent/base/text.h"

int config_read(const char *directory, const char *name, struct tokenfile *ret,
		struct ini_error *error, char **ret_path)
{
	_cleanup_(freep) char *path = NULL;
	struct tokenfile c = {};
	int r;

	*ret_path = NULL;
	path = text_format("%s/tokens.d/%s.conf", directory, name);
	if (!path)
		return -ENOMEM;
	r = ini_parse_file(path, false, tokenfile_assign, &c, error, ret_path);
	if (r == 0)
		r = tokenfile_check(&c, error);
	if (!*ret_path)
		*ret_path = take_ptr(path);
	if (r < 0) {
		tokenfile_done(&c);
		return r;
	}
	*ret = c;
	return 0;
}

unsigned config_sessions(const struct tokenfile *c)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	if (c->is_serial)
		return 1;
	if (c->sessions > 0)
		return c->sessions;
	if (n < 1)
		return 1;
	return n > (long)TOKEN_SESSIONS_MAX ? TOKEN_SESSIONS_MAX : (unsigned)n;
}
