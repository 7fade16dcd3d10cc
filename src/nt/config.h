/* SPDX-License-Identifier: MIT */
/*
 * The registry as drivers see it: a tree of keys with typed values, names compared without case.
 * src/run fills it from the driver's INF and the user's --config; the Zw*, Rtl* and Ndis*
 * configuration calls read it.
 *
 *   \Registry\Machine\System\CurrentControlSet\Services\<driver>              RegistryPath of
 * DriverEntry
 *   ...\Services\<driver>\Parameters                                         driver key
 *   \Registry\Machine\System\CurrentControlSet\Control\Class\{..}\0000       adapter's software key
 */
#ifndef DD_NT_CONFIG_H
#define DD_NT_CONFIG_H

#include <ntddk.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dd_key;

/* dd_key_open - by path from the root ("/" or "\\" between names, UTF-8); @create makes what is
 * missing. NULL: not there, or no memory */
struct dd_key *dd_key_open(const char *path, bool create);
struct dd_key *dd_key_child(struct dd_key *key, const char *name, bool create);
struct dd_key *dd_key_child_at(struct dd_key *key, unsigned index, const char **ret_name);
const char *dd_key_path(struct dd_key *key);

/* values; @type REG_SZ, REG_DWORD, REG_BINARY, REG_MULTI_SZ ...; strings are stored as UTF-16 with
 * terminator */
int dd_key_set(struct dd_key *key, const char *name, uint32_t type, const void *data,
               size_t len_bytes);
int dd_key_set_string(struct dd_key *key, const char *name, const char *utf8);
int dd_key_set_dword(struct dd_key *key, const char *name, uint32_t value);
/* dd_key_get - 0, or -ENOENT; the data stay valid until the value is set again or the tree is
 * dropped */
int dd_key_get(struct dd_key *key, const char *name, uint32_t *ret_type, const void **ret_data,
               size_t *ret_len_bytes);
/* dd_key_copy - as dd_key_get with data of the caller's own (free()): safe against whoever sets it
 * meanwhile */
int dd_key_copy(struct dd_key *key, const char *name, uint32_t *ret_type, void **ret_data,
                size_t *ret_len_bytes);
/* dd_key_value_at - name of value number @index, in alphabetical order, or NULL; valid until it is
 * deleted */
const char *dd_key_value_at(struct dd_key *key, unsigned index);
int dd_key_delete_value(struct dd_key *key, const char *name);
/* dd_key_delete - 0; -ENOTEMPTY, it has sub-keys; -EPERM, the root. Its memory stays until
 * dd_registry_drop(), all calls on it fail with -EIDRM or NULL */
int dd_key_delete(struct dd_key *key);
bool dd_key_is_deleted(struct dd_key *key);
void dd_registry_drop(void); /* everything */

/* UTF-16 <-> UTF-8. Return bytes written without terminator, or what would be needed; always
 * terminated when size > 0 */
size_t dd_utf16_to_utf8(const WCHAR *in, size_t units, char *out, size_t size_bytes);
size_t dd_utf8_to_utf16(const char *in, WCHAR *out, size_t units);

#endif
