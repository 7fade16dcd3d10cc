/* SPDX-License-Identifier: MIT */
/*
 * Zw*Key: the registry by handle. A key handle names an object that points to the key; the key
 * itself belongs to the tree (config.c).
 *
 * Source: windows-driver-docs-ddi, wdm/nf-wdm-zwopenkey and its kin (nt-services 2.13).
 */
#include <ntddk.h>

#include "nt/handle.h"
#include "nt/keyobj.h"
#include "nt/utf.h"
#include "seam/api.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#ifndef STATUS_KEY_DELETED
#define STATUS_KEY_DELETED ((NTSTATUS)0xC000017C)
#endif
#ifndef STATUS_CANNOT_DELETE
#define STATUS_CANNOT_DELETE ((NTSTATUS)0xC0000121)
#endif

struct key_object {
    struct dd_key *key;
};

NTSTATUS dd_keyobj_open(struct dd_key *key, const void *site, HANDLE *ret_handle)
{
    struct key_object *o = malloc(sizeof(*o));
    int r;

    if (o == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    o->key = key;
    if (dd_object_new(o, DD_OBJECT_KEY, free) < 0) {
        free(o);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    r = dd_handle_new(o, site, ret_handle);
    (void)dd_object_unref(o); /* the handle's reference stays */
    return r < 0 ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
}

NTSTATUS dd_keyobj_get(HANDLE handle, struct dd_key **ret_key)
{
    void *body;
    int r = dd_handle_get(handle, DD_OBJECT_KEY, &body);

    if (r < 0) {
        return r == -EINVAL ? STATUS_OBJECT_TYPE_MISMATCH : STATUS_INVALID_HANDLE;
    }
    *ret_key = ((struct key_object *)body)->key;
    (void)dd_object_unref(body);
    return dd_key_is_deleted(*ret_key) ? STATUS_KEY_DELETED : STATUS_SUCCESS;
}

char *dd_name_utf8(PCUNICODE_STRING name)
{
    size_t units = name == NULL || name->Buffer == NULL ? 0 : name->Length / sizeof(WCHAR);
    size_t size = units == 0 ? 1 : dd_utf16_to_utf8(name->Buffer, units, NULL, 0) + 1;
    char *utf8 = malloc(size);

    if (utf8 != NULL) {
        utf8[0] = '\0';
        if (units > 0) {
            (void)dd_utf16_to_utf8(name->Buffer, units, utf8, size);
        }
    }
    return utf8;
}

/* --- keys --- */

/* the key in which the path of @oa begins, and the path from there, to be freed */
static NTSTATUS resolve(POBJECT_ATTRIBUTES oa, struct dd_key **ret_start, char **ret_path)
{
    struct dd_key *start;
    char *path = dd_name_utf8(oa->ObjectName);
    NTSTATUS status = STATUS_SUCCESS;

    if (path == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (oa->Length != sizeof(*oa)) {
        status = STATUS_INVALID_PARAMETER;
    } else if (oa->RootDirectory != NULL) {
        status =
            path[0] == '\\' ? STATUS_OBJECT_NAME_INVALID : dd_keyobj_get(oa->RootDirectory, &start);
    } else {
        start = path[0] == '\\' ? dd_key_open("", false) : NULL;
        status = start == NULL ? STATUS_OBJECT_NAME_INVALID : STATUS_SUCCESS;
    }
    if (!NT_SUCCESS(status)) {
        free(path);
        return status;
    }
    *ret_start = start;
    *ret_path = path;
    return STATUS_SUCCESS;
}

NTSTATUS ZwOpenKey(PHANDLE KeyHandle, ACCESS_MASK DesiredAccess,
                   POBJECT_ATTRIBUTES ObjectAttributes)
{
    struct dd_key *key;
    char *path;
    NTSTATUS status;

    DD_API(ZwOpenKey);
    (void)DesiredAccess; /* a driver may do anything */
    status = resolve(ObjectAttributes, &key, &path);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    key = dd_key_child(key, path, false);
    free(path);
    return key == NULL ? STATUS_OBJECT_NAME_NOT_FOUND : dd_keyobj_open(key, DD_SITE(), KeyHandle);
}

/* only the last component may be missing */
static NTSTATUS open_or_create(struct dd_key *start, char *path, struct dd_key **ret_key,
                               ULONG *ret_disposition)
{
    struct dd_key *key = dd_key_child(start, path, false);
    char *last;

    *ret_disposition = REG_OPENED_EXISTING_KEY;
    if (key == NULL) {
        *ret_disposition = REG_CREATED_NEW_KEY;
        last = strrchr(path, '\\');
        if (last != NULL) {
            *last = '\0';
            start = dd_key_child(start, path, false);
            path = last + 1;
        }
        if (start == NULL) {
            return STATUS_OBJECT_NAME_NOT_FOUND;
        }
        key = dd_key_child(start, path, true);
    }
    *ret_key = key;
    return key == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
}

NTSTATUS ZwCreateKey(PHANDLE KeyHandle, ACCESS_MASK DesiredAccess,
                     POBJECT_ATTRIBUTES ObjectAttributes, ULONG TitleIndex, PUNICODE_STRING Class,
                     ULONG CreateOptions, PULONG Disposition)
{
    struct dd_key *key;
    char *path;
    ULONG disposition;
    NTSTATUS status;

    DD_API(ZwCreateKey);
    (void)DesiredAccess;
    (void)TitleIndex;
    (void)Class;
    (void)CreateOptions; /* nothing outlives the run */
    status = resolve(ObjectAttributes, &key, &path);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = open_or_create(key, path, &key, &disposition);
    free(path);
    if (NT_SUCCESS(status)) {
        status = dd_keyobj_open(key, DD_SITE(), KeyHandle);
    }
    if (NT_SUCCESS(status) && Disposition != NULL) {
        *Disposition = disposition;
    }
    return status;
}

NTSTATUS ZwDeleteKey(HANDLE KeyHandle)
{
    struct dd_key *key;
    NTSTATUS status;

    DD_API(ZwDeleteKey);
    status = dd_keyobj_get(KeyHandle, &key);
    if (NT_SUCCESS(status) && dd_key_delete(key) < 0) {
        status = STATUS_CANNOT_DELETE;
    }
    return status;
}

/* --- what information classes have in common --- */

/* A fixed part, then variable parts. Less than the fixed part: nothing is written. */
struct answer {
    void *out;
    size_t room;
    size_t fixed;
    size_t needed;
    ULONG *ret_needed;
};

static NTSTATUS answer_begin(struct answer *a)
{
    *a->ret_needed = (ULONG)a->needed;
    return a->room < a->fixed ? STATUS_BUFFER_TOO_SMALL : STATUS_SUCCESS;
}

/* as much of a part as there is room for */
static void answer_put(struct answer *a, size_t offset, const void *data, size_t len_bytes)
{
    if (offset < a->room && len_bytes > 0) {
        memcpy((char *)a->out + offset, data,
               len_bytes < a->room - offset ? len_bytes : a->room - offset);
    }
}

static NTSTATUS answer_end(const struct answer *a)
{
    return a->room < a->needed ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

/* a UTF-8 name in 16-bit characters, to be freed */
static WCHAR *wide_name(const char *utf8, size_t *ret_bytes)
{
    size_t units = dd_utf8_to_utf16(utf8, NULL, 0);
    WCHAR *name = malloc((units + 1) * sizeof(WCHAR));

    if (name != NULL) {
        (void)dd_utf8_to_utf16(utf8, name, units + 1);
        *ret_bytes = units * sizeof(WCHAR);
    }
    return name;
}

/* --- enumeration --- */

/* KEY_BASIC_INFORMATION: LastWriteTime @0, TitleIndex @8, NameLength @12, Name @16 */
struct key_basic {
    LARGE_INTEGER last_write;
    ULONG title_index;
    ULONG name_length;
};

NTSTATUS ZwEnumerateKey(HANDLE KeyHandle, ULONG Index, KEY_INFORMATION_CLASS KeyInformationClass,
                        PVOID KeyInformation, ULONG Length, PULONG ResultLength)
{
    struct answer a = {.out = KeyInformation,
                       .room = Length,
                       .fixed = sizeof(struct key_basic),
                       .ret_needed = ResultLength};
    struct key_basic head = {.last_write = {.QuadPart = 0}};
    struct dd_key *key;
    const char *utf8;
    WCHAR *name;
    size_t bytes = 0;
    NTSTATUS status;

    DD_API(ZwEnumerateKey);
    status = dd_keyobj_get(KeyHandle, &key);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (KeyInformationClass != KeyBasicInformation) {
        return STATUS_INVALID_PARAMETER;
    }
    if (dd_key_child_at(key, Index, &utf8) == NULL) {
        return STATUS_NO_MORE_ENTRIES;
    }
    name = wide_name(utf8, &bytes);
    if (name == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    head.name_length = (ULONG)bytes;
    a.needed = a.fixed + bytes;
    status = answer_begin(&a);
    if (NT_SUCCESS(status)) {
        answer_put(&a, 0, &head, sizeof(head));
        answer_put(&a, sizeof(head), name, bytes);
        status = answer_end(&a);
    }
    free(name);
    return status;
}

/* --- values --- */

/* one value, ready to be described */
struct found {
    uint32_t type;
    void *data;
    size_t data_bytes;
    WCHAR *name;
    size_t name_bytes;
};

static NTSTATUS describe_basic(const struct found *f, struct answer *a)
{
    KEY_VALUE_BASIC_INFORMATION head = {.Type = f->type, .NameLength = (ULONG)f->name_bytes};
    const size_t name_at = FIELD_OFFSET(KEY_VALUE_BASIC_INFORMATION, Name);
    NTSTATUS status;

    a->fixed = name_at;
    a->needed = name_at + f->name_bytes;
    status = answer_begin(a);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    answer_put(a, 0, &head, name_at);
    answer_put(a, name_at, f->name, f->name_bytes);
    return answer_end(a);
}

static NTSTATUS describe_full(const struct found *f, struct answer *a)
{
    const size_t name_at = FIELD_OFFSET(KEY_VALUE_FULL_INFORMATION, Name);
    const size_t data_at = (name_at + f->name_bytes + 7) & ~(size_t)7;
    KEY_VALUE_FULL_INFORMATION head = {.Type = f->type,
                                       .DataOffset = (ULONG)data_at,
                                       .DataLength = (ULONG)f->data_bytes,
                                       .NameLength = (ULONG)f->name_bytes};
    NTSTATUS status;

    a->fixed = name_at;
    a->needed = data_at + f->data_bytes;
    status = answer_begin(a);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    answer_put(a, 0, &head, name_at);
    answer_put(a, name_at, f->name, f->name_bytes);
    answer_put(a, data_at, f->data, f->data_bytes);
    return answer_end(a);
}

static NTSTATUS describe_partial(const struct found *f, struct answer *a)
{
    KEY_VALUE_PARTIAL_INFORMATION head = {.Type = f->type, .DataLength = (ULONG)f->data_bytes};
    const size_t data_at = FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION, Data);
    NTSTATUS status;

    a->fixed = data_at;
    a->needed = data_at + f->data_bytes;
    status = answer_begin(a);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    answer_put(a, 0, &head, data_at);
    answer_put(a, data_at, f->data, f->data_bytes);
    return answer_end(a);
}

static NTSTATUS describe(const struct found *f, KEY_VALUE_INFORMATION_CLASS class, struct answer *a)
{
    switch (class) {
    case KeyValueBasicInformation:
        return describe_basic(f, a);
    case KeyValueFullInformation:
        return describe_full(f, a);
    case KeyValuePartialInformation:
        return describe_partial(f, a);
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

static NTSTATUS find_value(HANDLE handle, PCUNICODE_STRING name, struct found *ret_found)
{
    struct found f = {0};
    struct dd_key *key;
    char *utf8;
    NTSTATUS status = dd_keyobj_get(handle, &key);
    int r;

    if (!NT_SUCCESS(status)) {
        return status;
    }
    utf8 = dd_name_utf8(name);
    if (utf8 == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    f.name = wide_name(utf8, &f.name_bytes);
    r = f.name == NULL ? -ENOMEM : dd_key_copy(key, utf8, &f.type, &f.data, &f.data_bytes);
    free(utf8);
    if (r < 0) {
        free(f.name);
        return r == -ENOENT  ? STATUS_OBJECT_NAME_NOT_FOUND
               : r == -EIDRM ? STATUS_KEY_DELETED
                             : STATUS_INSUFFICIENT_RESOURCES;
    }
    *ret_found = f;
    return STATUS_SUCCESS;
}

NTSTATUS ZwQueryValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName,
                         KEY_VALUE_INFORMATION_CLASS KeyValueInformationClass,
                         PVOID KeyValueInformation, ULONG Length, PULONG ResultLength)
{
    struct answer a = {.out = KeyValueInformation,
                       .room = KeyValueInformation == NULL ? 0 : Length,
                       .ret_needed = ResultLength};
    struct found f;
    NTSTATUS status;

    DD_API(ZwQueryValueKey);
    status = find_value(KeyHandle, ValueName, &f);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = describe(&f, KeyValueInformationClass, &a);
    free(f.name);
    free(f.data);
    return status;
}

NTSTATUS ZwSetValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName, ULONG TitleIndex, ULONG Type,
                       PVOID Data, ULONG DataSize)
{
    struct dd_key *key;
    char *name;
    NTSTATUS status;
    int r;

    DD_API(ZwSetValueKey);
    (void)TitleIndex;
    status = dd_keyobj_get(KeyHandle, &key);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    name = dd_name_utf8(ValueName);
    r = name == NULL ? -ENOMEM : dd_key_set(key, name, Type, Data, Data == NULL ? 0 : DataSize);
    free(name);
    return r == 0        ? STATUS_SUCCESS
           : r == -EIDRM ? STATUS_KEY_DELETED
                         : STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS ZwDeleteValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName)
{
    struct dd_key *key;
    char *name;
    NTSTATUS status;
    int r;

    DD_API(ZwDeleteValueKey);
    status = dd_keyobj_get(KeyHandle, &key);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    name = dd_name_utf8(ValueName);
    r = name == NULL ? -ENOMEM : dd_key_delete_value(key, name);
    free(name);
    return r == 0         ? STATUS_SUCCESS
           : r == -ENOENT ? STATUS_OBJECT_NAME_NOT_FOUND
                          : STATUS_INSUFFICIENT_RESOURCES;
}
