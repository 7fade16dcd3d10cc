/* SPDX-License-Identifier: MIT */
/* What rss.c keeps. */
#ifndef E1000_RSS_H
#define E1000_RSS_H

#include <ndis.h>

#define E1000_RX_QUEUES   2u
#define E1000_RSS_MESSAGE 3u /* of the second queue; the others are where they always are */
#define E1000_RSS_ENTRIES 128u
#define E1000_RSS_KEY     40u

/* Receive side scaling as it was set. All but Processor is guarded by Rx.Lock. */
typedef struct _E1000_RSS {
    BOOLEAN Enabled;
    ULONG HashInformation;
    UCHAR Queue[E1000_RSS_ENTRIES]; /* the indirection table, as queues instead of processors */
    UCHAR Key[E1000_RSS_KEY];
    /* Where a queue's DPC runs: group and number, -1 for anywhere. The ISR reads it. */
    volatile LONG Processor[E1000_RX_QUEUES];
} E1000_RSS, *PE1000_RSS;

#endif
