/* SPDX-License-Identifier: MIT */
/* Between the files of the small miniport. */
#ifndef DD_TEST_MINI_INT_H
#define DD_TEST_MINI_INT_H

#include "mini.h"

#define MINI_IO_BYTES   0x400
#define MINI_PORT       0xC000
#define MINI_PORT_COUNT 16

MINIPORT_PAUSE mini_pause;
MINIPORT_RESTART mini_restart;
MINIPORT_OID_REQUEST mini_oid_request;
MINIPORT_CANCEL_OID_REQUEST mini_cancel_oid;
MINIPORT_SEND_NET_BUFFER_LISTS mini_send;
MINIPORT_RETURN_NET_BUFFER_LISTS mini_return;
MINIPORT_CANCEL_SEND mini_cancel;
MINIPORT_CHECK_FOR_HANG mini_check_for_hang;
MINIPORT_RESET mini_reset_adapter;
MINIPORT_DEVICE_PNP_EVENT_NOTIFY mini_pnp_event;
MINIPORT_SHUTDOWN mini_shutdown;

MINIPORT_ISR mini_isr;
MINIPORT_INTERRUPT_DPC mini_dpc;
MINIPORT_DISABLE_INTERRUPT mini_disable;
MINIPORT_ENABLE_INTERRUPT mini_enable;
MINIPORT_MESSAGE_INTERRUPT mini_message_isr;
MINIPORT_MESSAGE_INTERRUPT_DPC mini_message_dpc;
MINIPORT_DISABLE_MESSAGE_INTERRUPT mini_message_disable;
MINIPORT_ENABLE_MESSAGE_INTERRUPT mini_message_enable;

NDIS_TIMER_FUNCTION mini_timer;

MINIPORT_ADD_DEVICE mini_add_device;
MINIPORT_REMOVE_DEVICE mini_remove_device;
MINIPORT_PNP_IRP mini_filter;
MINIPORT_PNP_IRP mini_start;

#endif
