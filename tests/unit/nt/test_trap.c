/* SPDX-License-Identifier: MIT */
/* Each form of instruction does to registers, flags and bytes of a window what it does to those of
 * memory, with as many device accesses as it has. */
#include "trap_rig.h"

static void moves_of_every_width(void **state)
{
    rig_catch(state);
    FORM("movb %%al, 3(%%r8)", 0, 1);
    FORM("mov %%r8, %%rdi\n movb %%ah, 3(%%rdi)\n xor %%edi, %%edi", 0, 1);
    FORM("movb %%r9b, 3(%%r8)", 0, 1);
    FORM("movw %%bx, 6(%%r8)", 0, 1);
    FORM("movl %%ecx, 8(%%r8)", 0, 1);
    FORM("movq %%rdx, 16(%%r8)", 0, 1);
    FORM("movb $0x5a, 1(%%r8)", 0, 1);
    FORM("movw $0x5aa5, 2(%%r8)", 0, 1);
    FORM("movl $0x12345678, 4(%%r8)", 0, 1);
    FORM("movq $-2, 8(%%r8)", 0, 1);
    FORM("movb 5(%%r8), %%al", 1, 0);
    FORM("mov %%r8, %%rdi\n movb 5(%%rdi), %%bh\n xor %%edi, %%edi", 1, 0);
    FORM("movw 6(%%r8), %%cx", 1, 0);
    FORM("movl 8(%%r8), %%eax", 1, 0);
    FORM("movl 8(%%r8), %%r9d", 1, 0);
    FORM("movq 8(%%r8), %%rdi", 1, 0);
    FORM("movntil %%eax, 8(%%r8)", 0, 1);
}

static void moves_that_extend(void **state)
{
    rig_catch(state);
    FORM("movzbl 3(%%r8), %%eax", 1, 0);
    FORM("movzbw 3(%%r8), %%bx", 1, 0);
    FORM("movzwl 2(%%r8), %%ecx", 1, 0);
    FORM("movzwq 2(%%r8), %%rcx", 1, 0);
    FORM("movsbl 3(%%r8), %%eax", 1, 0);
    FORM("movsbq 7(%%r8), %%rdx", 1, 0);
    FORM("movswl 4(%%r8), %%esi", 1, 0);
    FORM("movslq 12(%%r8), %%rdi", 1, 0);
    FORM("movbel 12(%%r8), %%eax", 1, 0);
    FORM("movbel %%eax, 12(%%r8)", 0, 1);
}

static void addresses_of_every_shape(void **state)
{
    rig_catch(state);
    FORM("movl (%%r8), %%eax", 1, 0);
    FORM("movl 4(%%r8,%%rsi,4), %%eax", 1, 0);
    FORM("movl %%eax, (%%r8,%%rdi,8)", 0, 1);
    FORM("mov %%r8, %%rbx\n movl 100(%%rbx), %%ebx\n", 1, 0);
    FORM("mov %%r8, %%rax\n movl %%esi, 16(%%rax,%%rdi)\n xor %%eax, %%eax", 0, 1);
    FORM("mov %%r8, %%r9\n movl (%%r9,%%rsi,1), %%r9d", 1, 0);
    FORM("push %%rbp\n mov %%r8, %%rbp\n movl 4(%%rbp), %%ebx\n pop %%rbp", 1, 0);
    FORM("push %%r13\n mov %%r8, %%r13\n addl %%ebx, (%%r13)\n pop %%r13", 1, 1);
}

static void arithmetic_in_place(void **state)
{
    rig_catch(state);
    FORM("addb %%al, (%%r8)", 1, 1);
    FORM("addl %%eax, 4(%%r8)", 1, 1);
    FORM("addl $7, 4(%%r8)", 1, 1);
    FORM("addq 8(%%r8), %%rax", 1, 0);
    FORM("adcl %%eax, 4(%%r8)", 1, 1);
    FORM("subw %%bx, 2(%%r8)", 1, 1);
    FORM("sbbq %%rax, 8(%%r8)", 1, 1);
    FORM("andl $0xff00, 4(%%r8)", 1, 1);
    FORM("orl $0x40, 4(%%r8)", 1, 1);
    FORM("orb $1, 5(%%r8)", 1, 1);
    FORM("xorq %%rbx, 8(%%r8)", 1, 1);
    FORM("lock orl %%ecx, 8(%%r8)", 1, 1);
    FORM("notl 4(%%r8)", 1, 1);
    FORM("negw 2(%%r8)", 1, 1);
    FORM("incl 4(%%r8)", 1, 1);
    FORM("decq 8(%%r8)", 1, 1);
    FORM("shll $3, 4(%%r8)", 1, 1);
    FORM("shrq %%cl, 8(%%r8)", 1, 1);
    FORM("sarb $1, (%%r8)", 1, 1);
    FORM("roll $5, 4(%%r8)", 1, 1);
    FORM("rclw $1, 2(%%r8)", 1, 1);
    FORM("imull 4(%%r8), %%eax", 1, 0);
    FORM("imull $77, 4(%%r8), %%ebx", 1, 0);
    FORM("mulq 8(%%r8)", 1, 0);
    FORM("xor %%edx, %%edx\n divl 8(%%r8)", 1, 0);
}

static void tests_and_branches(void **state)
{
    rig_catch(state);
    FORM("cmpl %%eax, 4(%%r8)", 1, 0);
    FORM("cmpb $0x7f, 3(%%r8)", 1, 0);
    FORM("cmpq 8(%%r8), %%rdx", 1, 0);
    FORM("testl $0x80, 4(%%r8)", 1, 0);
    FORM("testb %%cl, (%%r8)", 1, 0);
    FORM("testq %%rax, 8(%%r8)", 1, 0);
    FORM("setc 3(%%r8)", 0, 1);
    FORM("setg 3(%%r8)", 0, 1);
    FORM("cmovel 4(%%r8), %%eax", 1, 0);
    FORM("cmovnel 4(%%r8), %%ebx", 1, 0);
    FORM("testl $1, 4(%%r8)\n jz 2f\n incl %%eax\n 2:", 1, 0);
    FORM("bsfl 4(%%r8), %%eax", 1, 0);
    FORM("popcntl 4(%%r8), %%eax", 1, 0);
    FORM("crc32l 4(%%r8), %%eax", 1, 0);
}

static void bits(void **state)
{
    rig_catch(state);
    FORM("btl $5, 4(%%r8)", 1, 0);
    FORM("btsl $31, 4(%%r8)", 1, 1);
    FORM("btrw $9, 2(%%r8)", 1, 1);
    FORM("btcq $63, 8(%%r8)", 1, 1);
    FORM("movl $77, %%ecx\n btl %%ecx, 4(%%r8)", 1, 0);
    FORM("movl $-3, %%ecx\n btsl %%ecx, 16(%%r8)", 1, 1);
    FORM("movq $200, %%rcx\n btrq %%rcx, 8(%%r8)", 1, 1);
    FORM("movw $33, %%cx\n btcw %%cx, 8(%%r8)", 1, 1);
}

static void exchanges(void **state)
{
    rig_catch(state);
    FORM("xchgl %%eax, 4(%%r8)", 1, 1);
    FORM("mov %%r8, %%rdi\n xchgb %%bh, 3(%%rdi)\n xor %%edi, %%edi", 1, 1);
    FORM("lock xaddl %%ebx, 4(%%r8)", 1, 1);
    FORM("lock cmpxchgl %%ebx, 4(%%r8)", 1, 1);
    FORM("movl 4(%%r8), %%eax\n lock cmpxchgl %%ebx, 4(%%r8)", 2, 1);
    FORM("movq 8(%%r8), %%rax\n cmpxchgq %%rdx, 8(%%r8)", 2, 1);
    FORM("lock cmpxchg8b 8(%%r8)", 1, 1);
}

static void wide_moves_come_in_pieces(void **state)
{
    rig_catch(state);
    VECTOR("movups (%%r8), %%xmm0", 4, 0);
    VECTOR("movdqu %%xmm1, 16(%%r8)", 0, 4);
    VECTOR("movaps 16(%%r8), %%xmm1", 4, 0);
    VECTOR("movdqa %%xmm0, 32(%%r8)", 0, 4);
    VECTOR("movd 4(%%r8), %%xmm0", 1, 0);
    VECTOR("movd %%xmm0, 4(%%r8)", 0, 1);
    VECTOR("movq %%xmm0, 8(%%r8)", 0, 1);
    VECTOR("movss 4(%%r8), %%xmm1", 1, 0);
    VECTOR("movsd %%xmm1, 8(%%r8)", 0, 1);
    VECTOR("paddd 16(%%r8), %%xmm0", 4, 0);
    VECTOR("pxor %%xmm0, %%xmm0\n movups %%xmm0, (%%r8)\n movups %%xmm0, 16(%%r8)", 0, 8);
}

static void avx_moves_come_in_pieces(void **state)
{
    rig_catch(state);
    if (!__builtin_cpu_supports("avx2")) {
        skip();
    }
    WIDE("vmovdqu (%%r8), %%ymm0", 8, 0);
    WIDE("vmovdqu %%ymm1, 32(%%r8)", 0, 8);
    WIDE("vmovdqu 16(%%r8), %%xmm1", 4, 0);
    WIDE("vmovups %%ymm0, 4(%%r8)", 0, 8);
    WIDE("vpaddd 32(%%r8), %%ymm0, %%ymm1", 8, 0);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")) {
        WIDE("vmovdqu64 %%zmm0, 64(%%r8)", 0, 16);
        WIDE("vmovdqu64 (%%r8), %%zmm17\n vmovdqu64 %%zmm17, 64(%%r8)", 16, 16);
        WIDE("vmovdqu8 (%%r8), %%ymm18\n vmovdqu %%ymm1, (%%r8)", 8, 8);
    }
}

/* string instructions: rsi and rdi end at different addresses, so they are made relative */
#define FROM    "lea (%%r8,%%rsi), %%rsi\n mov %%r15, %%rdi\n add $128, %%rdi\n"
#define TO      "lea 64(%%r15), %%rsi\n lea (%%r8,%%rdi), %%rdi\n"
#define BACK    "sub %%r8, %%rsi\n xor %%edi, %%edi"
#define BACK_TO "xor %%esi, %%esi\n sub %%r8, %%rdi"

static void string_moves(void **state)
{
    rig_catch(state);
    FORM(FROM "movsl\n" BACK, 1, 0);
    FORM(TO "movsb\n" BACK_TO, 0, 1);
    FORM(TO "movl $4, %%ecx\n rep movsl\n" BACK_TO, 0, 4);
    FORM(FROM "movl $3, %%ecx\n rep movsq\n" BACK, 3, 0);
    FORM(TO "movl $7, %%ecx\n rep movsb\n" BACK_TO, 0, 7);
    FORM(TO "xor %%ecx, %%ecx\n add $0, %%ecx\n stosl\n" BACK_TO, 0, 1);
    FORM(TO "movl $5, %%ecx\n rep stosw\n" BACK_TO, 0, 5);
    FORM("lea 24(%%r8), %%rdi\n movl $3, %%ecx\n std\n rep stosl\n cld\n sub %%r8, %%rdi", 0, 3);
    FORM("lea (%%r8,%%rsi), %%rsi\n lodsl\n" BACK, 1, 0);
    FORM("lea (%%r8,%%rsi), %%rsi\n lodsb\n" BACK, 1, 0);
    /* both ends are registers */
    FORM("lea 64(%%r8), %%rdi\n mov %%r8, %%rsi\n movl $4, %%ecx\n rep movsl\n"
         "sub %%r8, %%rdi\n sub %%r8, %%rsi",
         4, 4);
}

static void string_compares(void **state)
{
    rig_catch(state);
    FORM("mov %%r8, %%rsi\n lea 4(%%r8), %%rdi\n cmpsl\n" BACK, 2, 0);
    FORM("mov %%r8, %%rdi\n scasb\n sub %%r8, %%rdi", 1, 0);
    FORM("mov %%r8, %%rdi\n movw (%%r8), %%ax\n scasw\n sub %%r8, %%rdi", 2, 0);
    FORM("mov %%r8, %%rdi\n movzbl 9(%%r8), %%eax\n movl $20, %%ecx\n repne scasb\n"
         "sub %%r8, %%rdi",
         11, 0);
    FORM("mov %%r8, %%rdi\n mov %%r8, %%rsi\n movl $3, %%ecx\n repe cmpsq\n sub %%r8, %%rsi\n"
         "sub %%r8, %%rdi",
         6, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        rig_test(moves_of_every_width),
        rig_test(moves_that_extend),
        rig_test(addresses_of_every_shape),
        rig_test(arithmetic_in_place),
        rig_test(tests_and_branches),
        rig_test(bits),
        rig_test(exchanges),
        rig_test(wide_moves_come_in_pieces),
        rig_test(avx_moves_come_in_pieces),
        rig_test(string_moves),
        rig_test(string_compares),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
