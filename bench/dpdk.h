/* SPDX-License-Identifier: MIT */
/*
 * DPDK's calls, beside which ours are measured where its development package is installed
 * (libdpdk-dev; it is never needed). Apart from the rest: its headers and those of Windows name the
 * same things.
 */
#ifndef DD_BENCH_DPDK_H
#define DD_BENCH_DPDK_H

#include <stdint.h>

/* dpdk_up - memory without huge pages or devices, on the CPU this process is bound to. 0 or -1 */
int dpdk_up(int cpu);
/* rte_mem_virt2iova, @per_packet times for each of @count packets that go round 4,096 buffers */
void dpdk_virt2iova(unsigned per_packet, uint64_t count);
/* rte_pktmbuf_alloc and rte_pktmbuf_free */
void dpdk_mbuf(uint64_t count);

#endif
