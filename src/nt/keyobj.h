/* SPDX-License-Identifier: MIT */
/* Open registry keys: what a key handle names. */
#ifndef DD_NT_KEYOBJ_H
#define DD_NT_KEYOBJ_H

#include "nt/config.h"

/* dd_keyobj_open - a handle for @key. STATUS_SUCCESS or STATUS_INSUFFICIENT_RESOURCES */
NTSTATUS dd_keyobj_open(struct dd_key *key, const void *site, HANDLE *ret_handle);

/* dd_keyobj_get - the key a handle names. STATUS_SUCCESS; STATUS_INVALID_HANDLE;
 * STATUS_OBJECT_TYPE_MISMATCH; STATUS_KEY_DELETED */
NTSTATUS dd_keyobj_get(HANDLE handle, struct dd_key **ret_key);

/* dd_name_utf8 - a counted name as UTF-8, to be freed; NULL: no memory. A NULL or empty string is
 * "" */
char *dd_name_utf8(PCUNICODE_STRING name);

#endif
