/* SPDX-License-Identifier: MIT */
/*
 * The tree. Sub-keys and values are kept in alphabetical order, without case, which is also the
 * order in which they are enumerated. One lock guards the whole tree; a key's memory stays until
 * the tree is dropped, so that a key that was deleted can still be asked.
 */
#include "nt/config.h"

#include "base/thread.h"
#include "nt/utf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct value {
    struct value *next;
    char *name;
    uint32_t type;
    size_t len_bytes;
    void *data;
};

struct dd_key {
    struct dd_key *next; /* sibling, or the next in the graveyard */
    struct dd_key *parent;
    struct dd_key *children;
    struct value *values;
    char *path; /* from the root, with leading backslashes */
    char *name; /* its last component */
    bool deleted;
};

/* guards everything below */
static struct dd_mutex lock = DD_MUTEX_INIT;
static struct dd_key root = {.path = (char *)"\\", .name = (char *)""};
static struct dd_key *graveyard; /* deleted keys */

static uint32_t folded(const char **s, const char *end)
{
    size_t used;
    uint32_t cp = dd_utf8_next(*s, (size_t)(end - *s), &used);

    *s += used;
    return cp < 0x10000 ? dd_upcase((WCHAR)cp) : cp;
}

/* compare @a with the @b_len bytes at @b, without case */
static int compare(const char *a, const char *b, size_t b_len)
{
    const char *a_end = a + strlen(a), *b_end = b + b_len;

    while (a < a_end && b < b_end) {
        uint32_t x = folded(&a, a_end), y = folded(&b, b_end);

        if (x != y) {
            return x < y ? -1 : 1;
        }
    }
    return (a < a_end) - (b < b_end);
}

static struct dd_key *key_new(struct dd_key *parent, const char *name, size_t len)
{
    struct dd_key *key = calloc(1, sizeof(*key));
    size_t parent_len = parent == &root ? 0 : strlen(parent->path);

    if (key == NULL) {
        return NULL;
    }
    key->path = malloc(parent_len + 1 + len + 1);
    if (key->path == NULL) {
        free(key);
        return NULL;
    }
    memcpy(key->path, parent->path, parent_len);
    key->path[parent_len] = '\\';
    key->name = key->path + parent_len + 1;
    memcpy(key->name, name, len);
    key->name[len] = '\0';
    key->parent = parent;
    return key;
}

static struct dd_key *child_locked(struct dd_key *key, const char *name, size_t len, bool create)
{
    struct dd_key **link = &key->children, *child;
    int order = 1;

    if (key->deleted) {
        return NULL;
    }
    while (*link != NULL && (order = compare((*link)->name, name, len)) < 0) {
        link = &(*link)->next;
    }
    if (*link != NULL && order == 0) {
        return *link;
    }
    child = create ? key_new(key, name, len) : NULL;
    if (child != NULL) {
        child->next = *link;
        *link = child;
    }
    return child;
}

/* follow @path down from @key; names are separated by any of @separators */
static struct dd_key *walk_locked(struct dd_key *key, const char *path, const char *separators,
                                  bool create)
{
    while (key != NULL) {
        size_t len;

        path += strspn(path, separators);
        len = strcspn(path, separators);
        if (len == 0) {
            break;
        }
        key = child_locked(key, path, len, create);
        path += len;
    }
    return key;
}

struct dd_key *dd_key_open(const char *path, bool create)
{
    struct dd_key *key;

    dd_mutex_lock(&lock);
    key = walk_locked(&root, path, "\\/", create);
    dd_mutex_unlock(&lock);
    return key;
}

struct dd_key *dd_key_child(struct dd_key *key, const char *name, bool create)
{
    struct dd_key *child;

    dd_mutex_lock(&lock);
    child = walk_locked(key, name, "\\", create);
    dd_mutex_unlock(&lock);
    return child;
}

struct dd_key *dd_key_child_at(struct dd_key *key, unsigned index, const char **ret_name)
{
    struct dd_key *child;

    dd_mutex_lock(&lock);
    child = key->children;
    while (child != NULL && index > 0) {
        child = child->next;
        index--;
    }
    if (child != NULL && ret_name != NULL) {
        *ret_name = child->name;
    }
    dd_mutex_unlock(&lock);
    return child;
}

const char *dd_key_path(struct dd_key *key)
{
    return key->path;
}

/* --- values --- */

/* where the value is, or would be put */
static struct value **find_locked(struct dd_key *key, const char *name, bool *ret_found)
{
    struct value **link = &key->values;
    size_t len = strlen(name);
    int order = 1;

    while (*link != NULL && (order = compare((*link)->name, name, len)) < 0) {
        link = &(*link)->next;
    }
    *ret_found = *link != NULL && order == 0;
    return link;
}

static int set_locked(struct dd_key *key, const char *name, uint32_t type, void *data,
                      size_t len_bytes)
{
    bool found;
    struct value **link = find_locked(key, name, &found), *v = *link;

    if (key->deleted) {
        return -EIDRM;
    }
    if (!found) {
        v = calloc(1, sizeof(*v));
        if (v == NULL) {
            return -ENOMEM;
        }
        v->name = strdup(name);
        if (v->name == NULL) {
            free(v);
            return -ENOMEM;
        }
        v->next = *link;
        *link = v;
    }
    free(v->data);
    v->type = type;
    v->data = data;
    v->len_bytes = len_bytes;
    return 0;
}

int dd_key_set(struct dd_key *key, const char *name, uint32_t type, const void *data,
               size_t len_bytes)
{
    void *copy = malloc(len_bytes + sizeof(WCHAR)); /* a terminator behind, for whoever prints it */
    int r;

    if (copy == NULL) {
        return -ENOMEM;
    }
    if (len_bytes > 0) {
        memcpy(copy, data, len_bytes);
    }
    memset((char *)copy + len_bytes, 0, sizeof(WCHAR));
    dd_mutex_lock(&lock);
    r = set_locked(key, name, type, copy, len_bytes);
    dd_mutex_unlock(&lock);
    if (r < 0) {
        free(copy);
    }
    return r;
}

int dd_key_set_string(struct dd_key *key, const char *name, const char *utf8)
{
    size_t units = dd_utf8_to_utf16(utf8, NULL, 0) + 1;
    WCHAR *buf = malloc(units * sizeof(WCHAR));
    int r;

    if (buf == NULL) {
        return -ENOMEM;
    }
    (void)dd_utf8_to_utf16(utf8, buf, units);
    r = dd_key_set(key, name, REG_SZ, buf, units * sizeof(WCHAR));
    free(buf);
    return r;
}

int dd_key_set_dword(struct dd_key *key, const char *name, uint32_t value)
{
    return dd_key_set(key, name, REG_DWORD, &value, sizeof(value));
}

int dd_key_get(struct dd_key *key, const char *name, uint32_t *ret_type, const void **ret_data,
               size_t *ret_len_bytes)
{
    bool found;
    struct value *v;
    int r = -ENOENT;

    dd_mutex_lock(&lock);
    v = *find_locked(key, name, &found);
    if (key->deleted) {
        r = -EIDRM;
    } else if (found) {
        *ret_type = v->type;
        *ret_data = v->data;
        *ret_len_bytes = v->len_bytes;
        r = 0;
    }
    dd_mutex_unlock(&lock);
    return r;
}

int dd_key_copy(struct dd_key *key, const char *name, uint32_t *ret_type, void **ret_data,
                size_t *ret_len_bytes)
{
    bool found;
    struct value *v;
    void *copy = NULL;
    int r = -ENOENT;

    dd_mutex_lock(&lock);
    v = *find_locked(key, name, &found);
    if (key->deleted) {
        r = -EIDRM;
    } else if (found) {
        copy = malloc(v->len_bytes + sizeof(WCHAR));
        r = copy == NULL ? -ENOMEM : 0;
    }
    if (r == 0) {
        memcpy(copy, v->data, v->len_bytes + sizeof(WCHAR));
        *ret_type = v->type;
        *ret_data = copy;
        *ret_len_bytes = v->len_bytes;
    }
    dd_mutex_unlock(&lock);
    return r;
}

const char *dd_key_value_at(struct dd_key *key, unsigned index)
{
    struct value *v;
    const char *name;

    dd_mutex_lock(&lock);
    v = key->values;
    while (v != NULL && index > 0) {
        v = v->next;
        index--;
    }
    name = v == NULL ? NULL : v->name;
    dd_mutex_unlock(&lock);
    return name;
}

static void value_free(struct value *v)
{
    free(v->name);
    free(v->data);
    free(v);
}

int dd_key_delete_value(struct dd_key *key, const char *name)
{
    bool found;
    struct value **link, *v = NULL;

    dd_mutex_lock(&lock);
    link = find_locked(key, name, &found);
    if (found) {
        v = *link;
        *link = v->next;
    }
    dd_mutex_unlock(&lock);
    if (v == NULL) {
        return -ENOENT;
    }
    value_free(v);
    return 0;
}

/* --- ends --- */

static void unlink_locked(struct dd_key *key)
{
    struct dd_key **link = &key->parent->children;

    while (*link != key) {
        link = &(*link)->next;
    }
    *link = key->next;
    key->next = graveyard;
    graveyard = key;
    key->deleted = true;
}

int dd_key_delete(struct dd_key *key)
{
    int r = 0;

    dd_mutex_lock(&lock);
    if (key == &root) {
        r = -EPERM;
    } else if (key->deleted) {
        r = -EIDRM;
    } else if (key->children != NULL) {
        r = -ENOTEMPTY;
    } else {
        unlink_locked(key);
    }
    dd_mutex_unlock(&lock);
    return r;
}

bool dd_key_is_deleted(struct dd_key *key)
{
    bool deleted;

    dd_mutex_lock(&lock);
    deleted = key->deleted;
    dd_mutex_unlock(&lock);
    return deleted;
}

static void values_drop(struct dd_key *key)
{
    while (key->values != NULL) {
        struct value *v = key->values;

        key->values = v->next;
        value_free(v);
    }
}

/* a list of keys with all below them */
static void keys_drop(struct dd_key *key)
{
    while (key != NULL) {
        struct dd_key *next = key->next;

        keys_drop(key->children);
        values_drop(key);
        free(key->path);
        free(key);
        key = next;
    }
}

void dd_registry_drop(void)
{
    dd_mutex_lock(&lock);
    keys_drop(root.children);
    keys_drop(graveyard);
    values_drop(&root);
    root.children = NULL;
    graveyard = NULL;
    dd_mutex_unlock(&lock);
}
