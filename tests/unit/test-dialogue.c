/*
 * test-dialogue.c - one client of signet-gpg-agent, between it and the user's own gpg-agent
 *
 * The test is both: the client on one socket, the gpg-agent behind on the other. There is no
 * signetd, so all keys are those behind.
 */
#include "client/gpg-agent/dialogue.h"

#include "tests/unit/unit.h"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#define GRIP "0123456789ABCDEF0123456789ABCDEF01234567"

static struct dialogue dialogue;
static pthread_t thread;
static int client, behind;

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

		ck_assert_int_ge(r, 0);
		if (r == 0)
			break;
		n += (size_t)r;
	} while (n < strlen(text));
	got[n] = '\0';
	ck_assert_str_eq(got, text);
}

static int pair(int *ret)
{
	struct timeval limit = {.tv_sec = 10};
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	ck_assert_int_eq(setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
	*ret = fds[0];
	return fds[1];
}

static void begin(bool has_behind)
{
	int client_end = pair(&client), behind_end = has_behind ? pair(&behind) : -EBADF;

	ck_assert_int_eq(setenv("SIGNET_SOCK", "/nonexistent/signet.sock", 1), 0);
	ck_assert(sexp_init());
	ck_assert_int_eq(dialogue_init(&dialogue, client_end, behind_end), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, run, NULL), 0);
	expect(client, "OK Pleased to meet you\n");
}

static void end(void)
{
	(void)close(client);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
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

START_TEST(lists_are_ended_by_us_and_not_by_the_one_behind)
{
	begin(true);
	say(client, "KEYINFO --list\n");
	expect(behind, "KEYINFO --list\n");
	say(behind, "S KEYINFO x\nERR 67109144 IPC parameter error\n");
	expect(client, "S KEYINFO x\nOK\n");
	say(client, "HAVEKEY --list=1\n");
	expect(behind, "HAVEKEY --list=1\n");
	say(behind, "D x\nERR 67108938 Truncated\n");
	expect(client, "D x\nERR 67108938 Result truncated <GPG Agent>\n");
	end();
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
		(void)close(behind);
		if (last[i][0] == 'S' || last[i][0] == 'I')
			expect(client, last[i]);
		expect(client, "ERR 67108941 No agent running <GPG Agent> - "
			       "the user's own gpg-agent has hung up\n");
		say(client, "NOP\n");
		expect(client, "OK\n");
		end();
	}
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
		lists_are_ended_by_us_and_not_by_the_one_behind,
		questions_and_their_answers_go_through,
		a_command_in_the_place_of_an_answer_is_a_no,
		what_is_behind_may_hang_up_at_any_time,
		what_is_behind_learns_that_the_client_has_hung_up,
		without_one_behind_each_verb_has_its_answer,
		a_line_that_is_too_long_is_the_end,
		a_line_may_come_in_pieces_and_with_others,
	};

	return unit_run("dialogue", tests, array_len(tests));
}
