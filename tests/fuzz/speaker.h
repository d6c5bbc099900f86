/*
 * speaker.h - an agent that says what the input says, for targets that are its clients
 *
 * Each request, whatever it is, is answered with the next of the answers; when there is none left
 * the agent hangs up. One thread serves one connection after the other. A target sets the answers
 * while no request is under way.
 */
#ifndef TESTS_FUZZ_SPEAKER_H
#define TESTS_FUZZ_SPEAKER_H

#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/base/fd.h"
#include "agent/base/limits.h"
#include "agent/wire/writer.h"
#include "tests/fuzz/fuzz.h"

#define ANSWERS_MAX 64u

static struct {
	pthread_mutex_t lock;
	struct writer answers[ANSWERS_MAX]; /* what goes over the wire, length words included */
	bool is_last[ANSWERS_MAX];          /* it hangs up behind it */
	size_t n, next;
	int listener;
	char dir[32], path[64];
} speaker = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Drops one request; false if the client has hung up. */
static bool speaker_listen(int fd)
{
	static uint8_t request[FRAME_MAX + 4];
	size_t size;

	if (recv(fd, request, 4, MSG_WAITALL) != 4)
		return false;
	size = (size_t)request[0] << 24 | (size_t)request[1] << 16 | (size_t)request[2] << 8 |
	       request[3];
	fuzz_check(size <= FRAME_MAX, "no request is longer than a frame");
	return recv(fd, request, size, MSG_WAITALL) == (ssize_t)size;
}

/*
 * False: there is nothing left to say. With the lock held, so that the answer stays for as long as it
 * is sent; who has hung up does not hold that up.
 */
static bool speaker_answer(int fd)
{
	bool goes_on = false;

	(void)pthread_mutex_lock(&speaker.lock);
	if (speaker.next < speaker.n) {
		struct view v = writer_view(&speaker.answers[speaker.next]);

		goes_on = !speaker.is_last[speaker.next++];
		if (send(fd, v.data, v.size, MSG_NOSIGNAL) != (ssize_t)v.size)
			goes_on = false; /* it does not read what it has refused */
	}
	(void)pthread_mutex_unlock(&speaker.lock);
	return goes_on;
}

static void *speaker_run(void *userdata)
{
	int fd;

	(void)userdata;
	while ((fd = accept4(speaker.listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		while (speaker_listen(fd) && speaker_answer(fd))
			;
		(void)close(fd);
	}
	return NULL;
}

static void speaker_end(void)
{
	(void)unlink(speaker.path);
	(void)rmdir(speaker.dir);
}

/* Once; SIGNET_SOCK names it then. */
static void speaker_start(void)
{
	struct sockaddr_un address;
	pthread_t thread;
	unsigned len;

	if (speaker.path[0])
		return;
	(void)strcpy(speaker.dir, "/tmp/signet-fuzz.XXXXXX");
	fuzz_check(mkdtemp(speaker.dir) != NULL, speaker.dir);
	(void)snprintf(speaker.path, sizeof(speaker.path), "%s/sock", speaker.dir);
	speaker.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	fuzz_check(fd_unix_address(speaker.path, &address, &len) == 0 &&
			   bind(speaker.listener, (struct sockaddr *)&address, len) == 0 &&
			   listen(speaker.listener, 16) == 0,
		   "there is a socket");
	fuzz_check(setenv("SIGNET_SOCK", speaker.path, 1) == 0, "the environment takes it");
	fuzz_check(pthread_create(&thread, NULL, speaker_run, NULL) == 0, "there is a thread");
	(void)pthread_detach(thread); /* ends with the process */
	(void)atexit(speaker_end);    /* there is room for one */
}

/* Room for one more answer; NULL if there are enough. The caller writes it. */
static struct writer *speaker_add(bool is_last)
{
	struct writer *w;

	if (speaker.n == ANSWERS_MAX)
		return NULL;
	speaker.is_last[speaker.n] = is_last;
	w = &speaker.answers[speaker.n++];
	writer_init(w, 2 * FRAME_MAX);
	return w;
}

static void speaker_forget(void)
{
	(void)pthread_mutex_lock(&speaker.lock);
	for (size_t i = 0; i < speaker.n; i++)
		writer_done(&speaker.answers[i]);
	speaker.n = speaker.next = 0;
	(void)pthread_mutex_unlock(&speaker.lock);
}

#endif
