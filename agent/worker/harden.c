/*
 * worker/harden.c - see harden.h
 */
#include "agent/worker/harden.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "agent/base/cleanup.h"

/*
 * Not everything else is removed as well: modules are set up by variables of their own
 * (SOFTHSM2_CONF, PKCS11SPY ...), and what comes from the unit file comes from root.
 */
static const char *const unwanted[] = {
	"LD_AUDIT",        "LD_LIBRARY_PATH", "LD_PRELOAD", "OPENSSL_CONF", "OPENSSL_CONF_INCLUDE",
	"OPENSSL_ENGINES", "OPENSSL_MODULES",
};

int harden_process(void)
{
	const struct rlimit none = {0, 0};

	for (size_t i = 0; i < array_len(unwanted); i++)
		if (unsetenv(unwanted[i]) < 0)
			return -errno;
	/*
	 * A configuration of OpenSSL may load providers and engines, among them those that would
	 * ask signetd for a signature. And its clean-up at exit would run under threads that sign.
	 */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL) != 1)
		return -ENOMEM;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return setrlimit(RLIMIT_CORE, &none) < 0 ? -errno : 0;
}

int harden_memory(void)
{
	struct rlimit limit;

	/*
	 * With a limit that is not endless, locking what comes in the future would make the next
	 * thread or the next large buffer fail. On fault: only what is used counts.
	 */
	if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0)
		return -errno;
	if (limit.rlim_cur != RLIM_INFINITY)
		return -EPERM;
	return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0 ? -errno : 0;
}
