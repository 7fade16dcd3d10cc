/* SPDX-License-Identifier: MIT */
/*
 * OID_GEN_RECEIVE_SCALE_PARAMETERS in drivers/e1000e: what it refuses, and what comes to stand in
 * the registers. Around rss.c there is no NDIS here, only memory for registers.
 */
#include "e1000e.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static ULONG registers[E1000_REGISTER_SPACE / 4];
static const E1000_HW_TYPE type = {.Vectors = 5, .ExtendedRx = TRUE};
static E1000_ADAPTER adapter;
static GROUP_AFFINITY target;

VOID NdisAcquireSpinLock(PNDIS_SPIN_LOCK SpinLock)
{
    (void)SpinLock;
}

VOID NdisReleaseSpinLock(PNDIS_SPIN_LOCK SpinLock)
{
    (void)SpinLock;
}

NDIS_STATUS NdisGetRssProcessorInformation(NDIS_HANDLE NdisHandle,
                                           PNDIS_RSS_PROCESSOR_INFO RssProcessorInfo, PSIZE_T Size)
{
    (void)NdisHandle;
    if (RssProcessorInfo == NULL) {
        *Size = sizeof(*RssProcessorInfo);
        return NDIS_STATUS_BUFFER_TOO_SHORT;
    }
    RssProcessorInfo->RssProcessorCount = 4;
    return NDIS_STATUS_SUCCESS;
}

KAFFINITY NdisMQueueDpcEx(NDIS_HANDLE NdisInterruptHandle, ULONG MessageId,
                          PGROUP_AFFINITY TargetProcessors, PVOID MiniportDpcContext)
{
    (void)NdisInterruptHandle;
    (void)MessageId;
    (void)MiniportDpcContext;
    target = *TargetProcessors;
    return target.Mask;
}

VOID RtlAssert(PVOID VoidFailedAssertion, PVOID VoidFileName, ULONG LineNumber, PSTR MutableMessage)
{
    (void)VoidFileName;
    (void)LineNumber;
    (void)MutableMessage;
    fail_msg("%s", (const char *)VoidFailedAssertion);
}

PVOID E1000AllocateMemory(PE1000_ADAPTER Adapter, SIZE_T Length)
{
    (void)Adapter;
    return calloc(1, Length);
}

VOID E1000FreeMemory(PE1000_ADAPTER Adapter, PVOID Memory)
{
    (void)Adapter;
    free(Memory);
}

ULONG READ_REGISTER_ULONG(volatile ULONG *Register)
{
    return *Register;
}

VOID WRITE_REGISTER_ULONG(volatile ULONG *Register, ULONG Value)
{
    *Register = Value;
}

/* --- a request --- */

#define ENTRIES 128u

static struct {
    NDIS_RECEIVE_SCALE_PARAMETERS p;
    PROCESSOR_NUMBER table[ENTRIES];
    UCHAR key[E1000_RSS_KEY];
} request;

static void complete(void)
{
    memset(&request, 0, sizeof(request));
    request.p.Header.Type = NDIS_OBJECT_TYPE_RSS_PARAMETERS;
    request.p.Header.Revision = NDIS_RECEIVE_SCALE_PARAMETERS_REVISION_2;
    request.p.Header.Size = NDIS_SIZEOF_RECEIVE_SCALE_PARAMETERS_REVISION_2;
    request.p.HashInformation = NDIS_HASH_TCP_IPV4 | NDIS_HASH_IPV4 | NdisHashFunctionToeplitz;
    request.p.IndirectionTableSize = sizeof(request.table);
    request.p.IndirectionTableOffset = (ULONG)offsetof(__typeof__(request), table);
    request.p.HashSecretKeySize = sizeof(request.key);
    request.p.HashSecretKeyOffset = (ULONG)offsetof(__typeof__(request), key);
    for (ULONG i = 0; i < ENTRIES; i++) {
        request.table[i].Number = i % 4 == 3 ? 5 : 2;
    }
    for (ULONG i = 0; i < E1000_RSS_KEY; i++) {
        request.key[i] = (UCHAR)(i + 1);
    }
}

static NDIS_STATUS set(void)
{
    return E1000SetRssParameters(&adapter, &request, sizeof(request));
}

static int setup(void **state)
{
    (void)state;
    memset(registers, 0, sizeof(registers));
    memset(&adapter, 0, sizeof(adapter));
    adapter.Hw.Type = &type;
    adapter.Hw.Registers = (PUCHAR)registers;
    adapter.HwReady = 1;
    adapter.Config.Rss = 1;
    adapter.Config.RssQueues = 2;
    E1000RssChooseQueues(&adapter, 5);
    assert_true(E1000RssIsThere(&adapter));
    complete();
    return 0;
}

static ULONG reg(ULONG at)
{
    return registers[at / 4];
}

/* --- what it does --- */

static void test_the_registers(void **state)
{
    (void)state;
    registers[E1000_RXCSUM / 4] = E1000_RXCSUM_IPOFL;
    assert_int_equal(set(), NDIS_STATUS_SUCCESS);
    assert_int_equal(reg(E1000_RETA(0)), 0x80000000u); /* CPU 2 has queue 0, CPU 5 queue 1 */
    assert_int_equal(reg(E1000_RETA(31)), 0x80000000u);
    assert_int_equal(reg(E1000_RSSRK(0)), 0x04030201u);
    assert_int_equal(reg(E1000_RSSRK(9)), 0x28272625u);
    assert_int_equal(reg(E1000_MRQC), 0x00030001u);
    assert_int_equal(reg(E1000_RXCSUM), E1000_RXCSUM_IPOFL | E1000_RXCSUM_PCSD);
    request.p.Flags = NDIS_RSS_PARAM_FLAG_DISABLE_RSS;
    request.p.IndirectionTableOffset = 0xffffffffu; /* all else is ignored */
    assert_int_equal(set(), NDIS_STATUS_SUCCESS);
    assert_int_equal(reg(E1000_MRQC), 0);
    assert_int_equal(reg(E1000_RXCSUM), E1000_RXCSUM_IPOFL);
}

static void test_the_dpc_goes_where_the_table_says(void **state)
{
    (void)state;
    assert_false(E1000RssQueueDpc(&adapter, 0, E1000_INT_RXQ0));
    assert_int_equal(set(), NDIS_STATUS_SUCCESS);
    assert_true(E1000RssQueueDpc(&adapter, 0, E1000_INT_RXQ0));
    assert_int_equal(target.Mask, 1u << 2);
    assert_true(E1000RssQueueDpc(&adapter, 3, E1000_INT_RXQ1));
    assert_int_equal(target.Mask, 1u << 5);
    assert_false(E1000RssQueueDpc(&adapter, 1, E1000_INT_TXQ0));
}

static void test_a_queue_keeps_its_processor(void **state)
{
    (void)state;
    assert_int_equal(set(), NDIS_STATUS_SUCCESS);
    request.p.Flags =
        NDIS_RSS_PARAM_FLAG_HASH_INFO_UNCHANGED | NDIS_RSS_PARAM_FLAG_HASH_KEY_UNCHANGED;
    memset(request.key, 0xee, sizeof(request.key));
    request.table[0].Number = 5; /* named first now, and still queue 1's */
    assert_int_equal(set(), NDIS_STATUS_SUCCESS);
    assert_int_equal(reg(E1000_RETA(0)), 0x80000080u);
    assert_int_equal(reg(E1000_RSSRK(0)), 0x04030201u);
    assert_true(E1000RssQueueDpc(&adapter, 3, E1000_INT_RXQ1));
    assert_int_equal(target.Mask, 1u << 5);
}

static void test_a_short_table_is_repeated(void **state)
{
    (void)state;
    request.p.IndirectionTableSize = 4 * sizeof(PROCESSOR_NUMBER);
    request.table[1].Number = 5;
    assert_int_equal(set(), NDIS_STATUS_SUCCESS);
    assert_int_equal(reg(E1000_RETA(0)), 0x80008000u);
    assert_int_equal(reg(E1000_RETA(31)), 0x80008000u);
}

static void test_what_is_outside_the_buffer(void **state)
{
    (void)state;
    request.p.IndirectionTableOffset = sizeof(request) - 511;
    assert_int_equal(set(), NDIS_STATUS_INVALID_LENGTH);
    request.p.IndirectionTableOffset = 0xfffffff0u;
    assert_int_equal(set(), NDIS_STATUS_INVALID_LENGTH);
    complete();
    request.p.HashSecretKeyOffset = sizeof(request) - 39;
    assert_int_equal(set(), NDIS_STATUS_INVALID_LENGTH);
    complete();
    request.p.Header.Size = sizeof(request) + 1;
    assert_int_equal(set(), NDIS_STATUS_INVALID_LENGTH);
    assert_int_equal(reg(E1000_MRQC), 0);
}

static void test_what_the_card_cannot_do(void **state)
{
    (void)state;
    request.p.IndirectionTableSize = 12;
    assert_int_equal(set(), NDIS_STATUS_INVALID_PARAMETER);
    request.p.IndirectionTableSize = 0;
    assert_int_equal(set(), NDIS_STATUS_INVALID_PARAMETER);
    complete();
    request.p.HashSecretKeySize = 0;
    assert_int_equal(set(), NDIS_STATUS_INVALID_PARAMETER);
    complete();
    request.p.HashInformation = NDIS_HASH_UDP_IPV4 | NdisHashFunctionToeplitz;
    assert_int_equal(set(), NDIS_STATUS_INVALID_PARAMETER);
    request.p.HashInformation = NDIS_HASH_IPV4 | NdisHashFunctionReserved1;
    assert_int_equal(set(), NDIS_STATUS_INVALID_PARAMETER);
    request.p.HashInformation = NdisHashFunctionToeplitz;
    assert_int_equal(set(), NDIS_STATUS_INVALID_PARAMETER);
    complete();
    request.p.Header.Revision = 1;
    assert_int_equal(set(), NDIS_STATUS_INVALID_PARAMETER);
}

static void test_the_first_set_is_complete(void **state)
{
    (void)state;
    request.p.Flags = NDIS_RSS_PARAM_FLAG_HASH_KEY_UNCHANGED;
    assert_int_equal(set(), NDIS_STATUS_INVALID_PARAMETER);
    request.p.Flags = 0;
    assert_int_equal(set(), NDIS_STATUS_SUCCESS);
    request.p.HashInformation = 0; /* no function: off */
    assert_int_equal(set(), NDIS_STATUS_SUCCESS);
    complete();
    request.p.Flags = NDIS_RSS_PARAM_FLAG_ITABLE_UNCHANGED;
    assert_int_equal(set(), NDIS_STATUS_INVALID_PARAMETER);
}

static void test_one_queue(void **state)
{
    (void)state;
    E1000RssChooseQueues(&adapter, 3); /* too few messages */
    assert_false(E1000RssIsThere(&adapter));
    assert_int_equal(set(), NDIS_STATUS_NOT_SUPPORTED);
    adapter.Config.Rss = 0;
    E1000RssChooseQueues(&adapter, 5);
    assert_false(E1000RssIsThere(&adapter));
}

static void test_a_list_has_its_hash(void **state)
{
    NET_BUFFER_LIST nbl;

    (void)state;
    memset(&nbl, 0xff, sizeof(nbl));
    E1000RssDress(&adapter, &nbl, E1000_RSS_TYPE_TCP_IPV4, 0x51ccc178); /* off */
    assert_null(NET_BUFFER_LIST_INFO(&nbl, NetBufferListHashInfo));
    assert_int_equal(set(), NDIS_STATUS_SUCCESS);
    E1000RssDress(&adapter, &nbl, E1000_RSS_TYPE_TCP_IPV4, 0x51ccc178);
    assert_int_equal(NET_BUFFER_LIST_GET_HASH_VALUE(&nbl), 0x51ccc178);
    assert_int_equal(NET_BUFFER_LIST_GET_HASH_TYPE(&nbl), NDIS_HASH_TCP_IPV4);
    assert_int_equal(NET_BUFFER_LIST_GET_HASH_FUNCTION(&nbl), NdisHashFunctionToeplitz);
    E1000RssDress(&adapter, &nbl, 0, 0x1234); /* the card has none */
    assert_null(NET_BUFFER_LIST_INFO(&nbl, NetBufferListHashInfo));
    assert_null(NET_BUFFER_LIST_INFO(&nbl, NetBufferListHashValue));
    E1000RssDress(&adapter, &nbl, 15, 0x1234);
    assert_null(NET_BUFFER_LIST_INFO(&nbl, NetBufferListHashInfo));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_the_registers, setup),
        cmocka_unit_test_setup(test_the_dpc_goes_where_the_table_says, setup),
        cmocka_unit_test_setup(test_a_queue_keeps_its_processor, setup),
        cmocka_unit_test_setup(test_a_short_table_is_repeated, setup),
        cmocka_unit_test_setup(test_what_is_outside_the_buffer, setup),
        cmocka_unit_test_setup(test_what_the_card_cannot_do, setup),
        cmocka_unit_test_setup(test_the_first_set_is_complete, setup),
        cmocka_unit_test_setup(test_one_queue, setup),
        cmocka_unit_test_setup(test_a_list_has_its_hash, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
