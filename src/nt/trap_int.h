/* SPDX-License-Identifier: MIT */
/* Between the files of the trap: trap.c runs, trap_decode.c decodes, trap_stub.c is the assembly.
 */
#ifndef DD_NT_TRAP_INT_H
#define DD_NT_TRAP_INT_H

#include "nt/trap.h"

#include <assert.h>

/* The driver's registers, where the stub pushed them; gpr by the processor's numbers. */
struct dd_trap_regs {
    uint64_t gpr[16]; /* rax rcx rdx rbx rsp rbp rsi rdi r8 ... r15 */
    uint64_t flags;
    uint64_t rbp; /* what the stub will load; gpr[5] is copied here */
    uint64_t rip;
};

#define DD_TRAP_RSP         4
#define DD_TRAP_RBP         5
#define DD_TRAP_RED_ZONE    128
#define DD_TRAP_NO_REGISTER 0xff
#define DD_TRAP_BYTES_MAX   64
#define DD_TRAP_LENGTH_MAX  15 /* of an instruction */
#define DD_TRAP_TEXT_BYTES  96

enum dd_trap_kind {
    DD_TRAP_MEMORY, /* one memory operand */
    DD_TRAP_MOVS,
    DD_TRAP_STOS,
    DD_TRAP_LODS,
    DD_TRAP_CMPS,
    DD_TRAP_SCAS,
};

enum dd_trap_repeat {
    DD_TRAP_ONCE,
    DD_TRAP_REP,
    DD_TRAP_REPE,
    DD_TRAP_REPNE,
};

/* one instruction of the driver, decoded; never changes and is never freed */
struct dd_trap_op {
    struct dd_trap_op *next;
    uint64_t rip;
    uint8_t bytes[DD_TRAP_LENGTH_MAX];
    uint8_t len_bytes;
    enum dd_trap_kind kind;
    enum dd_trap_repeat repeat;
    const char *refused; /* why it cannot be done; NULL: it can */
    char text[DD_TRAP_TEXT_BYTES];
    uint16_t access_bytes; /* of the memory operand, or of one element of a string */
    bool read, write;
    bool vector; /* uses registers beside the general ones */
    /* memory operand: base + index * scale + disp */
    bool rip_relative, address_32;
    uint8_t base, index, scale; /* register numbers, or DD_TRAP_NO_REGISTER */
    int64_t disp;
    uint8_t bit_register; /* bt and its kin: the register whose upper bits move the address */
    /* the instruction on a buffer: scratch points to it */
    uint8_t scratch;
    const void *code;
};

/**
 * dd_trap_decode - the instruction at @rip, from memory or from what was decoded before
 * @ret_fresh: decoded now for the first time
 *
 * Takes a lock of its own for new ones; a leaf.
 *
 * Return: NULL, no memory.
 */
const struct dd_trap_op *dd_trap_decode(uint64_t rip, bool *ret_fresh);

/* dd_trap_code_at - the bytes at @rip, from the pristine copy if there is one */
const uint8_t *dd_trap_code_at(uint64_t rip);

/* dd_trap_stub - where the handler sends the thread; not a function to call */
extern const char dd_trap_stub[] __attribute__((visibility("hidden")));
/* dd_trap_stub_ready - what the processor has to save is known from here on. Async-signal-safe */
void dd_trap_stub_ready(void);
/* dd_trap_execute - @code with @regs loaded (all but rsp), and back; @area, NULL or as
 * dd_trap_run() got it: with the other registers too */
void dd_trap_execute(struct dd_trap_regs *regs, const void *code, void *area)
    __attribute__((visibility("hidden")));
/* dd_trap_run - called by the stub; @area: the processor's extended state */
void dd_trap_run(struct dd_trap_regs *regs, void *area) __attribute__((used, visibility("hidden")));

#endif
