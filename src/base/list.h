/* SPDX-License-Identifier: MIT */
/* Intrusive doubly linked list. The head is a node that points to itself when empty. No locking. */
#ifndef DD_BASE_LIST_H
#define DD_BASE_LIST_H

#include "base/check.h"

struct dd_list {
    struct dd_list *next, *prev;
};

#define DD_LIST_INIT(name)                                                                         \
    {                                                                                              \
        &(name), &(name)                                                                           \
    }

static inline void dd_list_init(struct dd_list *l)
{
    l->next = l->prev = l;
}

static inline bool dd_list_empty(const struct dd_list *l)
{
    return l->next == l;
}

static inline void dd_list_insert(struct dd_list *prev, struct dd_list *node)
{
    node->prev = prev;
    node->next = prev->next;
    prev->next->prev = node;
    prev->next = node;
}

static inline void dd_list_push(struct dd_list *head, struct dd_list *node)
{
    dd_list_insert(head, node);
}

static inline void dd_list_append(struct dd_list *head, struct dd_list *node)
{
    dd_list_insert(head->prev, node);
}

/* unlink; the node is left pointing to itself, so removing it twice is harmless */
static inline void dd_list_remove(struct dd_list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    dd_list_init(node);
}

/* first node, unlinked, or NULL */
static inline struct dd_list *dd_list_pop(struct dd_list *head)
{
    struct dd_list *node = head->next;

    if (node == head) {
        return NULL;
    }
    dd_list_remove(node);
    return node;
}

#define DD_LIST_ENTRY(node, type, field) DD_CONTAINER(node, type, field)
#define DD_LIST_EACH(pos, head)          for ((pos) = (head)->next; (pos) != (head); (pos) = (pos)->next)
/* safe against removal of pos */
#define DD_LIST_EACH_SAFE(pos, tmp, head)                                                          \
    for ((pos) = (head)->next, (tmp) = (pos)->next; (pos) != (head);                               \
         (pos) = (tmp), (tmp) = (pos)->next)

#endif
