/* SPDX-License-Identifier: MIT */
/*
 * Names of device objects and links to them, compared without case. The directories in which links
 * stand, \DosDevices, \?? and \GLOBAL??, are one.
 *
 * Source: windows-driver-docs-ddi, wdm/nf-wdm-iocreatesymboliclink (nt-services 2.12).
 */
#include <stdio.h>

#include <ntddk.h>

#include "base/list.h"
#include "base/thread.h"
#include "nt/devname.h"
#include "nt/devobj.h"
#include "nt/keyobj.h"
#include "seam/api.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct name {
    struct dd_list node;
    char *text;            /* as name_key() makes it */
    PDEVICE_OBJECT device; /* NULL: a link */
    char *target;
};

/* guards the list */
static struct dd_mutex lock = DD_MUTEX_INIT;
static struct dd_list names = DD_LIST_INIT(names);

static char *name_key(const char *name)
{
    static const char *const same[] = {"\\DosDevices\\", "\\GLOBAL??\\", "\\\\.\\"};
    char *key;

    for (size_t i = 0; i < DD_ARRAY_LEN(same); i++) {
        size_t len = strlen(same[i]);

        if (strncasecmp(name, same[i], len) == 0) {
            return asprintf(&key, "\\??\\%s", name + len) < 0 ? NULL : key;
        }
    }
    return strdup(name);
}

static char *name_key_wide(PCUNICODE_STRING name)
{
    char *utf8 = dd_name_utf8(name), *key = utf8 == NULL ? NULL : name_key(utf8);

    free(utf8);
    return key;
}

static struct name *name_locked(const char *key)
{
    struct dd_list *node;

    DD_LIST_EACH(node, &names) {
        struct name *n = DD_LIST_ENTRY(node, struct name, node);

        if (strcasecmp(n->text, key) == 0) {
            return n;
        }
    }
    return NULL;
}

static void name_free(struct name *n)
{
    if (n != NULL) {
        free(n->text);
        free(n->target);
        free(n);
    }
}

/* takes @key and @target over, also when it fails */
static NTSTATUS add_name(char *key, PDEVICE_OBJECT device, char *target)
{
    struct name *n = malloc(sizeof(*n));
    NTSTATUS status = STATUS_SUCCESS;

    if (n == NULL || key == NULL || (device == NULL && target == NULL)) {
        free(n);
        free(key);
        free(target);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *n = (struct name){.text = key, .device = device, .target = target};
    dd_mutex_lock(&lock);
    if (key[0] != '\\') {
        status = STATUS_OBJECT_NAME_INVALID;
    } else if (name_locked(key) != NULL) {
        status = STATUS_OBJECT_NAME_COLLISION;
    } else {
        dd_list_append(&names, &n->node);
        n = NULL;
    }
    dd_mutex_unlock(&lock);
    name_free(n);
    return status;
}

NTSTATUS dd_devname_add(PCUNICODE_STRING name, PDEVICE_OBJECT device)
{
    return add_name(name_key_wide(name), device, NULL);
}

void dd_devname_drop(PDEVICE_OBJECT device)
{
    struct dd_list *node, *tmp;

    dd_mutex_lock(&lock);
    DD_LIST_EACH_SAFE(node, tmp, &names) {
        struct name *n = DD_LIST_ENTRY(node, struct name, node);

        if (n->device == device) {
            dd_list_remove(node);
            name_free(n);
        }
    }
    dd_mutex_unlock(&lock);
}

NTSTATUS dd_devobj_link(PCUNICODE_STRING link, PCUNICODE_STRING name)
{
    return add_name(name_key_wide(link), NULL, name_key_wide(name));
}

NTSTATUS dd_devobj_unlink(PCUNICODE_STRING link)
{
    char *key = name_key_wide(link);
    struct name *n = NULL;

    if (key == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    dd_mutex_lock(&lock);
    n = name_locked(key);
    if (n != NULL && n->target != NULL) {
        dd_list_remove(&n->node);
    } else {
        n = NULL;
    }
    dd_mutex_unlock(&lock);
    free(key);
    if (n == NULL) {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    name_free(n);
    return STATUS_SUCCESS;
}

PDEVICE_OBJECT dd_devobj_find(const char *name)
{
    char *key = name_key(name);
    PDEVICE_OBJECT device = NULL;
    struct name *n;

    if (key == NULL) {
        return NULL;
    }
    dd_mutex_lock(&lock);
    n = name_locked(key);
    if (n != NULL && n->target != NULL) {
        n = name_locked(n->target);
    }
    if (n != NULL) {
        device = n->device;
    }
    dd_mutex_unlock(&lock);
    free(key);
    return device;
}

unsigned dd_devobj_names(void)
{
    struct dd_list *node;
    unsigned n = 0;

    dd_mutex_lock(&lock);
    DD_LIST_EACH(node, &names) {
        n++;
    }
    dd_mutex_unlock(&lock);
    return n;
}

NTSTATUS IoCreateSymbolicLink(PUNICODE_STRING SymbolicLinkName, PUNICODE_STRING DeviceName)
{
    DD_API(IoCreateSymbolicLink);
    return dd_devobj_link(SymbolicLinkName, DeviceName);
}

NTSTATUS IoDeleteSymbolicLink(PUNICODE_STRING SymbolicLinkName)
{
    DD_API(IoDeleteSymbolicLink);
    return dd_devobj_unlink(SymbolicLinkName);
}
