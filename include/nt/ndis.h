/* SPDX-License-Identifier: MIT */
/*
 * ndis.h - what an NDIS 6 miniport includes
 *
 * Define the level first (NDIS60_MINIPORT ... NDIS687_MINIPORT, see ndis/version.h), then include
 * this.
 *
 *   ndis/types.h     handles, enumerations         ndis/calls.h      NdisM*: life cycle, data path
 *   ndis/objtype.h   object header, types          ndis/roles.h      the driver's entry points
 *   ndis/status.h    NDIS_STATUS                   ndis/miniport.h   characteristics, attributes
 *   ndis/nbl.h       NET_BUFFER, NET_BUFFER_LIST   ndis/interrupt.h  interrupts
 *   ndis/nblinfo.h   info beside the data          ndis/config.h     configuration
 *   ndis/nblapi.h    pools, helpers                ndis/memory.h     memory, MDLs, strings
 *   ndis/dma.h       scatter/gather DMA            ndis/lock.h       locks, interlocked
 *   ndis/shmem.h     shared memory                 ndis/timer.h      events, timers, work items
 *   ndis/sgbuild.h   the list builder of 6.20      ndis/hwio.h       registers, ports, bus data
 *   ndis/dmachannel.h  system DMA                  ndis/misc.h       devices, error log, processors
 *   ndis/oid.h, oidreq.h, oiddata.h  OIDs          ndis/poll.h       poll mode
 *   ndis/offload.h, rss.h, queue.h, qos.h, pnp.h, port.h, timestamp.h, eth.h, ndis5.h
 */
#ifndef DRYDOCK_NDIS_H
#define DRYDOCK_NDIS_H

#define _NDIS_

#include "ndis/version.h"

#include "ntddk.h"

#include "ndis/calls.h"
#include "ndis/config.h"
#include "ndis/dma.h"
#include "ndis/dmachannel.h"
#include "ndis/eth.h"
#include "ndis/hwio.h"
#include "ndis/interrupt.h"
#include "ndis/lock.h"
#include "ndis/memory.h"
#include "ndis/misc.h"
#include "ndis/nblapi.h"
#include "ndis/nblinfo.h"
#include "ndis/ndis5.h"
#include "ndis/oid.h"
#include "ndis/oiddata.h"
#include "ndis/poll.h"
#include "ndis/sgbuild.h"
#include "ndis/shmem.h"
#include "ndis/timer.h"
#include "ndis/timestamp.h"

#endif
