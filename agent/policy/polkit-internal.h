/*
 * policy/polkit-internal.h - for tests of polkit.c: the same, with a bus of their own
 */
#ifndef AGENT_POLICY_POLKIT_INTERNAL_H
#define AGENT_POLICY_POLKIT_INTERNAL_H

#include "agent/policy/polkit-bus.h"
#include "agent/policy/polkit.h"

int polkit_new_on(sd_event *event, polkit_bus_open open_bus, void *userdata, struct polkit **ret);

#endif
