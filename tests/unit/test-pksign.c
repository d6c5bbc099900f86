/*
 * test-pksign.c - signatures by signetd for GnuPG: what becomes of its answers, and of lies
 *
 * A client on one socket, nothing behind, and an agent in the same process that does what it is
 * told.
 */
#include "client/gpg-agent/pksign.h"

#include "tests/unit/unit.h"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/gpg-agent/dialogue.h"
#include "tests/lib/fake-agent.h"

#define SHA256 "010102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static const struct fake_agent_key keys[] = {
	{"rsa key", KEY_TYPE_RSA, .byte = 1},     {"p256", KEY_TYPE_P256, .byte = 2},
	{"p384", KEY_TYPE_P384, .byte = 3},       {"p521", KEY_TYPE_P521, .byte = 4},
	{"ed25519", KEY_TYPE_ED25519, .byte = 5},
};

static struct fake_agent agent;
static struct dialogue dialogue;
static pthread_t thread;
static int client;
/* The last answer, without OK, unescaped; and that it was one. */
static char answer[4096];
static size_t answer_size;
static bool is_ok;

static void *run(void *userdata)
{
	(void)userdata;
	dialogue_run(&dialogue);
	dialogue_done(&dialogue);
	return NULL;
}

static size_t read_line(char *line, size_t max)
{
	size_t n = 0;

	while (n < max) {
		ck_assert_int_eq(recv(client, line + n, 1, 0), 1);
		if (line[n++] == '\n')
			break;
	}
	line[n - 1] = '\0';
	return n - 1;
}

static void take_data(const char *line, size_t size)
{
	for (size_t i = 2; i < size; i++) {
		unsigned byte = (uint8_t)line[i];

		if (line[i] == '%') {
			ck_assert_int_eq(sscanf(line + i + 1, "%2x", &byte), 1);
			i += 2;
		}
		answer[answer_size++] = (char)byte;
	}
}

/* Data is collected; of other lines the last stays. */
static void take_answer(void)
{
	char line[ASSUAN_LINE_MAX];

	answer_size = 0;
	for (;;) {
		size_t n = read_line(line, sizeof(line));

		is_ok = strncmp(line, "OK", 2) == 0;
		if (is_ok)
			break;
		if (strncmp(line, "D ", 2) == 0) {
			take_data(line, n);
			continue;
		}
		memcpy(answer, line, n);
		answer_size = n;
		if (strncmp(line, "ERR ", 4) == 0)
			break;
	}
	answer[answer_size] = '\0';
}

static void ask(const char *line)
{
	ck_assert_int_eq(send(client, line, strlen(line), MSG_NOSIGNAL), (ssize_t)strlen(line));
	ck_assert_int_eq(send(client, "\n", 1, MSG_NOSIGNAL), 1);
	take_answer();
}

static void set_up(void)
{
	struct timeval limit = {.tv_sec = 10};
	int fds[2];

	fake_agent_start(&agent, keys, array_len(keys));
	ck_assert(sexp_init());
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	ck_assert_int_eq(setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
	client = fds[0];
	ck_assert_int_eq(dialogue_init(&dialogue, fds[1], "/nonexistent/behind"), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, run, NULL), 0);
	take_answer();
}

static void tear_down(void)
{
	(void)close(client);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	fake_agent_stop(&agent);
	fake_agent_done(&agent);
}

/* 'VERB GRIP': of the key, as we understand it. */
static void ask_about(const char *verb, const struct fake_agent_key *k)
{
	uint8_t grip[GRIP_SIZE];
	char line[ASSUAN_LINE_MAX];
	struct writer spki;
	char *hex;

	writer_init(&spki, 4096);
	fake_spki(&spki, k->type, k->byte);
	ck_assert(sexp_grip((enum signet_key_type)k->type, writer_view(&spki).data,
			    writer_view(&spki).size, grip));
	hex = unit_hex((struct view){grip, sizeof(grip)});
	(void)snprintf(line, sizeof(line), "%s %s", verb, hex);
	ask(line);
	free(hex);
	writer_done(&spki);
}

static void choose(const struct fake_agent_key *k)
{
	ask_about("SIGKEY", k);
	ck_assert(is_ok);
	ask("SETHASH 8 " SHA256);
	ck_assert(is_ok);
}

static void check_refused(const char *sentence)
{
	ck_assert(!is_ok);
	ck_assert_msg(strncmp(answer, "ERR ", 4) == 0 && strstr(answer, sentence),
		      "expected '%s', got '%s'", sentence, answer);
}

START_TEST(each_type_of_key_signs_in_its_form)
{
	static const char *const forms[] = {
		"(7:sig-val(3:rsa(1:s256:",  "(7:sig-val(5:ecdsa(1:r32:",
		"(7:sig-val(5:ecdsa(1:r48:", "(7:sig-val(5:ecdsa(1:r66:",
		"(7:sig-val(5:eddsa(1:r32:",
	};

	set_up();
	for (size_t i = 0; i < array_len(keys); i++) {
		choose(&keys[i]);
		ask("PKSIGN");
		ck_assert_msg(is_ok, "%s", answer);
		ck_assert_uint_gt(answer_size, strlen(forms[i]));
		unit_check_view((struct view){(uint8_t *)answer, strlen(forms[i])},
				unit_view(forms[i]));
		ck_assert_uint_eq((uint8_t)answer[strlen(forms[i])], 0x01);
		ck_assert_uint_eq((uint8_t)answer[strlen(forms[i]) + 1], 0x01);
	}
	ck_assert_uint_eq(agent.n_signs, array_len(keys));
	ck_assert_uint_eq(agent.flags, SIGNET_MAY_ASK);
	ck_assert_uint_eq(agent.key_id_size, SIGNET_KEY_ID_SIZE);
	tear_down();
}
END_TEST

START_TEST(the_keys_are_listed_with_their_names)
{
	set_up();
	ask("HAVEKEY --list");
	ck_assert(is_ok);
	ck_assert_uint_eq(answer_size, array_len(keys) * GRIP_SIZE);
	ask("KEYINFO --list --data");
	ck_assert(is_ok);
	ck_assert_ptr_nonnull(strstr(answer, " D - rsa%20key - - - - -\n"));
	ask_about("KEYINFO", &keys[4]);
	ck_assert(is_ok);
	ck_assert_ptr_nonnull(strstr(answer, " D - ed25519 - - - - -"));
	ask_about("HAVEKEY 0123456789ABCDEF0123456789ABCDEF01234567", &keys[0]);
	ck_assert(is_ok);
	ask_about("READKEY --", &keys[4]);
	ck_assert(is_ok);
	ck_assert_int_eq(strncmp(answer, "(10:public-key(3:ecc(5:curve7:Ed25519)", 38), 0);
	tear_down();
}
END_TEST

START_TEST(every_refusal_has_a_code_and_the_sentence)
{
	static const struct {
		enum fake_mood mood;
		const char *sentence;
	} all[] = {
		{FAKE_DENIES, "Forbidden <GPG Agent> - key 'p256': refused because of the test "
			      "(request " FAKE_REQUEST_ID ")"},
		{FAKE_IS_UNAVAILABLE, "Unusable secret key <GPG Agent> - key 'p256': refused"},
		{FAKE_IS_BUSY, "Timeout <GPG Agent> - key 'p256': refused"},
		{FAKE_FAILS_THE_ITEM,
		 "Hardware problem <GPG Agent> - key 'p256': the token failed"},
		{FAKE_HANGS_UP, "No agent running <GPG Agent> - key 'p256': "},
	};

	set_up();
	for (size_t i = 0; i < array_len(all); i++) {
		choose(&keys[1]);
		fake_agent_set(&agent, all[i].mood);
		ask("PKSIGN");
		check_refused(all[i].sentence);
		fake_agent_set(&agent, FAKE_SIGNS);
	}
	ask("PKSIGN");
	ck_assert(is_ok);
	tear_down();
}
END_TEST

START_TEST(a_client_that_hangs_up_withdraws_its_request)
{
	char byte;

	set_up();
	choose(&keys[1]);
	fake_agent_set(&agent, FAKE_WAITS);
	ck_assert_int_eq(send(client, "PKSIGN\n", 7, MSG_NOSIGNAL), 7);
	fake_agent_wait(&agent, 1);
	(void)close(client);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_uint_eq(agent.n_connections, 1);
	ck_assert_int_eq(recv(agent.fds[0], &byte, 1, 0), 0);
	fake_agent_stop(&agent);
	fake_agent_done(&agent);
}
END_TEST

START_TEST(a_client_that_has_said_all_hears_of_its_signature)
{
	set_up();
	choose(&keys[1]);
	fake_agent_set(&agent, FAKE_WAITS);
	ck_assert_int_eq(send(client, "PKSIGN\n", 7, MSG_NOSIGNAL), 7);
	ck_assert_int_eq(shutdown(client, SHUT_WR), 0);
	fake_agent_wait(&agent, 1);
	fake_agent_set(&agent, FAKE_SIGNS);
	take_answer();
	ck_assert(is_ok);
	tear_down();
}
END_TEST

START_TEST(what_is_no_signature_is_refused)
{
	static const char *const wrong[] = {"00", "3000", "3006020101020100",
					    "30060201010201010000"};

	set_up();
	for (size_t i = 0; i < array_len(wrong); i++) {
		agent.wrong = unit_unhex(wrong[i]);
		choose(&keys[1]);
		fake_agent_set(&agent, FAKE_SIGNS_WRONGLY);
		ask("PKSIGN");
		ck_assert_msg(!is_ok, "'%s' was taken", wrong[i]);
		fake_agent_set(&agent, FAKE_SIGNS);
		free((void *)agent.wrong.data);
	}
	tear_down();
}
END_TEST

START_TEST(nothing_is_asked_for_without_a_digest_or_with_a_weak_one)
{
	set_up();
	ask_about("SIGKEY", &keys[0]);
	ask("PKSIGN");
	check_refused("there was no SETHASH");
	choose(&keys[0]);
	ask("SETHASH 2 00112233445566778899aabbccddeeff00112233");
	check_refused("Unsupported algorithm");
	ask("PKSIGN");
	check_refused("there was no SETHASH");
	choose(&keys[0]);
	ask("RESET");
	ask("PKSIGN");
	check_refused("No secret key");
	ask_about("SIGKEY", &keys[0]);
	ask("PKSIGN");
	check_refused("there was no SETHASH");
	ck_assert_uint_eq(agent.n_signs, 0);
	tear_down();
}
END_TEST

START_TEST(keys_of_signetd_do_not_decrypt)
{
	set_up();
	ask_about("SETKEY", &keys[0]);
	ask("PKDECRYPT");
	check_refused("Not supported");
	tear_down();
}
END_TEST

START_TEST(a_list_that_signetd_breaks_off_does_not_end_well)
{
	static const char *const lists[] = {"HAVEKEY --list", "KEYINFO --list",
					    "KEYINFO --list --data"};

	set_up();
	for (size_t i = 0; i < array_len(lists); i++) {
		agent.hang_up_lists = 1;
		ask(lists[i]);
		check_refused("No agent running <GPG Agent> - the keys of signetd are not known: "
			      "the agent hung up");
		agent.refuse_lists = 1;
		ask(lists[i]);
		check_refused("the keys of signetd are not known");
		ask(lists[i]);
		ck_assert(is_ok);
	}
	tear_down();
}
END_TEST

START_TEST(of_two_names_for_one_key_the_first_in_order_is_taken_and_listed)
{
	const struct fake_agent_key two[][2] = {
		{{"b", KEY_TYPE_P256, .byte = 2}, {"a", KEY_TYPE_P256, .byte = 2}},
		{{"a", KEY_TYPE_P256, .byte = 2}, {"b", KEY_TYPE_P256, .byte = 2}},
	};

	set_up();
	for (size_t i = 0; i < array_len(two); i++) {
		fake_agent_set_keys(&agent, two[i], 2);
		ask("HAVEKEY --list");
		ck_assert_uint_eq(answer_size, GRIP_SIZE);
		choose(&two[i][0]);
		fake_agent_set(&agent, FAKE_DENIES);
		ask("PKSIGN");
		check_refused("key 'a': refused because of the test");
		ck_assert_uint_eq(agent.n_signs, i + 1);
	}
	tear_down();
}
END_TEST

START_TEST(keys_without_a_keygrip_are_left_out)
{
	const struct fake_agent_key odd[] = {
		{"a", KEY_TYPE_P256, .spki = unit_view("no key at all")},
		{"b", KEY_TYPE_RSA, .spki = unit_view("\x30\x00")},
		keys[1],
	};

	set_up();
	fake_agent_set_keys(&agent, odd, array_len(odd));
	ask("HAVEKEY --list");
	ck_assert_uint_eq(answer_size, GRIP_SIZE);
	ask_about("SIGKEY", &keys[1]);
	ck_assert(is_ok);
	tear_down();
}
END_TEST

START_TEST(what_signetd_does_not_list_is_unknown_and_not_absent)
{
	static const char *const verbs[] = {"HAVEKEY", "READKEY", "KEYINFO", "SIGKEY"};

	set_up();
	agent.refuse_lists = 1;
	for (size_t i = 0; i < array_len(verbs); i++) {
		ask_about(verbs[i], &keys[1]);
		check_refused("No agent running <GPG Agent> - the keys of signetd are not known: "
			      "refused because of the test");
	}
	ask("PKSIGN");
	check_refused("the keys of signetd are not known");
	ask("ISTRUSTED 00");
	check_refused("Not trusted");
	ck_assert_uint_eq(agent.n_lists, 1);
	ask("RESET");
	ask_about("SIGKEY", &keys[1]);
	ck_assert(is_ok);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_type_of_key_signs_in_its_form,
		the_keys_are_listed_with_their_names,
		every_refusal_has_a_code_and_the_sentence,
		a_client_that_hangs_up_withdraws_its_request,
		a_client_that_has_said_all_hears_of_its_signature,
		what_is_no_signature_is_refused,
		nothing_is_asked_for_without_a_digest_or_with_a_weak_one,
		keys_of_signetd_do_not_decrypt,
		a_list_that_signetd_breaks_off_does_not_end_well,
		of_two_names_for_one_key_the_first_in_order_is_taken_and_listed,
		keys_without_a_keygrip_are_left_out,
		what_signetd_does_not_list_is_unknown_and_not_absent,
	};

	return unit_run("pksign", tests, array_len(tests));
}
