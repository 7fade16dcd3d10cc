/* SPDX-License-Identifier: MIT */
/*
 * Registers and descriptors of the Intel 82574L, and of the 82540EM where it has them.
 *
 * "DS" in this driver is Intel's public "82574 GbE Controller Family Datasheet": chapter 4
 * (initialization), 7 (7.1 receive, 7.2 transmit, 7.4 interrupts) and 10 (registers, by name). Only
 * 32-bit, aligned accesses are legal: the helpers in hw.h are the only place that touches a
 * register.
 */
#ifndef E1000_REGS_H
#define E1000_REGS_H

/* General (DS 10). */
#define E1000_CTRL        0x00000u
#define E1000_STATUS      0x00008u
#define E1000_EECD        0x00010u
#define E1000_EERD        0x00014u
#define E1000_CTRL_EXT    0x00018u
#define E1000_MDIC        0x00020u
#define E1000_FCAL        0x00028u
#define E1000_FCAH        0x0002Cu
#define E1000_FCT         0x00030u
#define E1000_VET         0x00038u
#define E1000_FCTTV       0x00170u
#define E1000_FCRTL       0x02160u
#define E1000_FCRTH       0x02168u
#define E1000_EXTCNF_CTRL 0x00F00u
#define E1000_GCR         0x05B00u
#define E1000_GCR2        0x05B64u

#define E1000_CTRL_FD          0x00000001u
#define E1000_CTRL_MASTER_OFF  0x00000004u /* stop issuing DMA requests */
#define E1000_CTRL_ASDE        0x00000020u
#define E1000_CTRL_SLU         0x00000040u
#define E1000_CTRL_SPEED_MASK  0x00000300u
#define E1000_CTRL_SPEED_100   0x00000100u
#define E1000_CTRL_FRCSPD      0x00000800u
#define E1000_CTRL_FRCDPX      0x00001000u
#define E1000_CTRL_RST         0x04000000u
#define E1000_CTRL_RFCE        0x08000000u
#define E1000_CTRL_TFCE        0x10000000u
#define E1000_CTRL_RESERVED_29 0x20000000u /* must stay clear on the 82574 */
#define E1000_CTRL_VME         0x40000000u
#define E1000_CTRL_PHY_RST     0x80000000u

#define E1000_STATUS_FD         0x00000001u
#define E1000_STATUS_LU         0x00000002u
#define E1000_STATUS_SPEED_MASK 0x000000C0u
#define E1000_STATUS_SPEED_100  0x00000040u
#define E1000_STATUS_SPEED_1000 0x00000080u
#define E1000_STATUS_MASTER     0x00080000u /* DMA requests are still possible */

#define E1000_EECD_AUTO_RD 0x00000200u

#define E1000_CTRL_EXT_BIT_22   0x00400000u
#define E1000_CTRL_EXT_BIT_23   0x00800000u
#define E1000_CTRL_EXT_EIAME    0x01000000u
#define E1000_CTRL_EXT_IAME     0x08000000u
#define E1000_CTRL_EXT_DRV_LOAD 0x10000000u

#define E1000_MDIC_REG_SHIFT 16
#define E1000_MDIC_PHY_SHIFT 21
#define E1000_MDIC_WRITE     0x04000000u
#define E1000_MDIC_READ      0x08000000u
#define E1000_MDIC_READY     0x10000000u
#define E1000_MDIC_ERROR     0x40000000u

#define E1000_EXTCNF_MDIO_OWN 0x00000020u
#define E1000_GCR_BIT_22      0x00400000u
#define E1000_GCR2_BIT_0      0x00000001u

/* Interrupts (DS 10). */
#define E1000_ICR        0x000C0u
#define E1000_ITR        0x000C4u
#define E1000_ICS        0x000C8u
#define E1000_IMS        0x000D0u
#define E1000_IMC        0x000D8u
#define E1000_EIAC       0x000DCu
#define E1000_IAM        0x000E0u
#define E1000_IVAR       0x000E4u
#define E1000_EITR(n)    (0x000E8u + 4u * (n))
#define E1000_EITR_COUNT 5u

#define E1000_INT_TXDW     0x00000001u
#define E1000_INT_LSC      0x00000004u
#define E1000_INT_RXDMT0   0x00000010u
#define E1000_INT_RXO      0x00000040u
#define E1000_INT_RXT0     0x00000080u
#define E1000_INT_RXQ0     0x00100000u
#define E1000_INT_RXQ1     0x00200000u
#define E1000_INT_TXQ0     0x00400000u
#define E1000_INT_OTHER    0x01000000u
#define E1000_INT_ALL_MSIX 0x01F00000u
#define E1000_INT_ALL      0xFFFFFFFFu

#define E1000_IVAR_VALID       0x8u
#define E1000_IVAR_RXQ0_SHIFT  0
#define E1000_IVAR_RXQ1_SHIFT  4
#define E1000_IVAR_TXQ0_SHIFT  8
#define E1000_IVAR_OTHER_SHIFT 16
#define E1000_IVAR_TX_EVERY_WB 0x80000000u

/* Receive (DS 10). */
#define E1000_RCTL       0x00100u
#define E1000_RDBAL      0x02800u
#define E1000_RDBAH      0x02804u
#define E1000_RDLEN      0x02808u
#define E1000_RDH        0x02810u
#define E1000_RDT        0x02818u
#define E1000_RDTR       0x02820u
#define E1000_RXDCTL     0x02828u
#define E1000_RADV       0x0282Cu
#define E1000_RSRPD      0x02C00u
#define E1000_RAID       0x02C08u
#define E1000_PSRCTL     0x02170u
#define E1000_RXCSUM     0x05000u
#define E1000_RFCTL      0x05008u
#define E1000_MTA        0x05200u
#define E1000_MTA_COUNT  128u
#define E1000_RAL(n)     (0x05400u + 8u * (n))
#define E1000_RAH(n)     (0x05404u + 8u * (n))
#define E1000_RAR_COUNT  16u
#define E1000_VFTA       0x05600u
#define E1000_VFTA_COUNT 128u
#define E1000_WUC        0x05800u
#define E1000_WUFC       0x05808u
#define E1000_MRQC       0x05818u
#define E1000_RETA(n)    (0x05C00u + 4u * (n)) /* four entries each, of which bit 7 is the queue */
#define E1000_RSSRK(n)   (0x05C80u + 4u * (n))
#define E1000_QUEUE_1    0x00100u /* add to a queue 0 register for queue 1's */

#define E1000_RCTL_EN           0x00000002u
#define E1000_RCTL_UPE          0x00000008u
#define E1000_RCTL_MPE          0x00000010u
#define E1000_RCTL_LPE          0x00000020u
#define E1000_RCTL_BAM          0x00008000u
#define E1000_RCTL_BSIZE_4096   0x00030000u /* with BSEX */
#define E1000_RCTL_BSIZE_8192   0x00020000u /* with BSEX */
#define E1000_RCTL_BSIZE_16384  0x00010000u /* with BSEX */
#define E1000_RCTL_BSEX         0x02000000u
#define E1000_RCTL_SECRC        0x04000000u
#define E1000_RCTL_FLXBUF_SHIFT 27
#define E1000_PSRCTL_DEFAULT    0x00040402u /* buffer sizes of packet split, which is off */
#define E1000_RFCTL_ACK_DIS     0x00001000u
#define E1000_RFCTL_EXTEN       0x00008000u
#define E1000_RXDCTL_GRAN       0x01000000u
#define E1000_RXCSUM_IPOFL      0x00000100u
#define E1000_RXCSUM_TUOFL      0x00000200u
#define E1000_RXCSUM_PCSD       0x00002000u /* extended descriptors have the RSS hash */
#define E1000_MRQC_RSS          0x00000001u
#define E1000_MRQC_TCP_IPV4     0x00010000u
#define E1000_MRQC_IPV4         0x00020000u
#define E1000_MRQC_TCP_IPV6     0x00040000u
#define E1000_MRQC_IPV6         0x00100000u
#define E1000_RETA_QUEUE_1      0x80u
#define E1000_RAH_AV            0x80000000u

/* Transmit (DS 10). */
#define E1000_TCTL   0x00400u
#define E1000_TIPG   0x00410u
#define E1000_AIT    0x00458u
#define E1000_TDBAL  0x03800u
#define E1000_TDBAH  0x03804u
#define E1000_TDLEN  0x03808u
#define E1000_TDH    0x03810u
#define E1000_TDT    0x03818u
#define E1000_TIDV   0x03820u
#define E1000_TXDCTL 0x03828u
#define E1000_TADV   0x0382Cu
#define E1000_TARC   0x03840u

#define E1000_TCTL_EN         0x00000002u
#define E1000_TCTL_PSP        0x00000008u
#define E1000_TCTL_CT         0x000000F0u
#define E1000_TCTL_COLD_MASK  0x003FF000u
#define E1000_TCTL_COLD_FULL  0x00040000u
#define E1000_TCTL_COLD_HALF  0x00200000u
#define E1000_TCTL_MULR       0x10000000u
#define E1000_TIPG_COPPER     0x00602008u
#define E1000_TXDCTL_VALUE    0x01410100u /* GRAN, COUNT_DESC, WTHRESH 1, HTHRESH 1 */
#define E1000_TARC_ENABLE     0x00000400u
#define E1000_TARC_BIT_26     0x04000000u
#define E1000_TARC_BITS_30_27 0x78000000u

/* Statistics (DS 10). 32-bit ones clear when read; pairs clear when the high half is read. */
#define E1000_STATS_FIRST 0x04000u
#define E1000_STATS_LAST  0x04124u
#define E1000_CRCERRS     0x04000u
#define E1000_ALGNERRC    0x04004u
#define E1000_RXERRC      0x0400Cu
#define E1000_MPC         0x04010u
#define E1000_SCC         0x04014u
#define E1000_ECOL        0x04018u
#define E1000_MCC         0x0401Cu
#define E1000_LATECOL     0x04020u
#define E1000_DC          0x04030u
#define E1000_TNCRS       0x04034u
#define E1000_CEXTERR     0x0403Cu
#define E1000_RLEC        0x04040u
#define E1000_RNBC        0x040A0u
#define E1000_ROC         0x040ACu

/* PHY registers, IEEE 802.3 clause 22. */
#define E1000_PHY_ADDRESS   1u
#define E1000_PHY_CONTROL   0u
#define E1000_PHY_ADVERTISE 4u
#define E1000_PHY_GIGABIT   9u

#define E1000_PHY_FULL_DUPLEX 0x0100u
#define E1000_PHY_RESTART     0x0200u
#define E1000_PHY_AUTONEG     0x1000u
#define E1000_PHY_SPEED_100   0x2000u
#define E1000_ADV_SPEEDS      0x01E0u /* 10 and 100, half and full */
#define E1000_GIG_ADV_FULL    0x0200u

/*
 * Legacy transmit descriptor (DS 7.2). Every frame uses one for each fragment; the last one has
 * EOP and RS, and is the only one whose DD bit the driver looks at.
 */
typedef struct _E1000_TX_DESC {
    ULONG64 Address;
    ULONG Command; /* 15:0 length, 23:16 CSO, 31:24 command */
    ULONG Status;  /* 3:0 status, 15:8 CSS, 31:16 VLAN tag */
} E1000_TX_DESC, *PE1000_TX_DESC;

#define E1000_TXD_EOP       0x01000000u
#define E1000_TXD_IFCS      0x02000000u
#define E1000_TXD_RS        0x08000000u
#define E1000_TXD_VLE       0x40000000u
#define E1000_TXD_DD        0x00000001u
#define E1000_TXD_TAG_SHIFT 16

/*
 * Extended transmit descriptors (DS 7.2.4, 7.2.5), of the same size: a context says where the
 * headers are, the data descriptors behind it have TXD_DATA. Bits of Command, then of Status.
 */
#define E1000_TXD_DATA 0x00100000u
#define E1000_TXC_TCP  0x01000000u /* context */
#define E1000_TXC_IPV4 0x02000000u
#define E1000_TXD_TSE  0x04000000u
#define E1000_TXD_DEXT 0x20000000u
#define E1000_TXD_IXSM 0x00000100u
#define E1000_TXD_TXSM 0x00000200u

/*
 * Receive descriptor, legacy and extended (DS 7.1). Handed to the hardware both look
 * the same: an address, then zeros. Written back they differ, and the extended one overwrites the
 * address, so the driver keeps that in its own E1000_RX_BUFFER.
 *
 *              Word2                        Word3
 *   legacy     15:0 length, 31:16 checksum  7:0 status, 15:8 errors, 31:16 VLAN tag
 *   extended   19:0 status, 31:20 errors    15:0 length, 31:16 VLAN tag
 *
 * With RXCSUM.PCSD bits 3:0 of the extended one's Address are the RSS type, 63:32 the hash.
 */
typedef struct _E1000_RX_DESC {
    ULONG64 Address;
    ULONG Word2;
    ULONG Word3;
} E1000_RX_DESC, *PE1000_RX_DESC;

#define E1000_RXD_DD            0x00000001u
#define E1000_RXD_EOP           0x00000002u
#define E1000_RXD_VP            0x00000008u
#define E1000_RXD_IXSM          0x00000004u /* no verdict on checksums; the rest: extended only */
#define E1000_RXD_UDPCS         0x00000010u
#define E1000_RXD_TCPCS         0x00000020u
#define E1000_RXD_IPCS          0x00000040u
#define E1000_RXD_TYPE_SHIFT    16
#define E1000_RXD_RSS_TYPE      0x0000000Fu
#define E1000_RSS_TYPE_TCP_IPV4 1u
#define E1000_RSS_TYPE_IPV4     2u
#define E1000_RSS_TYPE_TCP_IPV6 3u
#define E1000_RSS_TYPE_IPV6     5u
#define E1000_RXD_TCPE          0x20000000u
#define E1000_RXD_IPE           0x40000000u
#define E1000_RXD_ERRORS_LEGACY 0x00009700u /* CE, SE, SEQ, CXE, RXE in bits 15:8 */
#define E1000_RXD_ERRORS_EXT    0x97000000u /* the same five in bits 31:24 */

C_ASSERT(sizeof(E1000_TX_DESC) == 16);
C_ASSERT(sizeof(E1000_RX_DESC) == 16);

#endif
