/*
 * base/ini.h - configuration text, as systemd writes it
 *
 * Sections in brackets, KEY=VALUE lines, comments in lines of their own that start with '#' or
 * ';', a backslash at the end of a line joins the next one. No includes, no substitution, no
 * quotes. Written here because the INI libraries in use cut long lines or take a ';' inside a
 * value (a PKCS#11 URI is full of them) for a comment.
 */
#ifndef AGENT_BASE_INI_H
#define AGENT_BASE_INI_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/base/cleanup.h"

/* What is wrong, and where: filled in by whoever refuses something. */
struct ini_error {
	unsigned line;  /* from 1; 0: the file as a whole */
	char what[256]; /* a sentence without a full stop: what was found, what was expected */
};

/* Fills error and returns -EINVAL, so that a handler can end with it. */
int ini_refuse(struct ini_error *error, unsigned line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Called for each section as it begins, with key and value NULL, and for each assignment with
 * section, key and value as strings (value may be empty, which in a list means: forget what was set
 * before). Returns 0, or a negative errno to stop; -EINVAL
 * after ini_refuse().
 */
typedef int (*ini_handler)(const char *section, const char *key, const char *value, unsigned line,
			   struct ini_error *error, void *userdata);

/*
 * Reads size bytes. 0; -EINVAL with error filled in (malformed text, or refused by the handler);
 * another negative errno from the handler.
 */
int ini_parse(const char *text, size_t size, ini_handler handler, void *userdata,
	      struct ini_error *error);

/*
 * Reads the file at path, then its drop-ins (path with ".d" behind it, the files in it that end
 * in ".conf", in order of name).
 * A missing main file is -ENOENT unless is_optional. On -EINVAL ret_path names the file that is
 * wrong (owned by the caller); NULL otherwise.
 */
int ini_parse_file(const char *path, bool is_optional, ini_handler handler, void *userdata,
		   struct ini_error *error, char **ret_path);

/*
 * Lists the files in dir that end in ".conf", sorted by name, NULL-terminated; none if there is no
 * such directory. Freed with ini_scan_free(). -E2BIG above CONFIG_FILES_MAX.
 */
int ini_scan(const char *dir, char ***ret, size_t *ret_n);
char **ini_scan_free(char **names);
DEFINE_FREEP(char *, ini_scan_free)

#endif
