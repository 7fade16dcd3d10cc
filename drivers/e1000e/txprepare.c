/* SPDX-License-Identifier: MIT */
/*
 * From a NET_BUFFER to fragments: map it or copy it.
 *
 * Mapping costs two calls into NDIS and a look at every page; for a small frame copying is cheaper
 * (keyword CopyThreshold), and some frames cannot be mapped at all:
 *
 *   shorter than 60 bytes       must be padded with zeros, and the stack's memory is not ours
 *   too much before the data    the list would be longer than MaximumPhysicalMapping
 *   too many MDLs or elements   the ring is finite, and some cards lose frames in over 64 pieces
 *   NDIS_STATUS_RESOURCES       more map registers than one transfer may have; it would not
 *                               help to wait
 *
 * So every slot has a frame of shared memory, and copying always works (unless an MDL cannot be
 * mapped into system space, which ends the send with NDIS_STATUS_RESOURCES).
 */
#include "e1000e.h"

/* Walks a scatter/gather list: what has to be skipped, what is left to send. */
typedef struct _E1000_FRAGMENTS {
    const SCATTER_GATHER_ELEMENT *Element;
    ULONG Elements;
    ULONG Offset; /* into *Element */
    ULONG Skip;
    ULONG Left;
    ULONG Head; /* bytes of the copy that go first */
    ULONG64 HeadPa;
} E1000_FRAGMENTS, *PE1000_FRAGMENTS;

/*
 * Gives the next piece of the frame; FALSE at its end.
 *
 * A list starts at the first byte of CurrentMdl: the first CurrentMdlOffset bytes, which may be
 * whole elements, are not part of the frame. Elements of length zero are passed over: a descriptor
 * of length zero makes some cards drop the frame.
 *
 * No piece crosses a 4 KiB boundary of the device address. The 82574 does not mind, but where an
 * IOMMU puts unrelated pages side by side, emulations of the card lose what crosses such a seam.
 */
static BOOLEAN E1000NextFragment(PE1000_FRAGMENTS Walk, PULONG64 Address, PULONG Length)
{
    ULONG64 start;
    ULONG length;
    ULONG rest;

    if (Walk->Head != 0) {
        *Address = Walk->HeadPa;
        *Length = Walk->Head;
        Walk->Left -= Walk->Head;
        Walk->Head = 0;
        return TRUE;
    }
    while (Walk->Left != 0 && Walk->Elements != 0) {
        rest = Walk->Element->Length - Walk->Offset;
        if (rest <= Walk->Skip) {
            Walk->Skip -= rest;
            Walk->Offset = 0;
            Walk->Element++;
            Walk->Elements--;
            continue;
        }
        Walk->Offset += Walk->Skip;
        rest -= Walk->Skip;
        Walk->Skip = 0;
        start = (ULONG64)Walk->Element->Address.QuadPart + Walk->Offset;
        length = E1000_IOVA_PAGE - (ULONG)(start & (E1000_IOVA_PAGE - 1));
        length = min(length, min(rest, Walk->Left));
        Walk->Offset += length;
        Walk->Left -= length;
        *Address = start;
        *Length = length;
        return TRUE;
    }
    return FALSE;
}

/* Starts a walk over what the slot sends: its copy, or the list that the callback brought. */
static VOID E1000StartFragments(PE1000_TX_SLOT Slot, SCATTER_GATHER_ELEMENT *Copy,
                                PE1000_FRAGMENTS Walk)
{
    Walk->Offset = 0;
    Walk->Head = 0;
    Walk->HeadPa = Slot->CopyPa;
    Walk->Left = Slot->FrameLength;
    if (Slot->Copied) {
        Copy->Address.QuadPart = (LONGLONG)Slot->CopyPa;
        Copy->Length = Slot->FrameLength;
        Walk->Element = Copy;
        Walk->Elements = 1;
        Walk->Skip = 0;
    } else {
        Walk->Element = Slot->Sgl->Elements;
        Walk->Elements = Slot->Sgl->NumberOfElements;
        Walk->Head = Slot->Offload.HeaderLength;
        Walk->Skip = NET_BUFFER_CURRENT_MDL_OFFSET(Slot->Nb) + Walk->Head;
    }
}

/* How many descriptors the slot needs; 0 when the list ends before the frame does. */
static ULONG E1000CountFragments(PE1000_TX_SLOT Slot)
{
    SCATTER_GATHER_ELEMENT copy;
    E1000_FRAGMENTS walk;
    ULONG64 address;
    ULONG length;
    ULONG count = E1000OffloadInCard(Slot) ? 1 : 0; /* the context */

    E1000StartFragments(Slot, &copy, &walk);
    while (E1000NextFragment(&walk, &address, &length)) {
        count++;
    }
    return walk.Left == 0 ? count : 0;
}

/*
 * Writes the descriptors of a slot at Tx->Next; there is room for them. The doorbell is the
 * caller's business. Tx.Lock held.
 */
VOID E1000TxWriteSlot(PE1000_TX Tx, PE1000_TX_SLOT Slot)
{
    volatile E1000_TX_DESC *desc;
    SCATTER_GATHER_ELEMENT copy;
    E1000_FRAGMENTS walk;
    ULONG64 address;
    ULONG length;
    ULONG command;
    ULONG more = 0;
    ULONG options = 0;

    if (E1000OffloadInCard(Slot)) {
        E1000OffloadWriteContext(Slot, &Tx->Ring[Tx->Next]);
        Tx->Next = Tx->Next + 1 == Tx->RingSize ? 0 : Tx->Next + 1;
        more = E1000OffloadCommand(Slot);
        options = E1000OffloadOptions(Slot);
    }
    E1000StartFragments(Slot, &copy, &walk);
    while (E1000NextFragment(&walk, &address, &length)) {
        command = length | E1000_TXD_IFCS | more;
        if (walk.Left == 0) {
            command |= E1000_TXD_EOP | E1000_TXD_RS | (Slot->Tagged ? E1000_TXD_VLE : 0u);
        }
        desc = &Tx->Ring[Tx->Next];
        desc->Address = address;
        desc->Command = command;
        desc->Status = options | (walk.Left == 0 ? (ULONG)Slot->Tag << E1000_TXD_TAG_SHIFT : 0u);
        Slot->Last = Tx->Next;
        Tx->Next = Tx->Next + 1 == Tx->RingSize ? 0 : Tx->Next + 1;
    }
    Tx->Unused -= Slot->Fragments;
    Tx->Quiet += Slot->Fragments;
}

/* Copies the first bytes of a NET_BUFFER; FALSE if an MDL has no system address or the chain is
   short. */
static BOOLEAN E1000CopyData(PNET_BUFFER Nb, ULONG Bytes, PUCHAR To)
{
    PMDL mdl = NET_BUFFER_CURRENT_MDL(Nb);
    ULONG offset = NET_BUFFER_CURRENT_MDL_OFFSET(Nb);
    ULONG left = Bytes;
    ULONG length;
    PUCHAR from;

    for (; left != 0 && mdl != NULL; mdl = NDIS_MDL_LINKAGE(mdl)) {
        length = MmGetMdlByteCount(mdl);
        if (length <= offset) {
            offset -= length;
            continue;
        }
        from = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority | MdlMappingNoExecute);
        if (from == NULL) {
            return FALSE;
        }
        length = min(length - offset, left);
        NdisMoveMemory(To, from + offset, length);
        To += length;
        left -= length;
        offset = 0;
    }
    return (BOOLEAN)(left == 0);
}

/*
 * Copies the frame into the slot's own memory, padded to what Ethernet wants. A list that the
 * callback may have brought stays mapped until the slot is finished: whether it may be freed inside
 * the callback is not documented. <= DISPATCH_LEVEL, no lock.
 */
static E1000_SLOT_STATE E1000CopySlot(PE1000_TX_SLOT Slot)
{
    ULONG length = NET_BUFFER_DATA_LENGTH(Slot->Nb);

    /* A large send that cannot be mapped cannot be sent. */
    if (length > Slot->Adapter->Tx.CopySize || !E1000CopyData(Slot->Nb, length, Slot->Copy)) {
        return E1000SlotFailed;
    }
    E1000OffloadPatch(Slot);
    if (length < E1000_MIN_FRAME) {
        NdisZeroMemory(Slot->Copy + length, E1000_MIN_FRAME - length);
        length = E1000_MIN_FRAME;
    }
    Slot->Copied = TRUE;
    Slot->FrameLength = length;
    Slot->Fragments = E1000CountFragments(Slot);
    return E1000SlotReady;
}

/* The headers that go from the copy, if any. */
static BOOLEAN E1000CopyHead(PE1000_TX_SLOT Slot)
{
    if (Slot->Offload.HeaderLength == 0) {
        return TRUE;
    }
    if (!E1000CopyData(Slot->Nb, Slot->Offload.HeaderLength, Slot->Copy)) {
        return FALSE;
    }
    E1000OffloadPatch(Slot);
    return TRUE;
}

/* The rules at the head of this file, as far as they can be told before mapping. */
static BOOLEAN E1000MustCopy(PE1000_ADAPTER Adapter, PNET_BUFFER Nb)
{
    PMDL mdl = NET_BUFFER_CURRENT_MDL(Nb);
    ULONG left = NET_BUFFER_DATA_LENGTH(Nb);
    ULONG offset = NET_BUFFER_CURRENT_MDL_OFFSET(Nb);
    ULONG mdls = 0;
    ULONG length;

    if (left < E1000_MIN_FRAME || left < Adapter->Config.CopyThreshold ||
        offset > Adapter->Tx.MaxMapping - left) {
        return TRUE;
    }
    for (; left != 0 && mdl != NULL; mdl = NDIS_MDL_LINKAGE(mdl)) {
        length = MmGetMdlByteCount(mdl);
        if (length <= offset) {
            offset -= length;
            continue;
        }
        left -= min(length - offset, left);
        offset = 0;
        mdls++;
    }
    return (BOOLEAN)(mdls > E1000_TX_MAX_MDLS);
}

/* Which counters the frame belongs to, and the tag the card is to insert. */
static VOID E1000DescribeFrame(PE1000_ADAPTER Adapter, PE1000_TX_SLOT Slot)
{
    NDIS_NET_BUFFER_LIST_8021Q_INFO info;
    UCHAR storage[E1000_MAC_LENGTH];
    PUCHAR destination;
    ULONG priority;
    ULONG vlan;

    destination = NdisGetDataBuffer(Slot->Nb, E1000_MAC_LENGTH, storage, 1, 0);
    Slot->Class = destination == NULL ? E1000FrameDirected : E1000ClassOf(destination);

    info.Value = NET_BUFFER_LIST_INFO(Slot->Nbl, Ieee8021QNetBufferListInfo);
    priority = (Adapter->Config.PriorityVlanTag & 1u) ? info.TagHeader.UserPriority : 0u;
    vlan = 0;
    if (Adapter->Config.PriorityVlanTag & 2u) {
        vlan = info.TagHeader.VlanId != 0 ? info.TagHeader.VlanId : Adapter->Config.VlanId;
    }
    /* NDIS and the wire order the fields differently. */
    Slot->Tag = (USHORT)(priority << 13 | vlan);
    if (Slot->Tag != 0 && info.TagHeader.CanonicalFormatId) {
        Slot->Tag |= 1u << 12;
    }
    Slot->Tagged = (BOOLEAN)(Slot->Tag != 0);
}

/*
 * Makes a slot ready for the card, now or when its list comes. = DISPATCH_LEVEL, no lock.
 * After a successful NdisMAllocateNetBufferSGList the slot belongs to the callback, which may have
 * run already, here or on another CPU, and may have seen the frame sent and the slot reused.
 */
VOID E1000TxPrepare(PE1000_ADAPTER Adapter, PE1000_TX_SLOT Slot)
{
    NDIS_STATUS status;

    E1000DescribeFrame(Adapter, Slot);
    Slot->FrameLength = NET_BUFFER_DATA_LENGTH(Slot->Nb);
    if (!E1000OffloadDescribe(Slot)) {
        E1000TxPrepared(Adapter, Slot, E1000SlotFailed);
        return;
    }
    if (!Slot->Offload.InSoftware && !E1000MustCopy(Adapter, Slot->Nb) && E1000CopyHead(Slot)) {
        status = NdisMAllocateNetBufferSGList(Adapter->DmaHandle, Slot->Nb, Slot,
                                              NDIS_SG_LIST_WRITE_TO_DEVICE, Slot->SglBuffer,
                                              Slot->SglBuffer == NULL ? 0 : Adapter->SglSize);
        if (status == NDIS_STATUS_SUCCESS) {
            return;
        }
    }
    E1000TxPrepared(Adapter, Slot, E1000CopySlot(Slot));
}

/*
 * MiniportProcessSGList: the list for a slot has been built. = DISPATCH_LEVEL, inside
 * NdisMAllocateNetBufferSGList or later, on any CPU and in any order; E1000TxPrepared puts the
 * order right. The list is the one in ScatterGatherList, not the buffer we offered.
 */
VOID E1000ProcessSGList(PDEVICE_OBJECT pDO, PVOID Reserved, PSCATTER_GATHER_LIST pSGL,
                        PVOID Context)
{
    PE1000_TX_SLOT slot = Context;
    PE1000_ADAPTER adapter = slot->Adapter;
    E1000_SLOT_STATE state = E1000SlotReady;

    UNREFERENCED_PARAMETER(pDO);
    UNREFERENCED_PARAMETER(Reserved);
    /* The list we are about to hand on may be completed before we return; this keeps a pause, and
       with it a halt, from finishing under our feet. */
    E1000Reference(adapter, 1);
    slot->Sgl = pSGL;
    slot->Fragments = E1000CountFragments(slot);
    if (slot->Fragments == 0 || slot->Fragments > E1000_TX_MAX_FRAGMENTS) {
        state = E1000CopySlot(slot);
    }
    E1000TxPrepared(adapter, slot, state);
    E1000Dereference(adapter, 1);
}
