/*
 * pkcs11/refuse.h - the tables of functions, in which everything is refused
 *
 * What this module does offer is put in their place by table.c, so that no entry is ever NULL.
 */
#ifndef CLIENT_PKCS11_REFUSE_H
#define CLIENT_PKCS11_REFUSE_H

#include "client/pkcs11/pkcs11.h"

extern const struct functions refuse_all;

#endif
