/*
 * cli/contents.c - see contents.h
 */
#include "client/cli/contents.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/cli/input.h"

static bool map(const char *path, size_t max, struct contents *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	void *data = MAP_FAILED;
	struct stat st;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
	    (size_t)st.st_size <= max)
		data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	(void)close(fd); /* was only read */
	if (data == MAP_FAILED)
		return false;
	*ret = (struct contents){.data = data, .size = (size_t)st.st_size, .is_mapped = true};
	return true;
}

enum exit_code contents_load(const char *path, size_t max, const char *too_long,
			     struct contents *ret)
{
	if (strcmp(path, "-") != 0 && map(path, max, ret))
		return EXIT_DONE;
	return input_read(path, max, too_long, &ret->data, &ret->size);
}

void contents_done(struct contents *c)
{
	if (c->is_mapped)
		(void)munmap(c->data, c->size); /* fails only for what is not mapped */
	else
		free(c->data);
	*c = (struct contents){};
}
