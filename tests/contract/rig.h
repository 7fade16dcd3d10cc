/* SPDX-License-Identifier: MIT */
/*
 * A bench for one device: clock, memory behind a strict domain, a wire on either side, a log of
 * interrupts. Tests see the device through dev.h only.
 *
 * A device outside the process (rig_device.real) lives in real time and tells its news from other
 * threads: rig_advance() waits, and after each access that may start something the rig waits until
 * nothing happens any more.
 *
 *   memory   rig_mem() makes RAM and maps it at a device address of the test's choice, exact to the
 * byte time     stands still until rig_advance(); rig_run() lets the device do what it can do now
 *   wire     what the device sends is kept in sent[]; a frame it has no buffer for waits, in order,
 * as on the lossless wire of a run
 */
#ifndef DD_TESTS_CONTRACT_RIG_H
#define DD_TESTS_CONTRACT_RIG_H

#include "base/check.h"
#include "base/thread.h"
#include "dev/dev.h"

#include <setjmp.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define RIG_SENT    64u
#define RIG_FRAME   16384u
#define RIG_MEM     16u
#define RIG_WAITING 16u
#define RIG_LINK_NS 1000000u
#define RIG_TRIES   100u /* of 12 ms or more */
/* a link that comes up in real time */
#define RIG_LINK_REAL_NS 100000000u

struct rig_device {
    const struct dd_dev_kind *kind;
    const char *spec; /* of a kind that is looked for at run time; else NULL */
    bool real;        /* outside the process */
    bool nic_82574;   /* the vectors of the 82574L apply */
    bool nic_8254x; /* and so they do to its older kin, without MSI-X, extended descriptors, second
                       queues */
    /* rows of the quirk table (spec section 5.2) in which this device does what emulators do, as
     * bits */
    uint64_t quirks;
};

struct rig_frame {
    size_t len;
    uint8_t bytes[RIG_FRAME];
};

struct rig {
    const struct rig_device *device;
    struct dd_ram *ram;
    struct dd_domain *domain;
    struct dd_dev_host host;
    struct dd_dev *dev;
    uint64_t now_ns, deadline_ns;
    bool kicked, line;
    unsigned line_changes, messages[8], ready_calls;
    struct dd_mutex lock; /* guards what the device tells of: line, messages, sent, kicked */
    _Atomic(uint64_t) news;
    atomic_bool ready, gone;
    unsigned sent_count;
    struct rig_frame sent[RIG_SENT];
    unsigned waiting_count;
    struct rig_frame waiting[RIG_WAITING];
    struct {
        uint64_t iova;
        size_t len;
        uint8_t *host;
        void *block;
    } mem[RIG_MEM];
    unsigned mem_count;
};

/* rig_open - cmocka setup: *state becomes a rig for rig_current_device */
extern const struct rig_device *rig_current_device;
extern struct dd_dev_options rig_options;
int rig_open(void **state);
/* rig_close - teardown: nothing may be left mapped or allocated */
int rig_close(void **state);

void rig_run(struct rig *r);
void rig_advance(struct rig *r, uint64_t ns);
/* rig_exact - the clock stands still between two calls: what is due in 1 ns has not happened yet */
bool rig_exact(const struct rig *r);
/* rig_faults - accesses outside what is mapped, so far. A real IOMMU may count several as one */
void rig_expect_faults(struct rig *r, uint64_t want, const char *file, int line);
#define expect_faults(r, want) rig_expect_faults((r), (want), __FILE__, __LINE__)

uint8_t *rig_mem(struct rig *r, uint64_t iova, size_t len_bytes);
void rig_mem_drop(struct rig *r, uint64_t iova);
uint8_t *rig_at(struct rig *r, uint64_t iova, size_t len_bytes);

uint32_t rig_read(struct rig *r, uint32_t reg);
void rig_write(struct rig *r, uint32_t reg, uint32_t value);
/* 0 or the device's answer; -EAGAIN: the frame waits now */
int rig_inject(struct rig *r, const uint8_t *frame, size_t len_bytes);

/* is quirk row @row this device's? */
bool rig_quirk(const struct rig *r, unsigned row);

/* @hex: pairs of digits, spaces allowed */
void rig_expect_hex(const uint8_t *at, const char *hex, const char *file, int line);
#define expect_hex(at, hex) rig_expect_hex((at), (hex), __FILE__, __LINE__)
/* prints in hex what differs */
void rig_expect_u32(uint32_t got, uint32_t want, const char *what, const char *file, int line);
#define expect_u32(got, want)                                                                      \
    rig_expect_u32((uint32_t)(got), (uint32_t)(want), #got, __FILE__, __LINE__)
/* what a device outside the process tells from its own threads may take a while on a busy machine
 */
#define expect_soon(r, got, want)                                                                  \
    do {                                                                                           \
        for (unsigned tries_ = 0;                                                                  \
             !rig_exact(r) && (uint32_t)(got) != (uint32_t)(want) && tries_ < RIG_TRIES;           \
             tries_++) {                                                                           \
            rig_run(r);                                                                            \
        }                                                                                          \
        expect_u32(got, want);                                                                     \
    } while (0)

#define RIG_TEST(f) cmocka_unit_test_setup_teardown(f, rig_open, rig_close)

#endif
