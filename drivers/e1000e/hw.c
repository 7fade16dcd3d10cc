/* SPDX-License-Identifier: MIT */
/*
 * Reset, NVM, addresses and stopping the card. Nothing here knows about NDIS objects.
 *
 * CTRL.RST clears every register on silicon and next to none in some emulations of this card, so
 * the reset here promises only that DMA and interrupts have stopped; setup.c then writes every
 * register the driver relies on.
 */
#include "hw.h"

#define E1000_WAIT_STEP_US    1000u
#define E1000_RX_DRAIN_US     10000u
#define E1000_TX_DRAIN_STEPS  10u
#define E1000_MASTER_STEPS    80u
#define E1000_RESET_STEPS     10u
#define E1000_AUTO_READ_STEPS 10u
#define E1000_PHY_CONFIG_US   25000u
#define E1000_NVM_STEP_US     10u
#define E1000_NVM_STEPS       500u

#define E1000_NAME_82574L  "82574L Gigabit Ethernet Adapter"
#define E1000_NAME_82540EM "82540EM Gigabit Ethernet Adapter"

static const E1000_HW_TYPE E1000Types[] = {
    {
        .DeviceId = 0x10D3,
        .Vectors = 5,
        .Pcie = TRUE,
        .ExtendedRx = TRUE,
        .FlexBuffer = TRUE,
        .EerdDone = 0x00000002u,
        .EerdAddressShift = 2,
        .Description = E1000_NAME_82574L,
        .DescriptionLength = sizeof(E1000_NAME_82574L),
    },
    {
        .DeviceId = 0x100E,
        .Vectors = 0,
        .Pcie = FALSE,
        .ExtendedRx = FALSE,
        .FlexBuffer = FALSE,
        .EerdDone = 0x00000010u,
        .EerdAddressShift = 8,
        .Description = E1000_NAME_82540EM,
        .DescriptionLength = sizeof(E1000_NAME_82540EM),
    },
};

/* Finds the row of a PCI device id; NULL when this driver does not know the chip. Any IRQL. */
const E1000_HW_TYPE *E1000HwFindType(USHORT DeviceId)
{
    ULONG i;

    for (i = 0; i < RTL_NUMBER_OF(E1000Types); i++) {
        if (E1000Types[i].DeviceId == DeviceId) {
            return &E1000Types[i];
        }
    }
    return NULL;
}

/*
 * Is the card still there? Bits 31:20 of STATUS are never all ones on a live card, and a read that
 * nobody answers gives ffffffff. Any IRQL. Once gone, always gone.
 */
BOOLEAN E1000HwCheckGone(PE1000_HW Hw)
{
    if (!E1000HwIsGone(Hw) && E1000Read(Hw, E1000_STATUS) == 0xFFFFFFFFu) {
        InterlockedExchange(&Hw->Gone, 1);
    }
    return E1000HwIsGone(Hw);
}

/*
 * Waits, one millisecond at a time and at most Steps times, until (register & Mask) == Value.
 * PASSIVE_LEVEL. FALSE when it did not happen.
 */
static BOOLEAN E1000HwWaitFor(PE1000_HW Hw, ULONG Register, ULONG Mask, ULONG Value, ULONG Steps)
{
    ULONG i;

    for (i = 0; i < Steps; i++) {
        if ((E1000Read(Hw, Register) & Mask) == Value) {
            return TRUE;
        }
        NdisMSleep(E1000_WAIT_STEP_US);
    }
    return (BOOLEAN)((E1000Read(Hw, Register) & Mask) == Value);
}

/* Lets the transmitter finish what it was given: a frame cut in half would lead the next one. */
static VOID E1000HwDrainTransmit(PE1000_HW Hw)
{
    ULONG i;

    for (i = 0; i < E1000_TX_DRAIN_STEPS; i++) {
        if (E1000Read(Hw, E1000_TDH) == E1000Read(Hw, E1000_TDT)) {
            return;
        }
        NdisMSleep(E1000_WAIT_STEP_US);
    }
}

/*
 * Stops interrupts, receive, transmit and then all DMA, in that order. PASSIVE_LEVEL.
 *
 * The order matters: STATUS.MASTER = 0 is the only proof that no further DMA comes (DS, "master
 * disable"), and a receive that is under way is finished after RCTL.EN is cleared; a card whose
 * receiver is off already, as at power on, has none. With the link down the transmitter never
 * drains, hence the bound.
 */
VOID E1000HwStopDma(PE1000_HW Hw)
{
    ULONG receive;

    if (E1000HwCheckGone(Hw)) {
        return;
    }
    E1000Write(Hw, E1000_IMC, E1000_INT_ALL);
    receive = E1000Read(Hw, E1000_RCTL);
    if (receive & E1000_RCTL_EN) {
        E1000Write(Hw, E1000_RCTL, receive & ~E1000_RCTL_EN);
        E1000Flush(Hw);
        NdisMSleep(E1000_RX_DRAIN_US);
    }
    E1000HwDrainTransmit(Hw);
    E1000Write(Hw, E1000_TCTL, E1000Read(Hw, E1000_TCTL) & ~E1000_TCTL_EN);
    E1000Write(Hw, E1000_CTRL, E1000Read(Hw, E1000_CTRL) | E1000_CTRL_MASTER_OFF);
    E1000Flush(Hw);
    if (Hw->Type->Pcie) {
        (VOID) E1000HwWaitFor(Hw, E1000_STATUS, E1000_STATUS_MASTER, 0, E1000_MASTER_STEPS);
    }
}

/*
 * Resets the card. Afterwards DMA and interrupts are off and every other register is undefined.
 * PASSIVE_LEVEL; takes about 50 ms.
 * Return: SUCCESS; ADAPTER_REMOVED when nobody answers; DEVICE_FAILED when RST never clears.
 */
NDIS_STATUS E1000HwReset(PE1000_HW Hw)
{
    BOOLEAN done;

    E1000HwStopDma(Hw);
    E1000PhyTakeMdio(Hw);
    E1000Write(Hw, E1000_CTRL, E1000Read(Hw, E1000_CTRL) | E1000_CTRL_RST);
    /* No access for 1 us after RST (DS 4); a millisecond costs nothing here. */
    NdisMSleep(E1000_WAIT_STEP_US);
    done = E1000HwWaitFor(Hw, E1000_CTRL, E1000_CTRL_RST, 0, E1000_RESET_STEPS);
    E1000PhyReleaseMdio(Hw);
    if (E1000HwCheckGone(Hw)) {
        return NDIS_STATUS_ADAPTER_REMOVED;
    }
    if (!done) {
        return NDIS_STATUS_DEVICE_FAILED;
    }
    if (Hw->Type->Pcie) {
        /* The NVM's words are loaded into the registers, then into the PHY (DS 4). */
        (VOID) E1000HwWaitFor(Hw, E1000_EECD, E1000_EECD_AUTO_RD, E1000_EECD_AUTO_RD,
                              E1000_AUTO_READ_STEPS);
        NdisMSleep(E1000_PHY_CONFIG_US);
    }
    /* A read need not clear ICR while MSI-X is on, so write ones as well. */
    E1000Write(Hw, E1000_IMC, E1000_INT_ALL);
    (VOID) E1000Read(Hw, E1000_ICR);
    E1000Write(Hw, E1000_ICR, E1000_INT_ALL);
    return NDIS_STATUS_SUCCESS;
}

/* Reads one NVM word (DS 10, EERD). DONE never comes for a word that does not exist. */
static NDIS_STATUS E1000HwReadNvm(PE1000_HW Hw, ULONG Word, PUSHORT Value)
{
    ULONG eerd;
    ULONG i;

    E1000Write(Hw, E1000_EERD, 1u | (Word << Hw->Type->EerdAddressShift));
    for (i = 0; i < E1000_NVM_STEPS; i++) {
        eerd = E1000Read(Hw, E1000_EERD);
        if (eerd == 0xFFFFFFFFu) {
            return NDIS_STATUS_ADAPTER_REMOVED;
        }
        if (eerd & Hw->Type->EerdDone) {
            *Value = (USHORT)(eerd >> 16);
            return NDIS_STATUS_SUCCESS;
        }
        NdisStallExecution(E1000_NVM_STEP_US);
    }
    return NDIS_STATUS_DEVICE_FAILED;
}

/*
 * Reads the address the card was born with: NVM words 0 to 2, low byte first. PASSIVE_LEVEL.
 * Return: SUCCESS; INVALID_ADDRESS when the NVM holds no unicast address; what the NVM read gave.
 */
NDIS_STATUS E1000HwReadMacAddress(PE1000_HW Hw, PUCHAR Address)
{
    NDIS_STATUS status;
    USHORT word = 0;
    UCHAR any = 0;
    ULONG i;

    for (i = 0; i < E1000_MAC_LENGTH / 2; i++) {
        status = E1000HwReadNvm(Hw, i, &word);
        if (status != NDIS_STATUS_SUCCESS) {
            return status;
        }
        Address[2 * i] = (UCHAR)(word & 0xFFu);
        Address[2 * i + 1] = (UCHAR)(word >> 8);
        any |= (UCHAR)(Address[2 * i] | Address[2 * i + 1]);
    }
    if (any == 0 || ETH_IS_MULTICAST(Address)) {
        return NDIS_STATUS_INVALID_ADDRESS;
    }
    return NDIS_STATUS_SUCCESS;
}

/*
 * Makes the card silent without waiting: for shutdown, which may come at any IRQL, also while the
 * system is going down with a bug check.
 */
VOID E1000HwSilence(PE1000_HW Hw)
{
    E1000Write(Hw, E1000_IMC, E1000_INT_ALL);
    E1000Write(Hw, E1000_RCTL, 0);
    E1000Write(Hw, E1000_TCTL, 0);
    E1000Write(Hw, E1000_CTRL, E1000Read(Hw, E1000_CTRL) | E1000_CTRL_MASTER_OFF);
}

/* Index into the 4096-bit multicast table for RCTL.MO = 0: address bits 47:36 (DS 10, MTA). */
ULONG E1000HwMulticastHash(const UCHAR *Address)
{
    return (((ULONG)Address[5] << 8 | Address[4]) >> 4) & 0xFFFu;
}

/* Puts an address into one of the 16 exact filters, or empties it when Address is NULL. */
VOID E1000HwSetAddress(PE1000_HW Hw, ULONG Index, const UCHAR *Address)
{
    ULONG low;
    ULONG high;

    if (Address == NULL) {
        E1000Write(Hw, E1000_RAH(Index), 0);
        E1000Write(Hw, E1000_RAL(Index), 0);
        return;
    }
    low = Address[0] | (ULONG)Address[1] << 8 | (ULONG)Address[2] << 16 | (ULONG)Address[3] << 24;
    high = Address[4] | (ULONG)Address[5] << 8;
    E1000Write(Hw, E1000_RAL(Index), low);
    E1000Write(Hw, E1000_RAH(Index), high | E1000_RAH_AV);
}

/*
 * Programs the multicast list: the first 15 addresses into exact filters (0 is our own address),
 * the rest into the hash table, which lets strangers through; rx.c looks again. Any IRQL.
 * The table is undefined after power on (DS 10, MTA) and may survive a reset: write all of it.
 */
VOID E1000HwSetMulticast(PE1000_HW Hw, const UCHAR *List, ULONG Count)
{
    ULONG table[E1000_MTA_COUNT];
    ULONG hash;
    ULONG i;

    NdisZeroMemory(table, sizeof(table));
    for (i = 1; i < E1000_RAR_COUNT; i++) {
        E1000HwSetAddress(Hw, i, i <= Count ? List + (i - 1) * E1000_MAC_LENGTH : NULL);
    }
    for (i = E1000_RAR_COUNT - 1; i < Count; i++) {
        hash = E1000HwMulticastHash(List + i * E1000_MAC_LENGTH);
        table[hash >> 5] |= 1u << (hash & 31u);
    }
    for (i = 0; i < E1000_MTA_COUNT; i++) {
        E1000Write(Hw, E1000_MTA + 4u * i, table[i]);
    }
}
