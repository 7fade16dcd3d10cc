/* SPDX-License-Identifier: MIT */
/* Registers and formats of the VT-d that are used here; offsets from DD_VTD_BASE. Source: Intel
 * Virtualization Technology for Directed I/O, chapters 6 (queue), 9 (tables), 10 (registers). */
#ifndef DD_DEV_QEMU_VTD_REGS_H
#define DD_DEV_QEMU_VTD_REGS_H

#define VTD_CAP    0x08
#define VTD_ECAP   0x10
#define VTD_GCMD   0x18
#define VTD_GSTS   0x1C
#define VTD_RTADDR 0x20
#define VTD_FSTS   0x34
#define VTD_IQH    0x80
#define VTD_IQT    0x88
#define VTD_IQA    0x90

#define VTD_CAP_CACHING_MODE (1ull << 7) /* entries that are not present are cached too */
#define VTD_CAP_39_BIT       (1ull << 9)
#define VTD_CAP_FRO(cap)     (((cap) >> 24 & 0x3FF) * 16) /* first fault record */
#define VTD_CAP_PAGE_INVAL   (1ull << 39)
#define VTD_CAP_NFR(cap)     (((cap) >> 40 & 0xFF) + 1) /* fault records */
#define VTD_CAP_MAMV(cap)    ((cap) >> 48 & 0x3F)       /* most address bits one descriptor masks */
#define VTD_CAP_DWD          (1ull << 54)               /* writes under way can be drained */
#define VTD_CAP_DRD          (1ull << 55)
#define VTD_ECAP_QUEUE       (1ull << 1)

/* GCMD and GSTS */
#define VTD_TRANSLATE (1u << 31)
#define VTD_SET_ROOT  (1u << 30)
#define VTD_QUEUE     (1u << 26)

#define VTD_FSTS_OVERFLOW    (1u << 0)
#define VTD_FSTS_PENDING     (1u << 1)
#define VTD_FSTS_QUEUE_ERROR (1u << 4)

/* a fault record: 16 bytes */
#define VTD_FAULT_BYTES      16u
#define VTD_FAULT_PAGE(lo)   ((lo) & ~0xFFFull)
#define VTD_FAULT_REASON(hi) ((unsigned)((hi) >> 32 & 0xFF))
#define VTD_FAULT_READ(hi)   (((hi) >> 62 & 1) != 0)
#define VTD_FAULT_VALID(hi)  (((hi) >> 63) != 0)
#define VTD_FAULT_CLEAR      (1u << 31) /* at byte 12 */
#define VTD_REASON_WRITE     5u         /* the entry does not let the device write */
#define VTD_REASON_READ      6u

/* descriptors of the queue */
#define VTD_INV_CONTEXT  0x1ull
#define VTD_INV_IOTLB    0x2ull
#define VTD_INV_WAIT     0x5ull
#define VTD_INV_GLOBAL   (1ull << 4)
#define VTD_INV_DOMAIN   (2ull << 4)
#define VTD_INV_PAGES    (3ull << 4)
#define VTD_INV_DRAIN_WR (1ull << 6)
#define VTD_INV_DRAIN_RD (1ull << 7)
#define VTD_INV_ID(id)   ((uint64_t)(id) << 16)
#define VTD_WAIT_STATUS  (1ull << 5) /* write the high half of the low word to an address */

#endif
