/*
 * test-dialogue.c - one client of signet-gpg-agent, between it and the user's own gpg-agent
 *
 * The test is both: the client on one socket, the gpg-agent behind on the other, which listens in a
 * directory of its own. signetd has no keys, so all are those behind.
 */
#include "client/gpg-agent/dialogue.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/base/fd.h"
#include "tests/lib/fake-agent.h"

#define LOST "ERR 67108941 No agent running <GPG Agent> - the user's own gpg-agent has hung up\n"
#define SILENT \
	"ERR 67108941 No agent running <GPG Agent> - the user's own gpg-agent cannot be reached\n"
#define GRIP "0123456789ABCDEF0123456789ABCDEF01234567"

static struct fake_agent signetd;
static struct dialogue dialogue;
static pthread_t thread;
static int client, behind, listener;
static char dir[32], path[64];

static void *run(void *userdata)
{
	(void)userdata;
	dialogue_run(&dialogue);
	dialogue_done(&dialogue);
	return NULL;
}

static void say(int fd, const char *text)
{
	ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Exactly this comes next; "" is the end of the connection. */
static void expect(int fd, const char *text)
{
	char got[4096] = "";
	size_t n = 0;

	do {
		ssize_t r = recv(fd, got + n, strlen(text) ? strlen(text) - n : 1, 0);

		/* It was closed before all was read that was said to it. */
		if (r < 0 && errno == ECONNRESET)
			break;
		ck_assert_int_ge(r, 0);
		if (r == 0)
			break;
		n += (size_t)r;
	} while (n < strlen(text));
	got[n] = '\0';
	ck_assert_str_eq(got, text);
}

static void limit_wait(int fd)
{
	struct timeval limit = {.tv_sec = 10};

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
}

static int new_socket(struct sockaddr_un *ret, unsigned *ret_len)
{
	ck_assert_int_eq(fd_unix_address(path, ret, ret_len), 0);
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static void listen_behind(int backlog)
{
	struct sockaddr_un address;
	unsigned len;

	listener = new_socket(&address, &len);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, len), 0);
	ck_assert_int_eq(listen(listener, backlog), 0);
	limit_wait(listener);
}

static void take_behind(void)
{
	behind = fd_close(behind);
	behind = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(behind, 0);
	limit_wait(behind);
}

/* The agent makes a connection to the one behind, and is greeted. */
static void meet(void)
{
	take_behind();
	say(behind, "OK hello\n");
}

/* The client is greeted. backlog -1: nobody listens behind. */
static void begin_with(int backlog)
{
	int fds[2];

	behind = listener = -EBADF;
	(void)strcpy(dir, "/tmp/test-dialogue-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/sock", dir);
	if (backlog >= 0)
		listen_behind(backlog);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	limit_wait(fds[0]);
	client = fds[0];
	fake_agent_start(&signetd, NULL, 0);
	ck_assert(sexp_init());
	ck_assert_int_eq(dialogue_init(&dialogue, fds[1], path), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, run, NULL), 0);
	expect(client, "OK Pleased to meet you\n");
}

static void begin(bool has_behind)
{
	begin_with(has_behind ? 8 : -1);
	if (!has_behind)
		return;
	say(client, "NOP\n");
	meet();
	expect(behind, "NOP\n");
	say(behind, "OK\n");
	expect(client, "OK\n");
}

static void end(void)
{
	(void)close(client);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	fake_agent_stop(&signetd);
	fake_agent_done(&signetd);
	listener = fd_close(listener);
	(void)unlink(path);
	(void)rmdir(dir);
}

START_TEST(what_is_not_ours_is_handed_on_as_it_is)
{
	static const char *const lines[] = {
		"OPTION ttyname=/dev/pts/1\n",
		"HAVEKEY " GRIP "\n",
		"KEYINFO " GRIP "\n",
		"READKEY " GRIP "\n",
		"SIGKEY " GRIP "\n",
		"SETKEYDESC %22Alice%22\n",
		"SETHASH 2 00\n",
		"PKSIGN --  nonce\n",
		"PKDECRYPT\n",
		"GETINFO version\n",
		"SCD SERIALNO openpgp\n",
		"ISTRUSTED 00\n",
		"RESET\n",
		"frobnicate  it\n",
	};

	begin(true);
	for (size_t i = 0; i < array_len(lines); i++) {
		say(client, lines[i]);
		expect(behind, lines[i]);
		say(behind, "S STATUS some\n# a comment\nD some%25data\nERR 67108881 No\n");
		expect(client, "S STATUS some\n# a comment\nD some%25data\nERR 67108881 No\n");
	}
	end();
	expect(behind, "");
}
END_TEST

static const struct fake_agent_key key = {"release", KEY_TYPE_P256, .byte = 2};

/* 'VERB GRIP': a key that signetd has. */
static const char *of_ours(const char *verb)
{
	static char line[ASSUAN_LINE_MAX];
	_cleanup_(writer_done) struct writer spki;
	_cleanup_(freep) char *hex = NULL;
	uint8_t grip[GRIP_SIZE];

	writer_init(&spki, 4096);
	fake_spki(&spki, key.type, key.byte);
	ck_assert(
		sexp_grip(SIGNET_KEY_P256, writer_view(&spki).data, writer_view(&spki).size, grip));
	hex = unit_hex((struct view){grip, sizeof(grip)});
	(void)snprintf(line, sizeof(line), "%s %s\n", verb, hex);
	return line;
}

/* It comes behind, and what is said there comes to the client. */
static void goes_through(const char *line, const char *answer)
{
	say(client, line);
	expect(behind, line);
	say(behind, answer);
	expect(client, answer);
}

/* The signature is of these bytes, which it begins and ends with. */
static void expect_signature(const char *of)
{
	char line[ASSUAN_LINE_MAX];

	(void)snprintf(line, sizeof(line),
		       "D (7:sig-val(5:ecdsa(1:r32:\x01%.30s\x31)(1:s1:\x31)))\nOK\n", of + 1);
	expect(client, line);
}

#define HASH_1 "SETHASH 8 3131313131313131313131313131313131313131313131313131313131313131\n"
#define HASH_3 "SETHASH 8 3331333333333333333333333333333333333333333333333333333333333331\n"

START_TEST(what_is_to_be_signed_stays_when_another_key_is_chosen)
{
	begin(true);
	fake_agent_set_keys(&signetd, &key, 1);
	goes_through("SIGKEY " GRIP "\n", "OK\n");
	goes_through(HASH_1, "OK\n");
	goes_through(of_ours("SIGKEY"), "OK\n");
	say(client, "PKSIGN\n");
	expect_signature("11111111111111111111111111111111");
	goes_through(HASH_3, "OK\n");
	goes_through("SIGKEY " GRIP "\n", "OK\n");
	goes_through("PKSIGN\n", "D x\nOK\n");
	goes_through(of_ours("SIGKEY"), "OK\n");
	say(client, "PKSIGN\n");
	expect_signature("31333333333333333333333333333331");
	ck_assert_uint_eq(signetd.n_signs, 2);
	end();
}
END_TEST

START_TEST(a_digest_that_only_the_one_behind_takes_is_not_an_older_one_for_us)
{
	begin(true);
	fake_agent_set_keys(&signetd, &key, 1);
	goes_through(HASH_1, "OK\n");
	goes_through("SIGKEY " GRIP "\n", "OK\n");
	goes_through("SETHASH 2 00112233445566778899aabbccddeeff00112233\n", "OK\n");
	goes_through(of_ours("SIGKEY"), "OK\n");
	say(client, "PKSIGN\n");
	expect(client, "ERR 67108992 Missing value <GPG Agent> - "
		       "key 'release': there was no SETHASH\n");
	ck_assert_uint_eq(signetd.n_signs, 0);
	end();
}
END_TEST

START_TEST(a_key_that_both_have_decrypts_behind)
{
	begin(true);
	fake_agent_set_keys(&signetd, &key, 1);
	goes_through(of_ours("SETKEY"), "OK\n");
	goes_through("SETKEYDESC for+the+prompt\n", "OK\n");
	goes_through("PKDECRYPT\n", "INQUIRE CIPHERTEXT\n");
	say(client, "D x\nEND\n");
	expect(behind, "D x\nEND\n");
	say(behind, "D secret\nOK\n");
	expect(client, "D secret\nOK\n");
	goes_through(of_ours("SETKEY --another"), "OK\n");
	goes_through("PKDECRYPT --kem\n", "ERR 67108881 No secret key\n");
	say(client, "HAVEKEY " GRIP "\n");
	expect(behind, "HAVEKEY " GRIP "\n");
	end();
}
END_TEST

START_TEST(our_key_signs_without_the_one_behind_which_is_not_forgotten)
{
	begin(true);
	fake_agent_set_keys(&signetd, &key, 1);
	behind = fd_close(behind);
	say(client, of_ours("SIGKEY"));
	say(client, "SETKEYDESC x\n" HASH_1 "PKSIGN\n");
	expect(client, "OK\nOK\nOK\n");
	expect_signature("11111111111111111111111111111111");
	say(client, "PKDECRYPT\n");
	expect(client, LOST);
	end();
}
END_TEST

START_TEST(lists_are_ended_by_us_and_not_by_the_one_behind)
{
	begin(true);
	say(client, "KEYINFO --list\n");
	expect(behind, "KEYINFO --list\n");
	say(behind, "S KEYINFO x\nERR 67109144 IPC parameter error\n");
	expect(client, "S KEYINFO x\nOK\n");
	say(client, "HAVEKEY --list=1\n");
	expect(behind, "HAVEKEY --list=1\n");
	say(behind, "ERR 67141713 No such file or directory <GPG Agent>\n");
	expect(client, "OK\n");
	end();
}
END_TEST

START_TEST(half_a_list_does_not_end_well)
{
	static const char *const lists[] = {"HAVEKEY --list\n", "KEYINFO --list\n"};
	static const char *const ends[] = {"ERR 67108938 Truncated\n", "ERR 67108922 Timeout\n",
					   "err 67109115 Forbidden\n", ""};

	for (size_t i = 0; i < array_len(lists) * array_len(ends); i++) {
		const char *list = lists[i % 2], *last = ends[i / 2];

		begin(true);
		say(client, list);
		expect(behind, list);
		say(behind, "D x\n");
		say(behind, last);
		behind = *last ? behind : fd_close(behind);
		expect(client, "D x\n");
		expect(client, *last ? last : LOST);
		end();
	}
}
END_TEST

START_TEST(questions_and_their_answers_go_through)
{
	begin(true);
	say(client, "GENKEY\n");
	expect(behind, "GENKEY\n");
	say(behind, "S INQUIRE_MAXLEN 1024\nINQUIRE KEYPARAM\n");
	expect(client, "S INQUIRE_MAXLEN 1024\nINQUIRE KEYPARAM\n");
	say(client, "D (genkey(rsa\nD ))\nEND\n");
	expect(behind, "D (genkey(rsa\nD ))\nEND\n");
	say(behind, "INQUIRE PASSPHRASE\n");
	expect(client, "INQUIRE PASSPHRASE\n");
	say(client, "CAN\n");
	expect(behind, "CAN\n");
	say(behind, "ERR 67109141 canceled\n");
	expect(client, "ERR 67109141 canceled\n");
	say(client, "NOP\n");
	expect(behind, "NOP\n");
	end();
}
END_TEST

START_TEST(a_command_in_the_place_of_an_answer_is_a_no)
{
	begin(true);
	say(client, "PKDECRYPT\n");
	expect(behind, "PKDECRYPT\n");
	say(behind, "INQUIRE CIPHERTEXT\n");
	expect(client, "INQUIRE CIPHERTEXT\n");
	say(client, "D x\nKILLAGENT\n");
	expect(behind, "D x\nCAN\n");
	end();
}
END_TEST

START_TEST(what_is_behind_may_hang_up_at_any_time)
{
	static const char *const last[] = {
		"",           "D half a line", "S STATUS\n", "INQUIRE PASSPHRASE\n",
		"nonsense\n", "OKAY\n",        "\n",
	};

	for (size_t i = 0; i < array_len(last); i++) {
		begin(true);
		say(client, "PASSWD " GRIP "\n");
		expect(behind, "PASSWD " GRIP "\n");
		say(behind, last[i]);
		behind = fd_close(behind);
		if (last[i][0] == 'S' || last[i][0] == 'I')
			expect(client, last[i]);
		if (last[i][0] == 'I')
			say(client, "D KILLAGENT\nKILLAGENT\n");
		expect(client, LOST);
		say(client, "NOP\n");
		meet();
		expect(behind, "NOP\n");
		say(behind, "OK a new one\n");
		expect(client, "OK a new one\n");
		end();
	}
}
END_TEST

START_TEST(an_answer_that_nobody_wants_any_more_is_read_to_its_end)
{
	static const char *const rest[] = {"D more\nEND\n", "# x\nD more\nEND\n", "END\n",
					   "D more\nCAN\n", "D\n"};

	for (size_t i = 0; i < array_len(rest); i++) {
		begin(true);
		say(client, "PKDECRYPT\n");
		expect(behind, "PKDECRYPT\n");
		say(behind, "INQUIRE CIPHERTEXT\n");
		expect(client, "INQUIRE CIPHERTEXT\n");
		say(client, "D some\n");
		expect(behind, "D some\n");
		behind = fd_close(behind);
		say(client, rest[i]);
		say(client, "BYE\n");
		expect(client, LOST "OK closing connection\n");
		expect(client, "");
		end();
	}
}
END_TEST

START_TEST(an_answer_too_many_is_not_that_of_the_next_command)
{
	static const char *const more[] = {"OK\n", "ERR 1\n", "S x\n", "O", "\n"};

	for (size_t i = 0; i < array_len(more); i++) {
		begin(true);
		say(client, "PKDECRYPT\n");
		expect(behind, "PKDECRYPT\n");
		say(behind, "ERR 67109141 canceled\n");
		say(behind, more[i]);
		expect(client, "ERR 67109141 canceled\n");
		say(client, "ISTRUSTED 00\n");
		expect(client, LOST);
		expect(behind, "");
		say(client, "ISTRUSTED 00\n");
		meet();
		expect(behind, "ISTRUSTED 00\n");
		say(behind, "ERR 67108962 Not trusted\n");
		expect(client, "ERR 67108962 Not trusted\n");
		end();
	}
}
END_TEST

START_TEST(who_listens_behind_and_does_not_greet_is_not_nobody)
{
	static const char *const greetings[] = {"", "ERR 1 go away\n", "OKAY\n", "OK half"};

	for (size_t i = 0; i < array_len(greetings); i++) {
		begin_with(8);
		say(client, "OPTION x\n");
		take_behind();
		say(behind, greetings[i]);
		behind = fd_close(behind);
		expect(client, "OK\n");
		say(client,
		    "HAVEKEY " GRIP "\nHAVEKEY --list\nKEYINFO --list\nFROBNICATE\nRESET\n");
		expect(client, SILENT SILENT SILENT SILENT "OK\n");
		say(client, "GETINFO version\n");
		expect(client, "D 2.99.0\nOK\n");
		end();
	}
}
END_TEST

START_TEST(a_full_backlog_behind_is_waited_for)
{
	struct sockaddr_un address;
	int before[8], n = 0;
	unsigned len;

	begin_with(0);
	do {
		ck_assert_int_lt(n, 8);
		before[n] = new_socket(&address, &len);
		ck_assert_int_eq(fcntl(before[n], F_SETFL, O_NONBLOCK), 0);
	} while (connect(before[n++], (struct sockaddr *)&address, len) == 0);
	ck_assert_int_eq(errno, EAGAIN);
	say(client, "SIGKEY " GRIP "\n");
	for (int i = 0; i < n - 1; i++)
		take_behind();
	meet();
	expect(behind, "SIGKEY " GRIP "\n");
	say(behind, "OK\n");
	expect(client, "OK\n");
	for (int i = 0; i < n; i++)
		(void)close(before[i]);
	end();
}
END_TEST

START_TEST(who_has_said_all_still_hears_the_answers)
{
	begin(true);
	say(client, "ISTRUSTED 00\nPKDECRYPT\nD x\nEND\n");
	ck_assert_int_eq(shutdown(client, SHUT_WR), 0);
	expect(behind, "ISTRUSTED 00\n");
	say(behind, "S a line\nOK one\n");
	expect(client, "S a line\nOK one\n");
	expect(behind, "PKDECRYPT\n");
	say(behind, "INQUIRE CIPHERTEXT\n");
	expect(behind, "D x\nEND\n");
	say(behind, "OK two\n");
	expect(client, "INQUIRE CIPHERTEXT\nOK two\n");
	expect(client, "");
	end();
}
END_TEST

START_TEST(what_is_behind_learns_that_the_client_has_hung_up)
{
	begin(true);
	say(client, "PKSIGN\n");
	expect(behind, "PKSIGN\n");
	end();
	expect(behind, "");
}
END_TEST

START_TEST(without_one_behind_each_verb_has_its_answer)
{
	static const struct {
		const char *line, *answer;
	} all[] = {
		{"OPTION display=:0\n", "OK\n"},
		{"option x\n", "OK\n"},
		{"NOP\n", "OK\n"},
		{"RESET\n", "OK\n"},
		{"LISTTRUSTED\n", "OK\n"},
		{"UPDATESTARTUPTTY\n", "OK\n"},
		{"HAVEKEY --list\n", "OK\n"},
		{"KEYINFO --list\n", "OK\n"},
		{"GETINFO version\n", "D 2.99.0\nOK\n"},
		{"GETINFO cmd_has_option KEYINFO list\n", "ERR 67109120 False <GPG Agent>\n"},
		{"HAVEKEY " GRIP "\n", "ERR 67108881 No secret key <GPG Agent>\n"},
		{"SIGKEY " GRIP "\n", "ERR 67108881 No secret key <GPG Agent>\n"},
		{"READKEY " GRIP "\n", "ERR 67108881 No secret key <GPG Agent>\n"},
		{"PKSIGN\n", "ERR 67108881 No secret key <GPG Agent>\n"},
		{"PKDECRYPT\n", "ERR 67108881 No secret key <GPG Agent>\n"},
		{"KEYINFO " GRIP "\n", "ERR 67108891 Not found <GPG Agent>\n"},
		{"ISTRUSTED 00\n", "ERR 67108962 Not trusted <GPG Agent>\n"},
		{"SCD SERIALNO\n", "ERR 67108983 No SmartCard daemon <GPG Agent>\n"},
		{"AGENT_ID\n", "ERR 67109139 Unknown IPC command <GPG Agent>\n"},
		{"GENKEY\n", "ERR 67109139 Unknown IPC command <GPG Agent>\n"},
		{"D stray\n", "ERR 67109139 Unknown IPC command <GPG Agent>\n"},
		{"GETINFO\n", "ERR 67109144 IPC parameter error <GPG Agent>\n"},
		{"  \n", "ERR 67109140 IPC syntax error <GPG Agent>\n"},
		{"# a comment\n\n\r\nNOP\r\n", "OK\n"},
	};

	begin(false);
	for (size_t i = 0; i < array_len(all); i++) {
		say(client, all[i].line);
		expect(client, all[i].answer);
	}
	say(client, "BYE\n");
	expect(client, "OK closing connection\n");
	expect(client, "");
	end();
}
END_TEST

START_TEST(without_signetd_the_one_behind_has_the_word_about_its_own_keys)
{
	static const char unknown[] =
		"ERR 67108941 No agent running <GPG Agent> - "
		"the keys of signetd are not known: the agent cannot be reached\n";
	static const char *const others[] = {"OK\n", "ERR 67109115 Forbidden\n"};

	begin(true);
	fake_agent_stop(&signetd);
	fake_agent_done(&signetd);
	for (size_t i = 0; i < array_len(others); i++) {
		say(client, "HAVEKEY " GRIP "\n");
		expect(behind, "HAVEKEY " GRIP "\n");
		say(behind, others[i]);
		expect(client, others[i]);
	}
	say(client, "HAVEKEY " GRIP "\n");
	expect(behind, "HAVEKEY " GRIP "\n");
	say(behind, "ERR 67108881 No secret key <GPG Agent>\n");
	expect(client, unknown);
	say(client, "DELETE_KEY " GRIP "\n");
	expect(behind, "DELETE_KEY " GRIP "\n");
	say(behind, "ERR 67108891 Not found <GPG Agent>\n");
	expect(client, "ERR 67108891 Not found <GPG Agent>\n");
	say(client, "KEYINFO --list\n");
	expect(behind, "KEYINFO --list\n");
	say(behind, "S KEYINFO x\nOK\n");
	expect(client, "S KEYINFO x\n");
	expect(client, unknown);
	fake_agent_start(&signetd, NULL, 0);
	end();
}
END_TEST

START_TEST(a_line_that_is_too_long_is_the_end)
{
	char line[ASSUAN_LINE_MAX + 1];

	memset(line, 'x', sizeof(line));
	line[ASSUAN_LINE_MAX - 1] = '\n';
	line[ASSUAN_LINE_MAX] = '\0';
	begin(false);
	say(client, line);
	expect(client, "ERR 67109139 Unknown IPC command <GPG Agent>\n");
	line[ASSUAN_LINE_MAX - 1] = 'x';
	say(client, line);
	expect(client, "ERR 67109127 Line passed to IPC too long <GPG Agent>\n");
	end();
}
END_TEST

START_TEST(a_line_may_come_in_pieces_and_with_others)
{
	begin(false);
	say(client, "N");
	say(client, "OP\nNOP\nN");
	expect(client, "OK\nOK\n");
	say(client, "OP\n");
	expect(client, "OK\n");
	say(client, "NO");
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_is_not_ours_is_handed_on_as_it_is,
		what_is_to_be_signed_stays_when_another_key_is_chosen,
		a_digest_that_only_the_one_behind_takes_is_not_an_older_one_for_us,
		a_key_that_both_have_decrypts_behind,
		our_key_signs_without_the_one_behind_which_is_not_forgotten,
		lists_are_ended_by_us_and_not_by_the_one_behind,
		half_a_list_does_not_end_well,
		questions_and_their_answers_go_through,
		a_command_in_the_place_of_an_answer_is_a_no,
		what_is_behind_may_hang_up_at_any_time,
		an_answer_that_nobody_wants_any_more_is_read_to_its_end,
		an_answer_too_many_is_not_that_of_the_next_command,
		who_listens_behind_and_does_not_greet_is_not_nobody,
		a_full_backlog_behind_is_waited_for,
		who_has_said_all_still_hears_the_answers,
		what_is_behind_learns_that_the_client_has_hung_up,
		without_one_behind_each_verb_has_its_answer,
		without_signetd_the_one_behind_has_the_word_about_its_own_keys,
		a_line_that_is_too_long_is_the_end,
		a_line_may_come_in_pieces_and_with_others,
	};

	return unit_run("dialogue", tests, array_len(tests));
}
