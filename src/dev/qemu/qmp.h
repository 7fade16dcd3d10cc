/* SPDX-License-Identifier: MIT */
/*
 * QEMU's monitor (QMP): one JSON object a line. Commands from any thread wait for their answer,
 * which the service thread takes in; events are passed over.
 */
#ifndef DD_DEV_QEMU_QMP_H
#define DD_DEV_QEMU_QMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DD_QMP_TIMEOUT_NS 5000000000ull

struct dd_qmp;

/* dd_qmp_new - on the stream socket @fd, which stays the caller's; leaves negotiation at once. 0,
 * -ENOMEM, or -EIO */
int dd_qmp_new(int fd, struct dd_qmp **ret_qmp);
void dd_qmp_free(struct dd_qmp *m);
/* dd_qmp_input - the socket can be read; service thread only */
void dd_qmp_input(struct dd_qmp *m);
/* dd_qmp_die - the process ended: whoever waits gets -ENODEV, and so does whoever comes */
void dd_qmp_die(struct dd_qmp *m);

/* dd_qmp_run - carry out @command; @arguments is JSON or NULL, both made here, never of a driver's
 * text. Not on the service thread. 0; -EIO, QEMU refused (the reason is logged); -ETIMEDOUT;
 * -ENODEV */
int dd_qmp_run(struct dd_qmp *m, const char *command, const char *arguments);

#endif
