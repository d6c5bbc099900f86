/*
 * cli/config.c - see config.h
 */
#include "client/cli/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/cli/agent.h"
#include "client/cli/output.h"

/* The agent takes no larger one. */
#define FILE_MAX ((size_t)64 * 1024)
#define FILE_NAME_MAX 64

const char *config_dir(const struct args *args)
{
	return args->config ? args->config : CONFIG_DIR;
}

bool config_is_file_name(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= FILE_NAME_MAX && strspn(name, CONFIG_LETTERS) == len &&
	       name[0] != '.' && name[0] != '-';
}

char *config_path(const struct args *args, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", config_dir(args), name) >= 0)
		return path;
	complain("out of memory");
	return NULL;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* 0 or a negative errno; *ret is NULL if there is no file. */
static int read_file(const char *path, char **ret)
{
	char *text;
	FILE *f = fopen(path, "re");
	size_t n;
	int r = 0;

	*ret = NULL;
	if (!f)
		return errno == ENOENT ? 0 : -errno;
	text = malloc(FILE_MAX + 1);
	if (!text) {
		(void)fclose(f); /* only read */
		return -ENOMEM;
	}
	n = fread(text, 1, FILE_MAX + 1, f);
	if (ferror(f))
		r = -EIO;
	else if (n > FILE_MAX)
		r = -EFBIG;
	(void)fclose(f); /* only read */
	if (r < 0) {
		free(text);
		return r;
	}
	text[n] = '\0';
	*ret = text;
	return 0;
}

enum exit_code config_read(const struct args *args, const char *name, char **ret)
{
	_cleanup_(freep) char *path = config_path(args, name);
	int r;

	if (!path)
		return EXIT_AGAIN;
	r = read_file(path, ret);
	if (r == 0)
		return EXIT_DONE;
	complain("'%s' cannot be read: %s", path, strerror(-r));
	return r == -EACCES ? EXIT_DENIED : EXIT_IO;
}

/* --- writing ---------------------------------------------------------------------------------- */

/* Makes the directories between DIR, which has to be there, and the file. */
static int make_directories(const char *path, size_t dir_len)
{
	for (const char *at = path + dir_len + 1; (at = strchr(at, '/')); at++) {
		_cleanup_(freep) char *parent = strndup(path, (size_t)(at - path));

		if (!parent)
			return -ENOMEM;
		if (mkdir(parent, 0755) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

/* The directory of a file is on the disk as it is now. */
static int sync_directory(const char *path)
{
	_cleanup_(freep) char *parent = strndup(path, (size_t)(strrchr(path, '/') - path));
	int fd, r;

	if (!parent)
		return -ENOMEM;
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = fsync(fd) < 0 ? -errno : 0;
	(void)close(fd); /* only read */
	return r;
}

/* A directory of drop-ins is nothing without them. */
static void remove_empty(const char *path)
{
	_cleanup_(freep) char *parent = strndup(path, (size_t)(strrchr(path, '/') - path));
	size_t len = parent ? strlen(parent) : 0;

	if (len > 7 && strcmp(parent + len - 7, ".conf.d") == 0)
		(void)rmdir(parent); /* stays if there is anything in it */
}

static enum exit_code refuse(const char *path, int error)
{
	complain("'%s' cannot be changed: %s", path, strerror(error));
	return EXIT_IO;
}

static enum exit_code put(const struct args *args, const char *name, const char *text)
{
	_cleanup_(freep) char *path = config_path(args, name);
	enum exit_code e;
	int r = 0;

	if (!path)
		return EXIT_AGAIN;
	if (text) {
		r = make_directories(path, strlen(config_dir(args)));
		if (r < 0)
			return refuse(path, -r);
		e = output_replace(path, text, strlen(text));
		if (e != EXIT_DONE)
			return e;
	} else if (unlink(path) < 0 && errno != ENOENT) {
		return refuse(path, errno);
	}
	r = sync_directory(path);
	if (r < 0 && r != -ENOENT)
		return refuse(path, -r);
	if (!text)
		remove_empty(path);
	return EXIT_DONE;
}

/* --- all of it -------------------------------------------------------------------------------- */

/* Files are root's, or else of the person to whom the directory belongs, where agents run for one. */
static enum exit_code may_change(const struct args *args)
{
	const char *dir = config_dir(args);
	struct stat st;

	if (stat(dir, &st) < 0) {
		complain("'%s' cannot be changed: %s", dir, strerror(errno));
		return errno == EACCES ? EXIT_DENIED : EXIT_CONFIG;
	}
	if (geteuid() == 0 || st.st_uid == geteuid())
		return EXIT_DONE;
	complain("only root may change '%s', where the agent has its configuration", dir);
	return EXIT_DENIED;
}

static void take_back(const struct args *args, const struct config_file *files, char **old,
		      size_t n)
{
	for (size_t i = n; i-- > 0;)
		(void)put(args, files[i].name, old[i]); /* what cannot be undone was said */
}

/* Whether nobody listens: then there is no agent that would have to read anything. */
static bool is_absent(int result, int cause)
{
	return result == SIGNET_E_CONNECT && (cause == ENOENT || cause == ECONNREFUSED);
}

static enum exit_code reload(const struct args *args)
{
	_cleanup_(answer_freep) struct signet_answer *a = NULL;
	_cleanup_(signet_closep) struct signet *s = NULL;
	enum exit_code e;
	int r;

	e = agent_open(args, &s);
	if (e != EXIT_DONE)
		return e;
	r = signet_reload(s, agent_flags(args), &a);
	if (is_absent(r, errno)) {
		note(args, "no agent is running; it will read this when it starts");
		return EXIT_DONE;
	}
	e = agent_check(s, r, a, "reload of the configuration");
	if (e == EXIT_DONE || e == EXIT_CONFIG)
		return e;
	complain("the change is made, but the agent does not know of it yet: 'systemctl reload "
		 "signet.service' tells it");
	return e;
}

static enum exit_code change(const struct args *args, const struct config_file *files, size_t n,
			     char **old)
{
	enum exit_code e = EXIT_DONE;
	size_t done = 0;

	for (size_t i = 0; i < n && e == EXIT_DONE; i++)
		e = config_read(args, files[i].name, &old[i]);
	for (; done < n && e == EXIT_DONE; done++)
		e = put(args, files[done].name, files[done].text);
	if (e != EXIT_DONE) {
		take_back(args, files, old, done);
		return e;
	}
	e = reload(args);
	if (e == EXIT_CONFIG)
		take_back(args, files, old, n);
	return e;
}

enum exit_code config_change(const struct args *args, const struct config_file *files, size_t n)
{
	enum exit_code e = may_change(args);
	mode_t mask;
	char **old;

	if (e != EXIT_DONE)
		return e;
	old = calloc(n + 1, sizeof(*old));
	if (!old) {
		complain("out of memory");
		return EXIT_AGAIN;
	}
	mask = umask(022); /* signetd, which is another user, has to read them */
	e = change(args, files, n, old);
	(void)umask(mask); /* cannot fail */
	for (size_t i = 0; i < n; i++)
		free(old[i]);
	free(old);
	return e;
}
