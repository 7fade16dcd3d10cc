/* SPDX-License-Identifier: MIT */
/* The table of settings. Order is the order of `drydock settings` and of the report. */
#include "run/settings.h"

#include "run/nearest.h"
#include "seam/seam.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- value parsers --- */

/* index of @value in the '|'-separated @names, or -1 */
static int name_index(const char *names, const char *value)
{
    size_t len = strlen(value);
    int i = 0;

    for (const char *p = names; *p; i++) {
        const char *end = strchr(p, '|');
        size_t n = end ? (size_t)(end - p) : strlen(p);

        if (n == len && strncmp(p, value, n) == 0) {
            return i;
        }
        p += n + (end ? 1 : 0);
    }
    return -1;
}

static void index_name(const char *names, int index, char *out, size_t size)
{
    const char *p = names;

    while (index-- > 0) {
        p = strchr(p, '|') + 1;
    }
    snprintf(out, size, "%.*s", (int)strcspn(p, "|"), p);
}

static int parse_name(const char *names, const char *value, int *ret_index, char *why,
                      size_t why_bytes)
{
    int i = name_index(names, value);

    if (i < 0) {
        snprintf(why, why_bytes, "'%s' is none of %s", value, names);
        return -EINVAL;
    }
    *ret_index = i;
    return 0;
}

/* decimal or 0x number in [min, max] */
static int parse_u64(const char *value, uint64_t min, uint64_t max, uint64_t *ret_v, char *why,
                     size_t why_bytes)
{
    char *end;
    unsigned long long v;

    errno = 0;
    v = strtoull(value, &end, 0);
    if (errno || end == value || *end || value[0] == '-' || v < min || v > max) {
        snprintf(why, why_bytes, "'%s' is not a number from %llu to %llu", value,
                 (unsigned long long)min, (unsigned long long)max);
        return -EINVAL;
    }
    *ret_v = v;
    return 0;
}

/* bytes with K, M or G */
static int parse_bytes(const char *value, uint64_t min, uint64_t max, uint64_t *ret_v, char *why,
                       size_t why_bytes)
{
    unsigned shift = 0;
    char *end;
    unsigned long long v = strtoull(value, &end, 0);

    if (*end) {
        const char *units = "KMG", *u = strchr(units, *end & ~0x20);

        shift = u && end[1] == '\0' ? 10 * (unsigned)(u - units + 1) : 64;
    }
    if (end == value || value[0] == '-' || shift == 64 || v > max >> shift || v << shift < min) {
        snprintf(why, why_bytes, "'%s' is not a size from %lluM to %lluM (write 256M or 1G)", value,
                 (unsigned long long)(min >> 20), (unsigned long long)(max >> 20));
        return -EINVAL;
    }
    *ret_v = v << shift;
    return 0;
}

static int parse_seconds(const char *value, double max, double *ret_v, char *why, size_t why_bytes)
{
    char *end;
    double v = strtod(value, &end);

    if (end == value || *end || !isfinite(v) || v < 0 || v > max) {
        snprintf(why, why_bytes, "'%s' is not a number of seconds from 0 to %g", value, max);
        return -EINVAL;
    }
    *ret_v = v;
    return 0;
}

/* --- one pair of functions for each setting, made by shape --- */

#define NAMED(fn, field, type, names)                                                              \
    static int parse_##fn(struct dd_settings *s, const char *value, char *why, size_t why_bytes)   \
    {                                                                                              \
        int i = 0, r = parse_name(names, value, &i, why, why_bytes);                               \
        if (r == 0) {                                                                              \
            s->field = (type)i;                                                                    \
        }                                                                                          \
        return r;                                                                                  \
    }                                                                                              \
    static void format_##fn(const struct dd_settings *s, char *out, size_t size)                   \
    {                                                                                              \
        index_name(names, (int)s->field, out, size);                                               \
    }

#define NUMBER(fn, field, type, min, max)                                                          \
    static int parse_##fn(struct dd_settings *s, const char *value, char *why, size_t why_bytes)   \
    {                                                                                              \
        uint64_t v = 0;                                                                            \
        int r = parse_u64(value, min, max, &v, why, why_bytes);                                    \
        if (r == 0) {                                                                              \
            s->field = (type)v;                                                                    \
        }                                                                                          \
        return r;                                                                                  \
    }                                                                                              \
    static void format_##fn(const struct dd_settings *s, char *out, size_t size)                   \
    {                                                                                              \
        snprintf(out, size, "%llu", (unsigned long long)s->field);                                 \
    }

/* a number, or a word that stands for 0 */
#define NUMBER_OR(fn, field, type, word, min, max)                                                 \
    static int parse_##fn(struct dd_settings *s, const char *value, char *why, size_t why_bytes)   \
    {                                                                                              \
        uint64_t v = 0;                                                                            \
        int r = strcmp(value, word) == 0 ? 0 : parse_u64(value, min, max, &v, why, why_bytes);     \
        if (r == 0) {                                                                              \
            s->field = (type)v;                                                                    \
        }                                                                                          \
        return r;                                                                                  \
    }                                                                                              \
    static void format_##fn(const struct dd_settings *s, char *out, size_t size)                   \
    {                                                                                              \
        snprintf(out, size, s->field ? "%llu" : word, (unsigned long long)s->field);               \
    }

#define BYTES(fn, field, min, max)                                                                 \
    static int parse_##fn(struct dd_settings *s, const char *value, char *why, size_t why_bytes)   \
    {                                                                                              \
        return parse_bytes(value, min, max, &s->field, why, why_bytes);                            \
    }                                                                                              \
    static void format_##fn(const struct dd_settings *s, char *out, size_t size)                   \
    {                                                                                              \
        snprintf(out, size, "%lluM", (unsigned long long)(s->field >> 20));                        \
    }

#define SECONDS(fn, field, max)                                                                    \
    static int parse_##fn(struct dd_settings *s, const char *value, char *why, size_t why_bytes)   \
    {                                                                                              \
        return parse_seconds(value, max, &s->field, why, why_bytes);                               \
    }                                                                                              \
    static void format_##fn(const struct dd_settings *s, char *out, size_t size)                   \
    {                                                                                              \
        snprintf(out, size, "%g", s->field);                                                       \
    }

#define IOMMU_NAMES     "strict|lazy|off"
#define BOUNCE_NAMES    "auto|always|never"
#define CALLBACK_NAMES  "inline|deferred|random"
#define MDL_NAMES       "flat|header-split|many|leading-offset|empty-mdls"
#define LATENCY_NAMES   "deferred|inline|random"
#define INTERRUPT_NAMES "line|msi|msix"
#define FILTER_NAMES    "promiscuous|directed"
#define RSS_NAMES       "off|on|rebalance"
#define OFFLOAD_NAMES   "none|checksum|lso|all"
#define SWITCH_NAMES    "off|on"
#define SGL_NAMES       "merge|merge-iova|per-page|split|relocate"
#define MAX_RAM         (64ull << 30)

NAMED(iommu, dma.iommu, enum dd_domain_mode, IOMMU_NAMES)
NAMED(bounce, dma.bounce, enum dd_bounce, BOUNCE_NAMES)
NUMBER_OR(map_registers, dma.map_registers, uint32_t, "auto", 1, 1u << 24)
NUMBER_OR(map_registers_per, dma.map_registers_per_transfer, uint32_t, "auto", 1, 1u << 24)
NAMED(callback, dma.callback, enum dd_callback_mode, CALLBACK_NAMES)
NUMBER_OR(address_bits, dma.address_bits, unsigned, "driver", 24, 64)
BYTES(ram, ram_bytes, 32ull << 20, 3ull << 30)
BYTES(ram_high, ram_high_bytes, 0, MAX_RAM)
NAMED(mdl, mdl, enum dd_mdl_shape, MDL_NAMES)
NAMED(latency, device_latency, enum dd_latency, LATENCY_NAMES)
NAMED(interrupt, interrupt, enum dd_irq_mode, INTERRUPT_NAMES)
NAMED(filter, packet_filter, enum dd_filter, FILTER_NAMES)
NAMED(offload, offload, enum dd_offload, OFFLOAD_NAMES)
NAMED(rss, rss, enum dd_rss_setting, RSS_NAMES)
SECONDS(watchdog, watchdog_s, 3600)
SECONDS(settle, settle_s, 60)
NUMBER(nb_per_nbl, nb_per_nbl, unsigned, 1, 64)
NUMBER(send_batch, send_batch, unsigned, 1, 4096)
NUMBER(send_window, send_window, unsigned, 1, 65536)
NUMBER(receive_hold, receive_hold, unsigned, 0, 65536)
NUMBER(receive_throttle, receive_throttle, unsigned, 0, 65536)
NUMBER(adapters, adapters, unsigned, 1, DD_ADAPTERS_MAX)
SECONDS(oid_limit, oid_limit_s, 3600)
NAMED(prefetch, prefetch, bool, SWITCH_NAMES)
NAMED(link_down, link_down, bool, "up|down")

/* enum dd_fail_point + 1 of the name before ':', or 0 */
static uint32_t fail_point(const char *value, size_t len)
{
    for (unsigned i = 0; i < DD_FAIL_COUNT; i++) {
        const char *name = dd_fail_name((enum dd_fail_point)i);

        if (strlen(name) == len && strncasecmp(name, value, len) == 0) {
            return i + 1;
        }
    }
    return 0;
}

/* "12", "POOL", "POOL:12" */
static int parse_fail(struct dd_settings *s, const char *value, char *why, size_t why_bytes)
{
    size_t len = strcspn(value, ":");
    uint32_t only = fail_point(value, len);
    uint64_t n = 1;
    int r = 0;

    if (only && value[len]) {
        r = parse_u64(value + len + 1, 1, UINT64_MAX, &n, why, why_bytes);
    } else if (!only) {
        r = parse_u64(value, 0, UINT64_MAX, &n, why, why_bytes);
    }
    if (r == 0) {
        s->fail = n;
        s->fail_only = only;
    }
    return r;
}

static void format_fail(const struct dd_settings *s, char *out, size_t size)
{
    const char *name = s->fail_only ? dd_fail_name((enum dd_fail_point)(s->fail_only - 1)) : "";

    snprintf(out, size, "%s%s%llu", name, s->fail_only ? ":" : "", (unsigned long long)s->fail);
}

static int parse_sgl(struct dd_settings *s, const char *value, char *why, size_t why_bytes)
{
    int i = 0, r = parse_name(SGL_NAMES, value, &i, why, why_bytes);

    if (r == 0) {
        s->dma.relocate = i == 4;
        s->dma.sgl = i == 4 ? DD_SGL_MERGE : (enum dd_sgl_shape)i;
    }
    return r;
}

static void format_sgl(const struct dd_settings *s, char *out, size_t size)
{
    index_name(SGL_NAMES, s->dma.relocate ? 4 : (int)s->dma.sgl, out, size);
}

static int parse_ndis(struct dd_settings *s, const char *value, char *why, size_t why_bytes)
{
    static const unsigned known[] = {0, 1, 20, 30, 40, 50, 60, 70, 80, 81, 82, 83, 84, 85, 86, 87};
    unsigned minor;
    char end;

    if (sscanf(value, "6.%u%c", &minor, &end) == 1) {
        for (size_t i = 0; i < DD_ARRAY_LEN(known); i++) {
            if (known[i] == minor) {
                s->ndis_version = 6u << 16 | minor;
                return 0;
            }
        }
    }
    snprintf(
        why, why_bytes,
        "'%s' is no NDIS level; write 6.0, 6.1, 6.20, 6.30, 6.40, 6.50, 6.60, 6.70 or 6.80 to 6.87",
        value);
    return -EINVAL;
}

static void format_ndis(const struct dd_settings *s, char *out, size_t size)
{
    snprintf(out, size, "6.%u", s->ndis_version & 0xffff);
}

static int parse_link_delay(struct dd_settings *s, const char *value, char *why, size_t why_bytes)
{
    uint64_t ms = 0;
    int r = parse_u64(value, 0, 60000, &ms, why, why_bytes);

    if (r == 0) {
        s->link_delay_ns = ms * 1000000;
    }
    return r;
}

static void format_link_delay(const struct dd_settings *s, char *out, size_t size)
{
    snprintf(out, size, "%llu", (unsigned long long)(s->link_delay_ns / 1000000));
}

static int parse_shmem_delay(struct dd_settings *s, const char *value, char *why, size_t why_bytes)
{
    uint64_t ms = 0;
    int r = parse_u64(value, 0, 60000, &ms, why, why_bytes);

    if (r == 0) {
        s->dma.shmem_delay_ns = ms * 1000000;
    }
    return r;
}

static void format_shmem_delay(const struct dd_settings *s, char *out, size_t size)
{
    snprintf(out, size, "%llu", (unsigned long long)(s->dma.shmem_delay_ns / 1000000));
}

const struct dd_setting dd_setting_table[] = {
    {"iommu", IOMMU_NAMES, "when a freed mapping really goes away",
     "strict: at NdisMFreeNetBufferSGList, so a late access by the device faults. lazy: in batches, as fast systems do; late\n"
     "accesses may succeed. off: device addresses are physical addresses and no byte is checked.",
     parse_iommu, format_iommu},
    {"bounce", BOUNCE_NAMES, "copying through bounce buffers",
     "auto: only pages the device cannot reach. always: every page, which shows data changed after mapping and data read before\n"
     "the free. never: a page out of reach fails the mapping with NDIS_STATUS_RESOURCES.",
     parse_bounce, format_bounce},
    {"map-registers", "auto|N", "the pool of map registers",
     "auto: only pages really bounced are charged. N: every page of every MDL is charged to a pool of N; when it is empty the\n"
     "request waits and MiniportProcessSGList comes later.",
     parse_map_registers, format_map_registers},
    {"map-registers-per-transfer", "auto|N", "the most map registers one transfer may need",
     "auto: from MaximumPhysicalMapping. N: a transfer that needs more fails with NDIS_STATUS_RESOURCES and no callback.",
     parse_map_registers_per, format_map_registers_per},
    {"callback", CALLBACK_NAMES, "when MiniportProcessSGList is called",
     "inline: before NdisMAllocateNetBufferSGList returns. deferred: after it, on another CPU where there is one. random: either.",
     parse_callback, format_callback},
    {"sgl", SGL_NAMES, "shape of scatter/gather lists",
     "merge: adjacent frames become one element. merge-iova: adjacent device addresses too. per-page: an element a page. split:\n"
     "cut at random bytes. relocate: as merge, but never in the caller's buffer.",
     parse_sgl, format_sgl},
    {"address-bits", "driver|24..64", "what the device can reach",
     "driver: 64 bits with NDIS_SG_DMA_64_BIT_ADDRESS, else 32. A number narrows it; pages beyond are bounced.",
     parse_address_bits, format_address_bits},
    {"shmem-delay", "ms", "how long asynchronous shared memory takes",
     "MiniportSharedMemoryAllocateComplete is called that much after NdisMAllocateSharedMemoryAsyncEx; at halt it comes at once,\n"
     "without memory.",
     parse_shmem_delay, format_shmem_delay},
    {"ram", "32M..3G", "RAM below 4 GiB", "The machine's memory, one shared memory file.",
     parse_ram, format_ram},
    {"ram-high", "0..64G", "RAM above 4 GiB",
     "When not 0, the data buffers of sends come from there. Sparse: only pages used cost memory.",
     parse_ram_high, format_ram_high},
    {"mdl", MDL_NAMES, "how a sent frame lies in MDLs",
     "flat: one MDL; one frame of four, seeded, lies across the end of a page. header-split: headers and payload apart. many: 1 to\n"
     "64 fragments, seeded. leading-offset: unused bytes before the data, sometimes whole MDLs. empty-mdls: MDLs of no bytes in between.",
     parse_mdl, format_mdl},
    {"device-latency", LATENCY_NAMES, "when a soft device does its work",
     "deferred: a doorbell only marks work, the device's own context does it. inline: inside the register write. random: either.",
     parse_latency, format_latency},
    {"interrupt", INTERRUPT_NAMES, "what the driver is given",
     "MSI-X, one MSI message, or a shared level-triggered line.", parse_interrupt,
     format_interrupt},
    {"packet-filter", FILTER_NAMES, "what the adapter receives",
     "promiscuous: everything, as a capture run wants. directed: own address, broadcast and multicast, as TCP/IP asks for.",
     parse_filter, format_filter},
    {"offload", OFFLOAD_NAMES, "what TCP/IP leaves to the card",
     "checksum: IPv4, TCP and UDP checksums, as far as the miniport says it does them, sent and received. lso: consecutive segments\n"
     "of a flow go down as one large send. all: both. The wire shows the frames as they are in the capture, whatever this says.",
     parse_offload, format_offload},
    {"rss", RSS_NAMES, "receive side scaling: received frames spread over CPUs by a hash",
     "on: switched on where the miniport offers it; hash, type and CPU of each received list are checked. Frames of different\n"
     "flows may change places. rebalance: besides, another table now and then; around a change those of one flow may, too.",
     parse_rss, format_rss},
    {"ndis", "6.0..6.87", "NDIS version reported to the driver", "What NdisGetVersion returns.",
     parse_ndis, format_ndis},
    {"fail", "N|CALL:N", "the Nth call that may fail, fails",
     "With a documented status, once. 0: none. CALL:N counts only calls of one kind, as in\n"
     "SHMEM_ASYNC_LATE:1. The report says which call it was, by the same names.",
     parse_fail, format_fail},
    {"watchdog", "SECONDS", "longest time in one driver callback",
     "A callback that takes longer ends the run with a finding, a pause, restart or reset that pends longer is given up, and\n"
     "traffic that stands still for three times as long is ended. 0: no watchdog.",
     parse_watchdog, format_watchdog},
    {"settle", "SECONDS", "quiet time at the end",
     "The run ends when every send completed and the wire was idle for this long.", parse_settle,
     format_settle},
    {"nb-per-nbl", "1..64", "NET_BUFFERs in a NET_BUFFER_LIST",
     "Frames of the capture are put together in this number.", parse_nb_per_nbl, format_nb_per_nbl},
    {"send-batch", "1..4096", "NET_BUFFER_LISTs in one send call",
     "The chain given to MiniportSendNetBufferLists.", parse_send_batch, format_send_batch},
    {"send-window", "1..65536", "NET_BUFFER_LISTs outstanding at most",
     "More are sent as earlier ones complete.", parse_send_window, format_send_window},
    {"receive-hold", "0..65536", "received lists the edge keeps",
     "It returns the oldest when more come: drivers run short of buffers.", parse_receive_hold,
     format_receive_hold},
    {"receive-throttle", "0..65536", "received lists a DPC may indicate",
     "MaxNblsToIndicate of NDIS_RECEIVE_THROTTLE_PARAMETERS. 0: no cap.", parse_receive_throttle,
     format_receive_throttle},
    {"adapters", "1..8", "adapters of the driver, each with a device of its own",
     "The capture is sent through the first; what the others receive is recorded and returned.",
     parse_adapters, format_adapters},
    {"oid-limit", "SECONDS", "longest time an OID request may pend",
     "Driver Verifier's limit is 12. Then the request is cancelled, and given up.", parse_oid_limit,
     format_oid_limit},
    {"link", "up|down", "cable at start", "down: pulled out; --event plugs it in.", parse_link_down,
     format_link_down},
    {"link-delay", "ms", "autonegotiation time of a soft device",
     "Silicon takes seconds; the default is short.", parse_link_delay, format_link_delay},
    {"prefetch", SWITCH_NAMES, "soft devices fetch descriptors in bursts",
     "As silicon does: a descriptor changed after the tail was moved is not seen.", parse_prefetch,
     format_prefetch},
};
const unsigned dd_setting_count = DD_ARRAY_LEN(dd_setting_table);

void dd_settings_default(struct dd_settings *s)
{
    *s = (struct dd_settings){
        .ram_bytes = 256ull << 20,
        .interrupt = DD_IRQ_MSIX,
        .ndis_version = 0x60057,
        .watchdog_s = 10,
        .settle_s = 0.2,
        .oid_limit_s = 12,
        .nb_per_nbl = 1,
        .adapters = 1,
        .send_batch = 16,
        .send_window = 256,
        .link_delay_ns = 1000000,
        .prefetch = true,
        .personality = "modern",
    };
}

int dd_settings_set(struct dd_settings *s, const char *text, char *why, size_t why_bytes)
{
    const char *eq = strchr(text, '='), *names[64];
    char reason[256];

    if (!eq || eq == text) {
        snprintf(why, why_bytes,
                 "setting '%s': write KEY=VALUE, as in iommu=lazy (`drydock settings` lists them)",
                 text);
        return -EINVAL;
    }
    for (unsigned i = 0; i < dd_setting_count; i++) {
        const struct dd_setting *t = &dd_setting_table[i];

        if (strlen(t->name) == (size_t)(eq - text) &&
            strncmp(t->name, text, (size_t)(eq - text)) == 0) {
            int r = t->parse(s, eq + 1, reason, sizeof(reason));

            if (r < 0) {
                snprintf(why, why_bytes, "setting %s: %s", t->name, reason);
            }
            return r;
        }
        names[i] = t->name;
    }
    snprintf(why, why_bytes,
             "unknown setting '%.*s': did you mean '%s'? `drydock settings` lists them",
             (int)(eq - text), text,
             dd_nearest(text, (size_t)(eq - text), names, dd_setting_count));
    return -EINVAL;
}

int dd_settings_check(const struct dd_settings *s, char *why, size_t why_bytes)
{
    if (s->dma.map_registers && s->dma.map_registers_per_transfer > s->dma.map_registers) {
        snprintf(why, why_bytes, "map-registers-per-transfer (%u) is more than map-registers (%u)",
                 s->dma.map_registers_per_transfer, s->dma.map_registers);
        return -EINVAL;
    }
    if (s->dma.address_bits == 24 && s->dma.iommu == DD_DOMAIN_OFF &&
        s->dma.bounce == DD_BOUNCE_NEVER) {
        snprintf(
            why, why_bytes,
            "address-bits=24 with iommu=off and bounce=never leaves nothing the device can reach");
        return -EINVAL;
    }
    return 0;
}
