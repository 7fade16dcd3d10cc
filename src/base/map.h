/* SPDX-License-Identifier: MIT */
/* Hash map from a 64-bit key (often a pointer) to a pointer. Not locked. Grows without limit. */
#ifndef DD_BASE_MAP_H
#define DD_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

struct dd_map {
    struct dd_map_slot *slots;
    size_t cap, used, filled;
};

#define DD_KEY(ptr) ((uint64_t)(uintptr_t)(ptr))

void dd_map_init(struct dd_map *m);
void dd_map_done(struct dd_map *m);
/* dd_map_put - replaces; 0 or -ENOMEM (map unchanged); @value must not be NULL */
int dd_map_put(struct dd_map *m, uint64_t key, void *value);
void *dd_map_get(const struct dd_map *m, uint64_t key);
/* dd_map_del - the removed value or NULL */
void *dd_map_del(struct dd_map *m, uint64_t key);
size_t dd_map_count(const struct dd_map *m);
/* dd_map_next - iterate: start with *pos = 0; NULL at the end; deleting the current entry is
 * allowed */
void *dd_map_next(const struct dd_map *m, size_t *pos, uint64_t *ret_key);

#endif
