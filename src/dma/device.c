/* SPDX-License-Identifier: MIT */
/* What a device reaches, and which operations the policies choose. */
#include "dma/build.h"
#include "dma/core.h"

#include <errno.h>

static uint64_t reach_of_bits(unsigned bits)
{
    return bits >= 64 ? UINT64_MAX : (1ull << bits) - 1;
}

int dd_dma_device_init(struct dd_dma_device *dev, const struct dd_dma_device_config *config)
{
    uint64_t ram_end = dd_min_u64(dd_ram_phys_end(config->ram), DD_IOVA_BASE);

    *dev = (struct dd_dma_device){
        .ram = config->ram,
        .domain = config->domain,
        .policy = config->policy,
        .adapter = config->adapter,
        .address_bits = config->address_bits,
        .translated = dd_domain_get_mode(config->domain) != DD_DOMAIN_OFF,
    };
    dd_mapreg_init(&dev->regs, config->policy->map_registers);
    return dd_iova_space_init(&dev->space, ram_end);
}

void dd_dma_device_done(struct dd_dma_device *dev)
{
    if (dev->space.state) {
        dd_assert(dev->space.busy_pages == 0);
        dd_iova_space_done(&dev->space);
        dd_mapreg_done(&dev->regs);
    }
}

/* the most one transfer may need: as many pages as its bytes can touch, and one for a second MDL */
static uint64_t registers_of(const struct dd_dma_policy *p, uint64_t max_bytes)
{
    uint64_t regs = p->map_registers_per_transfer;

    if (regs == 0) {
        regs = dd_span_pages(DD_PAGE_MASK, max_bytes) + 1;
    }
    return p->map_registers != 0 ? dd_min_u64(regs, p->map_registers) : regs;
}

void dd_dma_init(struct dd_dma *dma, struct dd_dma_device *dev, unsigned driver_bits,
                 uint64_t max_bytes)
{
    const struct dd_dma_policy *p = dev->policy;
    unsigned bits = driver_bits < dev->address_bits ? driver_bits : dev->address_bits;

    if (p->address_bits != 0 && p->address_bits < bits) {
        bits = p->address_bits;
    }
    *dma = (struct dd_dma){
        .dev = dev,
        .reach = reach_of_bits(bits),
        .max_bytes = max_bytes,
        .max_regs = registers_of(p, max_bytes),
        .shape = p->sgl,
        .checked = p->checked,
        .charge_all = p->map_registers != 0,
    };
    dma->identity_max = dd_min_u64(dma->reach, dd_ram_phys_end(dev->ram) - 1);
    dma->ops = dd_build_ops(p, dev->translated);
    dd_bounce_init(&dma->bounce, dev->ram, dev->translated ? UINT64_MAX : dma->reach);
    dd_mutex_init(&dma->rng_lock);
    dd_rng_seed(&dma->rng, p->seed, 0x646D61);
}

void dd_dma_done(struct dd_dma *dma)
{
    dd_bounce_done(&dma->bounce);
    dd_mutex_done(&dma->rng_lock);
}

bool dd_dma_is_plain(const struct dd_dma *dma)
{
    const struct dd_dma_policy *p = dma->dev->policy;

    /* without translation and without a need to bounce, merge-iova is merge */
    return !dma->dev->translated && p->bounce == DD_BOUNCE_AUTO && !dma->charge_all &&
           !dma->checked && (dma->shape == DD_SGL_MERGE || dma->shape == DD_SGL_MERGE_IOVA);
}

uint64_t dd_dma_random_below(struct dd_dma *dma, uint64_t n)
{
    uint64_t v;

    dd_mutex_lock(&dma->rng_lock);
    v = dd_rng_below(&dma->rng, n);
    dd_mutex_unlock(&dma->rng_lock);
    return v;
}
