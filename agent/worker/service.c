/*
 * worker/service.c - see service.h
 */
#include "agent/worker/service.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/cleanup.h"
#include "agent/base/fd.h"
#include "agent/base/text.h"

#define FIRST_FD 3
/* Who waits while we are busy with a module: signetd alone. */
#define BACKLOG 64

/* --- sockets that are passed ------------------------------------------------------------------------ */

/* A number in the environment; 0 if it is not there or is none. */
static uint64_t env_number(const char *name)
{
	const char *s = getenv(name);
	uint64_t n;

	return s && text_to_u64(s, INT64_MAX, &n) == 0 ? n : 0;
}

static int check_listener(int fd)
{
	int domain, type, is_listening;
	socklen_t size = sizeof(int);

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &size) < 0)
		return -errno;
	if (domain != AF_UNIX || type != SOCK_STREAM || !is_listening)
		return -EINVAL;
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	return 0;
}

int service_take_listener(int *ret_fd)
{
	bool is_ours = env_number("LISTEN_PID") == (uint64_t)getpid();
	uint64_t n = env_number("LISTEN_FDS");
	int r;

	(void)unsetenv("LISTEN_PID"); /* fails for impossible names only */
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
	*ret_fd = -EBADF;
	if (!is_ours || n == 0)
		return 0;
	if (n > 1)
		return -EINVAL;
	r = check_listener(FIRST_FD);
	if (r < 0)
		return r;
	*ret_fd = FIRST_FD;
	return 0;
}

/* --- a socket of our own ----------------------------------------------------------------------------- */

static int new_socket(int *ret_fd)
{
	*ret_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return *ret_fd < 0 ? -errno : 0;
}

/* Removes the socket file if nobody listens there any more. */
static int remove_stale(const struct sockaddr_un *address, unsigned size)
{
	_cleanup_(fd_closep) int fd = -EBADF;
	int r;

	r = new_socket(&fd);
	if (r < 0)
		return r;
	if (connect(fd, (const struct sockaddr *)address, size) == 0 || errno == EAGAIN)
		return -EADDRINUSE;
	if (errno == ENOENT)
		return 0;
	if (errno != ECONNREFUSED)
		return -errno;
	return unlink(address->sun_path) < 0 && errno != ENOENT ? -errno : 0;
}

static int bind_private(int fd, const struct sockaddr_un *address, unsigned size)
{
	mode_t before = umask(0177);
	int r = bind(fd, (const struct sockaddr *)address, size) < 0 ? -errno : 0;

	(void)umask(before); /* cannot fail */
	return r;
}

int service_listen(const char *runtime_directory, const char *name, int *ret_fd)
{
	_cleanup_(freep) char *directory = text_format("%s/token", runtime_directory);
	_cleanup_(freep) char *path = text_format("%s/token/%s.sock", runtime_directory, name);
	_cleanup_(fd_closep) int fd = -EBADF;
	struct sockaddr_un address;
	unsigned size;
	int r;

	if (!directory || !path)
		return -ENOMEM;
	r = fd_unix_address(path, &address, &size);
	if (r < 0)
		return r;
	if (mkdir(directory, 0755) < 0 && errno != EEXIST)
		return -errno;
	r = remove_stale(&address, size);
	if (r == 0)
		r = new_socket(&fd);
	if (r == 0)
		r = bind_private(fd, &address, size);
	if (r < 0)
		return r;
	if (listen(fd, BACKLOG) < 0)
		return -errno;
	*ret_fd = take_fd(&fd);
	return 0;
}

/* --- notifications ----------------------------------------------------------------------------------- */

/* An address as systemd writes it: a path, or '@' and a name without a file. */
static bool notify_address(struct sockaddr_un *ret, unsigned *ret_size)
{
	const char *path = getenv("NOTIFY_SOCKET");

	if (!path || (path[0] != '/' && path[0] != '@'))
		return false;
	if (fd_unix_address(path, ret, ret_size) < 0)
		return false;
	if (path[0] == '@') {
		ret->sun_path[0] = '\0';
		*ret_size = (unsigned)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	}
	return true;
}

void service_notify(const char *format, ...)
{
	_cleanup_(fd_closep) int fd = -EBADF;
	struct sockaddr_un address;
	char text[1024];
	unsigned size;
	va_list ap;
	int n;

	if (!notify_address(&address, &size))
		return;
	va_start(ap, format);
	n = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n >= sizeof(text))
		n = sizeof(text) - 1;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, text, (size_t)n, MSG_NOSIGNAL, (struct sockaddr *)&address, size);
}

uint64_t service_watchdog_usec(void)
{
	uint64_t pid = env_number("WATCHDOG_PID");

	if (pid != 0 && pid != (uint64_t)getpid())
		return 0;
	return env_number("WATCHDOG_USEC");
}
