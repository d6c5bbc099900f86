/*
 * worker/module.c - see module.h
 */
#include "agent/worker/module.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/cleanup.h"

static bool is_trusted(const char *path, struct answer *a)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		answer_set(a, JOB_RESULT_LOST, 0, "module '%s' cannot be read: %s", path,
			   strerror(errno));
		return false;
	}
	if (!S_ISREG(st.st_mode)) {
		answer_set(a, JOB_RESULT_LOST, 0, "module '%s' is refused: it is no regular file",
			   path);
		return false;
	}
	if (st.st_uid != 0 && st.st_uid != geteuid()) {
		answer_set(a, JOB_RESULT_LOST, 0,
			   "module '%s' is refused: it belongs to uid %u, not to root", path,
			   (unsigned)st.st_uid);
		return false;
	}
	if (st.st_mode & (S_IWGRP | S_IWOTH)) {
		answer_set(a, JOB_RESULT_LOST, 0,
			   "module '%s' is refused: others than its owner may write to it", path);
		return false;
	}
	return true;
}

static void load(const char *path, struct answer *a, CK_FUNCTION_LIST **ret)
{
	CK_C_GetFunctionList get;
	void *handle;
	CK_RV rv;

	handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!handle) {
		answer_set(a, JOB_RESULT_LOST, 0, "module '%s' cannot be loaded: %s", path,
			   dlerror());
		return;
	}
	*(void **)&get = dlsym(handle, "C_GetFunctionList"); /* as POSIX has it */
	if (!get) {
		answer_set(a, JOB_RESULT_LOST, 0,
			   "module '%s' is no PKCS#11 module: it has no C_GetFunctionList", path);
		return;
	}
	*ret = NULL;
	rv = get(ret);
	if (rv != CKR_OK || !*ret) {
		answer_set(a, JOB_RESULT_LOST, rv,
			   "module '%s' gives no function list (CK_RV 0x%lx)", path, rv);
		return;
	}
	answer_ok(a);
}

void module_load(const char *path, struct answer *ret_answer, CK_FUNCTION_LIST **ret)
{
	_cleanup_(freep) char *real = realpath(path, NULL);

	if (!real) {
		answer_set(ret_answer, JOB_RESULT_LOST, 0, "module '%s' cannot be found: %s", path,
			   strerror(errno));
		return;
	}
	if (is_trusted(real, ret_answer))
		load(real, ret_answer, ret);
}
