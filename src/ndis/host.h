/* SPDX-License-Identifier: MIT */
/*
 * The host side of NDIS: what plays Windows above and around a miniport. Called by src/run and
 * tests from a context (nt/sched.h) at PASSIVE_LEVEL unless it says otherwise.
 *
 *   load -> adapter_new -> initialize -> restart -> send ... -> pause -> halt -> adapter_free ->
 * unload
 *
 * Each step of the state machine may be asked for only in its state (send-path.md section 4);
 * otherwise -EPROTO.
 */
#ifndef DD_NDIS_HOST_H
#define DD_NDIS_HOST_H

#include "ndis/ndis_int.h"

typedef NTSTATUS dd_driver_entry(PDRIVER_OBJECT object, PUNICODE_STRING registry_path);

/* dd_ndis_load - make the DRIVER_OBJECT, call @entry at PASSIVE_LEVEL. @service: name of the
 * service key. *ret_status: what DriverEntry returned. 0; -EPROTO DriverEntry failed or registered
 * no miniport (and undid it); -ENOMEM */
int dd_ndis_load(dd_driver_entry *entry, const char *service, NTSTATUS *ret_status,
                 struct dd_driver **ret_driver);
/* dd_ndis_unload - MiniportDriverUnload; all adapters are gone. Reports leaks of the driver;
 * returns their number. The last unload reports every block of pool memory and every MDL that is
 * left, so the host frees its own before */
unsigned dd_ndis_unload(struct dd_driver *driver);

enum dd_ndis_offload {
    DD_NDIS_OFFLOAD_CHECKSUM = 1,
    DD_NDIS_OFFLOAD_LARGE = 2
};

struct dd_adapter_config {
    const char *name; /* friendly name */
    struct dd_dev *dev;
    struct dd_domain *domain;
    struct dd_ram *ram;
    const struct dd_dma_policy *dma_policy; /* must outlive the adapter */
    enum dd_irq_mode irq_mode;
    struct dd_key *software_key, *hardware_key;
    struct dd_upper upper;
    unsigned cpus;
    uint32_t packet_filter;  /* set when running */
    uint32_t offload;        /* enum dd_ndis_offload: what to ask the miniport for */
    bool rss;                /* switch RSS on where the miniport offers it */
    bool send_start_oids;    /* play the sequence Windows sends at start (oids-and-offloads 1.9) */
    uint32_t oid_timeout_ms; /* default 12000 */
    uint32_t pause_timeout_ms; /* default 10000 */
    uint32_t hang_check_ms;    /* 0: as the driver says */
    uint32_t rx_max_nbls;      /* NDIS_RECEIVE_THROTTLE_PARAMETERS.MaxNblsToIndicate; 0: no cap */
};
int dd_ndis_adapter_new(struct dd_driver *driver, const struct dd_adapter_config *config,
                        struct dd_adapter **ret_adapter);
void dd_ndis_adapter_free(struct dd_adapter *a);
/* dd_ndis_remove_requested - the driver called NdisMRemoveMiniport; NDIS halts it from a worker */
bool dd_ndis_remove_requested(struct dd_adapter *a);

/* the device calls these through dd_dev_host: any thread */
void dd_ndis_device_interrupt(struct dd_adapter *a, unsigned vector, bool level);
/* dd_ndis_enable_interrupts - MiniportEnable/DisableInterruptEx or their message forms, at DIRQL
 * under the interrupt's lock; from PASSIVE_LEVEL. Nothing without a registered interrupt */
void dd_ndis_enable_interrupts(struct dd_adapter *a, bool enable);

/* --- state machine. *ret_status (may be NULL): the driver's NDIS_STATUS. 0; -EPROTO wrong state; -EIO the driver
 * failed it; -ETIMEDOUT it never completed (a watchdog event is reported) --- */
int dd_ndis_initialize(struct dd_adapter *a, NDIS_STATUS *ret_status);
int dd_ndis_restart(struct dd_adapter *a, NDIS_STATUS *ret_status);
int dd_ndis_pause(struct dd_adapter *a, NDIS_STATUS *ret_status);
int dd_ndis_reset(struct dd_adapter *a, NDIS_STATUS *ret_status);
int dd_ndis_halt(struct dd_adapter *a,
                 NDIS_HALT_ACTION action); /* pauses first when running; leak report */
/* dd_ndis_surprise_remove - the device is gone already: PnP event, pause, halt with
 * NdisHaltDeviceSurpriseRemoved */
int dd_ndis_surprise_remove(struct dd_adapter *a);
int dd_ndis_shutdown(struct dd_adapter *a, NDIS_SHUTDOWN_ACTION action);

/* --- data. dd_ndis_send: IRQL <= DISPATCH; a chain the upper edge owns; comes back through upper.send_complete.
 * Outside Running each NBL is completed at once with NDIS_STATUS_PAUSED, as NDIS does --- */
void dd_ndis_send(struct dd_adapter *a, PNET_BUFFER_LIST chain, ULONG send_flags);
void dd_ndis_cancel(struct dd_adapter *a, PVOID cancel_id);
void dd_ndis_return(struct dd_adapter *a, PNET_BUFFER_LIST chain, ULONG return_flags);

/* --- OIDs: one at a time; waits for completion. *ret_bytes: written (query) or read (set) --- */
NDIS_STATUS dd_ndis_query(struct dd_adapter *a, NDIS_OID oid, void *buf, ULONG len_bytes,
                          ULONG *ret_bytes);
NDIS_STATUS dd_ndis_set(struct dd_adapter *a, NDIS_OID oid, const void *buf, ULONG len_bytes);
NDIS_STATUS dd_ndis_method(struct dd_adapter *a, NDIS_OID oid, void *buf, ULONG in_bytes,
                           ULONG out_bytes, ULONG *ret_bytes);
/* dd_ndis_start_sequence - the OIDs Windows sends after initialize and at binding, with
 * @packet_filter last */
void dd_ndis_start_sequence(struct dd_adapter *a);

struct dd_ndis_stats {
    uint64_t nbls_sent, nbs_sent, bytes_sent, nbls_completed, nbls_failed;
    uint64_t nbls_received, bytes_received, nbls_returned, indications;
    uint64_t interrupts, dpcs;
    uint64_t oids;
    uint64_t leaks;
};
void dd_ndis_get_stats(struct dd_adapter *a, struct dd_ndis_stats *ret_stats);
void dd_ndis_dma_stats(struct dd_adapter *a, struct dd_dma_stats *ret_stats);
/* sends handed to the miniport and not completed; receives not returned */
uint64_t dd_ndis_sends_outstanding(struct dd_adapter *a);
uint64_t dd_ndis_receives_outstanding(struct dd_adapter *a);

#endif
