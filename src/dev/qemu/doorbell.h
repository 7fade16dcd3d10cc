/* SPDX-License-Identifier: MIT */
/*
 * Interrupt messages as eventfds. QEMU's ivshmem-doorbell is a PCI device with a register: who
 * writes a vector number there makes an eventfd of ours count one up. A NIC's MSI or MSI-X message
 * is a bus write, so its address is set to that register and its data to the vector.
 *
 * The device learns its eventfds from a server at the other end of a stream socket: that is us, and
 * all it has to be told is put into the socket before QEMU starts.
 */
#ifndef DD_DEV_QEMU_DOORBELL_H
#define DD_DEV_QEMU_DOORBELL_H

#define DD_DOORBELL_VECTORS  32u
#define DD_DOORBELL_REGISTER 12u /* in BAR0 */

struct dd_doorbell {
    int fds[DD_DOORBELL_VECTORS]; /* eventfds, non-blocking; one for each vector */
    int memory_fd, spare_fd;      /* what the protocol wants besides */
};

/* dd_doorbell_init - 0 or -Exxx (then nothing is open) */
int dd_doorbell_init(struct dd_doorbell *d);
void dd_doorbell_done(struct dd_doorbell *d);
/* dd_doorbell_serve - say everything into @fd, our end of the socket. 0 or -Exxx */
int dd_doorbell_serve(const struct dd_doorbell *d, int fd);

#endif
