/*
 * test-keys.c - what the keys of all tokens are called, and which are not offered
 */
#include "agent/token/keys.h"

#include "agent/base/clock.h"
#include "tests/lib/fake-token.h"
#include "tests/unit/unit.h"

#define RULES_MAX 4u

static struct fake_token tokens[2]; /* 'a' and 'b', with the labels 'left' and 'right' */

struct house {
	char dir[32];
	sd_event *event;
	struct pool *pool;
	struct key_rule *rules[RULES_MAX];
	size_t n_rules;
	struct keys *keys;
};

static void on_changed(const struct token_info *t, enum token_state before, void *userdata)
{
	(void)t;
	(void)before;
	(void)userdata;
}

static const struct pool_events events = {.changed = on_changed};

static void settle(struct house *h)
{
	unsigned n;

	do {
		pool_turn(h->pool);
		n = 0;
		while (sd_event_run(h->event, 0) > 0)
			n++;
	} while (n > 0);
}

static void begin_bare(struct house *h)
{
	char *names[] = {(char *)"a", (char *)"b", NULL};

	*h = (struct house){.dir = "/tmp/signet-unit.XXXXXX"};
	ck_assert_ptr_nonnull(mkdtemp(h->dir));
	ck_assert_int_ge(sd_event_new(&h->event), 0);
	ck_assert_int_eq(pool_new(h->event, h->dir, &events, h, &h->pool), 0);
	ck_assert_int_eq(pool_configure(h->pool, names, USEC_PER_SEC), 0);
	for (size_t i = 0; i < array_len(tokens); i++) {
		fake_token_init(&tokens[i], h->event, h->dir, names[i]);
		tokens[i].label = i == 0 ? "left" : "right";
	}
}

static void come_up(struct house *h)
{
	pool_wake(h->pool, NULL);
	settle(h);
}

/* Two tokens with the keys of these labels, as P-256 keys, each list ending with NULL. */
static void begin(struct house *h, const char *const *left, const char *const *right)
{
	static struct fake_key keys[2][8];
	const char *const *const labels[] = {left, right};

	begin_bare(h);
	for (size_t i = 0; i < array_len(tokens); i++) {
		tokens[i].keys = keys[i];
		for (size_t k = 0; labels[i][k]; k++, tokens[i].n_keys++)
			keys[i][k] = (struct fake_key){
				.label = labels[i][k],
				.type = KEY_TYPE_P256,
				.bits = 256,
				.cka_id = (uint8_t)(16 * (i + 1) + k),
			};
	}
	come_up(h);
}

/* A file of keys.d: NAME.conf with URI=. */
static void add_rule(struct house *h, const char *name, const char *uri)
{
	struct key_rule *rule = calloc(1, sizeof(*rule));
	char why[160] = "";
	int r;

	ck_assert_ptr_nonnull(rule);
	rule->name = strdup(name);
	rule->path = strdup("the file");
	r = uri_parse(uri, URI_KEY, &rule->uri, why, sizeof(why));
	ck_assert_msg(r == 0, "'%s': %s", uri, why);
	h->rules[h->n_rules++] = rule;
}

static void make(struct house *h)
{
	h->keys = keys_free(h->keys);
	ck_assert_int_eq(keys_new(h->pool, h->rules, h->n_rules, &h->keys), 0);
}

/* The names that are offered, with spaces between, and how many keys were not. */
static void check_names(struct house *h, const char *expected, size_t n_problems)
{
	char got[512] = "";

	make(h);
	for (size_t i = 0; i < h->keys->n_items; i++)
		(void)snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s",
			       i > 0 ? " " : "", h->keys->items[i]->name);
	ck_assert_str_eq(got, expected);
	ck_assert_uint_eq(h->keys->n_problems, n_problems);
}

static void check_problem(struct house *h, size_t i, const char *part)
{
	ck_assert_uint_lt(i, h->keys->n_problems);
	ck_assert_msg(strstr(h->keys->problems[i], part), "'%s' does not say '%s'",
		      h->keys->problems[i], part);
}

/* The token of the key of that name. */
static const char *token_of(struct house *h, const char *name)
{
	const struct key *key = keys_by_name(h->keys, name);

	ck_assert_msg(key, "there is no key '%s'", name);
	return key->token;
}

static void end(struct house *h)
{
	char path[64];

	(void)keys_free(h->keys);
	for (size_t i = 0; i < h->n_rules; i++)
		(void)key_rule_free(h->rules[i]);
	(void)pool_free(h->pool);
	for (size_t i = 0; i < array_len(tokens); i++)
		fake_token_done(&tokens[i]);
	(void)sd_event_unref(h->event);
	(void)snprintf(path, sizeof(path), "%s/token", h->dir);
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_eq(rmdir(h->dir), 0);
}

#define LABELS(...) ((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

/* --- without files ---------------------------------------------------------------------------- */

START_TEST(a_key_without_a_file_is_offered_under_its_label)
{
	struct house h;

	begin(&h, LABELS("one", "two"), LABELS("three"));
	check_names(&h, "one three two", 0);
	ck_assert_str_eq(token_of(&h, "three"), "b");
	ck_assert_ptr_null(keys_by_name(h.keys, "one")->rule);
	end(&h);
}
END_TEST

START_TEST(one_label_on_two_tokens_is_offered_with_the_token_in_front)
{
	struct house h;

	begin(&h, LABELS("same", "one"), LABELS("same"));
	check_names(&h, "a/same b/same one", 0);
	ck_assert_str_eq(token_of(&h, "b/same"), "b");
	ck_assert_ptr_null(keys_by_name(h.keys, "same"));
	end(&h);
}
END_TEST

START_TEST(two_keys_of_one_label_on_one_token_are_not_offered)
{
	struct house h;

	begin(&h, LABELS("same", "same", "one"), LABELS());
	check_names(&h, "one", 2);
	check_problem(&h, 0, "'same'");
	check_problem(&h, 0, "'a'");
	end(&h);
}
END_TEST

START_TEST(two_on_one_token_do_not_hide_the_one_of_another)
{
	struct house h;

	begin(&h, LABELS("same", "same"), LABELS("same"));
	check_names(&h, "b/same", 2);
	end(&h);
}
END_TEST

START_TEST(a_key_without_a_label_is_not_offered)
{
	struct house h;

	begin(&h, LABELS("", "one"), LABELS(""));
	check_names(&h, "one", 2);
	check_problem(&h, 0, "no label");
	end(&h);
}
END_TEST

START_TEST(a_label_cannot_pass_for_a_key_of_another_token)
{
	struct house h;

	begin(&h, LABELS("b/same", "same"), LABELS("same"));
	check_names(&h, "a/b/same a/same b/same", 0);
	ck_assert_str_eq(token_of(&h, "b/same"), "b");
	ck_assert_str_eq(token_of(&h, "a/b/same"), "a");
	end(&h);
}
END_TEST

/* --- with files ------------------------------------------------------------------------------- */

START_TEST(a_file_gives_a_key_its_name_and_its_limits)
{
	struct house h;

	begin(&h, LABELS("one", "two"), LABELS());
	add_rule(&h, "release", "pkcs11:token=left;object=one");
	check_names(&h, "release two", 0);
	ck_assert_ptr_eq(keys_by_name(h.keys, "release")->rule, h.rules[0]);
	ck_assert_ptr_null(keys_by_name(h.keys, "one"));
	end(&h);
}
END_TEST

START_TEST(a_file_means_a_key_of_the_token_that_it_names)
{
	struct house h;

	begin(&h, LABELS("same"), LABELS("same"));
	add_rule(&h, "release", "pkcs11:token=right;object=same");
	check_names(&h, "release same", 0);
	ck_assert_str_eq(token_of(&h, "release"), "b");
	ck_assert_str_eq(token_of(&h, "same"), "a");
	end(&h);
}
END_TEST

START_TEST(a_file_that_fits_two_keys_offers_neither)
{
	struct house h;

	begin(&h, LABELS("same", "same"), LABELS("one"));
	add_rule(&h, "release", "pkcs11:token=left;object=same");
	check_names(&h, "one", 1);
	check_problem(&h, 0, "'release'");
	check_problem(&h, 0, "the file");
	check_problem(&h, 0, "2 keys");
	end(&h);
}
END_TEST

START_TEST(an_id_tells_two_keys_of_one_label_apart)
{
	struct house h;

	begin(&h, LABELS("same", "same"), LABELS());
	add_rule(&h, "first", "pkcs11:token=left;object=same;id=%10");
	add_rule(&h, "second", "pkcs11:token=left;object=same;id=%11");
	check_names(&h, "first second", 0);
	ck_assert_uint_eq(keys_by_name(h.keys, "second")->info.cka_id[0], 0x11);
	end(&h);
}
END_TEST

START_TEST(a_key_named_by_its_file_leaves_its_label_to_the_other)
{
	struct house h;

	begin(&h, LABELS("same", "same"), LABELS());
	add_rule(&h, "first", "pkcs11:token=left;id=%10");
	check_names(&h, "first same", 0);
	ck_assert_uint_eq(keys_by_name(h.keys, "same")->info.cka_id[0], 0x11);
	end(&h);
}
END_TEST

START_TEST(a_label_cannot_take_the_name_of_a_file)
{
	struct house h;

	begin(&h, LABELS("one"), LABELS("release"));
	add_rule(&h, "release", "pkcs11:token=left;object=one");
	check_names(&h, "b/release release", 0);
	ck_assert_str_eq(token_of(&h, "release"), "a");
	end(&h);
}
END_TEST

START_TEST(a_label_cannot_take_the_name_of_a_file_whose_key_is_not_there)
{
	struct house h;

	begin(&h, LABELS("release"), LABELS());
	add_rule(&h, "release", "pkcs11:token=right;object=gone");
	check_names(&h, "a/release", 0);
	ck_assert_ptr_null(keys_by_name(h.keys, "release"));
	end(&h);
}
END_TEST

START_TEST(a_key_that_two_files_mean_is_not_offered_under_either_name)
{
	struct house h;

	begin(&h, LABELS("one"), LABELS());
	add_rule(&h, "by-id", "pkcs11:token=left;id=%10");
	add_rule(&h, "by-label", "pkcs11:token=left;object=one");
	check_names(&h, "", 2);
	end(&h);
}
END_TEST

START_TEST(a_lost_token_keeps_its_keys_by_label_and_by_file)
{
	struct house h;

	begin(&h, LABELS("one", "two"), LABELS());
	add_rule(&h, "release", "pkcs11:token=left;object=one");
	tokens[0].state = TOKEN_STATE_LOST;
	tokens[0].n_keys = 0;
	tokens[0].label = "";
	ck_assert(fake_token_greet(&tokens[0]));
	settle(&h);
	check_names(&h, "release two", 0);
	fake_token_die(&tokens[0]);
	settle(&h);
	check_names(&h, "release two", 0);
	end(&h);
}
END_TEST

START_TEST(a_key_that_was_taken_off_its_token_is_not_offered_any_more)
{
	struct house h;

	begin(&h, LABELS("one", "two"), LABELS());
	add_rule(&h, "release", "pkcs11:token=left;object=one");
	tokens[0].n_keys = 0;
	ck_assert(fake_token_greet(&tokens[0]));
	settle(&h);
	check_names(&h, "", 0);
	end(&h);
}
END_TEST

/* --- looking up ------------------------------------------------------------------------------- */

START_TEST(a_key_is_found_by_the_whole_of_its_ssh_blob)
{
	char buf[160];
	struct house h;
	struct view blob;

	begin(&h, LABELS("one", "two"), LABELS());
	make(&h);
	blob = fake_blob(&tokens[0].keys[1], buf);
	ck_assert_str_eq(keys_by_blob(h.keys, blob.data, blob.size)->name, "two");
	ck_assert_ptr_null(keys_by_blob(h.keys, blob.data, blob.size - 1));
	ck_assert_ptr_null(keys_by_blob(h.keys, blob.data, 0));
	ck_assert_ptr_null(keys_by_name(h.keys, "tw"));
	ck_assert_ptr_null(keys_by_name(h.keys, ""));
	end(&h);
}
END_TEST

/* A certificate for one of two keys, named in the file of this one. */
static void certify(struct house *h, struct fake_key *key, const char *vector)
{
	struct view certificate = unit_vector("ssh", vector);
	struct key_rule *rule;

	key->ssh_blob = unit_vector("ssh", "blob-ed25519");
	add_rule(h, "login", "pkcs11:token=left;object=one");
	rule = h->rules[h->n_rules - 1];
	rule->ssh_certificate = (uint8_t *)certificate.data; /* freed with the rule */
	rule->ssh_certificate_size = certificate.size;
}

START_TEST(a_key_is_found_by_its_ssh_certificate_too)
{
	const struct key *key;
	struct fake_key one = {.label = "one", .type = KEY_TYPE_ED25519, .bits = 255, .cka_id = 7};
	struct view certificate;
	struct house h;

	begin_bare(&h);
	tokens[0].keys = &one;
	tokens[0].n_keys = 1;
	certify(&h, &one, "whole-ed25519");
	come_up(&h);
	check_names(&h, "login", 0);
	certificate = unit_vector("ssh", "whole-ed25519");
	key = keys_by_blob(h.keys, certificate.data, certificate.size);
	ck_assert_ptr_nonnull(key);
	ck_assert(key->has_ssh_certificate);
	ck_assert_ptr_eq(keys_by_blob(h.keys, one.ssh_blob.data, one.ssh_blob.size), key);
	ck_assert_ptr_null(keys_by_blob(h.keys, certificate.data, certificate.size - 1));
	free((void *)certificate.data);
	free((void *)one.ssh_blob.data);
	end(&h);
}
END_TEST

START_TEST(a_certificate_of_another_key_is_not_shown_but_the_key_is)
{
	struct fake_key one = {.label = "one", .type = KEY_TYPE_ED25519, .bits = 255, .cka_id = 7};
	struct view certificate;
	struct house h;

	begin_bare(&h);
	tokens[0].keys = &one;
	tokens[0].n_keys = 1;
	certify(&h, &one, "whole-p256");
	come_up(&h);
	check_names(&h, "login", 1);
	check_problem(&h, 0, "it is of another key");
	certificate = unit_vector("ssh", "whole-p256");
	ck_assert(!h.keys->items[0]->has_ssh_certificate);
	ck_assert_ptr_null(keys_by_blob(h.keys, certificate.data, certificate.size));
	free((void *)certificate.data);
	free((void *)one.ssh_blob.data);
	end(&h);
}
END_TEST

START_TEST(no_tokens_have_no_keys)
{
	char *none[] = {NULL};
	struct house h;

	begin(&h, LABELS("one"), LABELS());
	add_rule(&h, "release", "pkcs11:token=left;object=one");
	ck_assert_int_eq(pool_configure(h.pool, none, USEC_PER_SEC), 0);
	check_names(&h, "", 0);
	end(&h);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_key_without_a_file_is_offered_under_its_label,
		one_label_on_two_tokens_is_offered_with_the_token_in_front,
		two_keys_of_one_label_on_one_token_are_not_offered,
		two_on_one_token_do_not_hide_the_one_of_another,
		a_key_without_a_label_is_not_offered,
		a_label_cannot_pass_for_a_key_of_another_token,
		a_file_gives_a_key_its_name_and_its_limits,
		a_file_means_a_key_of_the_token_that_it_names,
		a_file_that_fits_two_keys_offers_neither,
		an_id_tells_two_keys_of_one_label_apart,
		a_key_named_by_its_file_leaves_its_label_to_the_other,
		a_label_cannot_take_the_name_of_a_file,
		a_label_cannot_take_the_name_of_a_file_whose_key_is_not_there,
		a_key_that_two_files_mean_is_not_offered_under_either_name,
		a_lost_token_keeps_its_keys_by_label_and_by_file,
		a_key_that_was_taken_off_its_token_is_not_offered_any_more,
		a_key_is_found_by_the_whole_of_its_ssh_blob,
		a_key_is_found_by_its_ssh_certificate_too,
		a_certificate_of_another_key_is_not_shown_but_the_key_is,
		no_tokens_have_no_keys,
	};

	return unit_run("keys", tests, array_len(tests));
}
