/* SPDX-License-Identifier: MIT */
#include "dma/identity.h"

struct dd_sg_elem *dd_ident_frames(const struct dd_ident *i, struct dd_sg_elem *last, uint64_t end,
                                   const dd_frame *frames, uint64_t offset_bytes,
                                   uint32_t len_bytes, uint64_t *ret_end)
{
    const dd_frame *f = frames + (offset_bytes >> DD_PAGE_SHIFT);
    uint64_t addr = (*f << DD_PAGE_SHIFT) + (offset_bytes & DD_PAGE_MASK);
    uint32_t n = DD_PAGE_BYTES - (uint32_t)(offset_bytes & DD_PAGE_MASK);

    for (;;) {
        if (n > len_bytes) {
            n = len_bytes;
        }
        last = dd_ident_run(i, last, end, addr, n);
        if (__builtin_expect(!last, 0)) {
            return NULL;
        }
        end = addr + n;
        len_bytes -= n;
        if (len_bytes == 0) {
            *ret_end = end;
            return last;
        }
        addr = *++f << DD_PAGE_SHIFT;
        n = DD_PAGE_BYTES;
    }
}
