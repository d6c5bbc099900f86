/*
 * policy/usefile.c - see usefile.h
 *
 *   signet-uses 1
 *   signed N
 *   last REALTIME
 *   rate DEBT BOOTTIME REALTIME BOOT-ID
 */
#include "agent/policy/usefile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/cleanup.h"
#include "agent/base/clock.h"
#include "agent/base/fd.h"
#include "agent/base/text.h"

#define MAGIC "signet-uses 1"
#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"
/* No sum of two such numbers overflows. */
#define NUMBER_MAX (UINT64_MAX / 4)
/* RateLimit= counts over a day at most, and what is written ahead adds a part of that. */
#define DEBT_MAX (2 * 24 * 60 * 60 * USEC_PER_SEC)

static bool is_boot_id(const char *s)
{
	return strlen(s) == BOOT_ID_SIZE && strspn(s, "0123456789abcdef-") == BOOT_ID_SIZE;
}

void usefile_boot_id(char ret[BOOT_ID_SIZE + 1])
{
	_cleanup_(freep) char *text = NULL;
	size_t size;

	ret[0] = '\0';
	if (fd_read_file(AT_FDCWD, BOOT_ID_PATH, USEFILE_MAX, &text, &size) < 0)
		return;
	text[strcspn(text, "\n")] = '\0';
	if (is_boot_id(text))
		memcpy(ret, text, BOOT_ID_SIZE + 1);
}

void usefile_format(const struct usefile *f, char buf[USEFILE_MAX])
{
	/* Fits: six numbers and a name of 36 bytes. */
	(void)snprintf(buf, USEFILE_MAX,
		       MAGIC "\nsigned %" PRIu64 "\nlast %" PRIu64 "\nrate %" PRIu64 " %" PRIu64
			     " %" PRIu64 " %s\n",
		       f->n_signed, f->last_usec, f->debt_usec, f->boottime_usec, f->realtime_usec,
		       f->boot_id[0] ? f->boot_id : "-");
}

/* --- reading ---------------------------------------------------------------------------------- */

/* Cuts the text up to the next end off *text; NULL if that end does not come. */
static char *cut(char **text, char end)
{
	char *from = *text, *to = from ? strchr(from, end) : NULL;

	*text = to ? to + 1 : NULL;
	if (to)
		*to = '\0';
	return to ? from : NULL;
}

static bool read_word(char **text, const char *word)
{
	const char *found = cut(text, ' ');

	return found && strcmp(found, word) == 0;
}

static bool read_number(char **text, char end, uint64_t max, uint64_t *ret)
{
	const char *number = cut(text, end);

	return number && text_to_u64(number, max, ret) == 0;
}

static bool read_boot_id(char **text, char ret[BOOT_ID_SIZE + 1])
{
	const char *id = cut(text, '\n');

	if (!id)
		return false;
	ret[0] = '\0';
	if (strcmp(id, "-") == 0)
		return true;
	if (!is_boot_id(id))
		return false;
	memcpy(ret, id, BOOT_ID_SIZE + 1);
	return true;
}

int usefile_parse(char *text, struct usefile *ret)
{
	const char *magic = cut(&text, '\n');
	struct usefile f = {};

	if (!magic || strcmp(magic, MAGIC) != 0)
		return -EBADMSG;
	if (!read_word(&text, "signed") || !read_number(&text, '\n', NUMBER_MAX, &f.n_signed) ||
	    !read_word(&text, "last") || !read_number(&text, '\n', NUMBER_MAX, &f.last_usec) ||
	    !read_word(&text, "rate") || !read_number(&text, ' ', DEBT_MAX, &f.debt_usec) ||
	    !read_number(&text, ' ', NUMBER_MAX, &f.boottime_usec) ||
	    !read_number(&text, ' ', NUMBER_MAX, &f.realtime_usec) ||
	    !read_boot_id(&text, f.boot_id) || *text != '\0')
		return -EBADMSG;
	*ret = f;
	return 0;
}

int usefile_read(int dir_fd, const char *name, struct usefile *ret)
{
	_cleanup_(freep) char *text = NULL;
	size_t size;
	int r;

	r = fd_read_file(dir_fd, name, USEFILE_MAX, &text, &size);
	if (r < 0)
		return r;
	return strlen(text) == size ? usefile_parse(text, ret) : -EBADMSG;
}

uint64_t usefile_debt(const struct usefile *f, const char *boot_id, uint64_t boottime_usec,
		      uint64_t realtime_usec)
{
	bool is_same_boot = boot_id[0] && strcmp(boot_id, f->boot_id) == 0;
	uint64_t then = is_same_boot ? f->boottime_usec : f->realtime_usec;
	uint64_t now = is_same_boot ? boottime_usec : realtime_usec;
	uint64_t passed = now > then ? now - then : 0;

	return f->debt_usec > passed ? f->debt_usec - passed : 0;
}

/* --- writing ---------------------------------------------------------------------------------- */

int usefile_write(int dir_fd, const char *name, const char *text)
{
	return fd_replace_file(dir_fd, "new", name, text, strlen(text), true);
}

/* --- the directory ---------------------------------------------------------------------------- */

char *usefile_dir(const char *state_dir)
{
	return text_format("%s/agent/uses", state_dir);
}

/* Those that are there already are as welcome; what is wrong with them shows when one is opened. */
int usefile_open_dir(const char *state_dir, int *ret)
{
	_cleanup_(freep) char *parent = text_format("%s/agent", state_dir);
	_cleanup_(freep) char *dir = usefile_dir(state_dir);
	int fd;

	if (!parent || !dir)
		return -ENOMEM;
	if ((mkdir(state_dir, 0755) < 0 && errno != EEXIST) ||
	    (mkdir(parent, 0700) < 0 && errno != EEXIST) ||
	    (mkdir(dir, 0700) < 0 && errno != EEXIST))
		return -errno;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*ret = fd;
	return 0;
}

static bool read_id(const char *name, uint8_t ret[KEY_ID_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	if (strlen(name) != 2 * (size_t)KEY_ID_SIZE || strspn(name, digits) != strlen(name))
		return false;
	for (size_t i = 0; i < KEY_ID_SIZE; i++)
		ret[i] = (uint8_t)((strchr(digits, name[2 * i]) - digits) << 4 |
				   (strchr(digits, name[2 * i + 1]) - digits));
	return true;
}

/* What is called otherwise is none of ours, or was not finished. */
static int call_back(int dir_fd, const char *name,
		     int (*callback)(const struct usefile_found *f, void *userdata), void *userdata)
{
	struct usefile_found found = {.name = name};

	if (!read_id(name, found.id))
		return 0;
	found.error = usefile_read(dir_fd, name, &found.file);
	return callback(&found, userdata);
}

int usefile_walk(int dir_fd, int (*callback)(const struct usefile_found *f, void *userdata),
		 void *userdata)
{
	struct dirent *e;
	int r = 0, fd = fcntl(dir_fd, F_DUPFD_CLOEXEC, 0);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d) {
		r = -errno;
		(void)fd_close(fd);
		return r;
	}
	errno = 0;
	while (r == 0 && (e = readdir(d))) {
		r = call_back(dir_fd, e->d_name, callback, userdata);
		errno = 0;
	}
	if (r == 0)
		r = -errno; /* of readdir() */
	(void)closedir(d);  /* only read */
	return r;
}
