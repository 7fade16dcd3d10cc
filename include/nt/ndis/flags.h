/* SPDX-License-Identifier: MIT */
/*
 * ndis/flags.h - flags of sends, receives, returns and net buffer lists; packet filters; MAC
 * options
 */
#ifndef DRYDOCK_NDIS_FLAGS_H
#define DRYDOCK_NDIS_FLAGS_H

/* ---- MiniportSendNetBufferLists: SendFlags --------------------------------------------------- */

#define NDIS_SEND_FLAGS_DISPATCH_LEVEL           0x00000001
#define NDIS_SEND_FLAGS_CHECK_FOR_LOOPBACK       0x00000002
#define NDIS_SEND_FLAGS_SINGLE_QUEUE             0x00000004
#define NDIS_SEND_FLAGS_SWITCH_DESTINATION_GROUP 0x00000010
#define NDIS_SEND_FLAGS_SWITCH_SINGLE_SOURCE     0x00000020

/* ---- NdisMSendNetBufferListsComplete: SendCompleteFlags -------------------------------------- */

#define NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL       0x00000001
#define NDIS_SEND_COMPLETE_FLAGS_SINGLE_QUEUE         0x00000002
#define NDIS_SEND_COMPLETE_FLAGS_SWITCH_SINGLE_SOURCE 0x00000004

/* ---- NdisMIndicateReceiveNetBufferLists: ReceiveFlags ---------------------------------------- */

#define NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL           0x00000001
#define NDIS_RECEIVE_FLAGS_RESOURCES                0x00000002
#define NDIS_RECEIVE_FLAGS_SINGLE_ETHER_TYPE        0x00000100
#define NDIS_RECEIVE_FLAGS_SINGLE_VLAN              0x00000200
#define NDIS_RECEIVE_FLAGS_PERFECT_FILTERED         0x00000400
#define NDIS_RECEIVE_FLAGS_SINGLE_QUEUE             0x00000800
#define NDIS_RECEIVE_FLAGS_SHARED_MEMORY_INFO_VALID 0x00001000
/* Another name of the page for the same bit. */
#define NDIS_RECEIVE_FLAGS_SHARED_MEMORY_VALID      NDIS_RECEIVE_FLAGS_SHARED_MEMORY_INFO_VALID
#define NDIS_RECEIVE_FLAGS_MORE_NBLS                0x00002000
#define NDIS_RECEIVE_FLAGS_SWITCH_DESTINATION_GROUP 0x00004000
#define NDIS_RECEIVE_FLAGS_SWITCH_SINGLE_SOURCE     0x00008000

/* ---- MiniportReturnNetBufferLists: ReturnFlags ----------------------------------------------- */

#define NDIS_RETURN_FLAGS_DISPATCH_LEVEL       0x00000001
#define NDIS_RETURN_FLAGS_SINGLE_QUEUE         0x00000002
#define NDIS_RETURN_FLAGS_SWITCH_SINGLE_SOURCE 0x00000004

/* ---- NET_BUFFER_LIST.NblFlags ---------------------------------------------------------------- */

#define NDIS_NBL_FLAGS_SEND_READ_ONLY                        0x00000001
#define NDIS_NBL_FLAGS_RECV_READ_ONLY                        0x00000002
#define NDIS_NBL_FLAGS_HD_SPLIT                              0x00000100
#define NDIS_NBL_FLAGS_IS_IPV4                               0x00000200
#define NDIS_NBL_FLAGS_IS_IPV6                               0x00000400
#define NDIS_NBL_FLAGS_IS_TCP                                0x00000800
#define NDIS_NBL_FLAGS_IS_UDP                                0x00001000
#define NDIS_NBL_FLAGS_SPLIT_AT_UPPER_LAYER_PROTOCOL_HEADER  0x00002000
#define NDIS_NBL_FLAGS_SPLIT_AT_UPPER_LAYER_PROTOCOL_PAYLOAD 0x00004000
#define NDIS_NBL_FLAGS_IS_LOOPBACK_PACKET                    0x00008000
#define NDIS_NBL_FLAGS_CAPTURE_TIMESTAMP_ON_TRANSMIT         0x00010000

/* ---- NET_BUFFER_LIST.Flags: whose bits are whose --------------------------------------------- */

#define NBL_FLAGS_NDIS_RESERVED     0x00000FFC
#define NBL_FLAGS_MINIPORT_RESERVED 0x0000F000
#define NBL_FLAGS_SCRATCH           0x000F0000
#define NBL_FLAGS_PROTOCOL_RESERVED 0xFFF00003

/* ---- packet filter --------------------------------------------------------------------------- */

#define NDIS_PACKET_TYPE_DIRECTED            0x00000001
#define NDIS_PACKET_TYPE_MULTICAST           0x00000002
#define NDIS_PACKET_TYPE_ALL_MULTICAST       0x00000004
#define NDIS_PACKET_TYPE_BROADCAST           0x00000008
#define NDIS_PACKET_TYPE_SOURCE_ROUTING      0x00000010
#define NDIS_PACKET_TYPE_PROMISCUOUS         0x00000020
#define NDIS_PACKET_TYPE_SMT                 0x00000040
#define NDIS_PACKET_TYPE_ALL_LOCAL           0x00000080
#define NDIS_PACKET_TYPE_GROUP               0x00001000
#define NDIS_PACKET_TYPE_ALL_FUNCTIONAL      0x00002000
#define NDIS_PACKET_TYPE_FUNCTIONAL          0x00004000
#define NDIS_PACKET_TYPE_MAC_FRAME           0x00008000
#define NDIS_PACKET_TYPE_NO_LOCAL            0x00010000
#define NDIS_PACKET_TYPE_MEDIA_SPECIFIC_MASK 0x0FFF0000

/* ---- MacOptions ------------------------------------------------------------------------------ */

#define NDIS_MAC_OPTION_COPY_LOOKAHEAD_DATA            0x00000001
#define NDIS_MAC_OPTION_RECEIVE_SERIALIZED             0x00000002
#define NDIS_MAC_OPTION_TRANSFERS_NOT_PEND             0x00000004
#define NDIS_MAC_OPTION_NO_LOOPBACK                    0x00000008
#define NDIS_MAC_OPTION_FULL_DUPLEX                    0x00000010
#define NDIS_MAC_OPTION_EOTX_INDICATION                0x00000020
#define NDIS_MAC_OPTION_8021P_PRIORITY                 0x00000040
#define NDIS_MAC_OPTION_SUPPORTS_MAC_ADDRESS_OVERWRITE 0x00000080
#define NDIS_MAC_OPTION_RECEIVE_AT_DPC                 0x00000100
#define NDIS_MAC_OPTION_8021Q_VLAN                     0x00000200
#define NDIS_MAC_OPTION_RESERVED                       0x80000000

/* ---- AttributeFlags of a miniport ------------------------------------------------------------ */

#define NDIS_MINIPORT_ATTRIBUTES_HARDWARE_DEVICE                      0x00000001
#define NDIS_MINIPORT_ATTRIBUTES_NDIS_WDM                             0x00000002
#define NDIS_MINIPORT_ATTRIBUTES_SURPRISE_REMOVE_OK                   0x00000004
#define NDIS_MINIPORT_ATTRIBUTES_NOT_CO_NDIS                          0x00000008
#define NDIS_MINIPORT_ATTRIBUTES_DO_NOT_BIND_TO_ALL_CO                0x00000010
#define NDIS_MINIPORT_ATTRIBUTES_NO_HALT_ON_SUSPEND                   0x00000020
#define NDIS_MINIPORT_ATTRIBUTES_BUS_MASTER                           0x00000040
#define NDIS_MINIPORT_ATTRIBUTES_CONTROLS_DEFAULT_PORT                0x00000080
#define NDIS_MINIPORT_ATTRIBUTES_NO_PAUSE_ON_SUSPEND                  0x00000100
#define NDIS_MINIPORT_ATTRIBUTES_NO_OID_INTERCEPT_ON_NONDEFAULT_PORTS 0x00000200
#define NDIS_MINIPORT_ATTRIBUTES_REGISTER_BUGCHECK_CALLBACK           0x00000400

#endif
