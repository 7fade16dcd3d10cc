/* SPDX-License-Identifier: MIT */
/* Register windows and I/O port ranges of an adapter. Accesses themselves are in src/nt. */
#include "ndis/adapter_priv.h"

#include "nt/io.h"

struct dd_io_map {
    struct dd_nobj obj;
    void *window;
    UINT len_bytes;
};

struct dd_port_range {
    struct dd_nobj obj;
    void *cookie;
    UINT first, count;
};

void dd_io_map_destroy(void *obj)
{
    struct dd_io_map *m = obj;

    (void)dd_io_unmap(m->window, m->len_bytes);
    dd_nobj_free(m);
}

void dd_port_range_destroy(void *obj)
{
    struct dd_port_range *p = obj;

    (void)dd_io_unmap_ports(p->cookie, p->count);
    dd_nobj_free(p);
}

/* both calls belong into MiniportInitializeEx, after the registration attributes */
static void check_context(const struct dd_adapter *a, const void *site)
{
    if (!a->have_registration) {
        dd_bad_object(a, "hardware claimed before the registration attributes were set", site);
    } else if (!dd_call_inside(DD_ROLE_INITIALIZE)) {
        dd_bad_object(a, "hardware claimed outside MiniportInitializeEx", site);
    }
}

/* [base, base + bytes) lies in a BAR of the wanted kind that the driver was given */
static bool claimed(const struct dd_adapter *a, bool io, uint64_t base, uint64_t bytes)
{
    for (unsigned i = 0; i < 6; i++) {
        const struct dd_bar *b = &a->dev->info.bars[i];

        if (b->size_bytes != 0 && b->io == io && base >= b->base && bytes <= b->size_bytes &&
            base - b->base <= b->size_bytes - bytes) {
            return true;
        }
    }
    return false;
}

static NDIS_STATUS map_io(struct dd_adapter *a, uint64_t base, UINT len_bytes, PVOID *ret_va,
                          const void *site)
{
    struct dd_io_map *m;

    check_context(a, site);
    if (len_bytes == 0 || !claimed(a, false, base, len_bytes)) {
        return NDIS_STATUS_RESOURCE_CONFLICT;
    }
    if (dd_seam_may_fail(DD_FAIL_MAP_IO, site)) {
        return NDIS_STATUS_RESOURCES;
    }
    m = dd_nobj_new(DD_SLOT_IO_MAP, sizeof(*m), a, site);
    if (m == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    m->window = dd_io_map(a->io_index, base, len_bytes);
    m->len_bytes = len_bytes;
    if (m->window == NULL) {
        dd_nobj_free(m);
        return NDIS_STATUS_FAILURE;
    }
    *ret_va = m->window;
    return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS NdisMMapIoSpace(PVOID *VirtualAddress, NDIS_HANDLE MiniportAdapterHandle,
                            NDIS_PHYSICAL_ADDRESS PhysicalAddress, UINT Length)
{
    struct dd_adapter *a;

    DD_API(NdisMMapIoSpace);
    *VirtualAddress = NULL;
    a = dd_adapter_of(MiniportAdapterHandle, DD_SITE());
    if (a == NULL) {
        return NDIS_STATUS_FAILURE;
    }
    return map_io(a, (uint64_t)PhysicalAddress.QuadPart, Length, VirtualAddress, DD_SITE());
}

static bool is_window(const struct dd_nobj *obj, const void *arg)
{
    const struct dd_io_map *want = arg;
    const struct dd_io_map *m = (const struct dd_io_map *)(const void *)obj;

    return m->window == want->window && m->len_bytes == want->len_bytes;
}

VOID NdisMUnmapIoSpace(NDIS_HANDLE MiniportAdapterHandle, PVOID VirtualAddress, UINT Length)
{
    struct dd_io_map want = {.window = VirtualAddress, .len_bytes = Length};
    struct dd_adapter *a;
    void *m;

    DD_API(NdisMUnmapIoSpace);
    a = dd_adapter_of(MiniportAdapterHandle, DD_SITE());
    if (a == NULL) {
        return;
    }
    m = dd_nobj_find_if(DD_SLOT_IO_MAP, a, is_window, &want);
    if (m == NULL) {
        dd_bad_object(VirtualAddress, "no register window with this address and length is mapped",
                      DD_SITE());
        return;
    }
    dd_io_map_destroy(m);
}

static NDIS_STATUS register_ports(struct dd_adapter *a, UINT first, UINT count, PVOID *ret_cookie,
                                  const void *site)
{
    struct dd_port_range *p;

    check_context(a, site);
    if (count == 0 || !claimed(a, true, first, count)) {
        return NDIS_STATUS_RESOURCE_CONFLICT;
    }
    if (dd_seam_may_fail(DD_FAIL_PORT_RANGE, site)) {
        return NDIS_STATUS_RESOURCES;
    }
    p = dd_nobj_new(DD_SLOT_PORT_RANGE, sizeof(*p), a, site);
    if (p == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    p->cookie = dd_io_map_ports(a->io_index, first, count);
    p->first = first;
    p->count = count;
    if (p->cookie == NULL) {
        dd_nobj_free(p);
        return NDIS_STATUS_FAILURE;
    }
    *ret_cookie = p->cookie;
    return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS NdisMRegisterIoPortRange(PVOID *PortOffset, NDIS_HANDLE MiniportAdapterHandle,
                                     UINT InitialPort, UINT NumberOfPorts)
{
    struct dd_adapter *a;

    DD_API(NdisMRegisterIoPortRange);
    *PortOffset = NULL;
    a = dd_adapter_of(MiniportAdapterHandle, DD_SITE());
    if (a == NULL) {
        return NDIS_STATUS_FAILURE;
    }
    return register_ports(a, InitialPort, NumberOfPorts, PortOffset, DD_SITE());
}

static bool is_range(const struct dd_nobj *obj, const void *arg)
{
    const struct dd_port_range *want = arg;
    const struct dd_port_range *p = (const struct dd_port_range *)(const void *)obj;

    return p->cookie == want->cookie && p->first == want->first && p->count == want->count;
}

VOID NdisMDeregisterIoPortRange(NDIS_HANDLE MiniportAdapterHandle, UINT InitialPort,
                                UINT NumberOfPorts, PVOID PortOffset)
{
    struct dd_port_range want = {.cookie = PortOffset,
                                 .first = InitialPort,
                                 .count = NumberOfPorts};
    struct dd_adapter *a;
    void *p;

    DD_API(NdisMDeregisterIoPortRange);
    a = dd_adapter_of(MiniportAdapterHandle, DD_SITE());
    if (a == NULL) {
        return;
    }
    p = dd_nobj_find_if(DD_SLOT_PORT_RANGE, a, is_range, &want);
    if (p == NULL) {
        dd_bad_object(PortOffset, "no such I/O port range is registered", DD_SITE());
        return;
    }
    dd_port_range_destroy(p);
}
