/* SPDX-License-Identifier: MIT */
#include "rig.h"

#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define RIG_STATUS   8u
#define RIG_QUIET_MS 12u

const struct rig_device *rig_current_device;
struct dd_dev_options rig_options = {.seed = 1, .link_up_delay_ns = RIG_LINK_NS, .prefetch = true};

/* --- host --- */

static void tell(struct rig *r)
{
    atomic_fetch_add(&r->news, 1);
}

static void on_kick(void *arg)
{
    struct rig *r = arg;

    dd_mutex_lock(&r->lock);
    r->kicked = true;
    dd_mutex_unlock(&r->lock);
}

static void on_interrupt(void *arg, unsigned vector, bool level)
{
    struct rig *r = arg;

    assert_true(vector < DD_ARRAY_LEN(r->messages));
    dd_mutex_lock(&r->lock);
    if (level) {
        r->messages[vector]++;
    }
    if (vector == 0) {
        r->line_changes += r->line != level;
        r->line = level;
    }
    dd_mutex_unlock(&r->lock);
    tell(r);
}

static void on_transmit(void *arg, const void *frame, size_t len_bytes)
{
    struct rig *r = arg;

    assert_true(len_bytes <= RIG_FRAME);
    assert_true(r->sent_count < RIG_SENT);
    dd_mutex_lock(&r->lock);
    r->sent[r->sent_count].len = len_bytes;
    memcpy(r->sent[r->sent_count++].bytes, frame, len_bytes);
    dd_mutex_unlock(&r->lock);
    tell(r);
}

static void bring_waiting(struct rig *r)
{
    while (r->waiting_count > 0 &&
           r->dev->ops->receive(r->dev, r->waiting[0].bytes, r->waiting[0].len) != -EAGAIN) {
        r->waiting_count--;
        memmove(&r->waiting[0], &r->waiting[1], r->waiting_count * sizeof(r->waiting[0]));
    }
}

static void on_receive_ready(void *arg)
{
    struct rig *r = arg;

    r->ready_calls++;
    if (r->device->real) {
        atomic_store(&r->ready, true); /* the test's thread brings them */
    } else {
        bring_waiting(r);
    }
    tell(r);
}

static void on_gone(void *arg, const char *why)
{
    struct rig *r = arg;

    print_error("%s\n", why);
    atomic_store(&r->gone, true);
}

static uint64_t on_now(void *arg)
{
    struct rig *r = arg;

    return r->device->real ? dd_clock_ns() : r->now_ns;
}

/* --- life --- */

int rig_open(void **state)
{
    static const struct dd_ram_config config = {.low_bytes = 32u << 20, .seed = 1, .shuffle = true};
    struct rig *r = calloc(1, sizeof(*r));
    char why[320] = "";

    if (!r) {
        return -1;
    }
    r->device = rig_current_device;
    r->now_ns = 1000000000;
    r->host = (struct dd_dev_host){.arg = r,
                                   .kick = on_kick,
                                   .interrupt = on_interrupt,
                                   .transmit = on_transmit,
                                   .receive_ready = on_receive_ready,
                                   .now_ns = on_now,
                                   .gone = on_gone};
    dd_mutex_init(&r->lock);
    if (dd_ram_new(&config, &r->ram) < 0 ||
        dd_domain_new(r->ram, DD_DOMAIN_STRICT, 64, &r->domain) < 0) {
        return -1;
    }
    r->host.domain = r->domain;
    r->host.ram = r->ram;
    rig_options.spec = r->device->kind->spec;
    rig_options.why = why;
    rig_options.why_bytes = sizeof(why);
    if (r->device->kind->open(&rig_options, &r->host, &r->dev) < 0) {
        print_error("%s: %s\n", r->device->kind->spec, why);
        return -1;
    }
    /* as the system leaves it: decoding and bus mastering on */
    r->dev->ops->config_write(r->dev, 4, 2, r->dev->ops->config_read(r->dev, 4, 2) | 7u);
    r->kicked = true;
    *state = r;
    return 0;
}

int rig_close(void **state)
{
    struct rig *r = *state;
    uint64_t live;
    bool dead;

    r->dev->ops->close(r->dev);
    while (r->mem_count > 0) {
        rig_mem_drop(r, r->mem[0].iova);
    }
    dead = atomic_load(&r->gone);
    live = dd_domain_live(r->domain) + dd_ram_live_bytes(r->ram);
    dd_domain_free(r->domain);
    dd_ram_free(r->ram);
    dd_mutex_done(&r->lock);
    free(r);
    return live == 0 && !dead ? 0 : -1;
}

/* --- time --- */

bool rig_exact(const struct rig *r)
{
    return !r->device->real;
}

static void serve(struct rig *r)
{
    for (unsigned i = 0; r->kicked || r->deadline_ns <= on_now(r); i++) {
        assert_true(i < 1000); /* a device that never comes to rest */
        dd_mutex_lock(&r->lock);
        r->kicked = false;
        dd_mutex_unlock(&r->lock);
        r->deadline_ns = r->dev->ops->service(r->dev);
    }
}

static void serve_real(struct rig *r)
{
    serve(r);
    if (atomic_exchange(&r->ready, false)) {
        bring_waiting(r);
    }
}

/* until nothing has been heard of for some milliseconds */
static void settle(struct rig *r)
{
    uint64_t seen = atomic_load(&r->news);

    (void)r->dev->ops->bar_read(r->dev, 0, RIG_STATUS, 4); /* posted writes have arrived */
    for (unsigned quiet = 0; quiet < RIG_QUIET_MS; quiet++) {
        dd_thread_sleep_until(dd_clock_ns() + DD_NS_PER_MS);
        serve_real(r);
        if (atomic_load(&r->news) != seen) {
            seen = atomic_load(&r->news);
            quiet = 0;
        }
    }
}

void rig_run(struct rig *r)
{
    if (r->device->real) {
        settle(r);
    } else {
        serve(r);
    }
}

static void advance_real(struct rig *r, uint64_t ns)
{
    uint64_t end = dd_clock_ns() + ns;

    while (dd_clock_ns() < end) {
        serve_real(r);
        dd_thread_sleep_until(dd_min_u64(end, dd_clock_ns() + 5 * DD_NS_PER_MS));
    }
    settle(r);
}

void rig_advance(struct rig *r, uint64_t ns)
{
    uint64_t end = r->now_ns + ns;

    if (r->device->real) {
        advance_real(r, ns);
        return;
    }
    rig_run(r);
    while (r->deadline_ns <= end) {
        r->now_ns = r->deadline_ns > r->now_ns ? r->deadline_ns : r->now_ns;
        rig_run(r);
    }
    r->now_ns = end;
    rig_run(r);
}

void rig_expect_faults(struct rig *r, uint64_t want, const char *file, int line)
{
    uint64_t got;

    dd_domain_flush(r->domain); /* what hardware has recorded */
    got = dd_domain_faults(r->domain);
    if (r->device->real ? (got != 0) != (want != 0) : got != want) {
        print_error("%s:%d: %llu faults, wanted %llu\n", file, line, (unsigned long long)got,
                    (unsigned long long)want);
        _fail(file, line);
    }
}

/* --- memory --- */

uint8_t *rig_mem(struct rig *r, uint64_t iova, size_t len_bytes)
{
    void *p = dd_ram_alloc(r->ram, dd_align_up(len_bytes + (iova & DD_PAGE_MASK), DD_PAGE_BYTES),
                           DD_PAGE_BYTES, DD_RAM_CONTIG | DD_RAM_PAGES | DD_RAM_ZERO, UINT64_MAX);
    dd_phys phys;

    assert_non_null(p);
    assert_true(r->mem_count < RIG_MEM);
    phys = dd_ram_phys(r->ram, p);
    phys.v += iova & DD_PAGE_MASK;
    assert_int_equal(dd_domain_map(r->domain, (dd_iova){iova}, phys, len_bytes, DD_DIR_BOTH,
                                   r->mem_count + 1),
                     0);
    r->mem[r->mem_count].iova = iova;
    r->mem[r->mem_count].len = len_bytes;
    r->mem[r->mem_count].block = p;
    r->mem[r->mem_count].host = (uint8_t *)p + (iova & DD_PAGE_MASK);
    return r->mem[r->mem_count++].host;
}

void rig_mem_drop(struct rig *r, uint64_t iova)
{
    for (unsigned i = 0; i < r->mem_count; i++) {
        if (r->mem[i].iova == iova) {
            dd_domain_unmap(r->domain, (dd_iova){iova}, r->mem[i].len);
            assert_int_equal(dd_ram_free_block(r->ram, r->mem[i].block, NULL), 0);
            r->mem[i] = r->mem[--r->mem_count];
            return;
        }
    }
    fail_msg("no memory at %llx", (unsigned long long)iova);
}

uint8_t *rig_at(struct rig *r, uint64_t iova, size_t len_bytes)
{
    for (unsigned i = 0; i < r->mem_count; i++) {
        if (iova >= r->mem[i].iova && iova + len_bytes <= r->mem[i].iova + r->mem[i].len) {
            return r->mem[i].host + (iova - r->mem[i].iova);
        }
    }
    fail_msg("no memory at %llx", (unsigned long long)iova);
    return NULL;
}

/* --- registers, wire --- */

/* registers of the 8254x family that start something, or whose write may change the line */
static bool starts_something(uint32_t reg)
{
    switch (reg & ~0x100u) {
    case 0x00000: /* CTRL */
    case 0x00020: /* MDIC */
    case 0x000c0: /* ICR */
    case 0x000c8: /* ICS */
    case 0x000d0: /* IMS */
    case 0x000d8: /* IMC */
    case 0x00400: /* TCTL */
    case 0x02818: /* RDT */
    case 0x03818: /* TDT */
        return true;
    default:
        return reg == 0x00100; /* RCTL */
    }
}

uint32_t rig_read(struct rig *r, uint32_t reg)
{
    uint32_t v = (uint32_t)r->dev->ops->bar_read(r->dev, 0, reg, 4);

    if (!r->device->real || reg == 0x000c0) {
        rig_run(r);
    }
    if (rig_quirk(r, 19) && (reg == 0x000c0 || reg == 0x000c8) && v != 0) {
        v |= 0x80000000u; /* row 19: bit 31 is never there */
    }
    return v;
}

void rig_write(struct rig *r, uint32_t reg, uint32_t value)
{
    r->dev->ops->bar_write(r->dev, 0, reg, 4, value);
    if (!r->device->real || starts_something(reg)) {
        rig_run(r);
    }
    if (rig_quirk(r, 17) && reg == 0x00100) {
        rig_advance(r, 1200000000); /* row 17: deaf for a second */
    }
}

int rig_inject(struct rig *r, const uint8_t *frame, size_t len_bytes)
{
    int result;

    if (r->device->real) {
        (void)r->dev->ops->bar_read(r->dev, 0, RIG_STATUS, 4); /* posted writes come first */
    }
    result = r->waiting_count == 0 ? r->dev->ops->receive(r->dev, frame, len_bytes) : -EAGAIN;

    tell(r);
    if (result == -EAGAIN) {
        assert_true(r->waiting_count < RIG_WAITING && len_bytes <= RIG_FRAME);
        r->waiting[r->waiting_count].len = len_bytes;
        memcpy(r->waiting[r->waiting_count++].bytes, frame, len_bytes);
    }
    rig_run(r);
    return result;
}

bool rig_quirk(const struct rig *r, unsigned row)
{
    return (r->device->quirks >> row & 1) != 0;
}

/* --- expectations --- */

void rig_expect_hex(const uint8_t *at, const char *hex, const char *file, int line)
{
    char got[256] = "", want[256] = "";
    size_t n = 0, digits = 0;

    for (const char *p = hex; *p; p++) {
        if (*p != ' ') {
            want[digits++] = *p;
        }
    }
    for (; n < digits / 2; n++) {
        snprintf(got + 2 * n, 3, "%02x", at[n]);
    }
    if (strcmp(got, want) != 0) {
        print_error("%s:%d: memory holds %s, wanted %s\n", file, line, got, want);
        _fail(file, line);
    }
}

void rig_expect_u32(uint32_t got, uint32_t want, const char *what, const char *file, int line)
{
    if (got != want) {
        print_error("%s:%d: %s is %x, wanted %x\n", file, line, what, got, want);
        _fail(file, line);
    }
}
