/* SPDX-License-Identifier: MIT */
/*
 * xoshiro256++ (Blackman and Vigna, public domain algorithm), seeded through splitmix64. The
 * sequence of a (seed, stream) pair is part of the product: a run replays by its seed, so it never
 * changes.
 */
#include "base/random.h"

#include "base/check.h"
#include "base/clock.h"

#include <sys/random.h>

static uint64_t splitmix(uint64_t *x)
{
    uint64_t z = (*x += 0x9E3779B97F4A7C15ull);

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
}

static uint64_t rotl(uint64_t v, unsigned n)
{
    return (v << n) | (v >> (64 - n));
}

void dd_rng_seed(struct dd_rng *r, uint64_t seed, uint64_t stream)
{
    uint64_t x = stream;

    /* mix the stream first, so that (1, 2) and (2, 1) have nothing in common */
    x = seed ^ splitmix(&x);
    for (unsigned i = 0; i < 4; i++) {
        r->s[i] = splitmix(&x);
    }
}

uint64_t dd_rng_u64(struct dd_rng *r)
{
    uint64_t *s = r->s;
    uint64_t result = rotl(s[0] + s[3], 23) + s[0];
    uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

uint64_t dd_rng_below(struct dd_rng *r, uint64_t n)
{
    uint64_t v, skip;

    dd_assert(n > 0);
    /* values below 2^64 mod n would make the first results likelier: draw again */
    skip = (0 - n) % n;
    do {
        v = dd_rng_u64(r);
    } while (v < skip);
    return v % n;
}

uint64_t dd_random_seed(void)
{
    uint64_t v;

    if (getrandom(&v, sizeof(v), 0) != (ssize_t)sizeof(v)) {
        v = dd_clock_wall_ns();
    }
    return v;
}
