/*
 * token/keys.c - see keys.h
 */
#include "agent/token/keys.h"

#include <errno.h>
#include <string.h>

#include "agent/base/limits.h"
#include "agent/base/text.h"
#include "agent/wire/ssh.h"

struct keys *keys_free(struct keys *k)
{
	if (!k)
		return NULL;
	for (size_t i = 0; i < k->n_items; i++)
		(void)key_free(k->items[i]);
	for (size_t i = 0; i < k->n_problems; i++)
		free(k->problems[i]);
	free(k->items);
	free(k->problems);
	free(k);
	return NULL;
}

/* Takes the sentence; out of memory if it is NULL. */
static int add_problem(struct keys *k, char *sentence)
{
	char **problems;

	if (!sentence)
		return -ENOMEM;
	problems = reallocarray(k->problems, k->n_problems + 1, sizeof(*problems));
	if (!problems) {
		free(sentence);
		return -ENOMEM;
	}
	problems[k->n_problems++] = sentence;
	k->problems = problems;
	return 0;
}

/* Takes the name; out of memory if it is NULL. */
static int add_key(struct keys *k, char *name, const struct token_info *t,
		   const struct key_info *info, const struct key_rule *rule)
{
	_cleanup_(key_freep) struct key *key = NULL;
	struct key **items;

	key = calloc(1, sizeof(*key));
	if (!key || !name) {
		free(name);
		return -ENOMEM;
	}
	key->name = name;
	key->token = strdup(t->name);
	key->rule = rule;
	if (!key->token || key_info_copy(info, &key->info) < 0)
		return -ENOMEM;
	items = reallocarray(k->items, k->n_items + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	k->items = items;
	items[k->n_items++] = take_ptr(key);
	return 0;
}

static struct view ssh_blob(const struct key *key)
{
	return (struct view){key->info.ssh_blob, key->info.ssh_blob_size};
}

static struct view ssh_certificate(const struct key *key)
{
	return (struct view){key->rule->ssh_certificate, key->rule->ssh_certificate_size};
}

/* --- which file means which key ----------------------------------------------------------------- */

/* A key of a token, and the files that mean it. */
struct found {
	struct token_info token;
	const struct key_info *info; /* borrowed from the pool */
	size_t n_rules;
};

/*
 * All keys of all tokens in their order, and sorted by what files name them by: a host may have a
 * thousand of both, and to compare each with each would take long whenever a token changes.
 */
struct table {
	struct found *keys; /* owned, as the lists below */
	struct found **by_label;
	struct found **by_id;
	size_t n;
	const char **names; /* of the files, sorted; borrowed */
	size_t n_names;
};

static void table_done(struct table *t)
{
	free(t->keys);
	free(t->by_label);
	free(t->by_id);
	free(t->names);
}

static int compare_labels(const void *a, const void *b)
{
	const struct found *const *x = a, *const *y = b;

	return strcmp((*x)->info->label, (*y)->info->label);
}

static int compare_ids(const void *a, const void *b)
{
	const struct key_info *x = (*(const struct found *const *)a)->info;
	const struct key_info *y = (*(const struct found *const *)b)->info;

	if (x->cka_id_size != y->cka_id_size)
		return x->cka_id_size < y->cka_id_size ? -1 : 1;
	return memcmp(x->cka_id, y->cka_id, x->cka_id_size);
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int table_init(struct table *t, const struct pool *pool, struct key_rule *const *rules,
		      size_t n_rules)
{
	size_t max = 0;

	for (size_t i = 0; i < pool_count(pool); i++)
		max += pool_at(pool, i).inventory->n_keys;
	t->keys = calloc(max + 1, sizeof(*t->keys));
	t->by_label = calloc(max + 1, sizeof(*t->by_label));
	t->by_id = calloc(max + 1, sizeof(*t->by_id));
	t->names = calloc(n_rules + 1, sizeof(*t->names));
	if (!t->keys || !t->by_label || !t->by_id || !t->names)
		return -ENOMEM;
	for (size_t i = 0; i < pool_count(pool); i++) {
		struct token_info token = pool_at(pool, i);

		for (size_t j = 0; j < token.inventory->n_keys; j++, t->n++) {
			t->keys[t->n] = (struct found){token, &token.inventory->keys[j], 0};
			t->by_label[t->n] = t->by_id[t->n] = &t->keys[t->n];
		}
	}
	for (; t->n_names < n_rules; t->n_names++)
		t->names[t->n_names] = rules[t->n_names]->name;
	qsort(t->by_label, t->n, sizeof(struct found *), compare_labels);
	qsort(t->by_id, t->n, sizeof(struct found *), compare_ids);
	qsort(t->names, t->n_names, sizeof(char *), compare_strings);
	return 0;
}

/* Those of a sorted list that are equal to one like wanted. */
struct range {
	struct found *const *items; /* borrowed */
	size_t n;
};

static struct range range_of(struct found *const *list, size_t n, const struct key_info *wanted,
			     int (*compare)(const void *a, const void *b))
{
	const struct found like = {.info = wanted}, *const at = &like;
	size_t low = 0, high = n, end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&list[middle], &at) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < n && compare(&list[end], &at) == 0; end++)
		;
	return (struct range){list + low, end - low};
}

/* The keys that a file may mean. A URI of a key names its label or its id. */
static struct range candidates(const struct table *t, const struct uri *uri)
{
	struct key_info wanted = {.label = uri->object, .cka_id_size = uri->id_size};

	if (uri->object)
		return range_of(t->by_label, t->n, &wanted, compare_labels);
	memcpy(wanted.cka_id, uri->id, uri->id_size); /* as large as the other */
	return range_of(t->by_id, t->n, &wanted, compare_ids);
}

static bool rule_means(const struct key_rule *rule, const struct found *f)
{
	return uri_matches_token(&rule->uri, f->token.inventory->label,
				 f->token.inventory->serial) &&
	       uri_matches_object(&rule->uri, f->info->label, f->info->cka_id,
				  f->info->cka_id_size);
}

/* How many keys of all tokens a file means, and one of them. */
static size_t find_keys(const struct table *t, const struct key_rule *rule, struct found **ret)
{
	struct range range = candidates(t, &rule->uri);
	size_t n = 0;

	for (size_t i = 0; i < range.n; i++) {
		if (!rule_means(rule, range.items[i]))
			continue;
		*ret = range.items[i];
		n++;
	}
	return n;
}

/* Counts for each key the files that mean it. */
static void count_rules(const struct table *t, struct key_rule *const *rules, size_t n_rules)
{
	for (size_t i = 0; i < n_rules; i++) {
		struct range range = candidates(t, &rules[i]->uri);

		for (size_t k = 0; k < range.n; k++)
			range.items[k]->n_rules += rule_means(rules[i], range.items[k]);
	}
}

/* --- keys with a file --------------------------------------------------------------------------- */

/* A certificate of another key is of no use to anybody, but the key itself is. */
static int add_certified(struct keys *k, const struct token_info *t, const struct key_info *info,
			 const struct key_rule *rule)
{
	struct key *key;
	int r;

	r = add_key(k, strdup(rule->name), t, info, rule);
	if (r < 0 || !rule->ssh_certificate)
		return r;
	key = k->items[k->n_items - 1];
	key->has_ssh_certificate = ssh_certifies(ssh_certificate(key), ssh_blob(key));
	if (key->has_ssh_certificate)
		return 0;
	return add_problem(k, text_format("the OpenSSH certificate of key '%s', which %s names, "
					  "is not shown because it is of another key, or of none",
					  rule->name, rule->path));
}

/*
 * A file must mean exactly one key: with two, nobody could say which one signed. And a key has one
 * file: with two, the laxer one would undo the limits of the other.
 */
static int add_ruled(struct keys *k, const struct table *t, const struct key_rule *rule)
{
	struct found *f = NULL;
	size_t n = find_keys(t, rule, &f);

	if (n == 0)
		return 0;
	if (n > 1)
		return add_problem(k, text_format("key '%s' is not offered because its URI= in %s "
						  "fits %zu keys; add id= or serial= to it",
						  rule->name, rule->path, n));
	if (f->n_rules > 1)
		return add_problem(k, text_format("key '%s' is not offered because another file of "
						  "keys.d means the same key as %s; remove one",
						  rule->name, rule->path));
	return add_certified(k, &f->token, f->info, rule);
}

/* --- keys without one --------------------------------------------------------------------------- */

/* How many keys without a file have this one's label: over all tokens, or on its own. */
static size_t count_label(const struct table *t, const struct found *f, bool is_own)
{
	struct range range = range_of(t->by_label, t->n, f->info, compare_labels);
	size_t n = 0;

	for (size_t i = 0; i < range.n; i++)
		n += range.items[i]->n_rules == 0 &&
		     (!is_own || strcmp(range.items[i]->token.name, f->token.name) == 0);
	return n;
}

static bool is_rule_name(const struct table *t, const char *name)
{
	return t->n_names > 0 &&
	       bsearch(&name, t->names, t->n_names, sizeof(char *), compare_strings);
}

static int add_unruled(struct keys *k, const struct table *t, const struct found *f)
{
	const char *label = f->info->label, *token = f->token.name;

	if (label[0] == '\0')
		return add_problem(k,
				   text_format("a key of token '%s' is not offered because it has "
					       "no label; name it in keys.d",
					       token));
	if (count_label(t, f, true) > 1)
		return add_problem(k, text_format("keys '%s' of token '%s' are not offered because "
						  "they share a label; name them by id= in keys.d",
						  label, token));
	/* A slash is left to TOKEN/LABEL, so that no label can pass for a key of another token. */
	if (strchr(label, '/') || is_rule_name(t, label) || count_label(t, f, false) > 1)
		return add_key(k, text_format("%s/%s", token, label), &f->token, f->info, NULL);
	return add_key(k, strdup(label), &f->token, f->info, NULL);
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(struct key *const *)a)->name, (*(struct key *const *)b)->name);
}

int keys_new(const struct pool *pool, struct key_rule *const *rules, size_t n_rules,
	     struct keys **ret)
{
	_cleanup_(keys_freep) struct keys *k = NULL;
	_cleanup_(table_done) struct table t = {};
	int r;

	k = calloc(1, sizeof(*k));
	if (!k)
		return -ENOMEM;
	r = table_init(&t, pool, rules, n_rules);
	if (r < 0)
		return r;
	count_rules(&t, rules, n_rules);
	for (size_t i = 0; i < n_rules && r == 0; i++)
		r = add_ruled(k, &t, rules[i]);
	for (size_t i = 0; i < t.n && r == 0; i++)
		if (t.keys[i].n_rules == 0)
			r = add_unruled(k, &t, &t.keys[i]);
	if (r < 0)
		return r;
	if (k->n_items > 0)
		qsort(k->items, k->n_items, sizeof(*k->items), by_name);
	*ret = take_ptr(k);
	return 0;
}

const struct key *keys_by_name(const struct keys *k, const char *name)
{
	struct key wanted = {.name = (char *)name}, *const at = &wanted;
	struct key **found;

	if (k->n_items == 0)
		return NULL;
	found = bsearch(&at, k->items, k->n_items, sizeof(*k->items), by_name);
	return found ? *found : NULL;
}

const struct key *keys_by_blob(const struct keys *k, const uint8_t *blob, size_t size)
{
	const struct view wanted = {blob, size};

	for (size_t i = 0; i < k->n_items; i++) {
		const struct key *key = k->items[i];

		if (view_is_equal(ssh_blob(key), wanted) ||
		    (key->has_ssh_certificate && view_is_equal(ssh_certificate(key), wanted)))
			return key;
	}
	return NULL;
}
