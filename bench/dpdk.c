/* SPDX-License-Identifier: MIT */
#include "dpdk.h"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_memory.h>

#include <stdio.h>

#define BUFFERS      4096u
#define BUFFER_BYTES 2048u

static uint8_t *buffers;
static struct rte_mempool *pool;

int dpdk_up(int cpu)
{
    char name[] = "bench", no_huge[] = "--no-huge", memory[] = "-m256", no_pci[] = "--no-pci",
         quiet[] = "--log-level=error", telemetry[] = "--no-telemetry", lcores[32];
    char *argv[] = {name, no_huge, memory, no_pci, quiet, telemetry, lcores, NULL};

    snprintf(lcores, sizeof(lcores), "--lcores=0@%d", cpu);
    if (rte_eal_init(7, argv) < 0) {
        fprintf(stderr, "bench: DPDK does not start: %s\n", rte_strerror(rte_errno));
        return -1;
    }
    buffers = rte_malloc(NULL, (size_t)BUFFERS * BUFFER_BYTES, 4096);
    pool = rte_pktmbuf_pool_create("bench", 4095, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
    if (!buffers || !pool) {
        fprintf(stderr, "bench: DPDK has no memory: %s\n", rte_strerror(rte_errno));
        return -1;
    }
    return 0;
}

void dpdk_virt2iova(unsigned per_packet, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        const uint8_t *at = buffers + (size_t)(i % BUFFERS) * BUFFER_BYTES;

        for (unsigned k = 0; k < per_packet; k++) {
            rte_iova_t iova = rte_mem_virt2iova(at + k);

            __asm__ volatile("" ::"r"(iova));
        }
    }
}

void dpdk_mbuf(uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        struct rte_mbuf *mbuf = rte_pktmbuf_alloc(pool);

        __asm__ volatile("" ::"r"(mbuf) : "memory");
        rte_pktmbuf_free(mbuf);
    }
}
