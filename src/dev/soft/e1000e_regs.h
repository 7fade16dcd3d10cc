/* SPDX-License-Identifier: MIT */
/* Register addresses and bits of the 82574L that the model acts on. Names are the data sheet's. */
#ifndef DD_DEV_SOFT_E1000E_REGS_H
#define DD_DEV_SOFT_E1000E_REGS_H

#define E1K_BAR_BYTES 0x20000u

/* --- general --- */
#define E1K_CTRL                 0x00000u
#define CTRL_FD                  (1u << 0)
#define CTRL_GIO_MASTER_DISABLE  (1u << 2)
#define CTRL_SLU                 (1u << 6)
#define CTRL_SPEED_SHIFT         8
#define CTRL_FRCSPD              (1u << 11)
#define CTRL_FRCDPX              (1u << 12)
#define CTRL_RST                 (1u << 26)
#define CTRL_RFCE                (1u << 27)
#define CTRL_TFCE                (1u << 28)
#define CTRL_VME                 (1u << 30)
#define CTRL_PHY_RST             (1u << 31)
#define CTRL_DEFAULT             0x00140241u
#define E1K_CTRL_DUP             0x00004u
#define E1K_STATUS               0x00008u
#define STATUS_FD                (1u << 0)
#define STATUS_LU                (1u << 1)
#define STATUS_SPEED_SHIFT       6
#define STATUS_ASDV_1000         (2u << 8)
#define STATUS_PHYRA             (1u << 10)
#define STATUS_GIO_MASTER_ENABLE (1u << 19)
#define E1K_EECD                 0x00010u
#define E1K_EERD                 0x00014u
#define E1K_CTRL_EXT             0x00018u
#define CTRL_EXT_SELF_CLEAR      0x3000u
#define CTRL_EXT_EE_RST          (1u << 13)
#define CTRL_EXT_EIAME           (1u << 24)
#define CTRL_EXT_IAME            (1u << 27)
#define CTRL_EXT_PBA_CLR         (1u << 31)
#define E1K_MDIC                 0x00020u
#define MDIC_READY               (1u << 28)
#define MDIC_INT                 (1u << 29)
#define MDIC_ERROR               (1u << 30)
#define E1K_FCAL                 0x00028u
#define E1K_FCAH                 0x0002cu
#define E1K_FCT                  0x00030u
#define E1K_VET                  0x00038u
#define E1K_EEWR                 0x0102cu
#define E1K_SWSM                 0x05b50u

/* --- interrupts --- */
#define E1K_ICR       0x000c0u
#define E1K_ITR       0x000c4u
#define E1K_ICS       0x000c8u
#define E1K_IMS       0x000d0u
#define E1K_IMC       0x000d8u
#define E1K_EIAC      0x000dcu
#define E1K_IAM       0x000e0u
#define E1K_IVAR      0x000e4u
#define IVAR_EVERY_TX (1u << 31)
#define E1K_EITR      0x000e8u
#define E1K_PBACLR    0x05b68u

#define ICR_TXDW     (1u << 0)
#define ICR_TXQE     (1u << 1)
#define ICR_LSC      (1u << 2)
#define ICR_RXDMT0   (1u << 4)
#define ICR_RXO      (1u << 6)
#define ICR_RXT0     (1u << 7)
#define ICR_MDAC     (1u << 9)
#define ICR_TXD_LOW  (1u << 15)
#define ICR_SRPD     (1u << 16)
#define ICR_ACK      (1u << 17)
#define ICR_MNG      (1u << 18)
#define ICR_RXQ0     (1u << 20)
#define ICR_TXQ0     (1u << 22)
#define ICR_OTHER    (1u << 24)
#define ICR_ASSERTED (1u << 31)
#define ICR_CAUSES   0x7fffffffu
/* what OTHER stands for in MSI-X mode */
#define ICR_OTHER_GROUP (ICR_LSC | ICR_RXO | ICR_MDAC | ICR_SRPD | ICR_ACK | ICR_MNG)
#define ICR_MSIX_CAUSES 0x01f00000u
#define IMS_MASK        0x01f782d7u

/* --- receive --- */
#define E1K_RCTL            0x00100u
#define RCTL_EN             (1u << 1)
#define RCTL_SBP            (1u << 2)
#define RCTL_UPE            (1u << 3)
#define RCTL_MPE            (1u << 4)
#define RCTL_LPE            (1u << 5)
#define RCTL_LBM            (3u << 6)
#define RCTL_LBM_MAC        (1u << 6)
#define RCTL_RDMTS_SHIFT    8
#define RCTL_DTYP           (3u << 10)
#define RCTL_DTYP_SPLIT     (1u << 10)
#define RCTL_MO_SHIFT       12
#define RCTL_BAM            (1u << 15)
#define RCTL_BSIZE_SHIFT    16
#define RCTL_VFE            (1u << 18)
#define RCTL_CFIEN          (1u << 19)
#define RCTL_CFI            (1u << 20)
#define RCTL_DPF            (1u << 22)
#define RCTL_BSEX           (1u << 25)
#define RCTL_SECRC          (1u << 26)
#define RCTL_FLXBUF_SHIFT   27
#define E1K_PSRCTL          0x02170u
#define E1K_RDBAL           0x02800u
#define E1K_RDBAH           0x02804u
#define E1K_RDLEN           0x02808u
#define E1K_RDH             0x02810u
#define E1K_RDT             0x02818u
#define E1K_RDTR            0x02820u
#define E1K_RXDCTL          0x02828u
#define E1K_RADV            0x0282cu
#define E1K_RSRPD           0x02c00u
#define E1K_RAID            0x02c08u
#define E1K_RXCSUM          0x05000u
#define RXCSUM_IPOFL        (1u << 8)
#define RXCSUM_TUOFL        (1u << 9)
#define RXCSUM_PCSD         (1u << 13)
#define E1K_RFCTL           0x05008u
#define RFCTL_IPV6_DIS      (1u << 10)
#define RFCTL_IPV6_XSUM_DIS (1u << 11)
#define RFCTL_ACK_DIS       (1u << 12)
#define RFCTL_ACKD_DIS      (1u << 13)
#define RFCTL_EXTEN         (1u << 15)
#define RFCTL_IPV6_EX_DIS   (1u << 16)
#define E1K_MTA             0x05200u
#define E1K_RAL             0x05400u
#define E1K_RAH             0x05404u
#define RAH_AV              (1u << 31)
#define E1K_VFTA            0x05600u
#define E1K_MRQC            0x05818u
#define E1K_RETA            0x05c00u
#define E1K_RSSRK           0x05c80u

/* --- transmit --- */
#define E1K_TCTL              0x00400u
#define TCTL_EN               (1u << 1)
#define TCTL_PSP              (1u << 3)
#define E1K_TDBAL             0x03800u
#define E1K_TDBAH             0x03804u
#define E1K_TDLEN             0x03808u
#define E1K_TDH               0x03810u
#define E1K_TDT               0x03818u
#define E1K_TIDV              0x03820u
#define E1K_TXDCTL            0x03828u
#define E1K_TADV              0x0382cu
#define E1K_TARC              0x03840u
#define TARC_ENABLE           (1u << 10)
#define DELAY_FPD             (1u << 31)
#define DCTL_WTHRESH_SHIFT    16
#define DCTL_GRAN             (1u << 24)
#define TXDCTL_LWTHRESH_SHIFT 25

/* descriptor command byte, QW1 31:24 */
#define CMD_EOP    0x01u
#define CMD_IFCS   0x02u
#define CMD_IC     0x04u /* legacy */
#define CMD_TSE    0x04u /* data, context */
#define CMD_RS     0x08u
#define CMD_DEXT   0x20u
#define CMD_VLE    0x40u
#define CMD_IDE    0x80u
#define TUCMD_TCP  0x01u
#define TUCMD_IP   0x02u
#define POPTS_IXSM 0x01u
#define POPTS_TXSM 0x02u

/* receive status and errors, as in an extended descriptor's third dword; the low byte is legacy
 * status */
#define RXS_DD         (1u << 0)
#define RXS_EOP        (1u << 1)
#define RXS_VP         (1u << 3)
#define RXS_UDPCS      (1u << 4)
#define RXS_TCPCS      (1u << 5)
#define RXS_IPCS       (1u << 6)
#define RXS_PIF        (1u << 7)
#define RXS_IPIDV      (1u << 9)
#define RXS_UDPV       (1u << 10)
#define RXS_ACK        (1u << 15)
#define RXS_TYPE_SHIFT 16
#define RXE_TCPE       (1u << 29)
#define RXE_IPE        (1u << 30)

/* --- statistics that are counted --- */
#define E1K_STAT_FIRST 0x04000u
#define E1K_STAT_LAST  0x04124u
#define E1K_MPC        0x04010u
#define E1K_XONRXC     0x04048u
#define E1K_XOFFRXC    0x04050u
#define E1K_PRC64      0x0405cu
#define E1K_GPRC       0x04074u
#define E1K_BPRC       0x04078u
#define E1K_MPRC       0x0407cu
#define E1K_GPTC       0x04080u
#define E1K_GORC       0x04088u
#define E1K_GOTC       0x04090u
#define E1K_RNBC       0x040a0u
#define E1K_ROC        0x040acu
#define E1K_TOR        0x040c0u
#define E1K_TOT        0x040c8u
#define E1K_TPR        0x040d0u
#define E1K_TPT        0x040d4u
#define E1K_PTC64      0x040d8u
#define E1K_MPTC       0x040f0u
#define E1K_BPTC       0x040f4u
#define E1K_TSCTC      0x040f8u
#define E1K_TSCTFC     0x040fcu
#define E1K_IAC        0x04100u

#endif
