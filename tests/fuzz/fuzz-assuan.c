/*
 * fuzz-assuan.c - both ends of signet-gpg-agent: a client, and the gpg-agent behind
 *
 * The input is what the client sends, a zero byte, and what comes from behind: each command is
 * answered with what stands up to the next line that ends an answer or asks something. When nothing
 * is left they hang up. What stands behind another zero byte is taken for a public key and for a
 * signature, as they might come from signetd.
 */
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/base/fd.h"
#include "client/gpg-agent/dialogue.h"
#include "client/gpg-agent/share.h"
#include "tests/fuzz/fuzz.h"

/* Small enough for what is sent to stay in the buffers of the sockets. */
#define INPUT_MAX 4096

/* Cuts off what stands before the first zero byte. */
static struct view cut(struct view *rest)
{
	const uint8_t *zero = rest->size ? memchr(rest->data, 0, rest->size) : NULL;
	struct view before = {rest->data, zero ? (size_t)(zero - rest->data) : rest->size};
	size_t taken = before.size + (zero ? 1 : 0);

	*rest = (struct view){rest->data + taken, rest->size - taken};
	return before;
}

static struct {
	char path[64];
	int listener;
	struct view rest; /* of what comes from behind */
	bool is_asking;
} behind;

/* --- the client ------------------------------------------------------------------------------- */

/* One end, at the other of which these bytes were written before it was closed for writing. */
static int speaker(struct view bytes, int *ret_other)
{
	int fds[2];

	fuzz_check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0,
		   "there are sockets");
	fuzz_check(bytes.size == 0 ||
			   send(fds[1], bytes.data, bytes.size, 0) == (ssize_t)bytes.size,
		   "they have room");
	fuzz_check(shutdown(fds[1], SHUT_WR) == 0, "they can be closed");
	*ret_other = fds[1];
	return fds[0];
}

/* The next line that is said. False: the other end is closed. */
static bool hear(FILE *from, char **line, size_t *room)
{
	ssize_t n = getline(line, room, from);

	if (n <= 0)
		return false;
	fuzz_check(n <= ASSUAN_LINE_MAX, "no line is too long");
	fuzz_check((*line)[n - 1] == '\n', "what is said is whole lines");
	return true;
}

static void *listen_to(void *userdata)
{
	FILE *from = fdopen(*(int *)userdata, "r");
	char *line = NULL;
	size_t room = 0;

	fuzz_check(from != NULL, "there is memory");
	while (hear(from, &line, &room))
		;
	free(line);
	(void)fclose(from); /* nothing is pending */
	return NULL;
}

/* --- the one behind --------------------------------------------------------------------------- */

static bool is_last(struct view line)
{
	static const char *const verbs[] = {"OK", "ERR", "INQUIRE"};

	for (size_t i = 0; i < array_len(verbs); i++)
		if (line.size >= strlen(verbs[i]) &&
		    memcmp(line.data, verbs[i], strlen(verbs[i])) == 0)
			return true;
	return false;
}

/* What stands up to the end of an answer, that included. False: there is no whole one left. */
static bool cut_answer(struct view *rest, struct view *ret)
{
	*ret = (struct view){rest->data, 0};
	for (;;) {
		const uint8_t *end = rest->size ? memchr(rest->data, '\n', rest->size) : NULL;
		struct view line = {rest->data, end ? (size_t)(end - rest->data) + 1 : rest->size};

		*rest = (struct view){rest->data + line.size, rest->size - line.size};
		ret->size += line.size;
		behind.is_asking = line.size > 7 && memcmp(line.data, "INQUIRE", 7) == 0;
		if (!end || is_last(line))
			return end != NULL;
	}
}

/* False: there is nothing left to say, or nobody to hear it. */
static bool say_more(int fd)
{
	struct view answer;
	bool is_whole = cut_answer(&behind.rest, &answer);

	return send(fd, answer.data, answer.size, MSG_NOSIGNAL) == (ssize_t)answer.size && is_whole;
}

/* Takes the descriptor over. Who has asked waits for the end of the answer, unless nothing is left. */
static void serve(int fd)
{
	bool goes_on = send(fd, "OK\n", 3, MSG_NOSIGNAL) == 3;
	FILE *from = fdopen(fd, "r");
	char *line = NULL;
	size_t room = 0;

	fuzz_check(from != NULL, "there is memory");
	behind.is_asking = false;
	while (goes_on && hear(from, &line, &room))
		goes_on = behind.is_asking && strncmp(line, "D ", 2) == 0 ? behind.rest.size > 0
									  : say_more(fd);
	free(line);
	(void)fclose(from); /* nothing is pending */
}

static void *run_behind(void *userdata)
{
	int fd;

	(void)userdata;
	while ((fd = accept4(behind.listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		serve(fd);
	return NULL;
}

static void open_behind(struct view bytes)
{
	struct sockaddr_un address;
	unsigned len;

	behind.rest = bytes;
	(void)snprintf(behind.path, sizeof(behind.path), "/tmp/signet-fuzz-assuan.%ld",
		       (long)getpid());
	(void)unlink(behind.path); /* of one that was killed */
	behind.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	fuzz_check(fd_unix_address(behind.path, &address, &len) == 0 &&
			   bind(behind.listener, (struct sockaddr *)&address, len) == 0 &&
			   listen(behind.listener, 16) == 0,
		   "there is a socket");
}

static void close_behind(void)
{
	(void)unlink(behind.path);
	(void)close(behind.listener); /* nobody is there */
}

static void check_key(struct view spki)
{
	for (int type = 0; type < 7; type++) {
		uint8_t grip[GRIP_SIZE];
		char *text = NULL;
		size_t size;

		if (sexp_grip((enum signet_key_type)type, spki.data, spki.size, grip))
			fuzz_check(sexp_public_key((enum signet_key_type)type, spki.data, spki.size,
						   &text, &size),
				   "what has a keygrip is a key");
		free(text);
		text = NULL;
		if (sexp_signature((enum signet_key_type)type, spki.data, spki.size, &text, &size))
			fuzz_check(memcmp(text, "(7:sig-val(", 11) == 0, "a signature says so");
		free(text);
	}
}

/* As if signetd had answered: a key that the agent takes for its own. */
static void choose_key(struct dialogue *d)
{
	(void)snprintf(d->task.key, sizeof(d->task.key), "release");
	d->task.type = SIGNET_KEY_P256;
}

static void converse(struct view from_client, struct view from_behind, bool has_key)
{
	pthread_t client_thread, behind_thread;
	struct dialogue d;
	int client; /* its thread closes it */

	open_behind(from_behind);
	fuzz_check(dialogue_init(&d, speaker(from_client, &client), behind.path) == 0,
		   "a dialogue begins");
	if (has_key)
		choose_key(&d);
	fuzz_check(pthread_create(&client_thread, NULL, listen_to, &client) == 0 &&
			   pthread_create(&behind_thread, NULL, run_behind, NULL) == 0,
		   "there are threads");
	dialogue_run(&d);
	dialogue_done(&d);
	(void)shutdown(behind.listener, SHUT_RDWR); /* wakes accept() */
	fuzz_check(pthread_join(client_thread, NULL) == 0 && pthread_join(behind_thread, NULL) == 0,
		   "threads end");
	close_behind();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view rest = {data, size}, from_client, from_behind;

	fuzz_check(sexp_init() && setenv("SIGNET_SOCK", "/nonexistent/signet", 1) == 0, "set up");
	if (size > INPUT_MAX)
		return 0;
	from_client = cut(&rest);
	from_behind = cut(&rest);
	converse(from_client, from_behind, size % 2);
	check_key(rest);
	return 0;
}
