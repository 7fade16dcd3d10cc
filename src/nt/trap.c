/* SPDX-License-Identifier: MIT */
/* A trapped instruction, from the signal to the driver's next instruction (trap.h has the way). */
#include <ntddk.h>

#include "nt/trap_int.h"

#include "nt/io_int.h"
#include "nt/machine.h"
#include "seam/api.h"

#include <string.h>
#include <ucontext.h>

#define FLAG_ZERO      (1ull << 6)
#define FLAG_DIRECTION (1ull << 10)
/* carry, parity, adjust, zero, sign: what LAHF gives; and overflow */
#define FLAGS_LOW     0xd5ull
#define FLAG_OVERFLOW (1ull << 11)
/* a device sees wider accesses in pieces of this */
#define PIECE_BYTES 4u

/* what the processor does, with no checks of a sanitizer: the driver's own accesses had theirs */
#define AS_IS __attribute__((no_sanitize("address", "thread", "undefined"), noinline))

static uint64_t trapped;

uint64_t dd_trap_count(void)
{
    return __atomic_load_n(&trapped, __ATOMIC_RELAXED);
}

/* --- in the signal handler --- */

AS_IS bool dd_trap_take(const siginfo_t *info, void *ucontext)
{
    ucontext_t *uc = ucontext;
    greg_t *g = uc->uc_mcontext.gregs;
    uint64_t *at;

    if (info->si_signo != SIGSEGV || info->si_code <= 0 ||
        !dd_io_window_at((uintptr_t)info->si_addr, 1)) {
        return false;
    }
    dd_trap_stub_ready();
    at = (uint64_t *)(uintptr_t)((uint64_t)g[REG_RSP] - DD_TRAP_RED_ZONE) - 1;
    *at = (uint64_t)g[REG_RIP];
    g[REG_RSP] = (greg_t)(uintptr_t)at;
    g[REG_RIP] = (greg_t)(uintptr_t)dd_trap_stub;
    return true;
}

/* --- memory of the driver --- */

AS_IS static uint64_t read_plain(uint64_t addr, unsigned width)
{
    switch (width) {
    case 1:
        return *(volatile uint8_t *)addr;
    case 2:
        return *(volatile uint16_t *)addr;
    case 4:
        return *(volatile uint32_t *)addr;
    default:
        return *(volatile uint64_t *)addr;
    }
}

AS_IS static void write_plain(uint64_t addr, unsigned width, uint64_t value)
{
    switch (width) {
    case 1:
        *(volatile uint8_t *)addr = (uint8_t)value;
        break;
    case 2:
        *(volatile uint16_t *)addr = (uint16_t)value;
        break;
    case 4:
        *(volatile uint32_t *)addr = (uint32_t)value;
        break;
    default:
        *(volatile uint64_t *)addr = value;
    }
}

/* a register or memory. What is neither faults again, here, and is a crash */
static uint64_t read_at(uint64_t addr, unsigned width, const void *site)
{
    return dd_io_window_at(addr, width) ? dd_io_read_at(addr, width, false, site)
                                        : read_plain(addr, width);
}

static void write_at(uint64_t addr, unsigned width, uint64_t value, const void *site)
{
    if (dd_io_window_at(addr, width)) {
        dd_io_write_at(addr, width, false, value, site);
    } else {
        write_plain(addr, width, value);
    }
}

/* --- one memory operand --- */

static uint64_t address_of(const struct dd_trap_op *op, const struct dd_trap_regs *r)
{
    uint64_t addr = (uint64_t)op->disp;

    if (op->rip_relative) {
        addr += op->rip + op->len_bytes;
    }
    if (op->base != DD_TRAP_NO_REGISTER) {
        addr += r->gpr[op->base];
    }
    if (op->index != DD_TRAP_NO_REGISTER) {
        addr += r->gpr[op->index] * op->scale;
    }
    return op->address_32 ? (uint32_t)addr : addr;
}

/* the address moves by whole operands; what is left of the distance lies in one */
static uint64_t move_to_bit(const struct dd_trap_op *op, struct dd_trap_regs *r, uint64_t addr)
{
    unsigned bits = op->access_bytes * 8u;
    uint64_t value = r->gpr[op->bit_register];
    int64_t distance = bits == 64 ? (int64_t)value : bits == 32 ? (int32_t)value : (int16_t)value;

    r->gpr[op->bit_register] = (uint64_t)distance & (bits - 1);
    return addr + (uint64_t)((distance - (distance & (int64_t)(bits - 1))) / 8);
}

static unsigned piece(unsigned left)
{
    return left >= PIECE_BYTES ? PIECE_BYTES : left >= 2 ? 2 : 1;
}

static bool is_one_access(unsigned n)
{
    return n == 1 || n == 2 || n == 4 || n == 8;
}

static void read_operand(uint64_t addr, uint8_t *buffer, unsigned n, const void *site)
{
    for (unsigned at = 0; at < n;) {
        unsigned w = is_one_access(n) ? n : piece(n - at);
        uint64_t value = dd_io_read_at(addr + at, w, false, site);

        memcpy(buffer + at, &value, w);
        at += w;
    }
}

static void write_operand(uint64_t addr, const uint8_t *buffer, unsigned n, const void *site)
{
    for (unsigned at = 0; at < n;) {
        unsigned w = is_one_access(n) ? n : piece(n - at);
        uint64_t value = 0;

        memcpy(&value, buffer + at, w);
        dd_io_write_at(addr + at, w, false, value, site);
        at += w;
    }
}

static void run_memory(const struct dd_trap_op *op, struct dd_trap_regs *r, void *area)
{
    uint8_t buffer[DD_TRAP_BYTES_MAX] __attribute__((aligned(64))) = {0};
    const void *site = (const void *)(uintptr_t)r->rip;
    uint64_t addr = address_of(op, r), kept, bit = 0;
    bool moves = op->bit_register != DD_TRAP_NO_REGISTER;

    if (moves) {
        bit = r->gpr[op->bit_register];
        addr = move_to_bit(op, r, addr);
    }
    if (!dd_io_window_at(addr, op->access_bytes)) {
        dd_machine_bugcheck("'%s' reaches over the end of a register window (%u bytes at %#llx)",
                            op->text, op->access_bytes, (unsigned long long)addr);
    }
    if (op->read) {
        read_operand(addr, buffer, op->access_bytes, site);
    }
    kept = r->gpr[op->scratch];
    r->gpr[op->scratch] = (uint64_t)(uintptr_t)buffer;
    dd_trap_execute(r, op->code, op->vector ? area : NULL);
    r->gpr[op->scratch] = kept;
    if (moves) {
        r->gpr[op->bit_register] = bit;
    }
    if (op->write) {
        write_operand(addr, buffer, op->access_bytes, site);
    }
}

/* --- string instructions --- */

#define RAX 0
#define RCX 1
#define RSI 6
#define RDI 7

/* the flags of a - b */
static uint64_t compare(uint64_t a, uint64_t b, unsigned width)
{
    uint16_t ax;
    uint8_t overflow;

#define COMPARE(type)                                                                              \
    __asm__("cmp %3, %2; lahf; seto %1"                                                            \
            : "=&a"(ax), "=&q"(overflow)                                                           \
            : "r"((type)a), "r"((type)b)                                                           \
            : "cc")
    switch (width) {
    case 1:
        COMPARE(uint8_t);
        break;
    case 2:
        COMPARE(uint16_t);
        break;
    case 4:
        COMPARE(uint32_t);
        break;
    default:
        COMPARE(uint64_t);
    }
#undef COMPARE
    return (ax >> 8 & FLAGS_LOW) | (overflow ? FLAG_OVERFLOW : 0);
}

static void set_low_part(uint64_t *reg, uint64_t value, unsigned width)
{
    uint64_t mask = width == 8 ? 0 : UINT64_MAX << 8 * width;

    /* a destination of 32 bits clears the upper half */
    *reg = width == 4 ? (uint32_t)value : (*reg & mask) | (value & ~mask);
}

static void step(const struct dd_trap_op *op, struct dd_trap_regs *r, const void *site)
{
    unsigned w = op->access_bytes;
    uint64_t by = (r->flags & FLAG_DIRECTION) != 0 ? 0ull - w : w, a, b;
    bool from = op->kind == DD_TRAP_MOVS || op->kind == DD_TRAP_LODS || op->kind == DD_TRAP_CMPS;

    a = from ? read_at(r->gpr[RSI], w, site) : r->gpr[RAX];
    switch (op->kind) {
    case DD_TRAP_LODS:
        set_low_part(&r->gpr[RAX], a, w);
        break;
    case DD_TRAP_CMPS:
    case DD_TRAP_SCAS:
        b = read_at(r->gpr[RDI], w, site);
        r->flags = (r->flags & ~(FLAGS_LOW | FLAG_OVERFLOW)) | compare(a, b, w);
        break;
    default:
        write_at(r->gpr[RDI], w, a, site);
    }
    if (from) {
        r->gpr[RSI] += by;
    }
    if (op->kind != DD_TRAP_LODS) {
        r->gpr[RDI] += by;
    }
}

static bool goes_on(const struct dd_trap_op *op, const struct dd_trap_regs *r)
{
    bool equal = (r->flags & FLAG_ZERO) != 0;

    return r->gpr[RCX] != 0 && (op->repeat == DD_TRAP_REP || equal == (op->repeat == DD_TRAP_REPE));
}

static void run_string(const struct dd_trap_op *op, struct dd_trap_regs *r)
{
    const void *site = (const void *)(uintptr_t)r->rip;

    if (op->repeat == DD_TRAP_ONCE) {
        step(op, r, site);
        return;
    }
    if (r->gpr[RCX] == 0) {
        return;
    }
    do {
        step(op, r, site);
        r->gpr[RCX]--;
    } while (goes_on(op, r));
}

/* --- from the stub --- */

void dd_trap_run(struct dd_trap_regs *regs, void *area)
{
    bool fresh;
    const struct dd_trap_op *op = dd_trap_decode(regs->rip, &fresh);

    if (op == NULL) {
        dd_machine_bugcheck("no memory to decode an instruction that addresses a register");
    }
    /* from here on the frame looks like that of a call */
    regs->rip += op->len_bytes;
    if (fresh) {
        DD_SEAM(.kind = DD_EV_REGISTER_TRAPPED, .site = (const void *)(uintptr_t)regs->rip,
                .data = op->text, .a = op->access_bytes, .b = op->refused != NULL);
    }
    if (op->refused != NULL) {
        dd_machine_bugcheck("'%s' addresses a device register, and is not done: %s", op->text,
                            op->refused);
    }
    if (op->kind == DD_TRAP_MEMORY) {
        run_memory(op, regs, area);
    } else {
        run_string(op, regs);
    }
    __atomic_fetch_add(&trapped, 1, __ATOMIC_RELAXED);
    regs->rbp = regs->gpr[DD_TRAP_RBP];
}
