/*
 * policy/source.c - see source.h
 */
#include "agent/policy/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/cleanup.h"
#include "agent/base/fd.h"
#include "agent/base/limits.h"
#include "agent/base/text.h"

int source_init(struct source *s, struct rules_error *error)
{
	if (sodium_init() < 0)
		return -EIO;
	s->error = error;
	s->at = NULL;
	(void)crypto_hash_sha256_init(&s->hash); /* cannot fail, nor can update and final */
	return 0;
}

/* With its length in front: so that no two sets of files give the same bytes. */
static void add_bytes(struct source *s, const void *data, size_t size)
{
	uint8_t length[8];

	for (size_t i = 0; i < sizeof(length); i++)
		length[i] = (uint8_t)((uint64_t)size >> (56 - 8 * i));
	(void)crypto_hash_sha256_update(&s->hash, length, sizeof(length));
	(void)crypto_hash_sha256_update(&s->hash, data, size);
}

void source_hash(struct source *s, char ret[65])
{
	uint8_t hash[crypto_hash_sha256_BYTES];

	(void)crypto_hash_sha256_final(&s->hash, hash);
	text_hex(hash, sizeof(hash), ret);
}

int source_refuse(struct source *s, const char *path, unsigned line, const char *format, ...)
{
	char what[sizeof(s->error->what)];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(what, sizeof(what), format, ap); /* cut is good enough */
	va_end(ap);
	rules_error_done(s->error);
	text_sanitise(what, s->error->what, sizeof(s->error->what));
	s->error->line = line;
	s->error->path = strdup(path);
	return s->error->path ? -EINVAL : -ENOMEM;
}

int source_fail(struct source *s, const char *path, int r)
{
	if (r == -ENOMEM ||
	    source_refuse(s, path, 0, "it cannot be read: %s", strerror(-r)) == -ENOMEM)
		return -ENOMEM;
	return r;
}

static int check_writers(struct source *s, const char *path, const struct stat *st)
{
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return source_refuse(s, path, 0, "it belongs to uid %u, expected root or uid %u",
				     (unsigned)st->st_uid, (unsigned)geteuid());
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return source_refuse(
			s, path, 0,
			"its group or others may write it (mode %04o), expected only its "
			"owner; chmod go-w mends that",
			(unsigned)st->st_mode & 07777u);
	return 0;
}

int source_scan(struct source *s, const char *dir, bool is_optional, char ***ret, size_t *ret_n)
{
	struct stat st;
	int r;

	if (stat(dir, &st) < 0) {
		r = -errno;
		return r == -ENOENT && is_optional ? ini_scan(dir, ret, ret_n)
						   : source_fail(s, dir, r);
	}
	if (!S_ISDIR(st.st_mode))
		return source_refuse(s, dir, 0, "it is no directory");
	r = check_writers(s, dir, &st);
	if (r < 0)
		return r;
	r = ini_scan(dir, ret, ret_n);
	if (r == -E2BIG)
		return source_refuse(s, dir, 0, "it holds more than %u files", CONFIG_FILES_MAX);
	return r < 0 ? source_fail(s, dir, r) : 0;
}

/* Not fd_read_file(): the owner must be that of the very file that is read. */
static int open_checked(struct source *s, const char *path, int *ret)
{
	_cleanup_(fd_closep) int fd = -EBADF;
	struct stat st;
	int r;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT ? -ENOENT : source_fail(s, path, -errno);
	if (fstat(fd, &st) < 0)
		return source_fail(s, path, -errno);
	if (!S_ISREG(st.st_mode))
		return source_refuse(s, path, 0, "it is no regular file");
	r = check_writers(s, path, &st);
	if (r < 0)
		return r;
	*ret = take_fd(&fd);
	return 0;
}

int source_read(struct source *s, const char *path, size_t max_size, char **ret, size_t *ret_size)
{
	_cleanup_(fd_closep) int fd = -EBADF;
	_cleanup_(freep) char *buf = NULL;
	size_t size = 0;
	int r;

	r = open_checked(s, path, &fd);
	if (r < 0)
		return r;
	r = fd_read_all(fd, max_size, &buf, &size);
	if (r == -EFBIG)
		return source_refuse(s, path, 0, "it is larger than %zu bytes", max_size);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return source_fail(s, path, r);
	add_bytes(s, path, strlen(path));
	add_bytes(s, buf, size);
	*ret = take_ptr(buf);
	*ret_size = size;
	return 0;
}

int source_name_of(struct source *s, const char *path, const char *file, char **ret)
{
	_cleanup_(freep) char *name = strndup(file, strlen(file) - strlen(".conf"));

	if (!name)
		return -ENOMEM;
	if (!text_is_file_name(name))
		return source_refuse(
			s, path, 0,
			"its name is no name for a key or token, expected at most 64 of "
			"A-Z a-z 0-9 . _ @ - and none of . - in front");
	*ret = take_ptr(name);
	return 0;
}

static bool has_file(char **files, size_t n, const char *name, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(files[i]) == len && memcmp(files[i], name, len) == 0)
			return true;
	return false;
}

int source_check_orphans(struct source *s, const char *dir, const char *noun, char **files,
			 size_t n)
{
	struct dirent *e;
	DIR *d = opendir(dir);
	int r = 0;

	if (!d)
		return errno == ENOENT ? 0 : source_fail(s, dir, -errno);
	while (r == 0 && (e = readdir(d))) {
		size_t len = strlen(e->d_name);

		if (e->d_name[0] == '.' || len < 8 || strcmp(e->d_name + len - 7, ".conf.d") != 0)
			continue;
		if (!has_file(files, n, e->d_name, len - 2))
			r = source_refuse(s, dir, 0,
					  "drop-ins '%.128s' are for a %s without a file",
					  e->d_name, noun);
	}
	(void)closedir(d); /* only read */
	return r;
}

/* --- texts ---------------------------------------------------------------------------------------- */

void texts_done(struct texts *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->list[i].path);
		free(t->list[i].data);
	}
	free(t->list);
	*t = (struct texts){};
}

static int add_text(struct source *s, const char *path, struct texts *texts)
{
	struct text *more, *text;
	int r;

	more = reallocarray(texts->list, texts->n + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	texts->list = more;
	text = &more[texts->n];
	*text = (struct text){};
	r = source_read(s, path, CONFIG_FILE_MAX, &text->data, &text->size);
	if (r < 0)
		return r;
	texts->n++;
	text->path = strdup(path);
	return text->path ? 0 : -ENOMEM;
}

static int add_drop_ins(struct source *s, const char *path, struct texts *texts)
{
	_cleanup_(ini_scan_freep) char **names = NULL;
	_cleanup_(freep) char *dir = text_format("%s.d", path);
	size_t n;
	int r;

	if (!dir)
		return -ENOMEM;
	r = source_scan(s, dir, true, &names, &n);
	for (size_t i = 0; r == 0 && i < n; i++) {
		_cleanup_(freep) char *file = text_format("%s/%s", dir, names[i]);

		if (!file)
			return -ENOMEM;
		r = add_text(s, file, texts);
		if (r == -ENOENT)
			r = source_fail(s, file, r);
	}
	return r;
}

int source_read_texts(struct source *s, const char *path, bool is_optional, struct texts *ret)
{
	_cleanup_(texts_done) struct texts texts = {};
	int r;

	r = add_text(s, path, &texts);
	if (r == -ENOENT && !is_optional)
		return source_fail(s, path, r);
	if (r < 0 && r != -ENOENT)
		return r;
	r = add_drop_ins(s, path, &texts);
	if (r < 0)
		return r;
	*ret = texts;
	texts = (struct texts){};
	return 0;
}

int source_parse_texts(struct source *s, const struct texts *t, ini_handler handler, void *userdata)
{
	struct ini_error error = {};
	int r = 0;

	for (size_t i = 0; r == 0 && i < t->n; i++) {
		const struct text *text = &t->list[i];

		s->at = text->path;
		r = ini_parse(text->data, text->size, handler, userdata, &error);
		if (r == -EINVAL)
			r = source_refuse(s, text->path, error.line, "%s", error.what);
	}
	s->at = NULL;
	return r;
}

int source_parse(struct source *s, const char *path, bool is_optional, ini_handler handler,
		 void *userdata)
{
	_cleanup_(texts_done) struct texts texts = {};
	int r = source_read_texts(s, path, is_optional, &texts);

	return r < 0 ? r : source_parse_texts(s, &texts, handler, userdata);
}
