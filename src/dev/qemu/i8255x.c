/* SPDX-License-Identifier: MIT */
#include "dev/qemu/i8255x.h"

#define ACK     1u
#define COMMAND 2u
#define POINTER 4u
#define PORT    8u

#define RU_MASK  7u
#define RU_START 1u
#define RU_ABORT 4u
#define RU_BASE  6u

#define PORT_MASK      15u
#define PORT_RESET     0u
#define PORT_SELECTIVE 2u

#define RFD_STATUS   0x0u /* and the command, at 2 */
#define RFD_LAST     0x80000000u
#define RFD_LINK     0x4u
#define RFD_COUNT    0xcu
#define RFD_COMPLETE 0x8000u
#define RFD_EOF_F    0xc000u
#define RFDS_MAX     1024u

static bool get(struct dd_domain *domain, uint32_t at, void *buf, size_t len_bytes)
{
    return dd_domain_access(domain, (dd_iova){at}, buf, len_bytes, false) == 0;
}

/* complete, without the bits? Little endian, as the part and this machine are */
static bool lacks_bits(struct dd_domain *domain, uint32_t at, uint16_t *ret_count)
{
    uint16_t status;

    return get(domain, at + RFD_STATUS, &status, sizeof(status)) && (status & RFD_COMPLETE) != 0 &&
           get(domain, at + RFD_COUNT, ret_count, sizeof(*ret_count)) &&
           (*ret_count & RFD_EOF_F) == 0;
}

/* behind @at; the last of a list (EL) ends the receive unit's walk until it is started again */
static bool go_on(const struct dd_i8255x *x, struct dd_domain *domain, uint32_t at,
                  uint32_t *ret_next)
{
    uint32_t words[2];

    if (!get(domain, at, words, sizeof(words)) || (words[0] & RFD_LAST) != 0) {
        return false;
    }
    *ret_next = x->base + words[RFD_LINK / sizeof(words[0])];
    return true;
}

unsigned dd_i8255x_find(struct dd_i8255x *x, struct dd_domain *domain)
{
    unsigned n = 0;
    uint32_t at;
    uint16_t count;
    bool more;

    dd_mutex_lock(&x->lock);
    at = x->next;
    more = x->running;
    while (more && n < RFDS_MAX && lacks_bits(domain, at, &count)) {
        more = go_on(x, domain, at, &at);
        n++;
    }
    dd_mutex_unlock(&x->lock);
    return n;
}

void dd_i8255x_mark(struct dd_i8255x *x, struct dd_domain *domain, unsigned count)
{
    uint32_t at;
    uint16_t bytes;

    dd_mutex_lock(&x->lock);
    while (count-- > 0 && x->running && lacks_bits(domain, x->next, &bytes)) {
        at = x->next;
        x->running = go_on(x, domain, at, &x->next); /* first: then it is the driver's */
        bytes = (uint16_t)(bytes | RFD_EOF_F);
        (void)dd_domain_access(domain, (dd_iova){at + RFD_COUNT}, &bytes, sizeof(bytes), true);
    }
    dd_mutex_unlock(&x->lock);
}

/* the model writes a descriptor's status before its data: what is complete when the first flush
 * has come back is whole when the second one has */
void dd_i8255x_settle(struct dd_i8255x *x, struct dd_domain *domain, struct dd_qemu *q)
{
    unsigned n;

    dd_qemu_flush(q);
    n = dd_i8255x_find(x, domain);
    if (n > 0) {
        dd_qemu_flush(q);
        dd_i8255x_mark(x, domain, n);
    }
}

static void command(struct dd_i8255x *x, unsigned ru)
{
    if (ru == RU_BASE) {
        x->base = x->pointer;
    } else if (ru == RU_START) {
        x->next = x->base + x->pointer;
        x->running = true;
    } else if (ru == RU_ABORT) {
        x->running = false;
    }
}

bool dd_i8255x_wrote(struct dd_i8255x *x, uint64_t offset, unsigned width, uint64_t value)
{
    bool ack = false;

    dd_mutex_lock(&x->lock);
    for (unsigned i = 0; i < width; i++) {
        uint64_t at = offset + i;
        uint32_t byte = (uint32_t)(value >> (8 * i) & 0xff);

        if (at == ACK) {
            ack = byte != 0;
        } else if (at == COMMAND) {
            command(x, byte & RU_MASK);
        } else if (at >= POINTER && at < POINTER + 4) {
            unsigned shift = 8 * (unsigned)(at - POINTER);

            x->pointer = (x->pointer & ~(0xffu << shift)) | byte << shift;
        } else if (at == PORT &&
                   ((byte & PORT_MASK) == PORT_RESET || (byte & PORT_MASK) == PORT_SELECTIVE)) {
            x->running = false;
            x->base = (byte & PORT_MASK) == PORT_RESET ? 0 : x->base;
        }
    }
    dd_mutex_unlock(&x->lock);
    return ack;
}
