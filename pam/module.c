/*
 * pam/module.c - pam_signet.so: what PAM calls
 *
 * An auth line asks for a signature (authorized_keys=, trusted_ca=), or unlocks tokens with the password
 * that a module before it has got. The latter says PAM_IGNORE whatever happens, as do password lines: whether
 * somebody is let in, or gets a new password, is not theirs to say.
 */
#include <stdio.h>

#include <security/pam_modules.h>

#include "client/include/signet.h"
#include "pam/auth.h"
#include "pam/login.h"

int pam_sm_authenticate(pam_handle_t *pam, int flags, int argc, const char **argv)
{
	struct host h;

	if (!host_init(&h, pam, flags, argc, argv))
		return PAM_AUTHINFO_UNAVAIL;
	if (options_is_signing(&h.options))
		return auth_by_signature(&h);
	login_unlock(&h);
	return PAM_IGNORE;
}

int pam_sm_setcred(pam_handle_t *pam, int flags, int argc, const char **argv)
{
	struct host h;

	if (!host_init(&h, pam, flags, argc, argv))
		return PAM_CRED_ERR;
	if (options_is_signing(&h.options))
		return PAM_SUCCESS;
	if (!(flags & PAM_DELETE_CRED))
		login_tell(&h);
	return PAM_IGNORE;
}

static void set_variable(const struct host *h, const char *name)
{
	char text[256];
	int n = snprintf(text, sizeof(text), "%s=%s", name, h->options.socket);

	if (n < 0 || (size_t)n >= sizeof(text) || pam_putenv(h->pam, text) != PAM_SUCCESS)
		host_debug(h, "%s could not be set", name);
}

int pam_sm_open_session(pam_handle_t *pam, int flags, int argc, const char **argv)
{
	struct host h;

	if (!host_init(&h, pam, flags, argc, argv))
		return PAM_SUCCESS;
	login_tell(&h);
	if (h.options.is_locking)
		login_join(&h);
	if (h.options.is_setting_env) {
		set_variable(&h, "SSH_AUTH_SOCK");
		set_variable(&h, "SIGNET_SOCK");
	}
	return PAM_SUCCESS;
}

int pam_sm_close_session(pam_handle_t *pam, int flags, int argc, const char **argv)
{
	struct host h;

	if (host_init(&h, pam, flags, argc, argv) && h.options.is_locking)
		login_leave(&h);
	return PAM_SUCCESS;
}

int pam_sm_chauthtok(pam_handle_t *pam, int flags, int argc, const char **argv)
{
	struct host h;

	if (host_init(&h, pam, flags, argc, argv) && (flags & PAM_UPDATE_AUTHTOK))
		login_reseal(&h);
	return PAM_IGNORE;
}
