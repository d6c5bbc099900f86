/*
 * main.c - replays inputs through a fuzz target
 *
 *	fuzz-X FILE|DIRECTORY...
 *
 * Every input is allocated to its very size, so that a sanitizer sees a read of one byte too many.
 * Counts the way Check does, for tests/unit/run.
 */
#include <dirent.h>
#include <sys/stat.h>

#include "agent/base/cleanup.h"
#include "agent/base/text.h"
#include "tests/fuzz/fuzz.h"

static unsigned n_replayed;

static void replay(const char *path)
{
	_cleanup_(freep) uint8_t *data = NULL;
	struct stat st;
	FILE *f = fopen(path, "re");

	fuzz_check(f && fstat(fileno(f), &st) == 0, path);
	data = malloc(st.st_size ? (size_t)st.st_size : 1);
	fuzz_check(data != NULL, path);
	fuzz_check(fread(data, 1, (size_t)st.st_size, f) == (size_t)st.st_size, path);
	(void)fclose(f); /* only read */
	/* If this is the last line of the output, it names the input that crashed. */
	(void)printf("%s\n", path);
	(void)fflush(stdout);
	(void)LLVMFuzzerTestOneInput(data, (size_t)st.st_size);
	n_replayed++;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void replay_all(const char *dir)
{
	struct dirent **entries = NULL;
	int n = scandir(dir, &entries, NULL, by_name);

	fuzz_check(n >= 0, dir);
	for (int i = 0; i < n; i++) {
		_cleanup_(freep) char *path = text_format("%s/%s", dir, entries[i]->d_name);

		if (entries[i]->d_type == DT_REG)
			replay(path);
		free(entries[i]);
	}
	free(entries);
}

int main(int argc, char **argv)
{
	struct stat st;

	for (int i = 1; i < argc; i++) {
		fuzz_check(stat(argv[i], &st) == 0, argv[i]);
		if (S_ISDIR(st.st_mode))
			replay_all(argv[i]);
		else
			replay(argv[i]);
	}
	(void)printf("100%%: Checks: %u, Failures: 0, Errors: 0\n", n_replayed);
	return n_replayed == 0;
}
