/* SPDX-License-Identifier: MIT */
/*
 * ndis/oid.h - object identifiers: what can be asked of an adapter, or set
 *
 * NDIS itself answers most general queries from the attributes and from status indications; which
 * those are, and which a miniport must answer, is in the table of the run's documentation.
 */
#ifndef DRYDOCK_NDIS_OID_H
#define DRYDOCK_NDIS_OID_H

/* ---- general --------------------------------------------------------------------------------- */

#define OID_GEN_SUPPORTED_LIST                    0x00010101
#define OID_GEN_HARDWARE_STATUS                   0x00010102
#define OID_GEN_MEDIA_SUPPORTED                   0x00010103
#define OID_GEN_MEDIA_IN_USE                      0x00010104
#define OID_GEN_MAXIMUM_LOOKAHEAD                 0x00010105
#define OID_GEN_MAXIMUM_FRAME_SIZE                0x00010106
#define OID_GEN_LINK_SPEED                        0x00010107
#define OID_GEN_TRANSMIT_BUFFER_SPACE             0x00010108
#define OID_GEN_RECEIVE_BUFFER_SPACE              0x00010109
#define OID_GEN_TRANSMIT_BLOCK_SIZE               0x0001010A
#define OID_GEN_RECEIVE_BLOCK_SIZE                0x0001010B
#define OID_GEN_VENDOR_ID                         0x0001010C
#define OID_GEN_VENDOR_DESCRIPTION                0x0001010D
#define OID_GEN_CURRENT_PACKET_FILTER             0x0001010E
#define OID_GEN_CURRENT_LOOKAHEAD                 0x0001010F
#define OID_GEN_DRIVER_VERSION                    0x00010110
#define OID_GEN_MAXIMUM_TOTAL_SIZE                0x00010111
#define OID_GEN_PROTOCOL_OPTIONS                  0x00010112
#define OID_GEN_MAC_OPTIONS                       0x00010113
#define OID_GEN_MEDIA_CONNECT_STATUS              0x00010114
#define OID_GEN_MAXIMUM_SEND_PACKETS              0x00010115
#define OID_GEN_VENDOR_DRIVER_VERSION             0x00010116
#define OID_GEN_SUPPORTED_GUIDS                   0x00010117
#define OID_GEN_NETWORK_LAYER_ADDRESSES           0x00010118
#define OID_GEN_TRANSPORT_HEADER_OFFSET           0x00010119
#define OID_GEN_MEDIA_CAPABILITIES                0x00010201
#define OID_GEN_PHYSICAL_MEDIUM                   0x00010202
#define OID_GEN_RECEIVE_SCALE_CAPABILITIES        0x00010203
#define OID_GEN_RECEIVE_SCALE_PARAMETERS          0x00010204
#define OID_GEN_MAC_ADDRESS                       0x00010205
#define OID_GEN_MAX_LINK_SPEED                    0x00010206
#define OID_GEN_LINK_STATE                        0x00010207
#define OID_GEN_LINK_PARAMETERS                   0x00010208
#define OID_GEN_INTERRUPT_MODERATION              0x00010209
#define OID_GEN_ENUMERATE_PORTS                   0x0001020D
#define OID_GEN_PORT_STATE                        0x0001020E
#define OID_GEN_PORT_AUTHENTICATION_PARAMETERS    0x0001020F
#define OID_GEN_TIMEOUT_DPC_REQUEST_CAPABILITIES  0x00010210
#define OID_GEN_PCI_DEVICE_CUSTOM_PROPERTIES      0x00010211
#define OID_GEN_PHYSICAL_MEDIUM_EX                0x00010213
#define OID_GEN_RECEIVE_SCALE_PARAMETERS_V2       0x00010214
#define OID_GEN_MACHINE_NAME                      0x0001021A
#define OID_GEN_RNDIS_CONFIG_PARAMETER            0x0001021B
#define OID_GEN_VLAN_ID                           0x0001021C
#define OID_GEN_MINIPORT_RESTART_ATTRIBUTES       0x0001021D
#define OID_GEN_HD_SPLIT_PARAMETERS               0x0001021E
#define OID_GEN_RECEIVE_HASH                      0x0001021F
#define OID_GEN_HD_SPLIT_CURRENT_CONFIG           0x00010220
#define OID_GEN_PROMISCUOUS_MODE                  0x00010280
#define OID_GEN_LAST_CHANGE                       0x00010281
#define OID_GEN_DISCONTINUITY_TIME                0x00010282
#define OID_GEN_OPERATIONAL_STATUS                0x00010283
#define OID_GEN_XMIT_LINK_SPEED                   0x00010284
#define OID_GEN_RCV_LINK_SPEED                    0x00010285
#define OID_GEN_UNKNOWN_PROTOS                    0x00010286
#define OID_GEN_INTERFACE_INFO                    0x00010287
#define OID_GEN_ADMIN_STATUS                      0x00010288
#define OID_GEN_ALIAS                             0x00010289
#define OID_GEN_MEDIA_CONNECT_STATUS_EX           0x0001028A
#define OID_GEN_LINK_SPEED_EX                     0x0001028B
#define OID_GEN_MEDIA_DUPLEX_STATE                0x0001028C
#define OID_GEN_IP_OPER_STATUS                    0x0001028D
#define OID_GEN_RSS_SET_INDIRECTION_TABLE_ENTRIES 0x000102C0
#define OID_GEN_ISOLATION_PARAMETERS              0x00010300

/* ---- statistics ------------------------------------------------------------------------------ */

#define OID_GEN_XMIT_OK               0x00020101
#define OID_GEN_RCV_OK                0x00020102
#define OID_GEN_XMIT_ERROR            0x00020103
#define OID_GEN_RCV_ERROR             0x00020104
#define OID_GEN_RCV_NO_BUFFER         0x00020105
#define OID_GEN_STATISTICS            0x00020106
#define OID_GEN_DIRECTED_BYTES_XMIT   0x00020201
#define OID_GEN_DIRECTED_FRAMES_XMIT  0x00020202
#define OID_GEN_MULTICAST_BYTES_XMIT  0x00020203
#define OID_GEN_MULTICAST_FRAMES_XMIT 0x00020204
#define OID_GEN_BROADCAST_BYTES_XMIT  0x00020205
#define OID_GEN_BROADCAST_FRAMES_XMIT 0x00020206
#define OID_GEN_DIRECTED_BYTES_RCV    0x00020207
#define OID_GEN_DIRECTED_FRAMES_RCV   0x00020208
#define OID_GEN_MULTICAST_BYTES_RCV   0x00020209
#define OID_GEN_MULTICAST_FRAMES_RCV  0x0002020A
#define OID_GEN_BROADCAST_BYTES_RCV   0x0002020B
#define OID_GEN_BROADCAST_FRAMES_RCV  0x0002020C
#define OID_GEN_RCV_CRC_ERROR         0x0002020D
#define OID_GEN_TRANSMIT_QUEUE_LENGTH 0x0002020E
#define OID_GEN_GET_TIME_CAPS         0x0002020F
#define OID_GEN_GET_NETCARD_TIME      0x00020210
#define OID_GEN_NETCARD_LOAD          0x00020211
#define OID_GEN_DEVICE_PROFILE        0x00020212
#define OID_GEN_INIT_TIME_MS          0x00020213
#define OID_GEN_RESET_COUNTS          0x00020214
#define OID_GEN_MEDIA_SENSE_COUNTS    0x00020215
#define OID_GEN_FRIENDLY_NAME         0x00020216
#define OID_GEN_BYTES_RCV             0x00020219
#define OID_GEN_BYTES_XMIT            0x0002021A
#define OID_GEN_RCV_DISCARDS          0x0002021B
#define OID_GEN_XMIT_DISCARDS         0x0002021C
#define OID_TCP_RSC_STATISTICS        0x0002021D

/* ---- time stamps ----------------------------------------------------------------------------- */

#define OID_TIMESTAMP_CAPABILITY         0x00A00001
#define OID_TIMESTAMP_CURRENT_CONFIG     0x00A00002
#define OID_TIMESTAMP_GET_CROSSTIMESTAMP 0x00A00003

/* ---- IEEE 802.3 ------------------------------------------------------------------------------ */

#define OID_802_3_PERMANENT_ADDRESS        0x01010101
#define OID_802_3_CURRENT_ADDRESS          0x01010102
#define OID_802_3_MULTICAST_LIST           0x01010103
#define OID_802_3_MAXIMUM_LIST_SIZE        0x01010104
#define OID_802_3_MAC_OPTIONS              0x01010105
#define OID_OFFLOAD_ENCAPSULATION          0x0101010A
#define OID_802_3_ADD_MULTICAST_ADDRESS    0x01010208
#define OID_802_3_DELETE_MULTICAST_ADDRESS 0x01010209
#define OID_802_3_RCV_ERROR_ALIGNMENT      0x01020101
#define OID_802_3_XMIT_ONE_COLLISION       0x01020102
#define OID_802_3_XMIT_MORE_COLLISIONS     0x01020103
#define OID_802_3_XMIT_DEFERRED            0x01020201
#define OID_802_3_XMIT_MAX_COLLISIONS      0x01020202
#define OID_802_3_RCV_OVERRUN              0x01020203
#define OID_802_3_XMIT_UNDERRUN            0x01020204
#define OID_802_3_XMIT_HEARTBEAT_FAILURE   0x01020205
#define OID_802_3_XMIT_TIMES_CRS_LOST      0x01020206
#define OID_802_3_XMIT_LATE_COLLISIONS     0x01020207

/* ---- offload --------------------------------------------------------------------------------- */

#define OID_TCP_TASK_OFFLOAD                             0xFC010201
#define OID_TCP_TASK_IPSEC_ADD_SA                        0xFC010202
#define OID_TCP_TASK_IPSEC_DELETE_SA                     0xFC010203
#define OID_TCP_SAN_SUPPORT                              0xFC010204
#define OID_TCP_TASK_IPSEC_ADD_UDPESP_SA                 0xFC010205
#define OID_TCP_TASK_IPSEC_DELETE_UDPESP_SA              0xFC010206
#define OID_TCP4_OFFLOAD_STATS                           0xFC010207
#define OID_TCP6_OFFLOAD_STATS                           0xFC010208
#define OID_IP4_OFFLOAD_STATS                            0xFC010209
#define OID_IP6_OFFLOAD_STATS                            0xFC01020A
#define OID_TCP_OFFLOAD_CURRENT_CONFIG                   0xFC01020B
#define OID_TCP_OFFLOAD_PARAMETERS                       0xFC01020C
#define OID_TCP_OFFLOAD_HARDWARE_CAPABILITIES            0xFC01020D
#define OID_TCP_CONNECTION_OFFLOAD_CURRENT_CONFIG        0xFC01020E
#define OID_TCP_CONNECTION_OFFLOAD_HARDWARE_CAPABILITIES 0xFC01020F
#define OID_TCP_CONNECTION_OFFLOAD_PARAMETERS            0xFC030201

/* ---- plug and play, power -------------------------------------------------------------------- */

#define OID_PNP_CAPABILITIES           0xFD010100
#define OID_PNP_SET_POWER              0xFD010101
#define OID_PNP_QUERY_POWER            0xFD010102
#define OID_PNP_ADD_WAKE_UP_PATTERN    0xFD010103
#define OID_PNP_REMOVE_WAKE_UP_PATTERN 0xFD010104
#define OID_PNP_WAKE_UP_PATTERN_LIST   0xFD010105
#define OID_PNP_ENABLE_WAKE_UP         0xFD010106
#define OID_PM_CURRENT_CAPABILITIES    0xFD010107
#define OID_PM_HARDWARE_CAPABILITIES   0xFD010108
#define OID_PM_PARAMETERS              0xFD010109
#define OID_PM_ADD_WOL_PATTERN         0xFD01010A
#define OID_PM_REMOVE_WOL_PATTERN      0xFD01010B
#define OID_PM_WOL_PATTERN_LIST        0xFD01010C
#define OID_PM_ADD_PROTOCOL_OFFLOAD    0xFD01010D
#define OID_PM_GET_PROTOCOL_OFFLOAD    0xFD01010E
#define OID_PM_REMOVE_PROTOCOL_OFFLOAD 0xFD01010F
#define OID_PM_PROTOCOL_OFFLOAD_LIST   0xFD010110
#define OID_PNP_WAKE_UP_OK             0xFD020200
#define OID_PNP_WAKE_UP_ERROR          0xFD020201

#endif
