/* SPDX-License-Identifier: MIT */
/* The capture reader: whatever a file holds, it is refused with a reason, or every frame can be
 * read and has a length Ethernet allows. */
#include "fuzz.h"

#include "wire/pcap.h"

#include <stdlib.h>

#define MAX_FRAME_BYTES 1518u

static volatile uint8_t sink;

static void look(const struct dd_pcap *p)
{
    uint64_t bytes = 0;
    uint8_t sum = 0;

    for (size_t i = 0; i < p->count; i++) {
        const struct dd_frame *f = &p->frames[i];

        if (f->len_bytes < 14 || f->len_bytes > MAX_FRAME_BYTES) {
            abort();
        }
        for (uint32_t k = 0; k < f->len_bytes; k++) {
            sum = (uint8_t)(sum + f->bytes[k]);
        }
        bytes += f->len_bytes;
    }
    if (bytes != p->bytes) {
        abort();
    }
    sink = sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file(data, size);
    struct dd_pcap *p = NULL;
    char why[512] = "";
    int r = path ? dd_pcap_read(path, MAX_FRAME_BYTES, &p, why, sizeof(why)) : -1;

    if (r == 0) {
        look(p);
        dd_pcap_free(p);
    } else if (path && !why[0]) {
        abort(); /* refused without a reason */
    }
    return 0;
}
