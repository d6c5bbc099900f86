/*
 * test-closer.c - what a client chose is closed, and nobody waits for it
 *
 * What must happen on another thread is waited for until Check's own time is over.
 */
#include "agent/peer/closer.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/base/limits.h"
#include "tests/unit/unit.h"

/* --- the world -------------------------------------------------------------------------------- */

/* While set, the closer can start no thread, as if there was no memory. */
static bool is_without_threads;

int pthread_attr_setstacksize(pthread_attr_t *attr, size_t size)
{
	int (*real)(pthread_attr_t *, size_t) =
		(int (*)(pthread_attr_t *, size_t))dlsym(RTLD_NEXT, "pthread_attr_setstacksize");

	return is_without_threads ? ENOMEM : real(attr, size);
}

static unsigned count(const char *path)
{
	DIR *dir = opendir(path);
	unsigned n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		n++;
	(void)closedir(dir);
	return n;
}

static void raise_limit(void)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_uint_ge(limit.rlim_cur, 4096);
}

/* Ends when fd was closed, here, by another thread. */
static void wait_until_closed(int fd)
{
	while (fcntl(fd, F_GETFD) >= 0)
		(void)sched_yield();
}

static void wait_for_fds(unsigned n)
{
	while (count("/proc/self/fd") != n)
		(void)sched_yield();
}

static int listen_tcp(struct sockaddr_in *ret)
{
	socklen_t len = sizeof(*ret);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), size = 4096;

	*ret = (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	ck_assert_int_eq(bind(fd, (struct sockaddr *)ret, len), 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)ret, &len), 0);
	return fd;
}

/* A socket whose close() waits half an hour for a peer that does not read, which is returned. */
static int open_lingerer(int server, const struct sockaddr_in *address, int *ret)
{
	const struct linger linger = {.l_onoff = 1, .l_linger = 1800};
	static const char bytes[65536];
	int size = 4096, other;

	*ret = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(setsockopt(*ret, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
	ck_assert_int_eq(connect(*ret, (const struct sockaddr *)address, sizeof(*address)), 0);
	other = accept4(server, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(other, 0);
	ck_assert_int_eq(setsockopt(*ret, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
	while (send(*ret, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
	return other;
}

/* --- tests ------------------------------------------------------------------------------------ */

START_TEST(a_descriptor_is_closed)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	errno = ENOTTY;
	ck_assert_int_eq(closer_close(fd), -EBADF);
	ck_assert_int_eq(errno, ENOTTY);
	wait_until_closed(fd);
}
END_TEST

START_TEST(no_descriptor_is_nothing_to_close)
{
	unsigned n = count("/proc/self/task");

	ck_assert_int_eq(closer_close(-EBADF), -EBADF);
	ck_assert_int_eq(closer_hang_up(-EBADF), -EBADF);
	ck_assert_uint_eq(count("/proc/self/task"), n); /* nor does it start a thread */
}
END_TEST

START_TEST(very_many_are_closed)
{
	unsigned n = count("/proc/self/fd");
	int fds[500];

	raise_limit();
	for (unsigned round = 0; round < 20; round++) {
		for (unsigned i = 0; i < array_len(fds); i++)
			fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		for (unsigned i = 0; i < array_len(fds); i++)
			ck_assert_int_eq(closer_close(fds[i]), -EBADF);
		wait_for_fds(n);
	}
	ck_assert(!closer_is_crowded());
}
END_TEST

START_TEST(a_peer_that_is_hung_up_on_sees_it_at_once)
{
	char byte;
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	ck_assert_int_eq(closer_hang_up(fds[0]), -EBADF);
	ck_assert_int_eq(recv(fds[1], &byte, 1, 0), 0);
	ck_assert_int_eq(send(fds[1], "x", 1, MSG_NOSIGNAL), -1);
	wait_until_closed(fds[0]);
	(void)close(fds[1]);
}
END_TEST

START_TEST(a_descriptor_that_is_only_closed_is_not_shut_down)
{
	int fds[2], copy;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	copy = fcntl(fds[0], F_DUPFD_CLOEXEC, 0);
	(void)closer_close(fds[0]);
	wait_until_closed(fds[0]);
	ck_assert_int_eq(send(fds[1], "x", 1, MSG_NOSIGNAL), 1); /* it is somebody else's, too */
	(void)close(copy);
	(void)close(fds[1]);
}
END_TEST

static volatile sig_atomic_t n_elsewhere;

static void on_signal(int number)
{
	(void)number;
	if (gettid() != getpid())
		n_elsewhere = n_elsewhere + 1;
}

START_TEST(no_signal_is_taken_by_a_closing_thread)
{
	const struct sigaction action = {.sa_handler = on_signal};
	struct sockaddr_in address;
	int server = listen_tcp(&address), fd, other;

	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	other = open_lingerer(server, &address, &fd);
	(void)closer_close(fd);
	wait_until_closed(fd); /* it hangs there, but its number is free */
	for (unsigned i = 0; i < 100; i++)
		ck_assert_int_eq(kill(getpid(), SIGUSR1), 0);
	ck_assert_int_eq(n_elsewhere, 0);
	(void)close(other);
	(void)close(server);
}
END_TEST

/* All threads hang; the rest waits, and goes when they come back. */
START_TEST(beyond_all_threads_descriptors_wait_and_nobody_else)
{
	const unsigned n_bad = CLOSERS_MAX + 40, n_threads = count("/proc/self/task");
	unsigned n_fds = count("/proc/self/fd");
	int *others = calloc(n_bad, sizeof(*others)), fds[2], server, fd;
	struct sockaddr_in address;

	ck_assert_ptr_nonnull(others);
	raise_limit();
	server = listen_tcp(&address);
	for (unsigned i = 0; i < n_bad; i++) {
		others[i] = open_lingerer(server, &address, &fd);
		(void)closer_close(fd);
	}
	wait_for_fds(n_fds + 1 + n_bad + 40); /* server, others, and those 40 that wait */
	ck_assert_uint_ge(count("/proc/self/task"), n_threads + CLOSERS_MAX);
	/* A sanitizer may have begun one of its own meanwhile. */
	ck_assert_uint_le(count("/proc/self/task"), n_threads + CLOSERS_MAX + 1);

	/* The sockets of decent clients do not wait behind them. */
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	(void)closer_hang_up(fds[0]);
	wait_until_closed(fds[0]);
	(void)close(fds[1]);

	ck_assert(!closer_is_crowded());
	for (unsigned i = 0; i < CLOSER_CROWDED; i++)
		(void)closer_close(open("/dev/null", O_RDONLY | O_CLOEXEC));
	ck_assert(closer_is_crowded());

	for (unsigned i = 0; i < n_bad; i++)
		(void)close(others[i]); /* resets it */
	(void)close(server);
	wait_for_fds(n_fds);
	ck_assert(!closer_is_crowded());
	free(others);
}
END_TEST

START_TEST(without_a_thread_they_wait_for_the_next_call)
{
	unsigned n = count("/proc/self/fd");
	int fds[3];

	for (unsigned i = 0; i < array_len(fds); i++)
		fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	is_without_threads = true;
	(void)closer_close(fds[0]);
	(void)closer_close(fds[1]);
	ck_assert_uint_eq(count("/proc/self/fd"), n + array_len(fds));
	is_without_threads = false;
	(void)closer_close(fds[2]);
	wait_for_fds(n);
}
END_TEST

static void *close_some(void *userdata)
{
	(void)userdata;
	for (unsigned i = 0; i < 1000; i++)
		(void)closer_close(open("/dev/null", O_RDONLY | O_CLOEXEC));
	return NULL;
}

START_TEST(several_threads_may_hand_over)
{
	unsigned n = count("/proc/self/fd");
	pthread_t threads[4];

	raise_limit();
	for (unsigned i = 0; i < array_len(threads); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, close_some, NULL), 0);
	for (unsigned i = 0; i < array_len(threads); i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	wait_for_fds(n);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_descriptor_is_closed,
		no_descriptor_is_nothing_to_close,
		very_many_are_closed,
		a_peer_that_is_hung_up_on_sees_it_at_once,
		a_descriptor_that_is_only_closed_is_not_shut_down,
		no_signal_is_taken_by_a_closing_thread,
		beyond_all_threads_descriptors_wait_and_nobody_else,
		without_a_thread_they_wait_for_the_next_call,
		several_threads_may_hand_over,
	};

	return unit_run("closer", tests, array_len(tests));
}
