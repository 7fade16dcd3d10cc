/* SPDX-License-Identifier: MIT */
/*
 * Setting RSS: complete first, then the table alone, and off at the end.
 *
 * The CPUs are those the keywords leave, at most as many as the miniport has receive queues. The
 * key is Microsoft's published one, so that hashes are the same in every run.
 */
#include "ndis/rss.h"

#include "base/check.h"
#include "base/clock.h"
#include "ndis/adapter_priv.h"
#include "nt/config.h"

#include <stdlib.h>
#include <string.h>

#define POISON      0xa5
#define LEVEL(m, n) ((unsigned)(m) << 16 | (n))

static const uint8_t key_bytes[DD_TOEPLITZ_KEY_BYTES] = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e,
                                                         0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
                                                         0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae,
                                                         0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
                                                         0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7,
                                                         0x3b, 0xbe, 0xac, 0x01, 0xfa};

/* --- keywords --- */

/* a number in the software key, as text or as a DWORD; @none: it is not there or is no number */
static unsigned keyword(struct dd_adapter *a, const char *name, unsigned none)
{
    uint32_t type = 0;
    const void *data = NULL;
    size_t len = 0;
    char text[12] = "";
    char *end;
    unsigned long v;

    if (a->priv->config.software_key == NULL ||
        dd_key_get(a->priv->config.software_key, name, &type, &data, &len) < 0) {
        return none;
    }
    if (type == REG_DWORD && len >= sizeof(uint32_t)) {
        uint32_t dword;

        memcpy(&dword, data, sizeof(dword));
        return dword;
    }
    for (size_t i = 0; type == REG_SZ && 2 * i + 1 < len && i < sizeof(text) - 1; i++) {
        text[i] = ((const char *)data)[2 * i];
    }
    v = strtoul(text, &end, 10);
    return end != text && *end == '\0' && v <= 65535 ? (unsigned)v : none;
}

unsigned dd_rss_cpus(struct dd_adapter *a, uint8_t *ret_cpus)
{
    unsigned all = dd_cpu_count(), base = keyword(a, "*RssBaseProcNumber", 0), n = 0;
    unsigned most = keyword(a, "*MaxRssProcessors", all);

    if (base >= all) {
        base = 0;
    }
    for (unsigned cpu = base; cpu < all && (n < most || n == 0); cpu++) {
        ret_cpus[n++] = (uint8_t)cpu;
    }
    return n;
}

/* --- what is set --- */

static uint32_t types_of(ULONG caps)
{
    static const struct {
        ULONG cap;
        uint32_t types;
    } rows[] = {
        {NDIS_RSS_CAPS_HASH_TYPE_TCP_IPV4, NDIS_HASH_TCP_IPV4 | NDIS_HASH_IPV4},
        {NDIS_RSS_CAPS_HASH_TYPE_TCP_IPV6, NDIS_HASH_TCP_IPV6 | NDIS_HASH_IPV6},
        {NDIS_RSS_CAPS_HASH_TYPE_TCP_IPV6_EX, NDIS_HASH_TCP_IPV6_EX | NDIS_HASH_IPV6_EX},
    };
    uint32_t types = 0;

    for (size_t i = 0; i < DD_ARRAY_LEN(rows); i++) {
        types |= (caps & rows[i].cap) != 0 ? rows[i].types : 0;
    }
    return types;
}

static unsigned entries_of(const NDIS_RECEIVE_SCALE_CAPABILITIES *caps)
{
    return caps->Header.Revision >= 2 ? caps->NumberOfIndirectionTableEntries : DD_RSS_ENTRIES_MAX;
}

/* the @turn th table: entries in turns, the first half of them moved on each time */
static void fill_table(struct dd_adapter *a, const NDIS_RECEIVE_SCALE_CAPABILITIES *caps,
                       unsigned turn, struct dd_rss_state *s)
{
    uint8_t cpus[DD_CPUS_MAX];
    unsigned n = dd_rss_cpus(a, cpus);

    n = (unsigned)dd_min_u64(n, caps->NumberOfReceiveQueues);
    n = (unsigned)dd_min_u64(n, keyword(a, "*NumRssQueues", n));
    n = n == 0 ? 1 : n;
    for (unsigned i = 0; i < s->entries; i++) {
        s->cpu[i] = cpus[(i + (i < s->entries / 2 ? turn : 0)) % n];
    }
}

static void put_table(const struct dd_rss_state *s, bool numbers, unsigned char *out)
{
    for (unsigned i = 0; i < s->entries; i++) {
        PROCESSOR_NUMBER number = {.Number = s->cpu[i]};

        if (numbers) {
            memcpy(out + i * sizeof(number), &number, sizeof(number));
        } else {
            out[i] = s->cpu[i];
        }
    }
}

static void put_masks(const struct dd_rss_state *s, NDIS_RECEIVE_SCALE_PARAMETERS *p,
                      unsigned char *out)
{
    GROUP_AFFINITY mask;

    memset(&mask, 0, sizeof(mask));
    for (unsigned i = 0; i < s->entries; i++) {
        mask.Mask |= (KAFFINITY)1 << s->cpu[i];
    }
    p->ProcessorMasksOffset =
        (ULONG)((p->HashSecretKeyOffset + p->HashSecretKeySize + 7u) & ~(size_t)7);
    p->NumberOfProcessorMasks = 1;
    p->ProcessorMasksEntrySize = sizeof(mask);
    memcpy(out + p->ProcessorMasksOffset, &mask, sizeof(mask));
}

ULONG dd_rss_build(const struct dd_rss_state *s, unsigned ndis_version, bool table_only,
                   unsigned char *out)
{
    bool numbers = ndis_version >= LEVEL(6, 20), third = ndis_version >= LEVEL(6, 60);
    ULONG size = third     ? NDIS_SIZEOF_RECEIVE_SCALE_PARAMETERS_REVISION_3
                 : numbers ? NDIS_SIZEOF_RECEIVE_SCALE_PARAMETERS_REVISION_2
                           : NDIS_SIZEOF_RECEIVE_SCALE_PARAMETERS_REVISION_1;
    NDIS_RECEIVE_SCALE_PARAMETERS p;
    ULONG length;

    memset(out, 0, DD_RSS_BUFFER_MAX);
    memset(&p, 0, sizeof(p));
    p.Header.Type = NDIS_OBJECT_TYPE_RSS_PARAMETERS;
    p.Header.Revision = third ? 3 : numbers ? 2 : 1;
    p.Header.Size = (USHORT)size;
    p.HashInformation = s->types | NdisHashFunctionToeplitz;
    p.IndirectionTableSize = (USHORT)(s->entries * (numbers ? sizeof(PROCESSOR_NUMBER) : 1));
    p.IndirectionTableOffset = size;
    p.HashSecretKeySize = sizeof(s->key);
    p.HashSecretKeyOffset = p.IndirectionTableOffset + p.IndirectionTableSize;
    put_table(s, numbers, out + p.IndirectionTableOffset);
    memcpy(out + p.HashSecretKeyOffset, s->key, sizeof(s->key));
    length = p.HashSecretKeyOffset + p.HashSecretKeySize;
    if (table_only) {
        p.Flags = NDIS_RSS_PARAM_FLAG_BASE_CPU_UNCHANGED | NDIS_RSS_PARAM_FLAG_HASH_INFO_UNCHANGED |
                  NDIS_RSS_PARAM_FLAG_HASH_KEY_UNCHANGED |
                  (third ? NDIS_RSS_PARAM_FLAG_DEFAULT_PROCESSOR_UNCHANGED : 0);
        /* whoever takes this key although it is unchanged has wrong hashes from now on */
        memset(out + p.HashSecretKeyOffset, POISON, sizeof(s->key));
    }
    if (numbers) {
        put_masks(s, &p, out);
        length = p.ProcessorMasksOffset + p.ProcessorMasksEntrySize;
    }
    p.DefaultProcessorNumber.Number = s->cpu[0];
    memcpy(out, &p, size);
    return length;
}

/* --- the requests --- */

/* the new state holds from before the request on: the miniport may go by it before its handler has
 * returned. Refused: as before */
static bool set_state(struct dd_adapter *a, const struct dd_rss_state *s, bool table_only)
{
    struct dd_rss *r = &a->priv->rss;
    struct dd_rss_state old;
    _Alignas(8) unsigned char buf[DD_RSS_BUFFER_MAX];
    ULONG length = dd_rss_build(s, a->driver->ndis_version, table_only, buf);
    bool was = atomic_load(&r->on), done;

    dd_mutex_lock(&r->lock);
    old = r->state;
    r->state = *s;
    memcpy(r->state.before, was ? old.cpu : s->cpu, sizeof(old.cpu));
    r->state.changing = true;
    r->changed_ns = 0;
    dd_mutex_unlock(&r->lock);
    atomic_store(&r->on, true);
    done = dd_ndis_set(a, OID_GEN_RECEIVE_SCALE_PARAMETERS, buf, length) == NDIS_STATUS_SUCCESS;
    dd_mutex_lock(&r->lock);
    r->changed_ns = dd_clock_ns();
    if (!done) {
        r->state = old;
    }
    dd_mutex_unlock(&r->lock);
    if (!done) {
        atomic_store(&r->on, was);
    }
    return done;
}

static const NDIS_RECEIVE_SCALE_CAPABILITIES *usable(struct dd_adapter *a)
{
    const NDIS_RECEIVE_SCALE_CAPABILITIES *caps = a->priv->attr.rss;

    return a->priv->config.rss && caps != NULL && keyword(a, "*RSS", 1) != 0 &&
                   dd_rss_caps_check(caps, a->driver->ndis_version) == DD_RSS_CAPS_OK
               ? caps
               : NULL;
}

void dd_ndis_rss_start(struct dd_adapter *a)
{
    const NDIS_RECEIVE_SCALE_CAPABILITIES *caps = usable(a);
    struct dd_rss_state s;

    if (caps == NULL) {
        return;
    }
    memset(&s, 0, sizeof(s));
    s.types = types_of(caps->CapabilitiesFlags);
    memcpy(s.key, key_bytes, sizeof(s.key));
    s.entries = entries_of(caps);
    a->priv->rss.tables = 0;
    fill_table(a, caps, 0, &s);
    (void)set_state(a, &s, false);
}

bool dd_ndis_rss_rebalance(struct dd_adapter *a)
{
    const NDIS_RECEIVE_SCALE_CAPABILITIES *caps = usable(a);
    struct dd_rss *r = &a->priv->rss;
    struct dd_rss_state s;

    if (caps == NULL || !atomic_load(&r->on)) {
        return false;
    }
    dd_mutex_lock(&r->lock);
    s = r->state;
    dd_mutex_unlock(&r->lock);
    r->tables++;
    fill_table(a, caps, r->tables, &s);
    return set_state(a, &s, true);
}

void dd_ndis_rss_stop(struct dd_adapter *a)
{
    _Alignas(8) unsigned char buf[DD_RSS_BUFFER_MAX];
    ULONG length;
    NDIS_RECEIVE_SCALE_PARAMETERS *p = (void *)buf;

    if (!atomic_exchange(&a->priv->rss.on, false)) {
        return;
    }
    length = dd_rss_build(&a->priv->rss.state, a->driver->ndis_version, false, buf);
    p->Flags = NDIS_RSS_PARAM_FLAG_DISABLE_RSS;
    p->HashInformation = 0;
    (void)dd_ndis_set(a, OID_GEN_RECEIVE_SCALE_PARAMETERS, buf, length);
}

bool dd_ndis_rss_is_on(const struct dd_adapter *a)
{
    return atomic_load(&a->priv->rss.on);
}
