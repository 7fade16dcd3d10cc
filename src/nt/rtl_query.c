/* SPDX-License-Identifier: MIT */
/*
 * RtlQueryRegistryValues: a table of queries, each answered by a callback or straight into the
 * caller's memory.
 *
 * Source: windows-driver-docs-ddi, wdm/nf-wdm-rtlqueryregistryvalues (nt-services 2.13).
 * Unspecified there: environment variables in a run without an environment. Drydock: REG_EXPAND_SZ
 * is handed on as it stands.
 */
#include <ntddk.h>

#include "base/check.h"
#include "nt/keyobj.h"
#include "nt/pool.h"
#include "nt/sched.h"
#include "nt/utf.h"
#include "seam/api.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TAG_STRING 0x20727453u /* "Str " */

/* one value, the registry's or the table's default */
struct item {
    PWSTR name;
    uint32_t type;
    void *data;
    size_t len_bytes;
};

static bool is_string(uint32_t type)
{
    return type == REG_SZ || type == REG_EXPAND_SZ || type == REG_MULTI_SZ;
}

/* --- the key that a query starts from --- */

static const char *const roots[] = {
    [RTL_REGISTRY_ABSOLUTE] = "",
    [RTL_REGISTRY_SERVICES] = "\\Registry\\Machine\\System\\CurrentControlSet\\Services",
    [RTL_REGISTRY_CONTROL] = "\\Registry\\Machine\\System\\CurrentControlSet\\Control",
    [RTL_REGISTRY_WINDOWS_NT] =
        "\\Registry\\Machine\\Software\\Microsoft\\Windows NT\\CurrentVersion",
    [RTL_REGISTRY_DEVICEMAP] = "\\Registry\\Machine\\Hardware\\DeviceMap",
    [RTL_REGISTRY_USER] = "\\Registry\\User\\.Default",
};

static struct dd_key *child_wide(struct dd_key *key, const WCHAR *path)
{
    size_t units = dd_wcslen(path), size = dd_utf16_to_utf8(path, units, NULL, 0) + 1;
    char *utf8 = malloc(size);
    struct dd_key *child = NULL;

    if (utf8 != NULL) {
        (void)dd_utf16_to_utf8(path, units, utf8, size);
        child = dd_key_child(key, utf8, false);
        free(utf8);
    }
    return child;
}

static NTSTATUS open_top(ULONG relative_to, PCWSTR path, struct dd_key **ret_key)
{
    ULONG where = relative_to & ~(ULONG)(RTL_REGISTRY_HANDLE | RTL_REGISTRY_OPTIONAL);
    struct dd_key *key;

    if ((relative_to & RTL_REGISTRY_HANDLE) != 0) {
        return dd_keyobj_get((HANDLE)(uintptr_t)path, ret_key);
    }
    if (where >= DD_ARRAY_LEN(roots)) {
        return STATUS_INVALID_PARAMETER;
    }
    key = dd_key_open(roots[where], false);
    if (key != NULL && path != NULL) {
        key = child_wide(key, path);
    }
    *ret_key = key;
    return key == NULL ? STATUS_OBJECT_NAME_NOT_FOUND : STATUS_SUCCESS;
}

/* --- DIRECT --- */

static NTSTATUS store_string(const struct item *it, PUNICODE_STRING dest, const void *site)
{
    size_t terminated = it->len_bytes, length = terminated;
    const WCHAR *text = it->data;

    if (it->type != REG_MULTI_SZ && length >= sizeof(WCHAR) &&
        text[length / sizeof(WCHAR) - 1] == 0) {
        length = (length / sizeof(WCHAR) - 1) * sizeof(WCHAR);
    }
    terminated = length + sizeof(WCHAR);
    if (terminated > UNICODE_STRING_MAX_BYTES) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    if (dest->Buffer == NULL) {
        dest->Buffer = dd_pool_alloc(terminated, TAG_STRING, NULL, DD_LEAK_POOL, site);
        if (dest->Buffer == NULL) {
            return STATUS_NO_MEMORY;
        }
        dest->MaximumLength = (USHORT)terminated;
    } else if (terminated > dest->MaximumLength) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    memcpy(dest->Buffer, it->data, length);
    dest->Buffer[length / sizeof(WCHAR)] = 0;
    dest->Length = (USHORT)length;
    return STATUS_SUCCESS;
}

/* The buffer begins with its size: negative, the data alone are stored; positive, length and type
 * before them. */
static NTSTATUS store_binary(const struct item *it, void *dest)
{
    LONG size;
    ULONG head[2] = {(ULONG)it->len_bytes, it->type};
    size_t room;

    if (it->len_bytes <= sizeof(ULONG)) {
        memcpy(dest, it->data, it->len_bytes);
        return STATUS_SUCCESS;
    }
    memcpy(&size, dest, sizeof(size));
    room = size < 0 ? 0 - (size_t)(int64_t)size : (size_t)size;
    if (size < 0) {
        if (room < it->len_bytes) {
            return STATUS_BUFFER_TOO_SMALL;
        }
        memcpy(dest, it->data, it->len_bytes);
        return STATUS_SUCCESS;
    }
    if (room < sizeof(head) + it->len_bytes) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    memcpy(dest, head, sizeof(head));
    memcpy((char *)dest + sizeof(head), it->data, it->len_bytes);
    return STATUS_SUCCESS;
}

static NTSTATUS store_direct(const RTL_QUERY_REGISTRY_TABLE *q, const struct item *it,
                             const void *site)
{
    if (it->type == REG_MULTI_SZ && (q->Flags & RTL_QUERY_REGISTRY_NOEXPAND) == 0) {
        return STATUS_INVALID_PARAMETER;
    }
    return is_string(it->type) ? store_string(it, q->EntryContext, site)
                               : store_binary(it, q->EntryContext);
}

/* --- callbacks --- */

static NTSTATUS call(const RTL_QUERY_REGISTRY_TABLE *q, const struct item *it, void *context)
{
    NTSTATUS status = STATUS_SUCCESS;

    DD_CALL(DD_ROLE_OTHER, "QueryRoutine", NULL,
            status = q->QueryRoutine(it->name, it->type, it->data, (ULONG)it->len_bytes, context,
                                     q->EntryContext));
    return status;
}

/* each string of a REG_MULTI_SZ by itself */
static NTSTATUS call_each(const RTL_QUERY_REGISTRY_TABLE *q, const struct item *it, void *context)
{
    WCHAR *text = it->data;
    size_t units = it->len_bytes / sizeof(WCHAR), at = 0;
    NTSTATUS status = STATUS_SUCCESS;

    while (at < units && text[at] != 0 && NT_SUCCESS(status)) {
        size_t len = dd_wcsnlen(text + at, units - at);
        struct item one = {it->name, REG_SZ, text + at, (len + 1) * sizeof(WCHAR)};

        if (at + len == units) {
            one.len_bytes -= sizeof(WCHAR); /* the last has no terminator */
        }
        status = call(q, &one, context);
        at += len + 1;
    }
    return status;
}

/* hand over one item, as the entry wants it */
static NTSTATUS deliver(const RTL_QUERY_REGISTRY_TABLE *q, const struct item *it, void *context,
                        const void *site)
{
    if ((q->Flags & RTL_QUERY_REGISTRY_TYPECHECK) != 0 &&
        it->type != q->DefaultType >> RTL_QUERY_REGISTRY_TYPECHECK_SHIFT) {
        return STATUS_OBJECT_TYPE_MISMATCH;
    }
    if ((q->Flags & RTL_QUERY_REGISTRY_DIRECT) != 0) {
        return store_direct(q, it, site);
    }
    if (it->type == REG_MULTI_SZ && (q->Flags & RTL_QUERY_REGISTRY_NOEXPAND) == 0) {
        return call_each(q, it, context);
    }
    return call(q, it, context);
}

/* the value is not there */
static NTSTATUS deliver_default(const RTL_QUERY_REGISTRY_TABLE *q, void *context, const void *site)
{
    ULONG type = q->DefaultType & ((1u << RTL_QUERY_REGISTRY_TYPECHECK_SHIFT) - 1);
    struct item it = {q->Name, type, q->DefaultData, q->DefaultLength};
    RTL_QUERY_REGISTRY_TABLE unchecked = *q;

    if ((q->Flags & RTL_QUERY_REGISTRY_REQUIRED) != 0) {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    if (type == REG_NONE) {
        return STATUS_SUCCESS;
    }
    if (it.len_bytes == 0 && (type == REG_SZ || type == REG_EXPAND_SZ) && it.data != NULL) {
        it.len_bytes = (dd_wcslen(it.data) + 1) * sizeof(WCHAR);
    }
    unchecked.Flags &= ~(ULONG)RTL_QUERY_REGISTRY_TYPECHECK;
    return deliver(&unchecked, &it, context, site);
}

/* --- one entry --- */

static NTSTATUS query_named(struct dd_key *key, const RTL_QUERY_REGISTRY_TABLE *q, void *context,
                            const void *site)
{
    UNICODE_STRING name = {(USHORT)(dd_wcsnlen(q->Name, UNICODE_STRING_MAX_CHARS) * sizeof(WCHAR)),
                           0, q->Name};
    struct item it = {.name = q->Name};
    char *utf8 = dd_name_utf8(&name);
    NTSTATUS status;
    int r = utf8 == NULL  ? -ENOMEM
            : key == NULL ? -ENOENT
                          : dd_key_copy(key, utf8, &it.type, &it.data, &it.len_bytes);

    if (r == -ENOMEM) {
        free(utf8);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (r < 0) {
        free(utf8);
        return deliver_default(q, context, site);
    }
    status = deliver(q, &it, context, site);
    free(it.data);
    if (NT_SUCCESS(status) && (q->Flags & RTL_QUERY_REGISTRY_DELETE) != 0) {
        (void)dd_key_delete_value(key, utf8);
    }
    free(utf8);
    return status;
}

/* an entry without a name: the callback gets every value of the key */
static NTSTATUS query_all(struct dd_key *key, const RTL_QUERY_REGISTRY_TABLE *q, void *context,
                          const void *site)
{
    NTSTATUS status = STATUS_SUCCESS;
    const char *utf8;

    for (unsigned i = 0;
         key != NULL && NT_SUCCESS(status) && (utf8 = dd_key_value_at(key, i)) != NULL; i++) {
        size_t units = dd_utf8_to_utf16(utf8, NULL, 0) + 1;
        struct item it = {.name = malloc(units * sizeof(WCHAR))};

        if (it.name == NULL) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        (void)dd_utf8_to_utf16(utf8, it.name, units);
        if (dd_key_copy(key, utf8, &it.type, &it.data, &it.len_bytes) == 0) {
            status = deliver(q, &it, context, site);
            free(it.data);
        }
        free(it.name);
    }
    return status;
}

static NTSTATUS query(struct dd_key *key, const RTL_QUERY_REGISTRY_TABLE *q, void *context,
                      const void *site)
{
    const ULONG direct = RTL_QUERY_REGISTRY_DIRECT;

    if ((q->Flags & direct) != 0 && (q->Name == NULL || q->QueryRoutine != NULL ||
                                     (q->Flags & RTL_QUERY_REGISTRY_SUBKEY) != 0)) {
        return STATUS_INVALID_PARAMETER;
    }
    if ((q->Flags & direct) == 0 && q->QueryRoutine == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    if ((q->Flags & RTL_QUERY_REGISTRY_NOVALUE) != 0) {
        return call(q, &(const struct item){.name = q->Name}, context);
    }
    return q->Name == NULL ? query_all(key, q, context, site) : query_named(key, q, context, site);
}

NTSTATUS RtlQueryRegistryValues(ULONG RelativeTo, PCWSTR Path, PRTL_QUERY_REGISTRY_TABLE QueryTable,
                                PVOID Context, PVOID Environment)
{
    struct dd_key *top = NULL, *key;
    NTSTATUS status;

    DD_API(RtlQueryRegistryValues);
    (void)Environment;
    status = open_top(RelativeTo, Path, &top);
    if (status == STATUS_OBJECT_NAME_NOT_FOUND && (RelativeTo & RTL_REGISTRY_OPTIONAL) != 0) {
        status = STATUS_SUCCESS; /* defaults are still delivered */
    }
    key = top;
    for (PRTL_QUERY_REGISTRY_TABLE q = QueryTable;
         NT_SUCCESS(status) && (q->QueryRoutine != NULL || q->Name != NULL); q++) {
        if ((q->Flags & (RTL_QUERY_REGISTRY_TOPKEY | RTL_QUERY_REGISTRY_SUBKEY)) != 0) {
            key = top;
        }
        if ((q->Flags & RTL_QUERY_REGISTRY_SUBKEY) == 0) {
            status = query(key, q, Context, DD_SITE());
            continue;
        }
        key = top == NULL || q->Name == NULL ? NULL : child_wide(top, q->Name);
        if (q->Name == NULL) {
            status = STATUS_INVALID_PARAMETER;
        } else if (key == NULL && (q->Flags & RTL_QUERY_REGISTRY_REQUIRED) != 0) {
            status = STATUS_OBJECT_NAME_NOT_FOUND;
        } else if (q->QueryRoutine != NULL) {
            status = query_all(key, q, Context, DD_SITE());
        }
    }
    return status;
}
