/*
 * pam/sealfile.c - see sealfile.h
 */
#include "pam/sealfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/cleanup.h"
#include "agent/base/fd.h"
#include "agent/base/text.h"
#include "agent/base/words.h"

/* No token has a name that begins with a dot. */
#define TEMPORARY ".new"

static int check_owner(int fd, uid_t owner)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return st.st_uid == owner && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0 ? 0 : -EPERM;
}

static int open_dir(int dir_fd, const char *path, uid_t owner, bool is_made, int *ret)
{
	_cleanup_(fd_closep) int fd = -EBADF;
	int r;

	if (is_made && mkdirat(dir_fd, path, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(dir_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = check_owner(fd, owner);
	if (r == 0)
		*ret = take_fd(&fd);
	return r;
}

int sealfile_open(const char *directory, uid_t owner, uid_t uid, bool is_made, int *ret)
{
	_cleanup_(fd_closep) int all = -EBADF;
	char name[16];
	int r;

	r = open_dir(AT_FDCWD, directory, owner, is_made, &all);
	if (r < 0)
		return r;
	(void)snprintf(name, sizeof(name), "%" PRIu32, (uint32_t)uid); /* fits */
	return open_dir(all, name, owner, is_made, ret);
}

static int is_token(const struct dirent *entry)
{
	return text_is_file_name(entry->d_name);
}

static int compare(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int sealfile_list(int dir_fd, char ***ret)
{
	struct dirent **entries;
	char **tokens = NULL;
	int n, r = words_empty(&tokens);

	n = r == 0 ? scandirat(dir_fd, ".", &entries, is_token, compare) : r;
	if (r == 0 && n < 0)
		r = -errno;
	for (int i = 0; i < n; i++) {
		if (r == 0 && i < (int)SEALFILE_MAX)
			r = words_add(&tokens, entries[i]->d_name, SEALFILE_MAX);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	if (r < 0) {
		words_free(tokens);
		return r;
	}
	*ret = tokens;
	return 0;
}

int sealfile_read(int dir_fd, const char *token, uint8_t ret[static SEAL_SIZE])
{
	_cleanup_(freep) char *text = NULL;
	size_t size;
	int r = fd_read_file(dir_fd, token, SEAL_SIZE, &text, &size);

	if (r < 0)
		return r == -EFBIG ? -EBADMSG : r;
	if (size != SEAL_SIZE)
		return -EBADMSG;
	memcpy(ret, text, SEAL_SIZE);
	return 0;
}

int sealfile_lock(int dir_fd)
{
	return flock(dir_fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
}

int sealfile_write(int dir_fd, const char *token, const uint8_t seal[static SEAL_SIZE])
{
	return fd_replace_file(dir_fd, TEMPORARY, token, seal, SEAL_SIZE, true);
}

int sealfile_remove(int dir_fd, const char *token)
{
	if (unlinkat(dir_fd, token, 0) < 0)
		return -errno;
	return fsync(dir_fd) < 0 ? -errno : 0;
}
