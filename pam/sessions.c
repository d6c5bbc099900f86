/*
 * pam/sessions.c - see sessions.h
 */
#include "pam/sessions.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/cleanup.h"
#include "agent/base/fd.h"

/* Who leaves has the token locked, which takes as long as the token takes. */
#define TRIES 100u
#define PAUSE_MSEC 20

static int open_file(const char *directory, const char *token, int *ret_fd)
{
	_cleanup_(fd_closep) int dir = -EBADF;
	struct stat st;

	if (mkdir(directory, 0700) < 0 && errno != EEXIST)
		return -errno;
	dir = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0 || fstat(dir, &st) < 0)
		return -errno;
	if (st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return -EPERM;
	*ret_fd = openat(dir, token, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	return *ret_fd < 0 ? -errno : 0;
}

int sessions_join(const char *directory, const char *token, int *ret_fd)
{
	_cleanup_(fd_closep) int fd = -EBADF;
	int r = open_file(directory, token, &fd);

	for (unsigned i = 0; r == 0 && flock(fd, LOCK_SH | LOCK_NB) < 0; i++) {
		if (errno != EWOULDBLOCK || i >= TRIES)
			return -errno;
		(void)poll(NULL, 0, PAUSE_MSEC); /* a lock cannot be waited for with an end */
	}
	if (r == 0)
		*ret_fd = take_fd(&fd);
	return r;
}

bool sessions_are_over(const char *directory, const char *token, int *ret_fd)
{
	_cleanup_(fd_closep) int fd = -EBADF;

	if (open_file(directory, token, &fd) < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return false;
	*ret_fd = take_fd(&fd);
	return true;
}

void sessions_leave(int fd)
{
	if (fd < 0)
		return;
	(void)flock(fd,
		    LOCK_UN); /* a process that was forked from the host may have it open, too */
	(void)fd_close(fd);
}
