/* SPDX-License-Identifier: MIT */
/*
 * PHY access over MDIO, link setup and link state. MDIO polling takes up to 2 ms, so everything but
 * E1000HwReadLink is for PASSIVE_LEVEL.
 */
#include "hw.h"

#define E1000_MDIO_STEP_US  50u
#define E1000_MDIO_STEPS    40u
#define E1000_OWNER_STEP_US 2000u
#define E1000_OWNER_STEPS   10u

/*
 * Takes the PHY from the management firmware (82574 specification update; EXTCNF_CTRL bit 5 is
 * set by who got it). After ten tries we go on without: a card whose firmware hangs still works.
 */
VOID E1000PhyTakeMdio(PE1000_HW Hw)
{
    ULONG i;

    if (!Hw->Type->Pcie) {
        return;
    }
    for (i = 0; i < E1000_OWNER_STEPS && !E1000HwIsGone(Hw); i++) {
        E1000Write(Hw, E1000_EXTCNF_CTRL, E1000Read(Hw, E1000_EXTCNF_CTRL) | E1000_EXTCNF_MDIO_OWN);
        if (E1000Read(Hw, E1000_EXTCNF_CTRL) & E1000_EXTCNF_MDIO_OWN) {
            return;
        }
        NdisMSleep(E1000_OWNER_STEP_US);
    }
}

/* Gives the PHY back. */
VOID E1000PhyReleaseMdio(PE1000_HW Hw)
{
    if (Hw->Type->Pcie) {
        E1000Write(Hw, E1000_EXTCNF_CTRL,
                   E1000Read(Hw, E1000_EXTCNF_CTRL) & ~E1000_EXTCNF_MDIO_OWN);
    }
}

/* One MDIO cycle (DS 10, MDIC): about 64 us on silicon. Returns the final MDIC in Result. */
static NDIS_STATUS E1000PhyCycle(PE1000_HW Hw, ULONG Command, PULONG Result)
{
    ULONG mdic;
    ULONG i;

    E1000Write(Hw, E1000_MDIC, Command | E1000_PHY_ADDRESS << E1000_MDIC_PHY_SHIFT);
    for (i = 0; i < E1000_MDIO_STEPS; i++) {
        mdic = E1000Read(Hw, E1000_MDIC);
        if (mdic & E1000_MDIC_READY) {
            *Result = mdic;
            return (mdic & E1000_MDIC_ERROR) ? NDIS_STATUS_FAILURE : NDIS_STATUS_SUCCESS;
        }
        NdisStallExecution(E1000_MDIO_STEP_US);
    }
    return NDIS_STATUS_FAILURE;
}

/* Reads a PHY register. Return: SUCCESS, or FAILURE when the PHY refused or did not answer. */
NDIS_STATUS E1000PhyRead(PE1000_HW Hw, ULONG Register, PUSHORT Value)
{
    NDIS_STATUS status;
    ULONG mdic = 0;

    status = E1000PhyCycle(Hw, E1000_MDIC_READ | Register << E1000_MDIC_REG_SHIFT, &mdic);
    if (status == NDIS_STATUS_SUCCESS) {
        *Value = (USHORT)(mdic & 0xFFFFu);
    }
    return status;
}

/* Writes a PHY register. Return: as E1000PhyRead. */
NDIS_STATUS E1000PhyWrite(PE1000_HW Hw, ULONG Register, USHORT Value)
{
    ULONG mdic = 0;

    return E1000PhyCycle(Hw, E1000_MDIC_WRITE | Register << E1000_MDIC_REG_SHIFT | Value, &mdic);
}

/* Changes the bits of Mask in a PHY register to Value; tells whether anything changed. */
static NDIS_STATUS E1000PhyUpdate(PE1000_HW Hw, ULONG Register, USHORT Mask, USHORT Value,
                                  PBOOLEAN Changed)
{
    NDIS_STATUS status;
    USHORT old = 0;
    USHORT value;

    status = E1000PhyRead(Hw, Register, &old);
    if (status != NDIS_STATUS_SUCCESS) {
        return status;
    }
    value = (USHORT)((old & ~Mask) | Value);
    if (value == old) {
        return NDIS_STATUS_SUCCESS;
    }
    *Changed = TRUE;
    return E1000PhyWrite(Hw, Register, value);
}

/* Forces 10 or 100 Mbit/s: no autonegotiation, and the MAC is told the same as the PHY. */
static NDIS_STATUS E1000PhyForce(PE1000_HW Hw, ULONG SpeedDuplex)
{
    BOOLEAN full = (BOOLEAN)(SpeedDuplex == E1000Speed10Full || SpeedDuplex == E1000Speed100Full);
    BOOLEAN fast = (BOOLEAN)(SpeedDuplex >= E1000Speed100Half);
    ULONG ctrl = E1000Read(Hw, E1000_CTRL);

    ctrl &= ~(E1000_CTRL_SPEED_MASK | E1000_CTRL_FD | E1000_CTRL_ASDE);
    ctrl |= E1000_CTRL_FRCSPD | E1000_CTRL_FRCDPX | E1000_CTRL_SLU;
    ctrl |= (full ? E1000_CTRL_FD : 0u) | (fast ? E1000_CTRL_SPEED_100 : 0u);
    E1000Write(Hw, E1000_CTRL, ctrl);
    return E1000PhyWrite(Hw, E1000_PHY_CONTROL,
                         (USHORT)((full ? E1000_PHY_FULL_DUPLEX : 0u) |
                                  (fast ? E1000_PHY_SPEED_100 : 0u)));
}

/*
 * Negotiates. 1000BASE-T cannot do without negotiation (IEEE 802.3 clause 40), so "1000 full" means
 * offering nothing else. Negotiation is restarted only when it could end differently from the last
 * one: it costs seconds of link. What the PHY offers about pause frames is left as the NVM has it;
 * setup.c obeys received ones and sends none.
 */
static NDIS_STATUS E1000PhyNegotiate(PE1000_HW Hw, ULONG SpeedDuplex)
{
    NDIS_STATUS status;
    BOOLEAN changed = FALSE;
    USHORT speeds = SpeedDuplex == E1000Speed1000Full ? 0 : E1000_ADV_SPEEDS;
    ULONG ctrl = E1000Read(Hw, E1000_CTRL);

    ctrl &= ~(E1000_CTRL_FRCSPD | E1000_CTRL_FRCDPX);
    E1000Write(Hw, E1000_CTRL, ctrl | E1000_CTRL_SLU);
    status = E1000PhyUpdate(Hw, E1000_PHY_ADVERTISE, E1000_ADV_SPEEDS, speeds, &changed);
    if (status != NDIS_STATUS_SUCCESS) {
        return status;
    }
    status =
        E1000PhyUpdate(Hw, E1000_PHY_GIGABIT, E1000_GIG_ADV_FULL, E1000_GIG_ADV_FULL, &changed);
    if (status != NDIS_STATUS_SUCCESS) {
        return status;
    }
    status = E1000PhyUpdate(Hw, E1000_PHY_CONTROL, E1000_PHY_AUTONEG, E1000_PHY_AUTONEG, &changed);
    if (status != NDIS_STATUS_SUCCESS || !changed) {
        return status;
    }
    return E1000PhyUpdate(Hw, E1000_PHY_CONTROL, E1000_PHY_RESTART, E1000_PHY_RESTART, &changed);
}

/*
 * Sets speed and duplex as *SpeedDuplex and OID_GEN_LINK_PARAMETERS ask. PASSIVE_LEVEL.
 * The link may go down; its return is told by the LSC interrupt.
 */
NDIS_STATUS E1000PhySetLink(PE1000_HW Hw, ULONG SpeedDuplex)
{
    NDIS_STATUS status;

    E1000PhyTakeMdio(Hw);
    if (SpeedDuplex >= E1000Speed10Half && SpeedDuplex <= E1000Speed100Full) {
        status = E1000PhyForce(Hw, SpeedDuplex);
    } else {
        status = E1000PhyNegotiate(Hw, SpeedDuplex);
    }
    E1000PhyReleaseMdio(Hw);
    return status;
}

/* Reads the state of the link from STATUS (DS 10). Any IRQL: no MDIO. */
VOID E1000HwReadLink(PE1000_HW Hw, PE1000_LINK Link)
{
    ULONG status = E1000Read(Hw, E1000_STATUS);

    Link->Up = FALSE;
    Link->FullDuplex = FALSE;
    Link->SpeedMbps = 0;
    if (status == 0xFFFFFFFFu || !(status & E1000_STATUS_LU)) {
        return;
    }
    Link->Up = TRUE;
    Link->FullDuplex = (BOOLEAN)((status & E1000_STATUS_FD) != 0);
    switch (status & E1000_STATUS_SPEED_MASK) {
    case 0:
        Link->SpeedMbps = 10;
        break;
    case E1000_STATUS_SPEED_100:
        Link->SpeedMbps = 100;
        break;
    default:
        Link->SpeedMbps = 1000;
        break;
    }
}
