/* SPDX-License-Identifier: MIT */
/* Seeded generator. One per user, so that a choice made here never shifts the choices made there.
 */
#ifndef DD_BASE_RANDOM_H
#define DD_BASE_RANDOM_H

#include <stdint.h>

struct dd_rng {
    uint64_t s[4];
};

/* dd_rng_seed - same (seed, stream) gives the same sequence for ever */
void dd_rng_seed(struct dd_rng *r, uint64_t seed, uint64_t stream);
uint64_t dd_rng_u64(struct dd_rng *r);
/* dd_rng_below - uniform in [0, n); n > 0 */
uint64_t dd_rng_below(struct dd_rng *r, uint64_t n);
/* dd_random_seed - a fresh seed from the host */
uint64_t dd_random_seed(void);

#endif
