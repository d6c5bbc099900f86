/*
 * policy/settings.h - signet.conf, section [Agent], text -> struct settings; pure
 */
#ifndef AGENT_POLICY_SETTINGS_H
#define AGENT_POLICY_SETTINGS_H

#include "agent/base/ini.h"
#include "agent/policy/rules.h"

/* What holds where signet.conf says nothing. */
void settings_init(struct settings *s);

/* An ini_handler; userdata is a struct settings. */
int settings_assign(const char *section, const char *key, const char *value, unsigned line,
		    struct ini_error *error, void *userdata);

#endif
