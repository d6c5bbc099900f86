/*
 * test-service.c - sockets from systemd or our own, and what systemd is told
 */
#include "agent/worker/service.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/base/fd.h"
#include "agent/base/text.h"

static void set_number(const char *name, long n)
{
	_cleanup_(freep) char *text = text_format("%ld", n);

	ck_assert_int_eq(setenv(name, text, 1), 0);
}

/* A listening socket, or another one, as descriptor 3; as systemd passes it. */
static void pass(int type, bool is_listening)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type, 0);

	ck_assert_int_ge(fd, 0);
	if (is_listening) {
		ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(sa_family_t)), 0);
		ck_assert_int_eq(listen(fd, 1), 0);
	}
	ck_assert_int_eq(dup2(fd, 3), 3);
	set_number("LISTEN_PID", getpid());
	set_number("LISTEN_FDS", 1);
}

START_TEST(a_socket_that_was_passed_is_taken)
{
	int fd;

	pass(SOCK_STREAM, true);
	ck_assert_int_eq(service_take_listener(&fd), 0);
	ck_assert_int_eq(fd, 3);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	ck_assert(fcntl(fd, F_GETFL) & O_NONBLOCK);
	ck_assert_ptr_null(getenv("LISTEN_FDS")); /* not for anybody else */
	ck_assert_ptr_null(getenv("LISTEN_PID"));
}
END_TEST

START_TEST(what_was_passed_to_another_process_is_not_ours)
{
	int fd;

	pass(SOCK_STREAM, true);
	set_number("LISTEN_PID", getppid());
	ck_assert_int_eq(service_take_listener(&fd), 0);
	ck_assert_int_eq(fd, -EBADF);
}
END_TEST

START_TEST(nothing_passed_is_nothing)
{
	int fd;

	ck_assert_int_eq(service_take_listener(&fd), 0);
	ck_assert_int_eq(fd, -EBADF);
	set_number("LISTEN_PID", getpid());
	ck_assert_int_eq(setenv("LISTEN_FDS", "many", 1), 0);
	ck_assert_int_eq(service_take_listener(&fd), 0);
	ck_assert_int_eq(fd, -EBADF);
}
END_TEST

START_TEST(something_else_than_one_listening_stream_is_refused)
{
	int fd;

	pass(SOCK_STREAM, false);
	ck_assert_int_eq(service_take_listener(&fd), -EINVAL);
	pass(SOCK_DGRAM, false);
	ck_assert_int_eq(service_take_listener(&fd), -EINVAL);
	pass(SOCK_STREAM, true);
	set_number("LISTEN_FDS", 2);
	ck_assert_int_eq(service_take_listener(&fd), -EINVAL);
}
END_TEST

START_TEST(our_own_socket_is_private_and_replaces_a_stale_one)
{
	char dir[] = "/tmp/test-service-XXXXXX";
	_cleanup_(freep) char *path = NULL, *sub = NULL;
	struct stat st;
	int fd, second;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	path = text_format("%s/token/x.sock", dir);
	sub = text_format("%s/token", dir);
	ck_assert_int_eq(service_listen(dir, "x", &fd), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(service_listen(dir, "x", &second), -EADDRINUSE);
	fd_close(fd);
	ck_assert_int_eq(service_listen(dir, "x", &fd), 0);
	fd_close(fd);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rmdir(sub), 0);
	ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

START_TEST(a_path_that_is_too_long_is_refused)
{
	char dir[200];
	int fd;

	memset(dir, 'x', sizeof(dir) - 1);
	dir[0] = '/';
	dir[sizeof(dir) - 1] = '\0';
	ck_assert_int_eq(service_listen(dir, "x", &fd), -ENAMETOOLONG);
}
END_TEST

/* The other end of NOTIFY_SOCKET. */
static int open_notify(const char *path)
{
	struct sockaddr_un address;
	unsigned size;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	ck_assert_int_eq(fd_unix_address(path, &address, &size), 0);
	if (path[0] == '@') {
		address.sun_path[0] = '\0';
		size = (unsigned)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	}
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", path, 1), 0);
	return fd;
}

static void check_told(int fd, const char *expected)
{
	char buf[64] = "";
	ssize_t n = recv(fd, buf, sizeof(buf) - 1, 0);

	ck_assert_int_ge(n, 0);
	ck_assert_str_eq(buf, expected);
}

START_TEST(systemd_is_told_by_path_or_by_abstract_name)
{
	_cleanup_(freep) char *path = text_format("/tmp/test-service-%d.sock", (int)getpid());
	_cleanup_(freep) char *name = text_format("@test-service-%d", (int)getpid());
	int fd = open_notify(path);

	service_notify("READY=%d", 1);
	check_told(fd, "READY=1");
	fd_close(fd);
	ck_assert_int_eq(unlink(path), 0);
	fd = open_notify(name);
	service_notify("STOPPING=%d", 1);
	check_told(fd, "STOPPING=1");
	fd_close(fd);
}
END_TEST

START_TEST(with_nobody_to_tell_nothing_happens)
{
	ck_assert_int_eq(unsetenv("NOTIFY_SOCKET"), 0);
	service_notify("READY=1");
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", "relative", 1), 0);
	service_notify("READY=1");
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", "/does/not/exist", 1), 0);
	service_notify("READY=1");
}
END_TEST

START_TEST(a_watchdog_of_another_process_is_not_ours)
{
	ck_assert_uint_eq(service_watchdog_usec(), 0);
	set_number("WATCHDOG_USEC", 5000000);
	ck_assert_uint_eq(service_watchdog_usec(), 5000000);
	set_number("WATCHDOG_PID", getppid());
	ck_assert_uint_eq(service_watchdog_usec(), 0);
	set_number("WATCHDOG_PID", getpid());
	ck_assert_uint_eq(service_watchdog_usec(), 5000000);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_socket_that_was_passed_is_taken,
		what_was_passed_to_another_process_is_not_ours,
		nothing_passed_is_nothing,
		something_else_than_one_listening_stream_is_refused,
		our_own_socket_is_private_and_replaces_a_stale_one,
		a_path_that_is_too_long_is_refused,
		systemd_is_told_by_path_or_by_abstract_name,
		with_nobody_to_tell_nothing_happens,
		a_watchdog_of_another_process_is_not_ours,
	};

	return unit_run("service", tests, array_len(tests));
}
