/* SPDX-License-Identifier: MIT */
/*
 * test_inline.c - what the headers do by themselves: inline functions and macros
 *
 * Linked with the few functions of the runtime that they call, replaced here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <ndis.h>
#include <ntintsafe.h>
#include <ntstrsafe.h>
#include <intrin.h>

static unsigned corrupt;
static unsigned asserted;
static ULONG register_value;

VOID DrydockListCorrupt(PVOID Entry)
{
    (void)Entry;
    corrupt++;
}

VOID RtlAssert(PVOID FailedAssertion, PVOID FileName, ULONG LineNumber, PSTR Message)
{
    (void)FailedAssertion;
    (void)FileName;
    (void)LineNumber;
    (void)Message;
    asserted++;
}

ULONG READ_REGISTER_ULONG(volatile ULONG *Register)
{
    assert_int_equal((ULONG_PTR)Register, 0x1234);
    return register_value;
}

VOID WRITE_REGISTER_ULONG(volatile ULONG *Register, ULONG Value)
{
    assert_int_equal((ULONG_PTR)Register, 0x1234);
    register_value = Value;
}

PVOID MmMapLockedPagesSpecifyCache(PMDL Mdl, KPROCESSOR_MODE Mode, MEMORY_CACHING_TYPE Cache,
                                   PVOID Address, ULONG BugCheck, ULONG Priority)
{
    (void)Mdl;
    (void)Mode;
    (void)Cache;
    (void)Address;
    (void)BugCheck;
    assert_int_equal(Priority & MdlMappingNoExecute, MdlMappingNoExecute);
    return NULL;
}

int _vsnprintf(char *buffer, size_t count, const char *format, va_list args)
{
    int n = vsnprintf(buffer, count + 1, format, args);

    return (size_t)n > count ? -1 : n;
}

int _vsnwprintf(WCHAR *buffer, size_t count, const WCHAR *format, va_list args)
{
    size_t n = 0;

    (void)args;
    while (format[n] != 0) {
        if (n == count) {
            return -1;
        }
        buffer[n] = format[n];
        n++;
    }
    return (int)n;
}

static void test_list_keeps_order(void **state)
{
    LIST_ENTRY head;
    LIST_ENTRY e[3];

    (void)state;
    corrupt = 0;
    InitializeListHead(&head);
    assert_true(IsListEmpty(&head));
    assert_ptr_equal(RemoveHeadList(&head), &head);
    InsertTailList(&head, &e[1]);
    InsertTailList(&head, &e[2]);
    InsertHeadList(&head, &e[0]);
    assert_ptr_equal(RemoveHeadList(&head), &e[0]);
    assert_ptr_equal(RemoveTailList(&head), &e[2]);
    assert_int_equal(RemoveEntryList(&e[1]), TRUE);
    assert_true(IsListEmpty(&head));
    assert_int_equal(corrupt, 0);
}

static void test_list_append_splices_a_ring_without_head(void **state)
{
    LIST_ENTRY head;
    LIST_ENTRY e[3];

    (void)state;
    corrupt = 0;
    InitializeListHead(&head);
    InsertTailList(&head, &e[0]);
    InitializeListHead(&e[1]);
    InsertTailList(&e[1], &e[2]);
    AppendTailList(&head, &e[1]);
    assert_ptr_equal(RemoveHeadList(&head), &e[0]);
    assert_ptr_equal(RemoveHeadList(&head), &e[1]);
    assert_ptr_equal(RemoveHeadList(&head), &e[2]);
    assert_true(IsListEmpty(&head));
    assert_int_equal(corrupt, 0);
}

static void test_list_notices_double_insert_and_double_remove(void **state)
{
    LIST_ENTRY head;
    LIST_ENTRY e[2];

    (void)state;
    corrupt = 0;
    InitializeListHead(&head);
    InsertTailList(&head, &e[0]);
    InsertTailList(&head, &e[1]);
    (void)RemoveEntryList(&e[0]);
    (void)RemoveEntryList(&e[0]);
    assert_int_equal(corrupt, 1);
    InitializeListHead(&head);
    InsertTailList(&head, &e[0]);
    InsertHeadList(&head, &e[1]);
    InsertTailList(&head, &e[1]);
    (void)RemoveEntryList(&e[0]);
    assert_true(corrupt > 1);
}

static void test_single_list_is_a_stack(void **state)
{
    SINGLE_LIST_ENTRY head = {NULL};
    SINGLE_LIST_ENTRY a;
    SINGLE_LIST_ENTRY b;

    (void)state;
    assert_null(PopEntryList(&head));
    PushEntryList(&head, &a);
    PushEntryList(&head, &b);
    assert_ptr_equal(PopEntryList(&head), &b);
    assert_ptr_equal(PopEntryList(&head), &a);
    assert_null(PopEntryList(&head));
}

static void test_interlocked_returns_old_or_new_as_documented(void **state)
{
    LONG x = 5;
    LONG64 y = 5;
    SHORT h = -1;
    PVOID p = &x;

    (void)state;
    assert_int_equal(InterlockedIncrement(&x), 6);
    assert_int_equal(InterlockedDecrementRelease(&x), 5);
    assert_int_equal(InterlockedAddAcquire(&x, 2), 7);
    assert_int_equal(InterlockedExchangeAdd(&x, 3), 7);
    assert_int_equal(InterlockedExchange(&x, 1), 10);
    assert_int_equal(InterlockedOr(&x, 6), 1);
    assert_int_equal(InterlockedAnd(&x, 3), 7);
    assert_int_equal(InterlockedXor(&x, 1), 3);
    assert_int_equal(InterlockedCompareExchange(&x, 9, 2), 2);
    assert_int_equal(x, 9);
    assert_int_equal(InterlockedCompareExchange(&x, 1, 2), 9);
    assert_int_equal(x, 9);
    assert_int_equal(InterlockedAddNoFence64(&y, 1), 6);
    assert_int_equal(InterlockedIncrement16(&h), 0);
    assert_ptr_equal(InterlockedCompareExchangePointer(&p, NULL, &x), &x);
    assert_null(p);
    assert_int_equal(InterlockedBitTestAndSet(&x, 1), 0);
    assert_int_equal(InterlockedBitTestAndReset(&x, 1), 1);
    assert_int_equal(x, 9);
}

static void test_bits_and_byte_order(void **state)
{
    ULONG index = 77;
    UCHAR bytes[6] = {0};

    (void)state;
    assert_int_equal(_BitScanForward(&index, 0), 0);
    assert_int_equal(index, 77);
    assert_int_equal(_BitScanReverse(&index, 0x00010010), 1);
    assert_int_equal(index, 16);
    assert_int_equal(_byteswap_ulong(0x01020304), 0x04030201);
    assert_int_equal(RtlUshortByteSwap(0x0102), 0x0201);
    assert_int_equal(_rotl(0x80000001u, 1), 3);
    assert_int_equal(_rotr(3u, 1), 0x80000001u);
    RtlStoreUlong(&bytes[1], 0x04030201);
    assert_memory_equal(bytes, "\0\1\2\3\4\0", 6);
    RtlRetrieveUlong(&index, &bytes[1]);
    assert_int_equal(index, 0x04030201);
}

static void test_macros_of_ntdef(void **state)
{
    NET_BUFFER nb;
    UNICODE_STRING s = RTL_CONSTANT_STRING(L"abc");
    NDIS_STRING n = NDIS_STRING_CONST("abcd");

    (void)state;
    assert_ptr_equal(CONTAINING_RECORD(&nb.MdlChain, NET_BUFFER, MdlChain), &nb);
    assert_int_equal(ALIGN_UP_BY(4097, 4096), 8192);
    assert_int_equal(ALIGN_UP(5, ULONG), 8);
    assert_int_equal(ADDRESS_AND_SIZE_TO_SPAN_PAGES(4095, 2), 2);
    assert_int_equal(ADDRESS_AND_SIZE_TO_SPAN_PAGES(4096, 4096), 1);
    assert_int_equal(ADDRESS_AND_SIZE_TO_SPAN_PAGES(4096, 0), 0);
    assert_int_equal(BYTES_TO_PAGES(4097), 2);
    assert_int_equal(s.Length, 6);
    assert_int_equal(s.MaximumLength, 8);
    assert_int_equal(n.Length, 8);
    assert_int_equal(n.Buffer[3], 'd');
    assert_true(NT_SUCCESS(STATUS_PENDING));
    assert_false(NT_SUCCESS(STATUS_BUFFER_OVERFLOW));
    assert_true(NT_WARNING(STATUS_BUFFER_OVERFLOW));
    assert_true(NT_ERROR(STATUS_UNSUCCESSFUL));
    assert_int_equal(CTL_CODE(FILE_DEVICE_NETWORK, 2, METHOD_NEITHER, FILE_READ_ACCESS), 0x12400B);
    assert_int_equal('abcd', 0x61626364);
}

static void test_assert_reports_only_failures(void **state)
{
    (void)state;
    asserted = 0;
    ASSERT(1 + 1 == 2);
    assert_int_equal(asserted, 0);
    ASSERT(1 + 1 == 3);
    assert_int_equal(asserted, 1);
    assert_int_equal(NT_VERIFY(0), 0);
    assert_int_equal(asserted, 2);
}

static void test_ethernet_addresses(void **state)
{
    UCHAR all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    UCHAR a[6] = {2, 0, 0, 0, 0, 1};
    UCHAR b[6] = {4, 0, 0, 0, 0, 1};
    UINT result;

    (void)state;
    assert_true(ETH_IS_BROADCAST(all));
    assert_true(ETH_IS_MULTICAST(all));
    assert_false(ETH_IS_MULTICAST(a));
    ETH_COMPARE_NETWORK_ADDRESSES(a, b, &result);
    assert_int_equal(result, (UINT)-1);
    b[2] = 1;
    ETH_COMPARE_NETWORK_ADDRESSES(a, b, &result);
    assert_int_equal(result, (UINT)-1);
    a[5] = 2;
    ETH_COMPARE_NETWORK_ADDRESSES(a, b, &result);
    assert_int_equal(result, 1);
    ETH_COPY_NETWORK_ADDRESS(a, b);
    ETH_COMPARE_NETWORK_ADDRESSES_EQ(a, b, &result);
    assert_int_equal(result, 0);
}

static void test_registers_go_through_one_access(void **state)
{
    ULONG value = 0;

    (void)state;
    NdisWriteRegisterUlong((PUCHAR)0x1230 + 4, 7);
    NdisReadRegisterUlong((PUCHAR)0x1230 + 4, &value);
    assert_int_equal(value, 7);
}

static void test_mdl_macros(void **state)
{
    struct {
        MDL mdl;
        PFN_NUMBER pfn[3];
    } m;
    PVOID va = &va;
    UINT length = 0;
    UINT pages = 0;

    (void)state;
    MmInitializeMdl(&m.mdl, (PVOID)0x10ff0, 0x1020);
    assert_int_equal(m.mdl.Size, sizeof(MDL) + 3 * 8);
    assert_ptr_equal(MmGetMdlVirtualAddress(&m.mdl), (PVOID)0x10ff0);
    assert_ptr_equal(MmGetMdlPfnArray(&m.mdl), m.pfn);
    NdisGetMdlPhysicalArraySize(&m.mdl, &pages);
    assert_int_equal(pages, 3);
    NdisQueryMdl(&m.mdl, &va, &length, NormalPagePriority);
    assert_null(va);
    assert_int_equal(length, 0x1020);
    m.mdl.MdlFlags = MDL_SOURCE_IS_NONPAGED_POOL;
    m.mdl.MappedSystemVa = &m;
    NdisQueryMdl(&m.mdl, &va, &length, NormalPagePriority);
    assert_ptr_equal(va, &m);
    NdisAdjustMdlLength(&m.mdl, 3);
    assert_int_equal(MmGetMdlByteCount(&m.mdl), 3);
}

static void test_hash_setters_keep_each_other(void **state)
{
    NET_BUFFER_LIST nbl;
    PNET_BUFFER_LIST p = &nbl;

    (void)state;
    memset(&nbl, 0, sizeof(nbl));
    NET_BUFFER_LIST_SET_HASH_VALUE(p, 0xDEADBEEF);
    NET_BUFFER_LIST_SET_HASH_TYPE(p, NDIS_HASH_TCP_IPV4);
    NET_BUFFER_LIST_SET_HASH_FUNCTION(p, NdisHashFunctionToeplitz);
    assert_int_equal(NET_BUFFER_LIST_GET_HASH_VALUE(p), 0xDEADBEEF);
    assert_int_equal(NET_BUFFER_LIST_GET_HASH_TYPE(p), NDIS_HASH_TCP_IPV4);
    assert_int_equal(NET_BUFFER_LIST_GET_HASH_FUNCTION(p), NdisHashFunctionToeplitz);
    NET_BUFFER_LIST_COALESCED_SEG_COUNT(p) = 3;
    NET_BUFFER_LIST_DUP_ACK_COUNT(p) = 4;
    assert_int_equal((ULONG_PTR)NET_BUFFER_LIST_INFO(p, TcpRecvSegCoalesceInfo), 0x40003);
}

static void test_vlan_is_not_the_order_of_the_wire(void **state)
{
    NDIS_NET_BUFFER_LIST_8021Q_INFO info;

    (void)state;
    info.Value = NULL;
    info.TagHeader.UserPriority = 5;
    info.TagHeader.VlanId = 0x123;
    assert_int_equal((ULONG_PTR)info.Value, 0x1235);
}

static void test_strsafe_cuts_and_terminates(void **state)
{
    char text[6];
    char *end;
    size_t left;

    (void)state;
    assert_int_equal(RtlStringCbCopyA(text, sizeof(text), "hello"), STATUS_SUCCESS);
    assert_string_equal(text, "hello");
    assert_int_equal(RtlStringCbCatA(text, sizeof(text), "!"), STATUS_BUFFER_OVERFLOW);
    assert_string_equal(text, "hello");
    assert_int_equal(RtlStringCbCopyA(text, 0, "x"), STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlStringCchPrintfA(text, 6, "%d", 12345), STATUS_SUCCESS);
    assert_string_equal(text, "12345");
    assert_int_equal(RtlStringCchPrintfA(text, 6, "%d", 123456), STATUS_BUFFER_OVERFLOW);
    assert_string_equal(text, "12345");
    assert_int_equal(RtlStringCchPrintfExA(text, 6, &end, &left, 0, "%s", "ab"), STATUS_SUCCESS);
    assert_ptr_equal(end, text + 2);
    assert_int_equal(left, 4);
    assert_int_equal(RtlStringCchPrintfExA(text, 6, &end, &left, STRSAFE_NO_TRUNCATION, "%s",
                                           "abcdef"),
                     STATUS_BUFFER_OVERFLOW);
    assert_string_equal(text, "");
    assert_int_equal(RtlStringCbLengthA("abc", 3, &left), STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlStringCbLengthA("abc", 4, &left), STATUS_SUCCESS);
    assert_int_equal(left, 3);
}

static void test_strsafe_counts_bytes_of_wide_text(void **state)
{
    WCHAR text[4];
    size_t left;
    UNICODE_STRING s = {0, 6, text};

    (void)state;
    assert_int_equal(RtlStringCbCopyW(text, sizeof(text), L"abcd"), STATUS_BUFFER_OVERFLOW);
    assert_memory_equal(text, L"abc", sizeof(text));
    assert_int_equal(RtlStringCbLengthW(text, sizeof(text), &left), STATUS_SUCCESS);
    assert_int_equal(left, 6);
    assert_int_equal(RtlUnicodeStringCopyString(&s, L"ab"), STATUS_SUCCESS);
    assert_int_equal(RtlUnicodeStringCatString(&s, L"cd"), STATUS_BUFFER_OVERFLOW);
    assert_int_equal(s.Length, 6);
    assert_memory_equal(text, L"abc", 6);
    assert_int_equal(RtlUnicodeStringPrintf(&s, L"xyz"), STATUS_SUCCESS);
    assert_memory_equal(text, L"xyz", 6);
}

static void test_intsafe_notices_overflow(void **state)
{
    ULONG u;
    SIZE_T z;
    USHORT h;

    (void)state;
    assert_int_equal(RtlULongAdd(1, 2, &u), STATUS_SUCCESS);
    assert_int_equal(u, 3);
    assert_int_equal(RtlULongMult(0x10000, 0x10000, &u), STATUS_INTEGER_OVERFLOW);
    assert_int_equal(u, 0xFFFFFFFF);
    assert_int_equal(RtlSizeTAdd(~(SIZE_T)0, 1, &z), STATUS_INTEGER_OVERFLOW);
    assert_int_equal(RtlULongSub(1, 2, &u), STATUS_INTEGER_OVERFLOW);
    assert_int_equal(RtlULongToUShort(65536, &h), STATUS_INTEGER_OVERFLOW);
    assert_int_equal(RtlIntToULong(-1, &u), STATUS_INTEGER_OVERFLOW);
    assert_int_equal(RtlULongToUShort(65535, &h), STATUS_SUCCESS);
    assert_int_equal(h, 65535);
}

static void test_irp_moves_through_its_locations(void **state)
{
    struct {
        IRP irp;
        IO_STACK_LOCATION location[2];
    } r;
    PIRP irp = &r.irp;

    (void)state;
    memset(&r, 0, sizeof(r));
    irp->CurrentLocation = 2;
    irp->Tail.Overlay.CurrentStackLocation = &r.location[1];
    r.location[1].MajorFunction = IRP_MJ_PNP;
    r.location[1].Control = SL_PENDING_RETURNED;
    IoCopyCurrentIrpStackLocationToNext(irp);
    assert_int_equal(r.location[0].MajorFunction, IRP_MJ_PNP);
    assert_int_equal(r.location[0].Control, 0);
    IoMarkIrpPending(irp);
    assert_int_equal(r.location[1].Control, SL_PENDING_RETURNED);
    IoSetCompletionRoutine(irp, NULL, irp, TRUE, FALSE, TRUE);
    assert_int_equal(r.location[0].Control, SL_INVOKE_ON_SUCCESS | SL_INVOKE_ON_CANCEL);
    IoSkipCurrentIrpStackLocation(irp);
    assert_int_equal(irp->CurrentLocation, 3);
    assert_ptr_equal(irp->Tail.Overlay.CurrentStackLocation, &r.location[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list_keeps_order),
        cmocka_unit_test(test_list_append_splices_a_ring_without_head),
        cmocka_unit_test(test_list_notices_double_insert_and_double_remove),
        cmocka_unit_test(test_single_list_is_a_stack),
        cmocka_unit_test(test_interlocked_returns_old_or_new_as_documented),
        cmocka_unit_test(test_bits_and_byte_order),
        cmocka_unit_test(test_macros_of_ntdef),
        cmocka_unit_test(test_assert_reports_only_failures),
        cmocka_unit_test(test_ethernet_addresses),
        cmocka_unit_test(test_registers_go_through_one_access),
        cmocka_unit_test(test_mdl_macros),
        cmocka_unit_test(test_hash_setters_keep_each_other),
        cmocka_unit_test(test_vlan_is_not_the_order_of_the_wire),
        cmocka_unit_test(test_strsafe_cuts_and_terminates),
        cmocka_unit_test(test_strsafe_counts_bytes_of_wide_text),
        cmocka_unit_test(test_intsafe_notices_overflow),
        cmocka_unit_test(test_irp_moves_through_its_locations),
    };

    return cmocka_run_group_tests_name("inline", tests, NULL, NULL);
}
