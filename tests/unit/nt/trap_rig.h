/* SPDX-License-Identifier: MIT */
/*
 * For tests of trapped accesses: a device whose BAR 0 is memory, a window on it, a SIGSEGV handler,
 * and FORM(), which executes an instruction twice, on memory and on the window. r8 is where they
 * are; all else begins equal, and has to end equal: registers, flags, and the bytes.
 */
#ifndef DD_TESTS_TRAP_RIG_H
#define DD_TESTS_TRAP_RIG_H

#include "svc_test.h"

#include "nt/io.h"
#include "nt/trap.h"

#include <signal.h>

#define RIG_BASE  0xf0000000ull
#define RIG_BYTES 0x2000u

struct rig_dev {
    struct dd_dev dev;
    _Atomic(unsigned) reads, writes;
    uint8_t bytes[RIG_BYTES];
    void (*volatile on_read)(void); /* an access by pointer is no call to the compiler */
};

struct cpu {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, flags, r9;
    uint8_t xmm[2][64];
};

static struct rig_dev rig;
static unsigned rig_index;
static uint8_t *rig_window;
static uint8_t rig_memory[256] __attribute__((aligned(64)));
static sigjmp_buf rig_crash;
static const void *rig_crash_at;

static uint64_t rig_read(struct dd_dev *d, unsigned bar, uint64_t offset, unsigned width)
{
    uint64_t value = 0;

    (void)d;
    assert_int_equal(bar, 0);
    rig.reads++;
    if (rig.on_read != NULL) {
        rig.on_read();
    }
    memcpy(&value, rig.bytes + offset, width);
    return value;
}

static void rig_write(struct dd_dev *d, unsigned bar, uint64_t offset, unsigned width,
                      uint64_t value)
{
    (void)d;
    assert_int_equal(bar, 0);
    rig.writes++;
    memcpy(rig.bytes + offset, &value, width);
}

static void rig_on_signal(int sig, siginfo_t *info, void *uc)
{
    (void)sig;
    if (!dd_trap_take(info, uc)) {
        rig_crash_at = info->si_addr;
        siglongjmp(rig_crash, 1);
    }
}

/* each test begins with this: cmocka sets handlers of its own before */
static void rig_catch(void **state)
{
    struct sigaction a = {.sa_sigaction = rig_on_signal,
                          .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    static char stack[65536] __attribute__((aligned(16)));
    const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};

    (void)state;
    sigemptyset(&a.sa_mask);
    assert_int_equal(sigaltstack(&alternate, NULL), 0);
    assert_int_equal(sigaction(SIGSEGV, &a, NULL), 0);
}

static int rig_start(void **state)
{
    static const struct dd_dev_ops ops = {.bar_read = rig_read, .bar_write = rig_write};

    memset(&rig, 0, sizeof(rig));
    rig.dev.ops = &ops;
    rig.dev.info.bars[0] = (struct dd_bar){RIG_BYTES, false, RIG_BASE};
    if (svc_test_start(state) < 0 || dd_io_attach(&rig.dev, &rig_index) < 0) {
        return -1;
    }
    rig_window = dd_io_map(rig_index, RIG_BASE, RIG_BYTES);
    return rig_window == NULL ? -1 : 0;
}

static int rig_stop(void **state)
{
    dd_io_detach(rig_index);
    return nt_test_stop(state);
}

#define rig_test(fn) cmocka_unit_test_setup_teardown(fn, rig_start, rig_stop)

static void rig_fill(uint8_t seed)
{
    for (unsigned i = 0; i < sizeof(rig_memory); i++) {
        rig_memory[i] = (uint8_t)(seed + i * 37);
        rig.bytes[i] = rig_memory[i];
    }
    rig.reads = rig.writes = 0;
}

static struct cpu rig_cpu(uint8_t seed)
{
    struct cpu c = {.rax = 0x1122334455667788ull * seed,
                    .rbx = 0x8877665544332211,
                    .rcx = seed,
                    .rdx = 0xfedcba9876543210,
                    .rsi = 3,
                    .rdi = 5,
                    .flags = seed & 1 ? 0x202 : 0x202 | 0x8d5,
                    .r9 = 0x0123456789abcdef};

    for (unsigned i = 0; i < sizeof(c.xmm); i++) {
        c.xmm[i / 64][i % 64] = (uint8_t)(i * 11 + seed);
    }
    return c;
}

/* r8: @where. The red zone of this function is stepped over, that of the trap is tested elsewhere
 */
#define RIG_EXECUTE(load, insn, store, with, where)                                                \
    do {                                                                                           \
        register struct cpu *c_ __asm__("r15") = (with);                                           \
        register void *p_ __asm__("r8") = (where);                                                 \
        __asm__ volatile(                                                                          \
            "lea -256(%%rsp), %%rsp\n"                                                             \
            "pushq 48(%%r15)\n popfq\n" load "mov 0(%%r15), %%rax\n"                               \
            "mov 8(%%r15), %%rbx\n mov 16(%%r15), %%rcx\n mov 24(%%r15), %%rdx\n"                  \
            "mov 32(%%r15), %%rsi\n mov 40(%%r15), %%rdi\n mov 56(%%r15), %%r9\n"                  \
            "1: " insn "\n"                                                                        \
            "pushfq\n popq 48(%%r15)\n cld\n mov %%rax, 0(%%r15)\n"                                \
            "mov %%rbx, 8(%%r15)\n mov %%rcx, 16(%%r15)\n mov %%rdx, 24(%%r15)\n"                  \
            "mov %%rsi, 32(%%r15)\n mov %%rdi, 40(%%r15)\n mov %%r9, 56(%%r15)\n" store            \
            "lea 256(%%rsp), %%rsp\n"                                                              \
            : "+r"(c_), "+r"(p_)                                                                   \
            :                                                                                      \
            : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r9", "cc", "memory", "xmm0", "xmm1");     \
    } while (0)

static void rig_compare(const char *insn, const struct cpu *a, const struct cpu *b)
{
    if (memcmp(a, b, sizeof(*a)) != 0 || memcmp(rig_memory, rig.bytes, sizeof(rig_memory)) != 0) {
        fprintf(stderr,
                "%s\n memory: rax %#lx rbx %#lx rcx %#lx rdx %#lx rsi %#lx rdi %#lx flags %#lx\n"
                " window: rax %#lx rbx %#lx rcx %#lx rdx %#lx rsi %#lx rdi %#lx flags %#lx\n",
                insn, a->rax, a->rbx, a->rcx, a->rdx, a->rsi, a->rdi, a->flags, b->rax, b->rbx,
                b->rcx, b->rdx, b->rsi, b->rdi, b->flags);
        for (unsigned i = 0; i < sizeof(rig_memory); i++) {
            if (rig_memory[i] != rig.bytes[i]) {
                fprintf(stderr, " byte %u: memory %#x, window %#x\n", i, rig_memory[i],
                        rig.bytes[i]);
            }
        }
        fail_msg("%s differs", insn);
    }
}

/* with several values of registers and memory; reads, writes: device accesses of each */
#define RIG_FORM(load, insn, store, want_reads, want_writes)                                       \
    for (uint8_t seed_ = 1; seed_ < 12; seed_++) {                                                 \
        struct cpu m_ = rig_cpu(seed_), w_ = m_;                                                   \
        uint64_t count_ = dd_trap_count();                                                         \
        rig_fill((uint8_t)(seed_ * 29));                                                           \
        RIG_EXECUTE(load, insn, store, &m_, rig_memory);                                           \
        assert_int_equal(dd_trap_count(), count_);                                                 \
        RIG_EXECUTE(load, insn, store, &w_, rig_window);                                           \
        m_.flags &= ~0x10000ull;                                                                   \
        w_.flags &= ~0x10000ull;                                                                   \
        rig_compare(insn, &m_, &w_);                                                               \
        if (rig.reads != (want_reads) || rig.writes != (want_writes)) {                            \
            fail_msg("%s: %u reads, %u writes", insn, rig.reads, rig.writes);                      \
        }                                                                                          \
    }

#define FORM(insn, reads, writes) RIG_FORM("", insn, "", reads, writes)
#define VECTOR(insn, reads, writes)                                                                \
    RIG_FORM("movups 64(%%r15), %%xmm0\n movups 128(%%r15), %%xmm1\n", insn,                       \
             "movups %%xmm0, 64(%%r15)\n movups %%xmm1, 128(%%r15)\n", reads, writes)
#define WIDE(insn, reads, writes)                                                                  \
    RIG_FORM("vmovdqu 64(%%r15), %%ymm0\n vmovdqu 128(%%r15), %%ymm1\n", insn,                     \
             "vmovdqu %%ymm0, 64(%%r15)\n vmovdqu %%ymm1, 128(%%r15)\n", reads, writes)

#endif
