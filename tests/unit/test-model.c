/*
 * test-model.c - the nouns: empty ones are harmless, and everything owned is given back
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "agent/model/ask.h"
#include "agent/model/caller.h"
#include "agent/model/key.h"
#include "agent/model/outcome.h"
#include "agent/model/verdict.h"

START_TEST(a_new_caller_is_nobody)
{
	_cleanup_(caller_freep) struct caller *c = caller_new();

	ck_assert_ptr_nonnull(c);
	ck_assert(c->uid == (uid_t)-1);
	ck_assert(c->gid == (gid_t)-1);
	ck_assert_int_eq(c->pidfd, -EBADF);
	ck_assert_uint_eq(c->n_groups, 0);
	ck_assert_ptr_null(c->unit);
}
END_TEST

START_TEST(free_takes_null)
{
	ck_assert_ptr_null(caller_free(NULL));
	ck_assert_ptr_null(key_free(NULL));
	ck_assert_ptr_null(key_rule_free(NULL));
}
END_TEST

START_TEST(free_closes_what_a_caller_owns)
{
	struct caller *c = caller_new();
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	c->pidfd = fd;
	c->comm = strdup("x");
	c->groups = calloc(3, sizeof(*c->groups));
	ck_assert_ptr_null(caller_free(c));
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	ck_assert_int_eq(errno, EBADF);
}
END_TEST

START_TEST(an_ask_gives_back_its_items_and_its_pin)
{
	struct ask a;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	ask_init(&a);
	ck_assert_int_eq(a.pin_fd, -EBADF);
	ck_assert_int_eq(ask_set_items(&a, 2), 0);
	ck_assert_uint_eq(a.n_items, 2);
	a.items[1].data = malloc(3);
	a.items[1].label = strdup("file");
	a.key = strdup("release");
	a.ssh_blob = malloc(1);
	a.token = strdup("main");
	a.pin_fd = fd;
	ask_done(&a);
	ck_assert_int_eq(a.pin_fd, -EBADF);
	ck_assert_ptr_null(a.items);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	ask_done(&a);
}
END_TEST

START_TEST(a_copy_of_a_key_shares_nothing)
{
	uint8_t spki[] = {1, 2, 3}, blob[] = {4, 5};
	char label[] = "release";
	struct key_info i = {
		.label = label,
		.cka_id = {7},
		.cka_id_size = 1,
		.type = KEY_TYPE_RSA,
		.bits = 2048,
		.spki = spki,
		.spki_size = sizeof(spki),
		.ssh_blob = blob,
		.ssh_blob_size = sizeof(blob),
	};
	struct key_info copy;

	ck_assert_int_eq(key_info_copy(&i, &copy), 0);
	memset(spki, 0, sizeof(spki));
	memset(blob, 0, sizeof(blob));
	label[0] = 'X';
	ck_assert_str_eq(copy.label, "release");
	ck_assert_mem_eq(copy.spki, "\1\2\3", 3);
	ck_assert_mem_eq(copy.ssh_blob, "\4\5", 2);
	ck_assert_ptr_null(copy.certificate);
	ck_assert_uint_eq(copy.bits, 2048);
	ck_assert_uint_eq(copy.cka_id[0], 7);
	key_info_done(&copy);
	ck_assert_ptr_null(copy.spki);
	key_info_done(&copy);
}
END_TEST

START_TEST(a_copy_keeps_the_certificate)
{
	uint8_t spki[] = {1}, blob[] = {2}, certificate[] = {3, 4};
	char label[] = "";
	struct key_info i = {
		.label = label,
		.spki = spki,
		.spki_size = 1,
		.ssh_blob = blob,
		.ssh_blob_size = 1,
		.certificate = certificate,
		.certificate_size = 2,
	};
	struct key_info copy;

	ck_assert_int_eq(key_info_copy(&i, &copy), 0);
	ck_assert_uint_eq(copy.certificate_size, 2);
	ck_assert_mem_eq(copy.certificate, "\3\4", 2);
	key_info_done(&copy);
}
END_TEST

START_TEST(a_rule_gives_back_its_purposes)
{
	struct key_rule *r = calloc(1, sizeof(*r));

	r->name = strdup("release");
	r->purposes = calloc(3, sizeof(*r->purposes));
	r->purposes[0] = strdup("digest");
	r->purposes[1] = strdup("ssh-auth");
	r->uri.object = strdup("release");
	ck_assert_ptr_null(key_rule_free(r));
}
END_TEST

/* What is not set must never read as leave to do something. */
START_TEST(zero_means_no)
{
	ck_assert_int_eq(VERDICT_DENY, 0);
	ck_assert_ptr_null(outcome_name(OUTCOME_NONE));
	ck_assert_ptr_null(authority_name(AUTHORITY_NONE));
	ck_assert_ptr_null(key_state_name(KEY_STATE_NONE));
	ck_assert_ptr_null(outcome_name((enum outcome)99));
	ck_assert_ptr_null(authority_name((enum authority)99));
	ck_assert_ptr_null(key_state_name((enum key_state)99));
}
END_TEST

START_TEST(names_are_those_of_the_record)
{
	ck_assert_str_eq(outcome_name(OUTCOME_SIGNED), "signed");
	ck_assert_str_eq(outcome_name(OUTCOME_DENIED), "denied");
	ck_assert_str_eq(outcome_name(OUTCOME_FAILED), "failed");
	ck_assert_str_eq(outcome_name(OUTCOME_TIMEOUT), "timeout");
	ck_assert_str_eq(outcome_name(OUTCOME_CANCELLED), "cancelled");
	ck_assert_str_eq(outcome_name(OUTCOME_UNKNOWN), "unknown");
	ck_assert_str_eq(authority_name(AUTHORITY_POLKIT), "polkit");
	ck_assert_str_eq(authority_name(AUTHORITY_SAME_USER), "same-user");
	ck_assert_str_eq(authority_name(AUTHORITY_KEY_FILE), "key-file");
	ck_assert_str_eq(key_state_name(KEY_STATE_ACTIVE), "active");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_new_caller_is_nobody,         free_takes_null,
		free_closes_what_a_caller_owns, an_ask_gives_back_its_items_and_its_pin,
		a_copy_of_a_key_shares_nothing, a_copy_keeps_the_certificate,
		a_rule_gives_back_its_purposes, zero_means_no,
		names_are_those_of_the_record,
	};

	return unit_run("model", tests, array_len(tests));
}
