/* SPDX-License-Identifier: MIT */
/*
 * The hardware layer: everything that knows what a register means but nothing about NDIS objects.
 * hw.c resets, reads the NVM and stops DMA; setup.c writes all registers; phy.c does PHY and link.
 *
 * All loops that wait for the hardware are bounded: a card that was pulled out answers ffffffff for
 * ever, and one that is broken may answer anything.
 */
#ifndef E1000_HW_H
#define E1000_HW_H

#include <ndis.h>

#include "regs.h"

#define E1000_MAC_LENGTH     6u
#define E1000_REGISTER_SPACE 0x20000u /* BAR0: 128 KiB (DS 10) */

/* What differs between the chips. A new chip of the family is a new row in hw.c, not new code. */
typedef struct _E1000_HW_TYPE {
    USHORT DeviceId;
    UCHAR Vectors; /* MSI-X messages; some: has IVAR, EIAC and EITR. None: it has a line only */
    BOOLEAN
    Pcie; /* the 8257x, not the 8254x: has EXTCNF, GCR, TARC, CTRL_EXT and GIO_MASTER_DISABLE */
    BOOLEAN ExtendedRx; /* has RFCTL.EXTEN and a second pair of rings */
    BOOLEAN FlexBuffer; /* has RCTL.FLXBUF */
    ULONG EerdDone;     /* DONE and address field of EERD moved between the chips */
    UCHAR EerdAddressShift;
    PCSTR Description;       /* for OID_GEN_VENDOR_DESCRIPTION */
    ULONG DescriptionLength; /* with the terminator */
} E1000_HW_TYPE;

typedef struct _E1000_HW {
    const E1000_HW_TYPE *Type;
    PUCHAR Registers;
    volatile LONG Gone; /* the card was pulled out: write nothing, believe nothing */
} E1000_HW, *PE1000_HW;

/* *SpeedDuplex keyword values that a copper gigabit NIC has. */
typedef enum _E1000_SPEED_DUPLEX {
    E1000SpeedAuto = 0,
    E1000Speed10Half = 1,
    E1000Speed10Full = 2,
    E1000Speed100Half = 3,
    E1000Speed100Full = 4,
    E1000Speed1000Full = 6
} E1000_SPEED_DUPLEX;

typedef struct _E1000_LINK {
    BOOLEAN Up;
    BOOLEAN FullDuplex;
    ULONG SpeedMbps;
} E1000_LINK, *PE1000_LINK;

/* Did somebody find out that the card is gone? Any IRQL. */
static FORCEINLINE BOOLEAN E1000HwIsGone(PE1000_HW Hw)
{
    return (BOOLEAN)(ReadNoFence(&Hw->Gone) != 0);
}

/* Reads a register. Any IRQL. */
static FORCEINLINE ULONG E1000Read(PE1000_HW Hw, ULONG Register)
{
    ULONG value;

    NdisReadRegisterUlong((PULONG)(PVOID)(Hw->Registers + Register), &value);
    return value;
}

/* Writes a register, unless the card is gone (then nobody would hear it). Any IRQL. */
static FORCEINLINE VOID E1000Write(PE1000_HW Hw, ULONG Register, ULONG Value)
{
    if (!E1000HwIsGone(Hw)) {
        NdisWriteRegisterUlong((PULONG)(PVOID)(Hw->Registers + Register), Value);
    }
}

/* Writes are posted on their way to the card; a read does not come back before they arrived. */
static FORCEINLINE VOID E1000Flush(PE1000_HW Hw)
{
    (VOID) E1000Read(Hw, E1000_STATUS);
}

/* hw.c */
const E1000_HW_TYPE *E1000HwFindType(USHORT DeviceId);
BOOLEAN E1000HwCheckGone(PE1000_HW Hw);
NDIS_STATUS E1000HwReset(PE1000_HW Hw);
NDIS_STATUS E1000HwReadMacAddress(PE1000_HW Hw, PUCHAR Address);
VOID E1000HwStopDma(PE1000_HW Hw);
VOID E1000HwSilence(PE1000_HW Hw);
ULONG E1000HwMulticastHash(const UCHAR *Address);
VOID E1000HwSetAddress(PE1000_HW Hw, ULONG Index, const UCHAR *Address);
VOID E1000HwSetMulticast(PE1000_HW Hw, const UCHAR *List, ULONG Count);

/* phy.c */
VOID E1000PhyTakeMdio(PE1000_HW Hw);
VOID E1000PhyReleaseMdio(PE1000_HW Hw);
NDIS_STATUS E1000PhyRead(PE1000_HW Hw, ULONG Register, PUSHORT Value);
NDIS_STATUS E1000PhyWrite(PE1000_HW Hw, ULONG Register, USHORT Value);
NDIS_STATUS E1000PhySetLink(PE1000_HW Hw, ULONG SpeedDuplex);
VOID E1000HwReadLink(PE1000_HW Hw, PE1000_LINK Link);

#endif
