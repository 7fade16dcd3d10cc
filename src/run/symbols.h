/* SPDX-License-Identifier: MIT */
/* Addresses of the runner turned into file, line and function, by the supervisor, with libdw. */
#ifndef DD_RUN_SYMBOLS_H
#define DD_RUN_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dd_place {
    char file[256]; /* as the compiler was given it, last part; "" unknown */
    char path[512]; /* whole */
    int line;
    char function[128]; /* "" unknown */
    char module[128];   /* file name of the object */
    uint64_t offset;    /* in the module */
    bool in_driver;
};

struct dd_symbols;

/* dd_symbols_new - @runner may be NULL. 0 or -ENOMEM; objects without debug information give
 * modules and offsets */
int dd_symbols_new(const char *driver, uint64_t driver_base, const char *runner,
                   uint64_t runner_base, struct dd_symbols **ret_symbols);
void dd_symbols_free(struct dd_symbols *s);
/* dd_symbols_find - @call: the address is a return address, so the call before it is meant */
void dd_symbols_find(struct dd_symbols *s, uint64_t pc, bool call, struct dd_place *ret_place);
/* dd_place_format - "tx.c:214 in E1000TxMap", or "e1000e.so+0x1234" */
void dd_place_format(const struct dd_place *p, char *out, size_t size);

#endif
