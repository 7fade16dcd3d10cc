/* SPDX-License-Identifier: MIT */
/*
 * The machine's memory.
 *
 *   host pointer  --dd_ram_phys-->  dd_phys  --dd_ram_at-->  pointer for devices (second mapping)
 *
 * RAM is one memfd, mapped shared. The first mapping (the arenas) is what the driver sees:
 *   shuffled  runs of pages in seeded random order: contiguous in virtual, not in physical memory;
 *             pool memory and data buffers come from here
 *   straight  contiguous in both: common buffers, bounce pages
 *   high      like shuffled, above 4 GiB; only when asked for; sparse
 * The second mapping is linear in dd_phys, for devices, and sanitizers leave it alone.
 * Physical addresses start at DD_PHYS_BASE, so that 0 is no RAM; above the hole RAM goes on at 4
 * GiB, and in the memfd without a gap. Allocating never calls mmap. Memory that is not RAM has no
 * dd_phys.
 */
#ifndef DD_RAM_RAM_H
#define DD_RAM_RAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* emulated physical address; not a device address, not a host pointer */
typedef struct {
    uint64_t v;
} dd_phys;

#define DD_PHYS_NONE ((dd_phys){UINT64_MAX})
#define DD_PHYS_BASE 0x100000ull
#define DD_PHYS_4G   0x100000000ull

static inline bool dd_phys_is_none(dd_phys p)
{
    return p.v == UINT64_MAX;
}

struct dd_ram;

struct dd_ram_config {
    uint64_t low_bytes;  /* below 4 GiB; default 256 MiB; at least 16 MiB, at most 3 GiB */
    uint64_t high_bytes; /* above 4 GiB; 0: none */
    uint64_t seed;       /* of the shuffle */
    bool shuffle;        /* false: one straight run (benchmarks) */
};

/* dd_ram_new - 0; -EINVAL, sizes; -ENOMEM, no memfd or address space */
int dd_ram_new(const struct dd_ram_config *config, struct dd_ram **ret_ram);
/* dd_ram_free - NULL is fine */
void dd_ram_free(struct dd_ram *ram);

enum dd_ram_flags {
    DD_RAM_CONTIG = 1, /* physically contiguous (straight arena) */
    DD_RAM_HIGH = 2,   /* above 4 GiB when there is such RAM, else anywhere */
    DD_RAM_ZERO = 4,   /* zeroed; otherwise filled with a pattern */
    DD_RAM_PAGES = 8,  /* page aligned, whole pages of its own */
};

/**
 * dd_ram_alloc - memory for a driver or for the runtime
 * @size_bytes: > 0
 * @align_bytes: power of two, at most 4096; 16 at least is given. A block smaller than a page never
 * crosses a page; a block of a page or more is page aligned (as nonpaged pool does)
 * @limit: DD_RAM_CONTIG only: highest physical byte, inclusive; UINT64_MAX: none
 *
 * Red zones lie around the block (not with DD_RAM_PAGES) and AddressSanitizer is told; freed blocks
 * are poisoned and quarantined. Thread safe, any IRQL up to DISPATCH_LEVEL. Return: the block, or
 * NULL.
 */
void *dd_ram_alloc(struct dd_ram *ram, size_t size_bytes, size_t align_bytes, unsigned flags,
                   uint64_t limit);

/* dd_ram_free_block - @ptr from dd_ram_alloc; checks the red zones.
 * Return: 0; -EINVAL not a live block (nothing is done); -EFAULT red zone changed: *ret_bad_offset
 * (may be NULL) is the first changed byte relative to the block; the block is freed all the same.
 */
int dd_ram_free_block(struct dd_ram *ram, void *ptr, int64_t *ret_bad_offset);

/* dd_ram_check_block - red zones only: 0 or -EFAULT as above */
int dd_ram_check_block(struct dd_ram *ram, const void *ptr, int64_t *ret_bad_offset);

/* dd_ram_block - the live block that contains @ptr: its start, size through ret_; NULL when none */
void *dd_ram_block(struct dd_ram *ram, const void *ptr, size_t *ret_size_bytes);

/* dd_ram_phys - where a host pointer into RAM is; DD_PHYS_NONE when it is not RAM */
dd_phys dd_ram_phys(struct dd_ram *ram, const void *ptr);
/* dd_ram_at - device-side pointer to @len_bytes at @phys, or NULL when any of it is not RAM. Within
 * low or high RAM the result is linear, also across pages */
void *dd_ram_at(struct dd_ram *ram, dd_phys phys, size_t len_bytes);
/* dd_ram_host - the driver-side pointer of a physical byte (inverse of dd_ram_phys), or NULL */
void *dd_ram_host(struct dd_ram *ram, dd_phys phys);
/* the memfd, for devices outside the process; offset of @phys in it or UINT64_MAX. Below the hole
 * the offset is the physical address: the file begins with DD_PHYS_BASE bytes that are no RAM here
 */
int dd_ram_fd(const struct dd_ram *ram);
uint64_t dd_ram_fd_offset(const struct dd_ram *ram, dd_phys phys);
/* end of the RAM below 4 GiB, which is one piece from DD_PHYS_BASE on */
uint64_t dd_ram_low_end(const struct dd_ram *ram);
/* highest physical address + 1 */
uint64_t dd_ram_phys_end(const struct dd_ram *ram);
/* bytes in live blocks (a test asserts 0 at the end) */
uint64_t dd_ram_live_bytes(const struct dd_ram *ram);

#endif
