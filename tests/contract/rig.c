/* SPDX-License-Identifier: MIT */
#include "rig.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

const struct rig_device *rig_current_device;
struct dd_dev_options rig_options = {.seed = 1, .link_up_delay_ns = RIG_LINK_NS, .prefetch = true};

/* --- host --- */

static void on_kick(void *arg)
{
    ((struct rig *)arg)->kicked = true;
}

static void on_interrupt(void *arg, unsigned vector, bool level)
{
    struct rig *r = arg;

    assert_true(vector < DD_ARRAY_LEN(r->messages));
    if (level) {
        r->messages[vector]++;
    }
    if (vector == 0) {
        r->line_changes += r->line != level;
        r->line = level;
    }
}

static void on_transmit(void *arg, const void *frame, size_t len_bytes)
{
    struct rig *r = arg;

    assert_true(len_bytes <= RIG_FRAME);
    assert_true(r->sent_count < RIG_SENT);
    r->sent[r->sent_count].len = len_bytes;
    memcpy(r->sent[r->sent_count++].bytes, frame, len_bytes);
}

static void on_receive_ready(void *arg)
{
    struct rig *r = arg;

    r->ready_calls++;
    while (r->waiting_count > 0 &&
           r->dev->ops->receive(r->dev, r->waiting[0].bytes, r->waiting[0].len) != -EAGAIN) {
        r->waiting_count--;
        memmove(&r->waiting[0], &r->waiting[1], r->waiting_count * sizeof(r->waiting[0]));
    }
}

static uint64_t on_now(void *arg)
{
    return ((struct rig *)arg)->now_ns;
}

/* --- life --- */

int rig_open(void **state)
{
    static const struct dd_ram_config config = {.low_bytes = 32u << 20, .seed = 1, .shuffle = true};
    struct rig *r = calloc(1, sizeof(*r));

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
                                   .now_ns = on_now};
    if (dd_ram_new(&config, &r->ram) < 0 ||
        dd_domain_new(r->ram, DD_DOMAIN_STRICT, 64, &r->domain) < 0) {
        return -1;
    }
    r->host.domain = r->domain;
    if (r->device->kind->open(&rig_options, &r->host, &r->dev) < 0) {
        return -1;
    }
    r->kicked = true;
    *state = r;
    return 0;
}

int rig_close(void **state)
{
    struct rig *r = *state;
    uint64_t live;

    r->dev->ops->close(r->dev);
    while (r->mem_count > 0) {
        rig_mem_drop(r, r->mem[0].iova);
    }
    live = dd_domain_live(r->domain) + dd_ram_live_bytes(r->ram);
    dd_domain_free(r->domain);
    dd_ram_free(r->ram);
    free(r);
    return live == 0 ? 0 : -1;
}

/* --- time --- */

void rig_run(struct rig *r)
{
    for (unsigned i = 0; r->kicked || r->deadline_ns <= r->now_ns; i++) {
        assert_true(i < 1000); /* a device that never comes to rest */
        r->kicked = false;
        r->deadline_ns = r->dev->ops->service(r->dev);
    }
}

void rig_advance(struct rig *r, uint64_t ns)
{
    uint64_t end = r->now_ns + ns;

    rig_run(r);
    while (r->deadline_ns <= end) {
        r->now_ns = r->deadline_ns > r->now_ns ? r->deadline_ns : r->now_ns;
        rig_run(r);
    }
    r->now_ns = end;
    rig_run(r);
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

uint32_t rig_read(struct rig *r, uint32_t reg)
{
    uint32_t v = (uint32_t)r->dev->ops->bar_read(r->dev, 0, reg, 4);

    rig_run(r);
    return v;
}

void rig_write(struct rig *r, uint32_t reg, uint32_t value)
{
    r->dev->ops->bar_write(r->dev, 0, reg, 4, value);
    rig_run(r);
}

int rig_inject(struct rig *r, const uint8_t *frame, size_t len_bytes)
{
    int result = r->waiting_count == 0 ? r->dev->ops->receive(r->dev, frame, len_bytes) : -EAGAIN;

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
