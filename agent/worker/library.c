/*
 * worker/library.c - see library.h
 */
#include "agent/worker/library.h"

#include <openssl/err.h>
#include <openssl/ui.h>

#include "agent/base/cleanup.h"
#include "agent/worker/gate.h"

/* Nothing here may ever ask on a terminal for a PIN. */
static int never(UI *ui)
{
	(void)ui;
	return 0;
}

static CK_RV reason(void)
{
	CK_RV rv = gate_last();

	ERR_clear_error(); /* libp11 has cut the code there; the gate has it whole */
	return rv == CKR_OK ? CKR_GENERAL_ERROR : rv;
}

static void enter(void)
{
	ERR_clear_error();
	gate_clear();
}

CK_RV library_load(struct library *l)
{
	static UI_METHOD *silent;
	PKCS11_CTX *ctx;

	if (l->ctx)
		return CKR_OK;
	enter();
	if (!silent)
		silent = UI_create_method("never");
	ctx = PKCS11_CTX_new();
	if (!silent || !ctx || UI_method_set_opener(silent, never) < 0)
		return CKR_HOST_MEMORY;
	/* The empty name is this program: libp11 finds the gate's C_GetFunctionList in it. */
	if (PKCS11_CTX_load(ctx, "") < 0) {
		/* Not unloaded: after a load that failed libp11 0.4.12 crashes in there. */
		PKCS11_CTX_free(ctx);
		return reason();
	}
	(void)PKCS11_set_ui_method(ctx, silent, NULL); /* fails for no context only */
	l->ctx = ctx;
	return CKR_OK;
}

CK_RV library_visit(struct library *l)
{
	enter();
	if (PKCS11_enumerate_slots(l->ctx, &l->slots, &l->n_slots) < 0) {
		l->slots = NULL;
		l->n_slots = 0;
		return reason();
	}
	if (l->n_slots == 1 && l->slots[0].token) {
		l->token = l->slots[0].token;
		return CKR_OK;
	}
	library_leave(l);
	return CKR_TOKEN_NOT_PRESENT;
}

CK_RV library_login(struct library *l, const struct secret *pin)
{
	enter();
	if (PKCS11_login(&l->slots[0], 0, pin->bytes) < 0)
		return reason();
	ERR_clear_error();
	/* It takes this for success, although the PIN was not looked at. */
	return gate_last() == CKR_USER_ALREADY_LOGGED_IN ? CKR_USER_ALREADY_LOGGED_IN : CKR_OK;
}

CK_RV library_certificates(struct library *l, PKCS11_CERT **ret, unsigned *ret_n)
{
	enter();
	*ret = NULL;
	*ret_n = 0;
	if (PKCS11_enumerate_certs(l->token, ret, ret_n) < 0) {
		*ret = NULL;
		*ret_n = 0;
		return reason();
	}
	ERR_clear_error();
	return CKR_OK;
}

void library_leave(struct library *l)
{
	if (l->slots)
		PKCS11_release_all_slots(l->ctx, l->slots, l->n_slots);
	ERR_clear_error();
	l->slots = NULL;
	l->n_slots = 0;
	l->token = NULL;
}

void library_unload(struct library *l)
{
	library_leave(l);
	if (!l->ctx)
		return;
	PKCS11_CTX_unload(l->ctx);
	PKCS11_CTX_free(l->ctx);
	ERR_clear_error();
	l->ctx = NULL;
}
