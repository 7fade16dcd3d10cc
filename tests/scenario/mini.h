/* SPDX-License-Identifier: MIT */
/*
 * A small miniport: it takes no notice of hardware but does everything NDIS asks of it, well or
 * badly, as its knobs say. The tests set the knobs and look at the counters; the driver includes
 * nothing of Drydock.
 */
#ifndef DD_TEST_MINI_H
#define DD_TEST_MINI_H

#include <ndis.h>

/* where MiniportInitializeEx gives up */
enum mini_stage {
    MINI_STAGE_NONE,
    MINI_STAGE_FIRST,      /* before anything */
    MINI_STAGE_ATTRIBUTES, /* after the attributes */
    MINI_STAGE_LAST,       /* with everything taken */
};

enum mini_send {
    MINI_SEND_NOW,
    MINI_SEND_KEEP
};
enum mini_oid {
    MINI_OID_NOW,
    MINI_OID_PEND,
    MINI_OID_NEVER,
    MINI_OID_TWICE,
    MINI_OID_OVERRUN,
    MINI_OID_LONG
};
enum mini_how {
    MINI_NOW,
    MINI_PEND,
    MINI_NEVER,
    MINI_FAIL
};

/* what init takes; what is in keep_at_halt is not given back */
#define MINI_TIMER     0x01u
#define MINI_WORK      0x02u
#define MINI_NBL_POOL  0x04u
#define MINI_MEMORY    0x08u
#define MINI_MDL       0x10u
#define MINI_CONFIG    0x20u
#define MINI_IO        0x40u
#define MINI_PORTS     0x80u
#define MINI_INTERRUPT 0x100u
#define MINI_RWLOCK    0x200u
#define MINI_GENERIC   0x400u
#define MINI_ALL       0x7FFu

#define MINI_RX    16
#define MINI_FRAME 64

struct mini_knobs {
    UCHAR minor;        /* NDIS 6.x it is written for */
    ULONG take;         /* MINI_* */
    ULONG keep_at_halt; /* MINI_* leaked by halt or a failing init */
    enum mini_stage fail_at;
    BOOLEAN skip_general;
    enum mini_send send;
    enum mini_how pause, restart, reset;
    enum mini_oid oid;
    BOOLEAN addressing_reset;
    BOOLEAN msi;           /* MsiSupported */
    BOOLEAN msi_sync;      /* MsiSyncWithAllMessages */
    BOOLEAN add_device;    /* register the PnP handlers */
    BOOLEAN drop_messages; /* MiniportFilterResourceRequirements removes the message interrupts */
    BOOLEAN more_pending;  /* the DPC asks for another one, once */
    ULONG indicate_in_dpc; /* NBLs to indicate from the interrupt DPC */
    BOOLEAN hung;          /* MiniportCheckForHangEx says so, once */
    BOOLEAN no_deregister; /* unload forgets NdisMDeregisterMiniportDriver */
    ULONG targets;         /* TargetProcessors of the ISR */
    BOOLEAN no_enable;     /* no MiniportDisableInterruptEx and MiniportEnableInterruptEx */
};

struct mini_state {
    NDIS_HANDLE driver, adapter;
    NDIS_HANDLE pool, timer, work, config, interrupt, generic;
    PNDIS_RW_LOCK_EX rwlock;
    PVOID memory, io, ports;
    PMDL mdl;
    NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS ic;
    PNET_BUFFER_LIST rx[MINI_RX];
    PMDL rx_mdl[MINI_RX];
    PUCHAR rx_data;
    PNET_BUFFER_LIST kept; /* sends not completed, newest first */
    PNDIS_OID_REQUEST oid; /* pended */
    NDIS_STATUS interrupt_status;
    ULONG resources;        /* descriptors of the list */
    ULONG interrupts_given; /* interrupt descriptors of the list */
    USHORT interrupt_flags;
    volatile LONG returned, sends, completes, cancels, isrs, dpcs, oids, timers, works, hang_checks,
        resets, halts;
    volatile LONG pended; /* operations answered with PENDING: pause, restart, reset */
    volatile LONG pnp_events, shutdowns, sync, enables, disables;
    ULONG last_message, last_dpc_message, dpc_cpu, max_nbls;
    PVOID last_dpc_context;
    KIRQL isr_irql, dpc_irql, sync_irql;
    NDIS_HALT_ACTION halt_action;
    ULONG filter, lookahead, multicast_bytes;
    PVOID cancel_id;
};

extern struct mini_knobs mini_knobs;
extern struct mini_state mini;

/* knobs and state as new */
void mini_reset(void);
NTSTATUS mini_entry(PDRIVER_OBJECT object, PUNICODE_STRING path);

/* what the driver does when its "hardware" is done; all as from a DPC */
void mini_complete_kept(NDIS_STATUS status);
/* indicate the first @count receive NBLs, claiming there are @claimed */
void mini_indicate(ULONG count, ULONG claimed, ULONG flags);
void mini_pause_complete(void);
void mini_restart_complete(NDIS_STATUS status);
void mini_reset_complete(NDIS_STATUS status);
void mini_oid_complete(NDIS_STATUS status);
void mini_link(NET_IF_MEDIA_CONNECT_STATE state);

#endif
