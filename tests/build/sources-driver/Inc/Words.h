/* SPDX-License-Identifier: MIT */
/* What the files of this driver share. Each check returns how many things are not as on Windows. */
#ifndef WORDS_H
#define WORDS_H

#include "Deep\Layout.h"

/* says which one, and counts */
#define EXPECT(e)                                                                                  \
    do {                                                                                           \
        if (!(e)) {                                                                                \
            DbgPrint("not as on Windows: %s in " __FUNCTION__ ", line %d\n", #e, __LINE__);        \
            wrong++;                                                                               \
        }                                                                                          \
    } while (0)

int CheckWords(void);
int CheckExceptions(void);
int CheckForgiven(void);

#endif
