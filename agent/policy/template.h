/*
 * policy/template.h - templates.d: what several keys have in common
 *
 * A template is text, and is parsed anew for each key that names it, in front of the key's own: so
 * it means there what it would mean in a file of the key's.
 */
#ifndef AGENT_POLICY_TEMPLATE_H
#define AGENT_POLICY_TEMPLATE_H

#include <stddef.h>

#include "agent/policy/keyfile.h"
#include "agent/policy/source.h"

struct template
{
	char *name; /* owned */
	struct texts texts;
};

struct templates {
	struct template *list; /* owned; sorted by name */
	size_t n;
};

/* Reads dir/templates.d. Each line of each is checked, whether a key names it or not. */
int templates_load(struct source *s, const char *dir, struct templates *ret);
void templates_done(struct templates *t);

/* What the template that the key's own texts name has to say, if they name one, into k. */
int templates_apply(struct source *s, const struct templates *t, const struct texts *own,
		    struct keyfile *k);

#endif
