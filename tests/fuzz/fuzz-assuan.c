/*
 * fuzz-assuan.c - both ends of signet-gpg-agent: a client, and the gpg-agent behind
 *
 * The input is what the client sends, a zero byte, and what comes from behind; then both have hung
 * up. What stands behind another zero byte is taken for a public key and for a signature, as they
 * might come from signetd.
 */
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/gpg-agent/dialogue.h"
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

/* Takes what is said to it until the other end is closed: lines, and none that is too long. */
static void *listen_to(void *userdata)
{
	char said[4096];
	size_t length = 0;
	ssize_t n;

	while ((n = recv(*(int *)userdata, said, sizeof(said), 0)) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			length++;
			fuzz_check(length <= ASSUAN_LINE_MAX, "no line is too long");
			if (said[i] == '\n')
				length = 0;
		}
	}
	fuzz_check(length == 0, "what is said is whole lines");
	return NULL;
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view rest = {data, size}, client, behind;
	pthread_t listeners[2];
	int others[2];
	struct dialogue d;

	fuzz_check(sexp_init() && setenv("SIGNET_SOCK", "/nonexistent/signet", 1) == 0, "set up");
	if (size > INPUT_MAX)
		return 0;
	client = cut(&rest);
	behind = cut(&rest);
	fuzz_check(dialogue_init(&d, speaker(client, &others[0]), speaker(behind, &others[1])) == 0,
		   "a dialogue begins");
	if (size % 2)
		choose_key(&d);
	for (int i = 0; i < 2; i++)
		fuzz_check(pthread_create(&listeners[i], NULL, listen_to, &others[i]) == 0,
			   "there are threads");
	dialogue_run(&d);
	dialogue_done(&d);
	for (int i = 0; i < 2; i++) {
		fuzz_check(pthread_join(listeners[i], NULL) == 0, "threads end");
		(void)close(others[i]); /* nothing is pending */
	}
	check_key(rest);
	return 0;
}
