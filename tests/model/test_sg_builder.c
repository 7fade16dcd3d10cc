/* SPDX-License-Identifier: MIT */
/*
 * The scatter/gather builder against a naive twin (sg_model.h): random programs from a printed
 * seed.
 *
 * usage: test_sg_builder [--cases N] [--seed N] [--dump FOLDER]
 * --dump writes each program to a file, as a corpus for the fuzz target.
 */
#include "sg_model.h"

#include "base/clock.h"
#include "base/random.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PROGRAM_BYTES_MAX 8192u

static uint64_t seed, cases = 20000, program_number;
static const char *dump;

static size_t program_make(uint64_t number, uint8_t *program)
{
    struct dd_rng rng;
    size_t len;

    dd_rng_seed(&rng, seed, number);
    len = 1 + (size_t)dd_rng_below(&rng, dump ? 400 : PROGRAM_BYTES_MAX);
    for (size_t i = 0; i < len; i++) {
        program[i] = (uint8_t)dd_rng_u64(&rng);
    }
    return len;
}

static void program_dump(const uint8_t *program, size_t len, uint64_t number)
{
    char path[512];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%03llu", dump, (unsigned long long)number);
    f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(program, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

/* builder and twin disagree: say which program it was */
static void on_abort(int sig)
{
    char text[128];
    int n = snprintf(text, sizeof(text), "in program %llu of seed %llu\n",
                     (unsigned long long)program_number, (unsigned long long)seed);

    (void)sig;
    _exit(write(STDERR_FILENO, text, (size_t)n) < 0 ? 2 : 1);
}

static void test_builder_agrees_with_its_naive_twin(void **state)
{
    static uint8_t program[PROGRAM_BYTES_MAX];
    uint64_t start = dd_clock_ns(), done = 0;

    (void)state;
    for (program_number = 0; done < cases; program_number++) {
        size_t len = program_make(program_number, program);

        if (dump) {
            program_dump(program, len, program_number);
        }
        done += sg_model_run(program, len);
    }
    print_message("%llu cases in %llu programs, seed %llu, %.1f s\n", (unsigned long long)done,
                  (unsigned long long)program_number, (unsigned long long)seed,
                  (double)(dd_clock_ns() - start) / 1e9);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_builder_agrees_with_its_naive_twin),
    };

    seed = dd_random_seed();
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--cases") == 0) {
            cases = strtoull(argv[i + 1], NULL, 0);
        } else if (strcmp(argv[i], "--seed") == 0) {
            seed = strtoull(argv[i + 1], NULL, 0);
        } else if (strcmp(argv[i], "--dump") == 0) {
            dump = argv[i + 1];
        } else {
            fprintf(stderr, "usage: test_sg_builder [--cases N] [--seed N] [--dump FOLDER]\n");
            return 2;
        }
    }
    signal(SIGABRT, on_abort);
    print_message("seed %llu\n", (unsigned long long)seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
