/* SPDX-License-Identifier: MIT */
/* Mistakes that belong to no path of the driver. */
#include "seeded.h"

/* writes that a sanitizer would end the process for: the verifier is to find them */
#define RAW __attribute__((no_sanitize("address", "undefined"), noinline))

RAW static VOID Poke(PUCHAR At)
{
    *(volatile UCHAR *)At = 0x5a;
}

RAW static VOID Spin(volatile LONG *Until)
{
    while (*Until == 0) {
    }
}

static NDIS_TIMER_FUNCTION OnTimer;

VOID SeededMiscInitialize(PSEEDED Adapter)
{
    NDIS_TIMER_CHARACTERISTICS timer;

    if (SeededBug(Adapter, "halt-unfreed-object") || SeededBug(Adapter, "init-leak")) {
        Adapter->Leak =
            NdisAllocateMemoryWithTagPriority(Adapter->Handle, 100, SEEDED_TAG, NormalPoolPriority);
    }
    NdisZeroMemory(&timer, sizeof(timer));
    timer.Header.Type = NDIS_OBJECT_TYPE_TIMER_CHARACTERISTICS;
    timer.Header.Revision = NDIS_TIMER_CHARACTERISTICS_REVISION_1;
    timer.Header.Size = NDIS_SIZEOF_TIMER_CHARACTERISTICS_REVISION_1;
    timer.AllocationTag = SEEDED_TAG;
    timer.TimerFunction = OnTimer;
    timer.FunctionContext = Adapter;
    (VOID) NdisAllocateTimerObject(Adapter->Handle, &timer, &Adapter->Timer);
}

static VOID OnTimer(PVOID SystemSpecific1, PVOID FunctionContext, PVOID SystemSpecific2,
                    PVOID SystemSpecific3)
{
    UNREFERENCED_PARAMETER(SystemSpecific1);
    UNREFERENCED_PARAMETER(FunctionContext);
    UNREFERENCED_PARAMETER(SystemSpecific2);
    UNREFERENCED_PARAMETER(SystemSpecific3);
}

static VOID WrongIrql(PSEEDED Adapter)
{
    NDIS_EVENT event;
    KIRQL irql;

    NdisInitializeEvent(&event);
    NdisSetEvent(&event);
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    if (SeededBug(Adapter, "irql-general")) {
        NdisMSleep(1);
    }
    if (SeededBug(Adapter, "waitevent-irql")) {
        (VOID) NdisWaitEvent(&event, 1);
    }
    KeLowerIrql(irql);
}

static VOID WrongLock(PSEEDED Adapter)
{
    KIRQL irql;

    if (SeededBug(Adapter, "lock-balance")) {
        KeRaiseIrql(DISPATCH_LEVEL, &irql);
        NdisDprReleaseSpinLock(&Adapter->Lock);
        KeLowerIrql(irql);
    }
}

static VOID WrongPool(PSEEDED Adapter)
{
    PUCHAR memory =
        NdisAllocateMemoryWithTagPriority(Adapter->Handle, 100, SEEDED_TAG, NormalPoolPriority);

    if (memory == NULL) {
        return;
    }
    if (SeededBug(Adapter, "pool-corruption")) {
        Poke(memory + 100);
    }
    NdisFreeMemoryWithTagPriority(Adapter->Handle, memory, SEEDED_TAG);
    if (SeededBug(Adapter, "pool-bad-free")) {
        NdisFreeMemoryWithTagPriority(Adapter->Handle, memory, SEEDED_TAG);
    }
}

/* mistakes about a mapping that no send is needed for */
static VOID WrongMapping(PSEEDED Adapter)
{
    PNET_BUFFER nb = NET_BUFFER_LIST_FIRST_NB(Adapter->ScratchNbl);
    SCATTER_GATHER_LIST own;
    KIRQL irql;

    if (SeededBug(Adapter, "sgl-zero-length")) {
        NET_BUFFER_DATA_LENGTH(nb) = 0;
        SeededScratchMap(Adapter, NDIS_SG_LIST_WRITE_TO_DEVICE);
    }
    if (SeededBug(Adapter, "sgl-va-outside-mdl")) {
        NET_BUFFER_DATA_LENGTH(nb) = SCRATCH_BYTES + 1;
        SeededScratchMap(Adapter, NDIS_SG_LIST_WRITE_TO_DEVICE);
    }
    NET_BUFFER_DATA_LENGTH(nb) = SCRATCH_BYTES;
    if (SeededBug(Adapter, "sgl-free-irql")) {
        SeededScratchMap(Adapter, NDIS_SG_LIST_WRITE_TO_DEVICE);
        NdisMFreeNetBufferSGList(Adapter->Dma, Adapter->ScratchSgl, nb);
        Adapter->ScratchSgl = NULL;
    }
    if (SeededBug(Adapter, "sgl-free-unknown")) {
        NdisZeroMemory(&own, sizeof(own));
        KeRaiseIrql(DISPATCH_LEVEL, &irql);
        NdisMFreeNetBufferSGList(Adapter->Dma, &own, nb);
        KeLowerIrql(irql);
    }
    SeededScratchUnmap(Adapter);
}

VOID SeededMiscRestart(PSEEDED Adapter)
{
    if (Adapter->Bug[0] == '\0') {
        return;
    }
    WrongMapping(Adapter);
    WrongIrql(Adapter);
    WrongLock(Adapter);
    WrongPool(Adapter);
    if (SeededBug(Adapter, "object-misuse")) {
        PVOID nothing = ExAllocatePoolWithTag(NonPagedPoolNx, 0, SEEDED_TAG);

        ExFreePoolWithTag(nothing, SEEDED_TAG);
    }
    if (SeededBug(Adapter, "shmem-corruption")) {
        Poke((PUCHAR)Adapter->RxBlock.Va + Adapter->RxBlock.Length);
    }
    if (SeededBug(Adapter, "register-plain-access")) {
        *(volatile ULONG *)(PVOID)(Adapter->Registers + REG_STATUS) |= 0;
    }
    if (SeededBug(Adapter, "driver-assert")) {
        NT_ASSERT(Adapter->Filter == 0x12345678u);
    }
    if (SeededBug(Adapter, "driver-bugcheck")) {
        KeBugCheckEx(0xe2, 1, 2, 3, 4);
    }
    if (SeededBug(Adapter, "driver-crash")) {
        Poke(NULL);
    }
    if (SeededBug(Adapter, "driver-hang")) {
        Spin(&Adapter->Done);
    }
}

VOID SeededMiscHalt(PSEEDED Adapter)
{
    if (SeededBug(Adapter, "rx-in-paused")) {
        SeededIndicateOne(Adapter);
    }
    if (SeededBug(Adapter, "sgl-alloc-in-paused")) {
        SeededScratchMap(Adapter, NDIS_SG_LIST_WRITE_TO_DEVICE);
        SeededScratchUnmap(Adapter);
    }
    if (Adapter->Timer != NULL && !SeededBug(Adapter, "halt-timer-active")) {
        (VOID) NdisCancelTimerObject(Adapter->Timer);
        NdisFreeTimerObject(Adapter->Timer);
    }
    if (Adapter->Leak != NULL && !SeededBug(Adapter, "halt-unfreed-object") &&
        !SeededBug(Adapter, "init-leak")) {
        NdisFreeMemoryWithTagPriority(Adapter->Handle, Adapter->Leak, SEEDED_TAG);
    }
}
