/* SPDX-License-Identifier: MIT */
/*
 * ndis/dmachannel.h - subordinate (system) DMA: a NIC that lets the DMA controller move the data
 *
 *   NdisMRegisterDmaChannel -> [ NdisMSetupDmaTransfer -> NdisMCompleteDmaTransfer ] ... ->
 *   NdisMDeregisterDmaChannel
 *
 * One transfer at a time on a channel. Not for PCI bus masters.
 *
 * Two texts differ about who needs it. The page on porting shared memory calls to NDIS 6 asks for
 * NdisMRegisterDmaChannel() before NdisMAllocateSharedMemoryAsyncEx(); the reference page of that
 * call for NdisMRegisterScatterGatherDma() or NdisMRegisterDmaChannel(). Neither can be followed to
 * the letter: a PCI bus master can never register a channel, and whoever registered nothing but a
 * channel has no handler that could be called with the memory, since only NDIS_SG_DMA_DESCRIPTION
 * has a place for one. In Drydock the asynchronous call works after NdisMRegisterScatterGatherDma()
 * and never asks for a channel; with a channel alone it fails, and the finding names both texts.
 */
#ifndef DRYDOCK_NDIS_DMACHANNEL_H
#define DRYDOCK_NDIS_DMACHANNEL_H

#include "../wdm/dma.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Buffers of NDIS 5 are MDLs. */
typedef MDL NDIS_BUFFER, *PNDIS_BUFFER;

/**
 * NDIS_DMA_DESCRIPTION - how the channel is to be programmed; zero it first
 * @DemandMode: demand mode instead of single transfers
 * @AutoInitialize: the controller starts over at the end
 * @DmaChannelSpecified: @DmaChannel counts
 * @DmaWidth: Width8Bits, Width16Bits, Width32Bits
 * @DmaSpeed: Compatible, TypeA, TypeB, TypeC
 * @DmaPort: 0
 * @DmaChannel: bus-relative channel
 */
typedef struct _NDIS_DMA_DESCRIPTION {
    BOOLEAN DemandMode;
    BOOLEAN AutoInitialize;
    BOOLEAN DmaChannelSpecified;
    DMA_WIDTH DmaWidth;
    DMA_SPEED DmaSpeed;
    ULONG DmaPort;
    ULONG DmaChannel;
} NDIS_DMA_DESCRIPTION, *PNDIS_DMA_DESCRIPTION;

/**
 * NdisMRegisterDmaChannel - claim a DMA channel
 * @MiniportDmaHandle: out
 * @MiniportAdapterHandle: from MiniportInitializeEx
 * @DmaChannel: ignored; the channel comes from @DmaDescription or the resources
 * @Dma32BitAddresses: the device addresses 32 bits. The controllers here have 24 all the same
 * @DmaDescription: zeroed, then filled
 * @MaximumLength: most bytes of one transfer; all ones: no limit
 *
 * IRQL: = PASSIVE_LEVEL, from MiniportInitializeEx after NdisMSetMiniportAttributes().
 * Return: NDIS_STATUS_SUCCESS; NDIS_STATUS_RESOURCE_CONFLICT, the channel is taken, or not among
 *     the adapter's resources (logged); NDIS_STATUS_RESOURCES, no memory; NDIS_STATUS_FAILURE, bad
 *     bus type or number, or a bus master on a bus other than ISA.
 * Ownership: give back with NdisMDeregisterDmaChannel().
 * Source: windows-driver-docs-ddi, ndis/nf-ndis-ndismregisterdmachannel.
 * Unspecified there: values of @DmaDescription out of range, and a width that the channel has not
 *     (8 bits on 0 to 3, 16 on 5 to 7). Drydock: NDIS_STATUS_FAILURE. No channel named. Drydock:
 * the first of the resources, NDIS_STATUS_FAILURE when there is none. What an ISA bus master gets.
 *     Drydock: its channel in cascade mode, and no transfers.
 */
DD_NT_IMPORT NDIS_STATUS NdisMRegisterDmaChannel(PNDIS_HANDLE MiniportDmaHandle,
                                                 NDIS_HANDLE MiniportAdapterHandle, UINT DmaChannel,
                                                 BOOLEAN Dma32BitAddresses,
                                                 PNDIS_DMA_DESCRIPTION DmaDescription,
                                                 ULONG MaximumLength);

/**
 * NdisMDeregisterDmaChannel - give the channel back
 * @MiniportDmaHandle: dead at once
 *
 * IRQL: = PASSIVE_LEVEL, only from MiniportInitializeEx and MiniportHaltEx.
 * Source: windows-driver-docs-ddi, ndis/nf-ndis-ndismderegisterdmachannel.
 * Unspecified there: a transfer still set up. Drydock: a finding, and the transfer is stopped.
 */
DD_NT_IMPORT VOID NdisMDeregisterDmaChannel(NDIS_HANDLE MiniportDmaHandle);

/**
 * NdisSetupDmaTransfer - program the controller for one transfer (NdisMSetupDmaTransfer)
 * @Status: out, NDIS_STATUS_SUCCESS, or NDIS_STATUS_RESOURCES: channel busy or bad length
 * @MiniportDmaHandle: from NdisMRegisterDmaChannel()
 * @Buffer: one MDL
 * @Offset: bytes into @Buffer
 * @Length: bytes; @Offset + @Length lies inside @Buffer
 * @WriteToDevice: memory to device
 *
 * IRQL: <= DISPATCH_LEVEL.
 * Ownership: the buffer is the controller's until NdisCompleteDmaTransfer() with the same values.
 * Source: windows-driver-docs-ddi, ndis/nf-ndis-ndismsetupdmatransfer.
 * Unspecified there: @Length 0, or more than the channel moves (64 KiB; 128 KiB and an even number
 *     on 16-bit channels). Drydock: NDIS_STATUS_RESOURCES. Memory out of the controller's reach.
 *     Drydock: a copy is moved, and what was received is there after the completion; for an
 *     auto-initialize channel, which never ends, NDIS_STATUS_RESOURCES: give it shared memory.
 */
DD_NT_IMPORT VOID NdisSetupDmaTransfer(PNDIS_STATUS Status, NDIS_HANDLE MiniportDmaHandle,
                                       PNDIS_BUFFER Buffer, ULONG Offset, ULONG Length,
                                       BOOLEAN WriteToDevice);

/**
 * NdisCompleteDmaTransfer - end one transfer (NdisMCompleteDmaTransfer)
 * @Status: out, NDIS_STATUS_SUCCESS, or NDIS_STATUS_RESOURCES: channel released, data perhaps not
 *          whole
 * @MiniportDmaHandle: as at setup
 * @Buffer: as at setup
 * @Offset: as at setup
 * @Length: as at setup
 * @WriteToDevice: as at setup
 *
 * IRQL: <= DISPATCH_LEVEL.
 * Ownership: the buffer is the driver's again.
 * Source: windows-driver-docs-ddi, ndis/nf-ndis-ndismcompletedmatransfer.
 * Unspecified there: values that differ from the setup, or no setup. Drydock: a finding, and
 *     NDIS_STATUS_RESOURCES. A transfer the device did not use up, as for a short frame. Drydock:
 * no error; the bytes it did not write stay as they were.
 */
DD_NT_IMPORT VOID NdisCompleteDmaTransfer(PNDIS_STATUS Status, NDIS_HANDLE MiniportDmaHandle,
                                          PNDIS_BUFFER Buffer, ULONG Offset, ULONG Length,
                                          BOOLEAN WriteToDevice);

#define NdisMSetupDmaTransfer(Status, Handle, Buffer, Offset, Length, WriteToDevice)               \
    NdisSetupDmaTransfer(Status, Handle, Buffer, Offset, Length, WriteToDevice)
#define NdisMCompleteDmaTransfer(Status, Handle, Buffer, Offset, Length, WriteToDevice)            \
    NdisCompleteDmaTransfer(Status, Handle, Buffer, Offset, Length, WriteToDevice)

/**
 * NdisMReadDmaCounter - bytes the controller has still to move
 * @MiniportDmaHandle: from NdisMRegisterDmaChannel()
 *
 * IRQL: <= DISPATCH_LEVEL.
 * Return: bytes that remain of the current transfer; with auto-initialize, of the current round.
 * Source: windows-driver-docs-ddi, ndis/nf-ndis-ndismreaddmacounter.
 * Unspecified there: the value without a transfer. Drydock: 0.
 */
DD_NT_IMPORT ULONG NdisMReadDmaCounter(NDIS_HANDLE MiniportDmaHandle);

/**
 * NdisFlushBuffer - make the caches agree for one MDL (not its chain)
 * @Buffer: the MDL
 * @WriteToDevice: TRUE before the device reads, FALSE after it wrote
 *
 * A macro over KeFlushIoBuffers(); nothing to do on coherent hardware.
 *
 * IRQL: <= DISPATCH_LEVEL.
 * Source: windows-driver-docs-ddi, wdm/nf-wdm-keflushiobuffers.
 * Unspecified there: nothing of use.
 */
#define NdisFlushBuffer(Buffer, WriteToDevice) KeFlushIoBuffers((Buffer), !(WriteToDevice), TRUE)

#ifdef __cplusplus
}
#endif

#endif
