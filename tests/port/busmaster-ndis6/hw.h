/* SPDX-License-Identifier: MIT */
/* The 82574L as this driver uses it: legacy descriptors, one queue, the line interrupt. */
#ifndef BM_HW_H
#define BM_HW_H

#define BM_REGISTERS 0x20000u

#define BM_CTRL   0x00000u
#define BM_STATUS 0x00008u
#define BM_ICR    0x000C0u
#define BM_IMS    0x000D0u
#define BM_IMC    0x000D8u
#define BM_RCTL   0x00100u
#define BM_TCTL   0x00400u
#define BM_TIPG   0x00410u
#define BM_RDBAL  0x02800u
#define BM_RDBAH  0x02804u
#define BM_RDLEN  0x02808u
#define BM_RDH    0x02810u
#define BM_RDT    0x02818u
#define BM_TDBAL  0x03800u
#define BM_TDBAH  0x03804u
#define BM_TDLEN  0x03808u
#define BM_TDH    0x03810u
#define BM_TDT    0x03818u
#define BM_TXDCTL 0x03828u
#define BM_MTA    0x05200u
#define BM_RAL    0x05400u
#define BM_RAH    0x05404u
#define BM_RFCTL  0x05008u

#define BM_CTRL_SLU    0x00000040u
#define BM_CTRL_RST    0x04000000u
#define BM_CTRL_MASTER 0x00000004u
#define BM_CTRL_VME    0x40000000u /* takes tags out, and puts in those that BM_TX_TAG asks for */
#define BM_INT_CAUSES  0x000000D5u /* RXT0, RXO, RXDMT0, LSC, TXDW */
#define BM_RCTL_EN     0x00000002u
#define BM_RCTL_UPE    0x00000008u
#define BM_RCTL_MPE    0x00000010u
#define BM_RCTL_BAM    0x00008000u
#define BM_RCTL_SECRC  0x04000000u
#define BM_TCTL_VALUE  0x1004010Au /* EN, PSP, CT 16, COLD 64 */

/* transmit: EOP, IFCS, RS; write-back in the low byte of Status */
#define BM_TX_LAST 0x0B000000u
#define BM_TX_MORE 0x02000000u
#define BM_TX_TAG  0x40000000u /* VLE, with the last one: the tag is in the high half of Status */
#define BM_DD      0x01u
#define BM_RX_TAG  0x08u /* VP: a tag was taken out, and is there, too */

typedef struct _BM_DESC {
    ULONGLONG Address;
    ULONG Command; /* transmit: length and command; receive: length and checksum */
    ULONG Status;
} BM_DESC;

#define BM_RING     64u
#define BM_BUFFER   2048u
#define BM_FIRST_RX 32u

typedef struct _BM_HW {
    PUCHAR Registers;
    BM_DESC *TxRing;
    BM_DESC *RxRing;
    NDIS_PHYSICAL_ADDRESS TxRingPa;
    NDIS_PHYSICAL_ADDRESS RxRingPa;
    ULONG TxTail;
    ULONG TxHead;
    ULONG TxFree;
    ULONG RxNext;
    ULONG RxTail;
    UCHAR Address[6];
} BM_HW;

ULONG BmRead(BM_HW *Hw, ULONG Register);
VOID BmWrite(BM_HW *Hw, ULONG Register, ULONG Value);
VOID BmHwStopCard(BM_HW *Hw);
VOID BmHwSetup(BM_HW *Hw);
VOID BmHwReadAddress(BM_HW *Hw);
VOID BmHwSetFilter(BM_HW *Hw, ULONG PacketFilter);

#endif
