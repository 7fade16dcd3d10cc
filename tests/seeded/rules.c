/* SPDX-License-Identifier: MIT */
#include "rules.h"

#define REFUSED                                                                                    \
    {                                                                                              \
        "driver-refused"                                                                           \
    }
/* late enough for a slow machine to indicate what came */
#define RECEIVE .wire = "gen:5,100", .set = {"settle=0.3"}
#define RSS     .wire = "gen:5,100", .set = {"settle=0.3", "rss=on"}
/* three segments that go down as one */
#define STREAM       .tcp = true, .frames = 3, .set = {"offload=all"}
#define RECEIVE_HELD .wire = "gen:5,100", .set = {"settle=0.3", "receive-hold=32"}

const struct expect expectations[] = {
    /* --- registration --- */
    {"registration", "sg-register-irql",
     "NdisMRegisterScatterGatherDma was called at DISPATCH_LEVEL", "called at"},
    {"registration", "sg-register-outside-init", "outside MiniportInitializeEx", "registered at"},
    {"registration", "sg-register-before-attributes", "NdisMSetMiniportAttributes was not called",
     "registered at"},
    {"registration", "sg-register-not-busmaster", "NDIS_MINIPORT_ATTRIBUTES_BUS_MASTER",
     "registered at", .consequences = REFUSED, .ends = true},
    {"registration", "sg-register-ndis5-version", "declares NDIS 5.1", "registered at",
     .consequences = REFUSED, .variant = SEEDED_NDIS5, .ends = true},
    {"registration", "sg-desc-bad-header", "Header.Size is less", "registered at",
     .consequences = REFUSED, .ends = true},
    {"registration", "sg-desc-unknown-flags", "unknown bits", "registered at"},
    {"registration", "sg-desc-null-process-handler", "no ProcessSGListHandler", "used at"},
    {"registration", "sg-missing-deregister", "scatter/gather DMA registration", "made at"},
    {"registration", "sg-missing-deregister-on-init-failure",
     "in a MiniportInitializeEx that failed", "made at", .consequences = REFUSED, .ends = true},
    {"registration", "sg-double-deregister", "was given back before", "again at"},
    {"registration", "sg-handle-after-deregister", "not a live DMA handle", "asked at"},
    {"registration", "sg-deregister-with-live-sgl", "1 scatter/gather lists are still mapped",
     "given back at"},
    {"registration", "sg-deregister-with-live-shared-memory",
     "blocks of shared memory are still allocated", "given back at"},
    {"registration", "sg-deregister-bad-context", "outside MiniportHaltEx", "given back at"},
    {"registration", "dmachannel-on-busmaster", "can have no DMA channel", "registered at"},

    /* --- lists --- */
    {"lists", "sgl-alloc-irql", "called at PASSIVE_LEVEL; allowed: DISPATCH_LEVEL", "called at"},
    {"lists", "sgl-free-irql", "called at PASSIVE_LEVEL; allowed: DISPATCH_LEVEL", "called at"},
    {"lists", "sgl-leak-at-complete", "of its NET_BUFFER 0 was still mapped", "completed at"},
    {"lists", "sgl-leak-at-halt", "scatter/gather list", "mapped at",
     .consequences = {"sg-missing-deregister"}},
    {"lists", "sgl-double-free", "was freed before", "again at"},
    {"lists", "sgl-free-unknown", "is no scatter/gather list", "freed at"},
    {"lists", "sgl-free-wrong-netbuffer", "belongs to NET_BUFFER", "freed at"},
    {"lists", "sgl-free-wrong-handle", "was made through DMA handle", "freed at"},
    {"lists", "sgl-map-twice", "is mapped already", "again at"},
    {"lists", "sgl-zero-length", "has no data to map", "mapped at"},
    {"lists", "sgl-va-outside-mdl", "hold less than CurrentMdlOffset + DataLength", "mapped at"},
    {"lists", "sgl-ndis-reserved-touched", "was changed by the driver", "freed at"},
    {"lists", "sgl-cpu-write-after-map", "changed while list", "mapped at",
     .set = {"bounce=always"}},
    {"lists", "sgl-alloc-in-paused", "while the adapter is paused", "mapped at"},

    /* --- what the device does --- */
    {"device", "sgl-device-touch-after-free", "the list was freed", "freed at"},
    {"device", "sgl-overrun-datalength", "outside the bytes of the list", "mapped at"},
    {"device", "sgl-wrong-direction", "the list is for the other direction", "mapped at"},
    {"device", "sgl-stale-iova-device", "nothing is mapped there", NULL},
    {"device", "shmem-device-overrun", "outside shared memory", "allocated at", RECEIVE},

    /* --- shared memory --- */
    {"shared-memory", "shmem-alloc-irql", "called at DISPATCH_LEVEL", "called at"},
    {"shared-memory", "shmem-alloc-outside-init", "outside MiniportInitializeEx", "asked at"},
    {"shared-memory", "shmem-before-registration",
     "NdisMRegisterScatterGatherDma was not called before", "asked at"},
    {"shared-memory", "shmem-free-in-shutdown", "is freed in MiniportShutdownEx", "freed at",
     .event = "20ms:shutdown"},
    {"shared-memory", "shmem-free-mismatch", "and is freed with 1008", "freed at"},
    {"shared-memory", "shmem-double-free", "was freed before", "again at"},
    {"shared-memory", "shmem-leak-at-halt", "shared memory", "made at",
     .consequences = {"sg-deregister-with-live-shared-memory"}},
    {"shared-memory", "shmem-corruption", "a byte at offset 1024", "allocated at"},
    {"shared-memory", "seed-dmachannel-for-async", "only a DMA channel is registered", "asked at",
     .device = "soft:isanic", .consequences = REFUSED, .ends = true},
    {"shared-memory", "sg-desc-async-handler-missing", "no SharedMemAllocateCompleteHandler",
     "asked at"},

    /* --- send --- */
    {"send", "tx-complete-twice", "was completed before", "again at", .set = {"send-window=1"}},
    {"send", "tx-complete-not-owned", "it is a receive list", "completed at"},
    {"send", "tx-bad-status", "is completed with status 0x", "completed at"},
    {"send", "tx-status-unset", "the status it came with", "completed at"},
    {"send", "tx-complete-irql", "called at DIRQL; allowed: at most DISPATCH_LEVEL", "called at"},
    {"send", "tx-flag-irql", "DISPATCH_LEVEL is set at PASSIVE_LEVEL", "completed at",
     .set = {"send-window=1"}, .frames = 40},
    {"send", "tx-pending-at-pause", "with 1 sends outstanding", NULL, .duration_s = 0.1},

    /* --- receive --- */
    {"receive", "rx-count-mismatch", "NumberOfNetBufferLists is", "indicated at", RECEIVE},
    {"receive", "rx-sourcehandle", "SourceHandle is not the adapter's handle", "indicated at",
     RECEIVE},
    {"receive", "rx-return-while-owned", "was indicated before and not returned", "indicated at",
     RECEIVE_HELD},
    {"receive", "rx-in-paused", "the adapter is paused", "indicated at"},
    {"receive", "rx-nb-malformed", "do not fit its MDLs", "indicated at", RECEIVE},
    {"receive", "rx-mdl-not-mapped", "no system address", "indicated at", RECEIVE},
    {"receive", "rx-pending-at-pause", "indicated lists not returned", NULL, RECEIVE_HELD},
    {"receive", "csum-rx-before-encap", "OID_OFFLOAD_ENCAPSULATION was not set", "indicated at",
     RECEIVE, .consequences = {"csum-rx-lie"}},
    {"receive", "csum-rx-lie", "the frame is not IP", "indicated at", RECEIVE,
     .consequences = {"csum-rx-before-encap"}},
    {"receive", "csum-rx-both", "its checksum information is 0x24", "indicated at", RECEIVE,
     .consequences = {"csum-rx-before-encap"}},
    {"receive", "csum-rx-reserved", "its checksum information is 0x40", "indicated at", RECEIVE},
    {"receive", "rss-caps", "no NdisHashFunctionToeplitz", "announced at", RSS},
    {"receive", "rss-hash-value", "its hash is 0x00001234, and it should be 0x00000000",
     "indicated at", RSS},
    {"receive", "rss-hash-fragment", "type is 0x200, and the frame is a fragment", "indicated at",
     RSS},
    {"receive", "rss-hash-missing-info", "its hash is 0x00000077, its hash information 0x0",
     "indicated at", RSS},
    {"receive", "rss-wrong-cpu", "came on CPU 1; the table says CPU 0", "indicated at", RSS},
    {"receive", "rx-throttle", "in a DPC that may indicate 2", NULL, .wire = "gen:60,100",
     .set = {"settle=0.3", "receive-throttle=2"}},

    /* --- offloads --- */
    {"offload", "csum-tx-wrong", "asked for the TCP checksum", NULL, .tcp = true,
     .set = {"offload=checksum"}},
    {"offload", "csum-ungated", "did not ask for the TCP checksum", NULL, .tcp = true,
     .set = {"offload=lso"}},
    {"offload", "lso-bad-segments", "segment 0 has 108 bytes of data, due are 100", NULL, STREAM},
    {"offload", "lso-headers", "segment 0 of 3 has the TCP flags 0x18, due are 0x10", NULL, STREAM},
    {"offload", "lso-ipid-range", "has the IP identification 0x8100, due is 0x0100", NULL, STREAM},
    {"offload", "lso-complete-v1", "an LSOv1 send of 300 bytes", "completed at", STREAM},
    {"offload", "lso-complete-v2", "is completed with 0x42200064", "completed at", STREAM},
    {"offload", "off-header", "Revision 1, Size 156", "set at", STREAM},
    {"offload", "off-config-over-hw", "is more than HardwareOffloadCapabilities has", "set at",
     STREAM},
    {"offload", "off-no-8023", "LsoV2.IPv6.Encapsulation is 0x4", "set at", STREAM,
     .consequences = {"off-indication-mismatch"}},
    {"offload", "off-lso-no-csum", "LsoV2.IPv4 is offered without", "set at", STREAM},
    {"offload", "off-lso-v1-size", "MinSegmentCount 0", "set at", STREAM},
    {"offload", "off-value-context", "a field of Checksum.IPv4Transmit is 2", "set at", STREAM,
     .consequences = {"off-indication-mismatch"}},
    {"offload", "off-no-indication", "OID_TCP_OFFLOAD_PARAMETERS was set", NULL, STREAM},
    {"offload", "off-indication-mismatch", "contradicts its TCPIPv4Checksum", "indicated at",
     STREAM},
    {"offload", "off-encap-status", "was refused with status 0xc000000d", NULL, STREAM},

    /* --- life --- */
    {"life", "pause-bad-return", "MiniportPause returned 0xc0000001", NULL},
    {"life", "pause-complete-unexpected", "NdisMPauseComplete was called", "completed at"},
    {"life", "restart-complete-unexpected", "NdisMRestartComplete was called", "completed at"},
    {"life", "reset-complete-unexpected", "NdisMResetComplete was called", "completed at"},
    {"life", "reset-pending-not-flushed", "finished with 1 sends", NULL, .event = "50ms:reset",
     .duration_s = 0.2},
    {"life", "init-without-general-attributes", "general attributes were not set", NULL},
    {"life", "init-leak", "pool memory", "made at", .consequences = REFUSED, .ends = true},
    {"life", "halt-missing-deregister-int", "interrupt", "made at"},
    {"life", "halt-timer-active", "timer", "made at"},
    {"life", "halt-unfreed-object", "pool memory", "made at"},
    {"life", "watchdog-miniport", "a pause was not completed within", NULL, .set = {"watchdog=1"},
     .duration_s = 0.1, .consequences = {"tx-pending-at-pause"}},
    {"life", "driver-no-recovery", "no send has succeeded since the event freeze", NULL,
     .event = "0:freeze=1ms", .frames = 20000, .set = {"send-window=1"}},

    /* --- OIDs --- */
    {"oid", "oid-double-complete", "was completed before", "answered at"},
    {"oid", "oid-complete-pending", "was completed with NDIS_STATUS_PENDING", NULL},
    {"oid", "oid-must-succeed", "may not fail like this", NULL, .event = "20ms:sleep"},
    {"oid", "oid-timeout", "was not completed in time", NULL, .set = {"oid-limit=0.1"}},
    {"oid", "oid-buffer", "more bytes than its buffer holds", NULL},
    {"oid", "oid-wrong-answer", "is mandatory and was refused", NULL},

    /* --- kernel services --- */
    {"kernel", "irql-general", "NdisMSleep was called at DISPATCH_LEVEL", "called at"},
    {"kernel", "irql-unbalanced",
     "MiniportSendNetBufferLists was called at PASSIVE_LEVEL and returned at DISPATCH_LEVEL", NULL,
     .set = {"send-window=1"}, .frames = 40},
    {"kernel", "lock-balance", "nobody holds it", "called at"},
    {"kernel", "waitevent-irql", "NdisWaitEvent was called at DISPATCH_LEVEL", "called at"},
    {"kernel", "pool-bad-free", "was freed before", "freed at"},
    {"kernel", "pool-corruption", "a byte at offset 100 of a pool block of 100 bytes",
     "allocated at"},
    {"kernel", "object-misuse", "zero bytes", "called at"},
    {"kernel", "register-plain-access", "addresses device registers itself ('", "first at",
     .information = true},

    /* --- the end of a run --- */
    {"end", "driver-assert", "Adapter->Filter == 0x12345678u", "asserted at"},
    {"end", "driver-bugcheck", "0x000000E2", "stack", .ends = true},
    {"end", "driver-crash", "Segmentation fault", "stack", .ends = true},
    {"end", "driver-hang", "MiniportRestart has been running", "stack", .set = {"watchdog=1"},
     .ends = true},
    {"end", "driver-refused", "MiniportInitializeEx failed with status 0xc0000001", NULL,
     .ends = true},
    {"end", "not-implemented", "NdisSeededNobodyHasThis is not implemented", "at",
     .variant = SEEDED_MISSING, .ends = true},
};

const size_t expectation_count = sizeof(expectations) / sizeof(expectations[0]);
