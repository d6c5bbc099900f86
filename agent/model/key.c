/*
 * model/key.c - see key.h
 */
#include "agent/model/key.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/bytes.h"
#include "agent/base/words.h"

void key_info_done(struct key_info *i)
{
	free(i->label);
	free(i->spki);
	free(i->ssh_blob);
	free(i->certificate);
	*i = (struct key_info){};
}

int key_info_copy(const struct key_info *i, struct key_info *ret)
{
	*ret = *i;
	ret->label = strdup(i->label);
	ret->spki = bytes_dup(i->spki, i->spki_size);
	ret->ssh_blob = bytes_dup(i->ssh_blob, i->ssh_blob_size);
	ret->certificate = i->certificate ? bytes_dup(i->certificate, i->certificate_size) : NULL;
	if (ret->label && ret->spki && ret->ssh_blob && (ret->certificate || !i->certificate))
		return 0;
	key_info_done(ret);
	return -ENOMEM;
}

static struct key_place *find_place(const struct key_rule *r, const char *key)
{
	for (size_t i = 0; i < r->n_places; i++)
		if (strcmp(r->places[i].key, key) == 0)
			return &r->places[i];
	return NULL;
}

const struct key_place *key_rule_place(const struct key_rule *r, const char *key)
{
	return find_place(r, key);
}

int key_rule_note(struct key_rule *r, const char *key, const char *path, unsigned line)
{
	struct key_place *place = find_place(r, key);
	char *copy = strdup(path);

	if (!copy)
		return -ENOMEM;
	if (!place) {
		place = reallocarray(r->places, r->n_places + 1, sizeof(*place));
		if (!place) {
			free(copy);
			return -ENOMEM;
		}
		r->places = place;
		place += r->n_places++;
		place->path = NULL;
	}
	free(place->path);
	*place = (struct key_place){.key = key, .path = copy, .line = line};
	return 0;
}

struct key_rule *key_rule_free(struct key_rule *r)
{
	if (!r)
		return NULL;
	free(r->name);
	free(r->path);
	uri_done(&r->uri);
	words_free(r->purposes);
	free(r->successor);
	people_done(&r->approvers);
	approver_keys_free(r->approver_keys, r->n_approver_keys);
	people_done(&r->break_glass);
	free(r->certificate);
	free(r->ssh_certificate);
	for (size_t i = 0; i < r->n_places; i++)
		free(r->places[i].path);
	free(r->places);
	free(r);
	return NULL;
}

struct key *key_copy(const struct key *k)
{
	_cleanup_(key_freep) struct key *copy = calloc(1, sizeof(*copy));

	if (!copy)
		return NULL;
	copy->name = strdup(k->name);
	copy->token = strdup(k->token);
	if (!copy->name || !copy->token || key_info_copy(&k->info, &copy->info) < 0)
		return NULL;
	return take_ptr(copy);
}

struct key *key_free(struct key *k)
{
	if (!k)
		return NULL;
	free(k->name);
	free(k->token);
	key_info_done(&k->info);
	free(k);
	return NULL;
}
