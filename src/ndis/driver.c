/* SPDX-License-Identifier: MIT */
/*
 * A driver from load to unload: the DRIVER_OBJECT, DriverEntry, NdisMRegisterMiniportDriver,
 * optional handlers, MiniportDriverUnload.
 */
#include "ndis/adapter_priv.h"
#include "ndis/driver_int.h"

#include "base/log.h"
#include "nt/devobj.h"
#include "nt/handle.h"
#include "nt/pool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERVICES    "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\"
#define PATH_UNITS  256
#define TYPE_DRIVER 4 /* DRIVER_OBJECT.Type */

/* a driver and what Windows keeps around it */
struct loaded {
    struct dd_driver driver;
    DRIVER_OBJECT object;
    DRIVER_EXTENSION extension;
    UNICODE_STRING path;
    WCHAR path_buf[PATH_UNITS];
    WCHAR name_buf[PATH_UNITS];
};

static void string_set(UNICODE_STRING *s, WCHAR *buf, const char *utf8)
{
    size_t units = dd_utf8_to_utf16(utf8, buf, PATH_UNITS);

    if (units >= PATH_UNITS) {
        units = PATH_UNITS - 1;
    }
    s->Buffer = buf;
    s->Length = (USHORT)(units * sizeof(WCHAR));
    s->MaximumLength = (USHORT)(s->Length + sizeof(WCHAR));
}

static int loaded_new(const char *service, struct loaded **ret)
{
    struct loaded *l = calloc(1, sizeof(*l));
    char path[PATH_UNITS];
    int n;

    if (l == NULL) {
        return -ENOMEM;
    }
    l->driver.magic = DD_MAGIC_DRIVER;
    l->driver.object = &l->object;
    dd_list_init(&l->driver.adapters);
    l->object.Type = TYPE_DRIVER;
    l->object.Size = sizeof(l->object);
    l->object.DriverExtension = &l->extension;
    l->extension.DriverObject = &l->object;
    n = snprintf(path, sizeof(path), SERVICES "%s", service);
    if (n < 0 || (size_t)n >= sizeof(path)) {
        free(l);
        return -EINVAL;
    }
    string_set(&l->path, l->path_buf, path);
    string_set(&l->object.DriverName, l->name_buf, service);
    l->driver.service_key = dd_key_open(path, true);
    if (l->driver.service_key != NULL) {
        l->driver.parameters_key = dd_key_child(l->driver.service_key, "Parameters", true);
    }
    if (l->driver.parameters_key == NULL) {
        free(l);
        return -ENOMEM;
    }
    *ret = l;
    return 0;
}

/* what a driver left behind when it is gone; blocks without an owner are counted when it was the
 * last one */
static unsigned report_leaks(struct dd_driver *d, bool failed)
{
    unsigned leaks = 0;

    if (d->registered) {
        DD_SEAM(.kind = DD_EV_LEAK, .obj = d, .a = DD_LEAK_OTHER, .c = failed,
                .data = "miniport driver registration");
        d->registered = false;
        leaks++;
    }
    leaks += dd_ndis_report_leaks(d, NULL, failed);
    if (dd_drivers_alive() == 1) {
        leaks += dd_ndis_report_leaks(NULL, NULL, failed);
        leaks += dd_irp_report_leaks(failed);
        leaks += dd_handle_report_leaks(failed);
    }
    return leaks;
}

int dd_ndis_load(dd_driver_entry *entry, const char *service, NTSTATUS *ret_status,
                 struct dd_driver **ret_driver)
{
    struct loaded *l = NULL;
    NTSTATUS status = STATUS_UNSUCCESSFUL;
    int r = loaded_new(service, &l);

    if (r < 0) {
        return r;
    }
    r = dd_driver_publish(&l->driver);
    if (r < 0) {
        free(l);
        return r;
    }
    DD_CALL(DD_ROLE_DRIVER_ENTRY, "DriverEntry", NULL, status = entry(&l->object, &l->path));
    *ret_status = status;
    if (!NT_SUCCESS(status) || !l->driver.registered) {
        (void)report_leaks(&l->driver, true);
        dd_driver_withdraw(&l->driver);
        free(l);
        return -EPROTO;
    }
    *ret_driver = &l->driver;
    return 0;
}

unsigned dd_ndis_unload(struct dd_driver *driver)
{
    unsigned leaks;

    dd_assert(dd_list_empty(&driver->adapters));
    if (driver->registered && driver->chars.UnloadHandler != NULL) {
        DD_CALL(DD_ROLE_UNLOAD, "MiniportDriverUnload", NULL,
                driver->chars.UnloadHandler(driver->object));
    } else if (driver->object->DriverUnload != NULL) {
        DD_CALL(DD_ROLE_UNLOAD, "DriverUnload", NULL, driver->object->DriverUnload(driver->object));
    }
    dd_work_flush();
    dd_dpc_flush();
    leaks = report_leaks(driver, false);
    dd_driver_withdraw(driver);
    driver->magic = 0;
    free(DD_CONTAINER(driver, struct loaded, driver));
    return leaks;
}

/* --- registration --- */

static size_t chars_size(unsigned revision)
{
    switch (revision) {
    case NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_1:
        return NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_1;
    case NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2:
        return NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2;
    case NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_3:
        return NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_3;
    default:
        return 0;
    }
}

/* Which handlers may be missing is not said in one place; these every page calls required, and
 * nothing works without them. */
static bool chars_complete(const NDIS_MINIPORT_DRIVER_CHARACTERISTICS *c)
{
    return c->InitializeHandlerEx != NULL && c->HaltHandlerEx != NULL && c->PauseHandler != NULL &&
           c->RestartHandler != NULL && c->OidRequestHandler != NULL &&
           c->SendNetBufferListsHandler != NULL;
}

static NDIS_STATUS chars_check(const NDIS_MINIPORT_DRIVER_CHARACTERISTICS *c)
{
    size_t need;
    unsigned version;

    if (c->Header.Type != NDIS_OBJECT_TYPE_MINIPORT_DRIVER_CHARACTERISTICS) {
        return NDIS_STATUS_BAD_CHARACTERISTICS;
    }
    need = chars_size(c->Header.Revision);
    if (need == 0) {
        return NDIS_STATUS_BAD_VERSION;
    }
    if (c->Header.Size < need) {
        return NDIS_STATUS_BAD_CHARACTERISTICS;
    }
    version = (unsigned)c->MajorNdisVersion << 16 | c->MinorNdisVersion;
    if (c->MajorNdisVersion < 6 || version > dd_ndis_runtime_version()) {
        return NDIS_STATUS_BAD_VERSION;
    }
    if ((c->Flags & (NDIS_INTERMEDIATE_DRIVER | NDIS_WDM_DRIVER)) == NDIS_INTERMEDIATE_DRIVER) {
        return NDIS_STATUS_NOT_SUPPORTED;
    }
    return chars_complete(c) ? NDIS_STATUS_SUCCESS : NDIS_STATUS_BAD_CHARACTERISTICS;
}

static NDIS_STATUS set_options(struct dd_driver *d)
{
    NDIS_STATUS status = NDIS_STATUS_SUCCESS;

    if (d->chars.SetOptionsHandler != NULL) {
        DD_CALL(DD_ROLE_SET_OPTIONS, "MiniportSetOptions", NULL,
                status = d->chars.SetOptionsHandler((NDIS_HANDLE)d, d->context));
    }
    return status;
}

NDIS_STATUS dd_driver_register(struct dd_driver *d, NDIS_HANDLE context,
                               const NDIS_MINIPORT_DRIVER_CHARACTERISTICS *chars,
                               NDIS_HANDLE *ret_handle, const void *site)
{
    NDIS_STATUS status = chars_check(chars);
    size_t bytes;

    if (status != NDIS_STATUS_SUCCESS) {
        DD_SEAM(.kind = DD_EV_DRIVER_REGISTERED, .site = site, .obj = d,
                .a = (uint64_t)chars->MajorNdisVersion << 16 | chars->MinorNdisVersion,
                .b = (uint32_t)status);
        return status;
    }
    if (d->registered) {
        dd_bad_object(d, "a second miniport driver registration for one DRIVER_OBJECT", site);
        return NDIS_STATUS_FAILURE;
    }
    if (dd_seam_may_fail(DD_FAIL_REGISTER_DRIVER, site)) {
        return NDIS_STATUS_RESOURCES;
    }
    bytes = chars_size(chars->Header.Revision);
    memset(&d->chars, 0, sizeof(d->chars));
    memcpy(&d->chars, chars, bytes < sizeof(d->chars) ? bytes : sizeof(d->chars));
    memset(&d->pnp, 0, sizeof(d->pnp));
    d->context = context;
    d->ndis_version = (unsigned)chars->MajorNdisVersion << 16 | chars->MinorNdisVersion;
    d->registered = true;
    *ret_handle = (NDIS_HANDLE)d;
    DD_SEAM(.kind = DD_EV_DRIVER_REGISTERED, .site = site, .obj = d, .a = d->ndis_version);
    status = set_options(d);
    if (status != NDIS_STATUS_SUCCESS) {
        d->registered = false;
    }
    return status;
}

NDIS_STATUS NdisMRegisterMiniportDriver(
    PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath, NDIS_HANDLE MiniportDriverContext,
    PNDIS_MINIPORT_DRIVER_CHARACTERISTICS MiniportDriverCharacteristics,
    PNDIS_HANDLE NdisMiniportDriverHandle)
{
    struct dd_driver *d;

    DD_API(NdisMRegisterMiniportDriver);
    d = dd_driver_of_object(DriverObject);
    if (d == NULL || RegistryPath == NULL || MiniportDriverCharacteristics == NULL ||
        NdisMiniportDriverHandle == NULL) {
        dd_bad_object(DriverObject,
                      "NdisMRegisterMiniportDriver with a wrong DRIVER_OBJECT or a NULL argument",
                      DD_SITE());
        return NDIS_STATUS_FAILURE;
    }
    return dd_driver_register(d, MiniportDriverContext, MiniportDriverCharacteristics,
                              NdisMiniportDriverHandle, DD_SITE());
}

VOID NdisMDeregisterMiniportDriver(NDIS_HANDLE NdisMiniportDriverHandle)
{
    struct dd_driver *d;

    DD_API(NdisMDeregisterMiniportDriver);
    d = dd_driver_from_handle(NdisMiniportDriverHandle);
    if (d == NULL || !d->registered) {
        dd_bad_object(NdisMiniportDriverHandle, "not the handle of a registered miniport driver",
                      DD_SITE());
        return;
    }
    d->registered = false;
}

/* --- optional handlers --- */

static NDIS_STATUS set_pnp(struct dd_driver *d, const NDIS_MINIPORT_PNP_CHARACTERISTICS *pnp)
{
    if (pnp->Header.Revision != NDIS_MINIPORT_PNP_CHARACTERISTICS_REVISION_1 ||
        pnp->Header.Size < RTL_SIZEOF_THROUGH_FIELD(NDIS_MINIPORT_PNP_CHARACTERISTICS,
                                                    MiniportFilterResourceRequirementsHandler)) {
        return NDIS_STATUS_FAILURE;
    }
    memset(&d->pnp, 0, sizeof(d->pnp));
    memcpy(&d->pnp, pnp, pnp->Header.Size < sizeof(d->pnp) ? pnp->Header.Size : sizeof(d->pnp));
    return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS NdisSetOptionalHandlers(NDIS_HANDLE NdisHandle,
                                    PNDIS_DRIVER_OPTIONAL_HANDLERS OptionalHandlers)
{
    struct dd_driver *d;

    DD_API(NdisSetOptionalHandlers);
    d = dd_driver_from_handle(NdisHandle);
    if (d == NULL || OptionalHandlers == NULL) {
        dd_bad_object(NdisHandle, "not a driver handle", DD_SITE());
        return NDIS_STATUS_FAILURE;
    }
    if (!dd_call_inside(DD_ROLE_SET_OPTIONS)) {
        dd_bad_object(NdisHandle, "NdisSetOptionalHandlers outside MiniportSetOptions", DD_SITE());
        return NDIS_STATUS_FAILURE;
    }
    switch (OptionalHandlers->Type) {
    case NDIS_OBJECT_TYPE_MINIPORT_PNP_CHARACTERISTICS:
        return set_pnp(d,
                       (const NDIS_MINIPORT_PNP_CHARACTERISTICS *)(const void *)OptionalHandlers);
    case NDIS_OBJECT_TYPE_MINIPORT_SS_CHARACTERISTICS:
        /* selective suspend: accepted, since idle notifications are never sent */
        return NDIS_STATUS_SUCCESS;
    default:
        dd_log(DD_LOG_INFO, "NdisSetOptionalHandlers: handlers of type 0x%02x are not supported",
               OptionalHandlers->Type);
        return NDIS_STATUS_NOT_SUPPORTED;
    }
}
