/* SPDX-License-Identifier: MIT */
/*
 * Registers that a driver reads and writes through a plain pointer. A register window is never
 * accessible (io.h), so the instruction faults:
 *
 *   SIGSEGV on the signal stack          dd_trap_take(): is the address in a window? Then the
 *     |                                  thread goes on in a stub, on the driver's own stack
 *     v
 *   stub: registers saved -> decode -> device accesses -> the instruction itself, with a buffer
 *     |                                in place of the register -> registers restored
 *     v
 *   the driver's next instruction
 *
 * Nothing but a check and two stores happens in the signal handler. The rest is as if the driver
 * had called READ_REGISTER_* or WRITE_REGISTER_* at that place: it may take locks, wait for a
 * device outside the process, and be trapped again. Frame pointers and unwind tables lead from
 * there to the driver's frame.
 *
 * The instruction is decoded once and kept. It is executed, not interpreted: as it is written, but
 * for its memory operand, which is a buffer on the stack; so every form does to registers and flags
 * what the processor does. The device sees one access of 1, 2, 4 or 8 bytes; wider ones (SSE, AVX)
 * become accesses of 4 bytes in ascending order. A locked instruction is a read and then a write.
 *
 * Not done, by name: instructions that address the stack, jump or branch through a register, gather
 * or scatter, mask their memory operand, or are wider than 64 bytes. They end the run.
 */
#ifndef DD_NT_TRAP_H
#define DD_NT_TRAP_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * dd_trap_take - for a SIGSEGV handler that was installed with SA_SIGINFO and SA_ONSTACK, on a
 * thread that has a signal stack: the word below the driver's red zone is written, and on the
 * driver's own stack that is the end of the frame from which the kernel restores wide registers
 * @info, @ucontext: as the handler got them
 *
 * Async-signal-safe. The handler's signal must not stay blocked after it returns.
 *
 * Return: true, the address is in a mapped register window: return from the handler now, and the
 * access will be done; false, it is not, and nothing was changed.
 */
bool dd_trap_take(const siginfo_t *info, void *ucontext);

/* dd_trap_count - instructions that were trapped and done since the process began */
uint64_t dd_trap_count(void);

/**
 * dd_trap_set_text - where a driver's code is to be read from instead
 * @live: the driver's code as it runs
 * @pristine: the same bytes, which no debugger changes; NULL: forget about it
 *
 * A debugger plants breakpoints in @live, and they would be decoded in place of the instruction.
 */
void dd_trap_set_text(const void *live, const void *pristine, size_t len_bytes);

#endif
