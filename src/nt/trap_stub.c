/* SPDX-License-Identifier: MIT */
/*
 * The assembly round a trapped instruction. The handler has put the address of the instruction 136
 * bytes below the driver's stack pointer and pointed rsp there, so the stub begins like a function
 * that the instruction called, with the red zone below the caller left alone:
 *
 *   driver's rsp -> |              |
 *                   | 128 bytes of red zone
 *                   | rip          | <- rsp when the stub begins; "ret $128" ends it
 *                   | rbp          | <- rbp
 *                   | flags        |
 *                   | r15 ... rax  | struct dd_trap_regs begins here
 *                   | XSAVE area   |
 */
#include "nt/trap_int.h"

#include <cpuid.h>

static_assert(offsetof(struct dd_trap_regs, flags) == 128, "the stub's frame");
static_assert(offsetof(struct dd_trap_regs, rip) == 144, "the stub's frame");
static_assert(DD_TRAP_RED_ZONE == 128, "the stub's frame");

/* x87, SSE, AVX, AVX-512: what compiled code may change */
#define STATES 0xe7u

/* used by the assembly, which a link-time optimizer does not read; mask 0: the processor has no
 * XSAVE */
extern uint32_t dd_trap_state_mask __attribute__((visibility("hidden")));
extern uint64_t dd_trap_state_bytes __attribute__((visibility("hidden")));
__attribute__((used)) uint32_t dd_trap_state_mask;
__attribute__((used)) uint64_t dd_trap_state_bytes;

static uint32_t enabled_states(void)
{
    uint32_t eax, edx;

    __asm__ volatile("xgetbv" : "=a"(eax), "=d"(edx) : "c"(0));
    return eax & STATES;
}

void dd_trap_stub_ready(void)
{
    uint32_t eax, ebx, ecx = 0, edx, mask = 0;
    uint64_t bytes = 512 + 64;

    if (__atomic_load_n(&dd_trap_state_bytes, __ATOMIC_ACQUIRE) != 0) {
        return;
    }
    (void)__get_cpuid(1, &eax, &ebx, &ecx, &edx);
    if ((ecx & bit_OSXSAVE) != 0) {
        mask = enabled_states();
    }
    for (unsigned i = 2; i < 8; i++) {
        if ((mask >> i & 1) != 0 && __get_cpuid_count(0xd, i, &eax, &ebx, &ecx, &edx) != 0 &&
            ebx + eax > bytes) {
            bytes = ebx + eax;
        }
    }
    __atomic_store_n(&dd_trap_state_mask, mask, __ATOMIC_RELAXED);
    __atomic_store_n(&dd_trap_state_bytes, bytes, __ATOMIC_RELEASE);
}

/* clang-format off */
__asm__(
    ".text\n"
    ".p2align 4\n"
    ".globl dd_trap_stub\n"
    ".hidden dd_trap_stub\n"
    ".type dd_trap_stub, @function\n"
    "dd_trap_stub:\n"
    "    .cfi_startproc\n"
    "    .cfi_signal_frame\n"
    "    .cfi_def_cfa %rsp, 136\n"
    "    .cfi_offset 16, -136\n"
    "    push %rbp\n"
    "    .cfi_def_cfa_offset 144\n"
    "    .cfi_offset %rbp, -144\n"
    "    mov %rsp, %rbp\n"
    "    .cfi_def_cfa_register %rbp\n"
    "    pushfq\n"
    "    cld\n"
    "    push %r15\n"
    "    push %r14\n"
    "    push %r13\n"
    "    push %r12\n"
    "    push %r11\n"
    "    push %r10\n"
    "    push %r9\n"
    "    push %r8\n"
    "    push %rdi\n"
    "    push %rsi\n"
    "    pushq (%rbp)\n"
    "    lea 144(%rbp), %r15\n"
    "    push %r15\n"
    "    push %rbx\n"
    "    push %rdx\n"
    "    push %rcx\n"
    "    push %rax\n"
    "    mov %rsp, %rdi\n"
    "    sub dd_trap_state_bytes(%rip), %rsp\n"
    "    and $-64, %rsp\n"
    "    mov %rsp, %rsi\n"
    "    mov dd_trap_state_mask(%rip), %eax\n"
    "    xor %edx, %edx\n"
    "    test %eax, %eax\n"
    "    jz 1f\n"
    /* the header of the area: XSAVE writes its first word alone */
    "    mov %rdx, 512(%rsp)\n"
    "    mov %rdx, 520(%rsp)\n"
    "    mov %rdx, 528(%rsp)\n"
    "    mov %rdx, 536(%rsp)\n"
    "    mov %rdx, 544(%rsp)\n"
    "    mov %rdx, 552(%rsp)\n"
    "    mov %rdx, 560(%rsp)\n"
    "    mov %rdx, 568(%rsp)\n"
    "    xsave64 (%rsp)\n"
    "    call dd_trap_run\n"
    "    mov dd_trap_state_mask(%rip), %eax\n"
    "    xor %edx, %edx\n"
    "    xrstor64 (%rsp)\n"
    "    jmp 2f\n"
    "1:  fxsave64 (%rsp)\n"
    "    call dd_trap_run\n"
    "    fxrstor64 (%rsp)\n"
    "2:  lea -136(%rbp), %rsp\n"
    "    pop %rax\n"
    "    pop %rcx\n"
    "    pop %rdx\n"
    "    pop %rbx\n"
    "    lea 16(%rsp), %rsp\n"
    "    pop %rsi\n"
    "    pop %rdi\n"
    "    pop %r8\n"
    "    pop %r9\n"
    "    pop %r10\n"
    "    pop %r11\n"
    "    pop %r12\n"
    "    pop %r13\n"
    "    pop %r14\n"
    "    pop %r15\n"
    "    popfq\n"
    "    .cfi_def_cfa %rsp, 144\n"
    "    pop %rbp\n"
    "    .cfi_def_cfa_offset 136\n"
    "    .cfi_same_value %rbp\n"
    "    ret $128\n"
    "    .cfi_endproc\n"
    ".size dd_trap_stub, . - dd_trap_stub\n"
    "\n"
    ".p2align 4\n"
    ".globl dd_trap_execute\n"
    ".hidden dd_trap_execute\n"
    ".type dd_trap_execute, @function\n"
    "dd_trap_execute:\n"
    "    push %rbp\n"
    "    push %rbx\n"
    "    push %r12\n"
    "    push %r13\n"
    "    push %r14\n"
    "    push %r15\n"
    "    push %rdx\n"
    "    push %rdi\n"
    "    push %rsi\n"
    "    mov %rdx, %rcx\n"
    "    test %rcx, %rcx\n"
    "    jz 2f\n"
    "    mov dd_trap_state_mask(%rip), %eax\n"
    "    xor %edx, %edx\n"
    "    test %eax, %eax\n"
    "    jz 1f\n"
    "    xrstor64 (%rcx)\n"
    "    jmp 2f\n"
    "1:  fxrstor64 (%rcx)\n"
    "2:  pushq 128(%rdi)\n"
    "    popfq\n"
    "    mov 0(%rdi), %rax\n"
    "    mov 8(%rdi), %rcx\n"
    "    mov 16(%rdi), %rdx\n"
    "    mov 24(%rdi), %rbx\n"
    "    mov 40(%rdi), %rbp\n"
    "    mov 48(%rdi), %rsi\n"
    "    mov 64(%rdi), %r8\n"
    "    mov 72(%rdi), %r9\n"
    "    mov 80(%rdi), %r10\n"
    "    mov 88(%rdi), %r11\n"
    "    mov 96(%rdi), %r12\n"
    "    mov 104(%rdi), %r13\n"
    "    mov 112(%rdi), %r14\n"
    "    mov 120(%rdi), %r15\n"
    "    mov 56(%rdi), %rdi\n"
    "    call *(%rsp)\n"
    "    pushfq\n"
    "    cld\n"
    "    push %rdi\n"
    "    mov 24(%rsp), %rdi\n"
    "    mov %rax, 0(%rdi)\n"
    "    mov %rcx, 8(%rdi)\n"
    "    mov %rdx, 16(%rdi)\n"
    "    mov %rbx, 24(%rdi)\n"
    "    mov %rbp, 40(%rdi)\n"
    "    mov %rsi, 48(%rdi)\n"
    "    mov %r8, 64(%rdi)\n"
    "    mov %r9, 72(%rdi)\n"
    "    mov %r10, 80(%rdi)\n"
    "    mov %r11, 88(%rdi)\n"
    "    mov %r12, 96(%rdi)\n"
    "    mov %r13, 104(%rdi)\n"
    "    mov %r14, 112(%rdi)\n"
    "    mov %r15, 120(%rdi)\n"
    "    popq 56(%rdi)\n"
    "    popq 128(%rdi)\n"
    "    add $16, %rsp\n"
    "    pop %rcx\n"
    "    test %rcx, %rcx\n"
    "    jz 2f\n"
    "    mov dd_trap_state_mask(%rip), %eax\n"
    "    xor %edx, %edx\n"
    "    test %eax, %eax\n"
    "    jz 1f\n"
    "    xsave64 (%rcx)\n"
    "    jmp 2f\n"
    "1:  fxsave64 (%rcx)\n"
    "2:  pop %r15\n"
    "    pop %r14\n"
    "    pop %r13\n"
    "    pop %r12\n"
    "    pop %rbx\n"
    "    pop %rbp\n"
    "    ret\n"
    ".size dd_trap_execute, . - dd_trap_execute\n");
/* clang-format on */
