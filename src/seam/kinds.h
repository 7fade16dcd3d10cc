/* SPDX-License-Identifier: MIT */
/* Values carried by events: shared by the rooms that report and the listeners. */
#ifndef DD_SEAM_KINDS_H
#define DD_SEAM_KINDS_H

enum dd_dir {
    DD_DIR_TO_DEVICE = 1,   /* the device reads: send */
    DD_DIR_FROM_DEVICE = 2, /* the device writes: receive */
    DD_DIR_BOTH = 3,
};

enum dd_adapter_state {
    DD_STATE_HALTED,
    DD_STATE_INITIALIZING,
    DD_STATE_PAUSED,
    DD_STATE_RESTARTING,
    DD_STATE_RUNNING,
    DD_STATE_PAUSING,
    DD_STATE_SHUTDOWN,
};

/* what a driver callback is for */
enum dd_role {
    DD_ROLE_DRIVER_ENTRY,
    DD_ROLE_UNLOAD,
    DD_ROLE_SET_OPTIONS,
    DD_ROLE_ADD_DEVICE,
    DD_ROLE_REMOVE_DEVICE,
    DD_ROLE_FILTER_RESOURCES,
    DD_ROLE_START_DEVICE,
    DD_ROLE_INITIALIZE,
    DD_ROLE_HALT,
    DD_ROLE_PAUSE,
    DD_ROLE_RESTART,
    DD_ROLE_RESET,
    DD_ROLE_SHUTDOWN,
    DD_ROLE_CHECK_FOR_HANG,
    DD_ROLE_PNP_EVENT,
    DD_ROLE_OID,
    DD_ROLE_CANCEL_OID,
    DD_ROLE_DIRECT_OID,
    DD_ROLE_SEND,
    DD_ROLE_CANCEL_SEND,
    DD_ROLE_RETURN,
    DD_ROLE_PROCESS_SG_LIST,
    DD_ROLE_SHMEM_COMPLETE,
    DD_ROLE_ISR,
    DD_ROLE_INTERRUPT_DPC,
    DD_ROLE_ENABLE_INTERRUPT,
    DD_ROLE_DISABLE_INTERRUPT,
    DD_ROLE_SYNCHRONIZE,
    DD_ROLE_TIMER,
    DD_ROLE_WORK_ITEM,
    DD_ROLE_DPC,
    DD_ROLE_THREAD,
    DD_ROLE_ADAPTER_CONTROL,
    DD_ROLE_DISPATCH,
    DD_ROLE_POLL,
    DD_ROLE_SET_POLL_NOTIFICATION,
    DD_ROLE_OTHER,
    DD_ROLE_COUNT
};

enum dd_sg_reject {
    DD_SG_OK,
    DD_SG_BAD_TYPE,
    DD_SG_BAD_REVISION,
    DD_SG_BAD_SIZE,
    DD_SG_NO_ATTRIBUTES,
    DD_SG_NOT_BUS_MASTER,
    DD_SG_OLD_DRIVER,
    DD_SG_UNKNOWN_FLAGS,
    DD_SG_NO_MEMORY,
};

/* why a scatter/gather list is not built */
enum dd_sgl_refuse {
    DD_SGL_OK,
    DD_SGL_NO_MEMORY,
    DD_SGL_TOO_MANY_REGISTERS, /* more than one transfer may need */
    DD_SGL_UNREACHABLE,        /* out of the device's reach, and bounce=never */
    DD_SGL_WINDOW,             /* more bytes than the MDL chain has */
    DD_SGL_NO_HANDLER,         /* ProcessSGListHandler was NULL at registration */
    DD_SGL_BAD_HANDLE,         /* unknown or deregistered */
    DD_SGL_INJECTED,           /* the fault injector */
    DD_SGL_BUFFER_TOO_SMALL,   /* BuildScatterGatherList only */
    DD_SGL_BUSY,               /* a request that may not wait, and registers are busy */
};

enum dd_shmem_reject {
    DD_SHMEM_OK,
    DD_SHMEM_NO_REGISTRATION,
    DD_SHMEM_NO_MEMORY,
    DD_SHMEM_OUTSIDE_INIT,
    DD_SHMEM_NO_HANDLER,
    DD_SHMEM_CHANNEL_ONLY,
    DD_SHMEM_ZERO_LENGTH,
    DD_SHMEM_BAD_HANDLE,
    DD_SHMEM_HALTING,
};

/* why a DMA channel is not registered, or a transfer on it not set up or not completed well */
enum dd_channel_reject {
    DD_CHANNEL_OK,
    DD_CHANNEL_NO_ATTRIBUTES, /* registration attributes not set */
    DD_CHANNEL_BUS,           /* InterfaceType out of range */
    DD_CHANNEL_BUS_MASTER,    /* a bus master on another bus than ISA */
    DD_CHANNEL_DESCRIPTION,   /* a value of NDIS_DMA_DESCRIPTION out of range */
    DD_CHANNEL_NONE,          /* none named, none among the adapter's resources */
    DD_CHANNEL_NOT_ASSIGNED,  /* one named that is not among them */
    DD_CHANNEL_TAKEN,
    DD_CHANNEL_NO_MEMORY,
    DD_CHANNEL_BUSY,   /* a transfer is set up */
    DD_CHANNEL_LENGTH, /* none, more than registered or than a page, odd on 16 bits */
    DD_CHANNEL_OUTSIDE_MDL,
    DD_CHANNEL_UNREACHABLE, /* the controller cannot reach the memory, and it may not be bounced */
    DD_CHANNEL_IS_MASTER,   /* the channel is a bus master's: no transfers */
    DD_CHANNEL_NO_TRANSFER, /* nothing is set up */
    DD_CHANNEL_MISMATCH,    /* completed with other values than set up */
    DD_CHANNEL_BAD_HANDLE,
    DD_CHANNEL_INJECTED,
};

enum dd_shmem_match {
    DD_MATCH_EXACT,
    DD_MATCH_UNKNOWN,
    DD_MATCH_FREED,
    DD_MATCH_LENGTH,
    DD_MATCH_PHYSICAL,
    DD_MATCH_CACHED,
    DD_MATCH_INSIDE, /* pointer inside a block: a partial free */
    DD_MATCH_OTHER_ADAPTER,
};

/* who owns a NET_BUFFER_LIST */
enum dd_nbl_owner {
    DD_NBL_UNKNOWN,       /* never seen */
    DD_NBL_MINIPORT_SEND, /* handed to the miniport, not completed */
    DD_NBL_COMPLETED,     /* was completed, is the upper edge's again */
    DD_NBL_MINIPORT_POOL, /* the miniport's own, from its pool */
    DD_NBL_INDICATED,     /* the miniport's own, with the upper edge until returned */
};

enum dd_rx_defect {
    DD_RX_OK,
    DD_RX_SOURCE_HANDLE,
    DD_RX_NO_NET_BUFFER,
    DD_RX_WINDOW,
    DD_RX_MDL_UNMAPPED,
    DD_RX_TOO_SHORT,
    DD_RX_MANY_NET_BUFFERS,
    DD_RX_STATUS,
    DD_RX_FOREIGN,   /* not a NET_BUFFER_LIST of any pool, or freed: its fields must not be read */
    DD_RX_NOT_OWNED, /* not the miniport's at this time, see owner */
};

/* what a received list says about its hash, and where it comes */
enum dd_rss_defect {
    DD_RSS_OK,
    DD_RSS_NO_INFO,  /* a value, a type or a function without the others */
    DD_RSS_NOT_SET,  /* a type or function that was not set */
    DD_RSS_TYPE,     /* not the type of this frame */
    DD_RSS_FRAGMENT, /* ports hashed of a fragment */
    DD_RSS_VALUE,
    DD_RSS_CPU,
};

enum dd_rss_caps_defect {
    DD_RSS_CAPS_OK,
    DD_RSS_CAPS_HEADER,
    DD_RSS_CAPS_FUNCTION,
    DD_RSS_CAPS_NO_IPV4,
    DD_RSS_CAPS_NO_QUEUES,
    DD_RSS_CAPS_ENTRIES,
};

enum dd_oid_problem {
    DD_OID_OK,
    DD_OID_DOUBLE_COMPLETE,
    DD_OID_COMPLETED_PENDING,
    DD_OID_OVERRUN,
    DD_OID_MUST_SUCCEED,
    DD_OID_TIMEOUT,
    DD_OID_MANDATORY,
    DD_OID_UNKNOWN_REQUEST,
    DD_OID_WRONG_ANSWER,
};

/* what is wrong with a status indication */
enum dd_status_defect {
    DD_STATUS_OK,
    DD_STATUS_HEADER,
    DD_STATUS_SIZE,
    DD_STATUS_EARLY,
    DD_STATUS_AFTER_HALT,
    DD_STATUS_NDIS_ONLY,
    DD_STATUS_NDIS5,
    DD_STATUS_SOURCE,
    DD_STATUS_DESTINATION,
};

enum dd_leak {
    DD_LEAK_SGL,
    DD_LEAK_SG_REGISTRATION,
    DD_LEAK_SHMEM,
    DD_LEAK_INTERRUPT,
    DD_LEAK_TIMER,
    DD_LEAK_WORK_ITEM,
    DD_LEAK_POOL,
    DD_LEAK_NBL,
    DD_LEAK_NBL_POOL,
    DD_LEAK_MDL,
    DD_LEAK_CONFIG,
    DD_LEAK_IO_MAP,
    DD_LEAK_PORT_RANGE,
    DD_LEAK_RWLOCK,
    DD_LEAK_DMA_ADAPTER,
    DD_LEAK_COMMON_BUFFER,
    DD_LEAK_LOOKASIDE,
    DD_LEAK_OTHER,
    DD_LEAK_COUNT
};

enum dd_pool_defect {
    DD_POOL_UNKNOWN,
    DD_POOL_DOUBLE_FREE,
    DD_POOL_WRONG_TAG,
    DD_POOL_NULL,
    DD_POOL_INSIDE
};

enum dd_lock_defect {
    DD_LOCK_RECURSIVE,
    DD_LOCK_NOT_OWNER,
    DD_LOCK_NOT_HELD,
    DD_LOCK_ORDER,
    DD_LOCK_DPR_BELOW_DISPATCH,
    DD_LOCK_MIXED,
};

#endif
