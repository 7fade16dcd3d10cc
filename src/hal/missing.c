/* SPDX-License-Identifier: MIT */
/* Members of DMA_OPERATIONS that are not implemented yet. Calling one says so by name and ends the
 * run. */
#include "hal/hal_int.h"
#include "seam/api.h"

#define MISSING(X)                                                                                 \
    X(AllocateAdapterChannel)                                                                      \
    X(FlushAdapterBuffers)                                                                         \
    X(FreeAdapterChannel)                                                                          \
    X(FreeMapRegisters)                                                                            \
    X(MapTransfer)                                                                                 \
    X(ReadDmaCounter)                                                                              \
    X(BuildMdlFromScatterGatherList)                                                               \
    X(GetDmaAdapterInfo)                                                                           \
    X(GetDmaTransferInfo)                                                                          \
    X(InitializeDmaTransferContext)                                                                \
    X(AllocateCommonBufferEx)                                                                      \
    X(AllocateAdapterChannelEx)                                                                    \
    X(ConfigureAdapterChannel)                                                                     \
    X(CancelAdapterChannel)                                                                        \
    X(MapTransferEx)                                                                               \
    X(GetScatterGatherListEx)                                                                      \
    X(BuildScatterGatherListEx)                                                                    \
    X(FlushAdapterBuffersEx)                                                                       \
    X(FreeAdapterObject)                                                                           \
    X(CancelMappedTransfer)                                                                        \
    X(AllocateDomainCommonBuffer)                                                                  \
    X(FlushDmaBuffer)                                                                              \
    X(JoinDmaDomain)                                                                               \
    X(LeaveDmaDomain)                                                                              \
    X(GetDmaDomain)                                                                                \
    X(AllocateCommonBufferWithBounds)                                                              \
    X(AllocateCommonBufferVector)                                                                  \
    X(GetCommonBufferFromVectorByIndex)                                                            \
    X(FreeCommonBufferFromVector)                                                                  \
    X(FreeCommonBufferVector)                                                                      \
    X(CreateCommonBufferFromMdl)

#define BODY(name)                                                                                 \
    static void missing_##name(void)                                                               \
    {                                                                                              \
        dd_api_missing("DMA_OPERATIONS." #name);                                                   \
    }
MISSING(BODY)

/* through void *: the arguments do not matter to a function that never returns */
#define FILL(name) ops->name = (__typeof__(ops->name))(void *)missing_##name;

void dd_hal_fill_missing(DMA_OPERATIONS *ops)
{
    MISSING(FILL)
}
