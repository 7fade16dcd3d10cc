/* SPDX-License-Identifier: MIT */
#include "fixture.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- events --- */

static struct dd_mutex lock = DD_MUTEX_INIT;
static struct recorded *log_;
static unsigned used;
static enum dd_fail_point fail_point;
static unsigned fail_nth;
static bool mute_;

static bool has_text(enum dd_ev_kind kind)
{
    return kind == DD_EV_OBJECT_BAD || kind == DD_EV_LEAK || kind == DD_EV_CALLBACK_ENTER ||
           kind == DD_EV_CALLBACK_LEAVE;
}

static void on_event(void *arg, const struct dd_ev *ev)
{
    (void)arg;
    if (ev->kind == DD_EV_API) {
        return;
    }
    dd_mutex_lock(&lock);
    if (used < EVENTS_MAX && !mute_) {
        struct recorded *r = &log_[used++];

        r->ev = *ev;
        r->text[0] = 0;
        r->number = 0;
        if ((ev->kind == DD_EV_SEND_COMPLETE_CALL || ev->kind == DD_EV_RECEIVE_CALL) &&
            ev->data != NULL) {
            memcpy(&r->number, ev->data, sizeof(r->number));
        }
        if (has_text(ev->kind) && ev->data != NULL) {
            strncpy(r->text, ev->data, sizeof(r->text) - 1);
            r->text[sizeof(r->text) - 1] = 0;
        }
    }
    dd_mutex_unlock(&lock);
}

static bool on_may_fail(void *arg, enum dd_fail_point point, const void *site)
{
    bool fail = false;

    (void)arg;
    (void)site;
    dd_mutex_lock(&lock);
    if (fail_nth > 0 && point == fail_point) {
        fail = --fail_nth == 0;
    }
    dd_mutex_unlock(&lock);
    return fail;
}

static const struct dd_listener listener = {.event = on_event, .may_fail = on_may_fail};

void events_start(void)
{
    log_ = calloc(EVENTS_MAX, sizeof(*log_));
    assert_non_null(log_);
    used = 0;
    fail_nth = 0;
    mute_ = false;
    assert_int_equal(dd_seam_listen(&listener), 0);
}

void events_stop(void)
{
    dd_seam_reset();
    free(log_);
    log_ = NULL;
    used = 0;
}

void events_mute(bool mute)
{
    dd_mutex_lock(&lock);
    mute_ = mute;
    dd_mutex_unlock(&lock);
}

void events_clear(void)
{
    dd_mutex_lock(&lock);
    used = 0;
    dd_mutex_unlock(&lock);
}

unsigned events_count(enum dd_ev_kind kind)
{
    unsigned n = 0;

    dd_mutex_lock(&lock);
    for (unsigned i = 0; i < used; i++) {
        n += log_[i].ev.kind == kind;
    }
    dd_mutex_unlock(&lock);
    return n;
}

const struct recorded *events_nth(enum dd_ev_kind kind, unsigned n)
{
    const struct recorded *found = NULL;

    dd_mutex_lock(&lock);
    for (unsigned i = 0; i < used && found == NULL; i++) {
        if (log_[i].ev.kind == kind && n-- == 0) {
            found = &log_[i];
        }
    }
    dd_mutex_unlock(&lock);
    return found;
}

unsigned events_with_a(enum dd_ev_kind kind, uint64_t a)
{
    unsigned n = 0;

    dd_mutex_lock(&lock);
    for (unsigned i = 0; i < used; i++) {
        n += log_[i].ev.kind == kind && log_[i].ev.a == a;
    }
    dd_mutex_unlock(&lock);
    return n;
}

unsigned events_bad(const char *words)
{
    unsigned n = 0;

    dd_mutex_lock(&lock);
    for (unsigned i = 0; i < used; i++) {
        n += log_[i].ev.kind == DD_EV_OBJECT_BAD && strstr(log_[i].text, words) != NULL;
    }
    dd_mutex_unlock(&lock);
    return n;
}

void events_fail_at(enum dd_fail_point point, unsigned nth)
{
    dd_mutex_lock(&lock);
    fail_point = point;
    fail_nth = nth;
    dd_mutex_unlock(&lock);
}

/* --- machine --- */

static void on_bugcheck(void *arg, const char *why)
{
    (void)arg;
    fail_msg("bug check: %s", why);
}

void machine_start(struct machine *m, unsigned cpus)
{
    struct dd_ram_config ram = {.low_bytes = 64u << 20, .seed = 1, .shuffle = true};
    struct dd_machine_config config;

    memset(m, 0, sizeof(*m));
    assert_int_equal(dd_ram_new(&ram, &m->ram), 0);
    memset(&config, 0, sizeof(config));
    config.cpus = cpus;
    config.seed = 1;
    config.ram = m->ram;
    config.ndis_version = NDIS_RUNTIME_VERSION_687;
    config.os_major = 10;
    config.os_build = 19045;
    config.bugcheck = on_bugcheck;
    assert_int_equal(dd_machine_start(&config), 0);
    assert_int_equal(dd_ctx_adopt("test", 0, &m->ctx), 0);
    assert_int_equal(dd_domain_new(m->ram, DD_DOMAIN_STRICT, 64, &m->domain), 0);
    m->policy.iommu = DD_DOMAIN_STRICT;
    m->policy.checked = true;
}

void machine_stop(struct machine *m)
{
    dd_domain_free(m->domain);
    dd_ctx_release(m->ctx);
    dd_machine_stop();
    dd_registry_drop();
    assert_int_equal(dd_ram_live_bytes(m->ram), 0);
    dd_ram_free(m->ram);
}

void run_at_dispatch(void (*fn)(void *arg), void *arg)
{
    KIRQL old = dd_irql_raise(DISPATCH_LEVEL);

    fn(arg);
    dd_irql_lower(old);
}

bool wait_until(bool (*cond)(void *arg), void *arg)
{
    uint64_t deadline = dd_clock_ns() + 2 * DD_NS_PER_S;

    while (!cond(arg)) {
        if (dd_clock_ns() > deadline) {
            return false;
        }
        (void)dd_sched_park(dd_sched_now() + DD_NS_PER_MS / 2);
    }
    return true;
}

void driver_call(void (*fn)(void *arg), void *arg)
{
    DD_CALL(DD_ROLE_OTHER, "TestCallback", NULL, fn(arg));
}

/* --- device --- */

#define CAP_MSI  0xD0
#define CAP_MSIX 0xA0

static struct fake_dev *fake(struct dd_dev *d)
{
    return (struct fake_dev *)d;
}

static uint32_t config_read(struct dd_dev *d, unsigned offset, unsigned width)
{
    uint32_t v = 0;

    if (offset + width > sizeof(fake(d)->config)) {
        return UINT32_MAX >> (32 - 8 * width);
    }
    memcpy(&v, fake(d)->config + offset, width);
    return v;
}

static void config_write(struct dd_dev *d, unsigned offset, unsigned width, uint32_t value)
{
    if (offset + width <= sizeof(fake(d)->config)) {
        memcpy(fake(d)->config + offset, &value, width);
    }
}

static uint64_t bar_read(struct dd_dev *d, unsigned bar, uint64_t offset, unsigned width)
{
    uint64_t v = 0;

    if (bar == 0 && offset + width <= sizeof(fake(d)->regs)) {
        memcpy(&v, (char *)fake(d)->regs + offset, width);
    }
    return v;
}

static void bar_write(struct dd_dev *d, unsigned bar, uint64_t offset, unsigned width,
                      uint64_t value)
{
    if (bar == 0 && offset + width <= sizeof(fake(d)->regs)) {
        memcpy((char *)fake(d)->regs + offset, &value, width);
    }
    if (bar == 3 && offset + width <= sizeof(fake(d)->table)) {
        memcpy((char *)fake(d)->table + offset, &value, width);
    }
}

static uint64_t service(struct dd_dev *d)
{
    (void)d;
    return UINT64_MAX;
}

static int receive(struct dd_dev *d, const void *frame, size_t len_bytes)
{
    (void)d;
    (void)frame;
    (void)len_bytes;
    return 0;
}

static void set_link(struct dd_dev *d, bool up)
{
    (void)d;
    (void)up;
}

static void set_irq_mode(struct dd_dev *d, enum dd_irq_mode mode, unsigned vectors)
{
    fake(d)->mode = mode;
    fake(d)->vectors = vectors;
    fake(d)->mode_changes++;
}

static void nothing(struct dd_dev *d)
{
    (void)d;
}

static const struct dd_dev_ops ops = {
    .config_read = config_read,
    .config_write = config_write,
    .bar_read = bar_read,
    .bar_write = bar_write,
    .service = service,
    .receive = receive,
    .set_link = set_link,
    .set_irq_mode = set_irq_mode,
    .reset = nothing,
    .remove = nothing,
    .close = nothing,
};

static void put(struct fake_dev *f, unsigned offset, unsigned width, uint32_t value)
{
    config_write(&f->dev, offset, width, value);
}

void fake_init(struct fake_dev *f, bool messages)
{
    memset(f, 0, sizeof(*f));
    f->dev.ops = &ops;
    f->dev.info = (struct dd_dev_info){
        .name = "fake",
        .vendor_id = 0x8086,
        .device_id = 0x10D3,
        .address_bits = 64,
        .msi_vectors = messages ? 1 : 0,
        .msix_vectors = messages ? FAKE_VECTORS : 0,
        .bars = {{.size_bytes = 0x20000, .base = FAKE_MEM_BASE},
                 {0},
                 {.size_bytes = 32, .io = true, .base = FAKE_PORT_BASE},
                 {.size_bytes = 0x4000, .base = FAKE_MEM_BASE + 0x20000}},
    };
    put(f, 0, 4, 0x10D38086);
    put(f, 0x10, 4, (uint32_t)FAKE_MEM_BASE);
    put(f, 0x18, 4, (uint32_t)FAKE_PORT_BASE | 1);
    put(f, 0x1C, 4, (uint32_t)FAKE_MEM_BASE + 0x20000);
    put(f, 0x3D, 1, 1);
    if (messages) {
        put(f, 6, 2, 0x10);
        put(f, 0x34, 1, CAP_MSI);
        put(f, CAP_MSI, 4, 0x00800005 | CAP_MSIX << 8);
        put(f, CAP_MSIX, 4, 0x00000011 | (FAKE_VECTORS - 1) << 16);
        put(f, CAP_MSIX + 4, 4, 3);
    }
}
