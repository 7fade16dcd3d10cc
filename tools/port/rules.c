/* SPDX-License-Identifier: MIT */
/* The tables: rules.def and names.def. */
#include "port_int.h"

#include <errno.h>

const struct drydock_port_rule dd_port_rules[] = {
#define RULE(id_, cls_, title_, text_, instead_, source_)                                          \
    {.id = id_,                                                                                    \
     .title = title_,                                                                              \
     .cls = DRYDOCK_PORT_##cls_,                                                                   \
     .text = text_,                                                                                \
     .instead = instead_,                                                                          \
     .source = source_},
#include "rules.def"
#undef RULE
};
const size_t dd_port_rules_count = sizeof(dd_port_rules) / sizeof(dd_port_rules[0]);

const struct dd_name dd_names[] = {
    {.name = ""},
#define NAME(name_, rule_, kind_, ndis5_, act_, becomes_, extra_)                                  \
    {.name = name_,                                                                                \
     .rule_id = rule_,                                                                             \
     .kind = NAME_##kind_,                                                                         \
     .ndis5 = ndis5_,                                                                              \
     .act = ACT_##act_,                                                                            \
     .becomes = becomes_,                                                                          \
     .extra = extra_},
#include "names.def"
#undef NAME
};
const size_t dd_names_count = sizeof(dd_names) / sizeof(dd_names[0]);

size_t dd_port_rule_find(const char *id)
{
    size_t i = 0;

    while (i < dd_port_rules_count && strcmp(dd_port_rules[i].id, id) != 0) {
        i++;
    }
    return i;
}

void dd_name_slots(uint16_t *slots)
{
    memset(slots, 0, sizeof(*slots) * NAME_SLOTS);
    for (size_t i = 1; i < dd_names_count; i++) {
        uint32_t h = HASH_START;

        for (const char *p = dd_names[i].name; *p; p++) {
            h = dd_hash_step(h, (unsigned char)*p);
        }
        while (slots[h % NAME_SLOTS] != 0) {
            h++;
        }
        slots[h % NAME_SLOTS] = (uint16_t)i;
    }
}

uint32_t dd_name_find(const uint16_t *slots, const char *text, size_t len, uint32_t hash)
{
    uint16_t i;

    for (; (i = slots[hash % NAME_SLOTS]) != 0; hash++) {
        if (strncmp(dd_names[i].name, text, len) == 0 && dd_names[i].name[len] == '\0') {
            return i;
        }
    }
    return 0;
}

PORT_API bool drydock_port_rule_at(size_t index, struct drydock_port_rule *ret_rule)
{
    if (index >= dd_port_rules_count) {
        return false;
    }
    *ret_rule = dd_port_rules[index];
    return true;
}

PORT_API const char *drydock_port_class_name(enum drydock_port_class cls)
{
    static const char *const names[] = {"fix", "review", "manual", "note"};

    return (unsigned)cls < DRYDOCK_PORT_CLASSES ? names[cls] : "?";
}
