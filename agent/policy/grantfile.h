/*
 * policy/grantfile.h - grants.d/ID.conf, text -> struct grant; pure but for the names of users
 */
#ifndef AGENT_POLICY_GRANTFILE_H
#define AGENT_POLICY_GRANTFILE_H

#include "agent/base/ini.h"
#include "agent/model/grant.h"

/* -ENOMEM. */
int grantfile_new(const char *id, const char *path, struct grant **ret);

/* An ini_handler; userdata is a struct grant. */
int grantfile_assign(const char *section, const char *key, const char *value, unsigned line,
		     struct ini_error *error, void *userdata);

/* Whether it says what a grant must say. 0, or -EINVAL with error. */
int grantfile_check(const struct grant *g, struct ini_error *error);

#endif
