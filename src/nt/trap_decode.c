/* SPDX-License-Identifier: MIT */
/*
 * Instructions that touch a register window, decoded once each. What is kept of one is where its
 * memory operand is, what it does there, and a copy of it that works on a buffer: the same
 * instruction, with [scratch register] as its memory operand, and a return behind it.
 */
#include "nt/trap_int.h"

#include "base/thread.h"

#include <Zydis/Zydis.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define BUCKETS     1024u
#define CHUNK_BYTES 65536u
#define SLOT_BYTES  32u
#define PAGE        4096u

static struct dd_trap_op *buckets[BUCKETS];  /* grow at their heads; read without the lock */
static struct dd_mutex lock = DD_MUTEX_INIT; /* guards the growing, and the chunk */
static uint8_t *chunk;
static size_t chunk_used;

static struct {
    uint64_t live, len_bytes;
    const uint8_t *pristine;
} text;

void dd_trap_set_text(const void *live, const void *pristine, size_t len_bytes)
{
    text.len_bytes = 0;
    text.live = (uint64_t)(uintptr_t)live;
    text.pristine = pristine;
    text.len_bytes = pristine == NULL ? 0 : len_bytes;
}

const uint8_t *dd_trap_code_at(uint64_t rip)
{
    return rip - text.live < text.len_bytes ? text.pristine + (rip - text.live)
                                            : (const uint8_t *)(uintptr_t)rip;
}

/* --- what an instruction is --- */

struct decoded {
    ZydisDecodedInstruction insn;
    ZydisDecodedOperand ops[ZYDIS_MAX_OPERAND_COUNT];
};

/* the page behind the instruction may not be there */
static bool decode_bytes(const uint8_t *code, struct decoded *ret)
{
    size_t here = PAGE - ((uintptr_t)code & (PAGE - 1));
    ZydisDecoder decoder;
    ZyanStatus s;

    (void)ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    s = ZydisDecoderDecodeFull(&decoder, code,
                               here < DD_TRAP_LENGTH_MAX ? here : DD_TRAP_LENGTH_MAX, &ret->insn,
                               ret->ops);
    if (s == ZYDIS_STATUS_NO_MORE_DATA) {
        s = ZydisDecoderDecodeFull(&decoder, code, DD_TRAP_LENGTH_MAX, &ret->insn, ret->ops);
    }
    return ZYAN_SUCCESS(s);
}

static void write_text(struct dd_trap_op *op, const struct decoded *d)
{
    ZydisFormatter formatter;

    (void)ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_INTEL);
    if (!ZYAN_SUCCESS(ZydisFormatterFormatInstruction(&formatter, &d->insn, d->ops,
                                                      d->insn.operand_count_visible, op->text,
                                                      sizeof(op->text), op->rip, NULL))) {
        op->text[0] = '\0';
    }
}

static bool is_general(ZydisRegister reg)
{
    ZydisRegisterClass c = ZydisRegisterGetClass(reg);

    return c >= ZYDIS_REGCLASS_GPR8 && c <= ZYDIS_REGCLASS_GPR64;
}

/* the processor's number of a general register, of whatever width */
static uint8_t number_of(ZydisRegister reg)
{
    if (!is_general(reg)) {
        return DD_TRAP_NO_REGISTER;
    }
    return (uint8_t)ZydisRegisterGetId(
        ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg));
}

static bool take_string(struct dd_trap_op *op, const struct decoded *d)
{
    static const struct {
        ZydisMnemonic first, last; /* of the four widths */
        enum dd_trap_kind kind;
    } strings[] = {{ZYDIS_MNEMONIC_MOVSB, ZYDIS_MNEMONIC_MOVSB, DD_TRAP_MOVS},
                   {ZYDIS_MNEMONIC_MOVSW, ZYDIS_MNEMONIC_MOVSW, DD_TRAP_MOVS},
                   {ZYDIS_MNEMONIC_MOVSD, ZYDIS_MNEMONIC_MOVSD, DD_TRAP_MOVS},
                   {ZYDIS_MNEMONIC_MOVSQ, ZYDIS_MNEMONIC_MOVSQ, DD_TRAP_MOVS},
                   {ZYDIS_MNEMONIC_STOSB, ZYDIS_MNEMONIC_STOSW, DD_TRAP_STOS},
                   {ZYDIS_MNEMONIC_LODSB, ZYDIS_MNEMONIC_LODSW, DD_TRAP_LODS},
                   {ZYDIS_MNEMONIC_CMPSB, ZYDIS_MNEMONIC_CMPSW, DD_TRAP_CMPS},
                   {ZYDIS_MNEMONIC_SCASB, ZYDIS_MNEMONIC_SCASW, DD_TRAP_SCAS}};

    if (d->insn.meta.category != ZYDIS_CATEGORY_STRINGOP) {
        return false;
    }
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
        if (d->insn.mnemonic >= strings[i].first && d->insn.mnemonic <= strings[i].last) {
            op->kind = strings[i].kind;
            op->access_bytes = (uint16_t)(d->insn.operand_width / 8);
            op->repeat = (d->insn.attributes & ZYDIS_ATTRIB_HAS_REPNE) != 0  ? DD_TRAP_REPNE
                         : (d->insn.attributes & ZYDIS_ATTRIB_HAS_REPE) != 0 ? DD_TRAP_REPE
                         : (d->insn.attributes & ZYDIS_ATTRIB_HAS_REP) != 0  ? DD_TRAP_REP
                                                                             : DD_TRAP_ONCE;
            if (d->insn.address_width != 64) {
                op->refused = "string instructions with 32-bit addresses are not done";
            }
            return true;
        }
    }
    return false;
}

/* the one memory operand; NULL: none, several, or one that is not written in the instruction */
static const ZydisDecodedOperand *memory_operand(const struct decoded *d, unsigned *ret_index)
{
    const ZydisDecodedOperand *found = NULL;

    for (unsigned i = 0; i < d->insn.operand_count; i++) {
        const ZydisDecodedOperand *o = &d->ops[i];

        if (o->type != ZYDIS_OPERAND_TYPE_MEMORY) {
            continue;
        }
        if (found != NULL || o->visibility != ZYDIS_OPERAND_VISIBILITY_EXPLICIT) {
            return NULL;
        }
        found = o;
        *ret_index = i;
    }
    return found;
}

static const char *why_not(const struct decoded *d, const ZydisDecodedOperand *mem)
{
    if (mem == NULL || mem->mem.type != ZYDIS_MEMOP_TYPE_MEM) {
        return "it has no single memory operand";
    }
    if (mem->mem.segment == ZYDIS_REGISTER_FS || mem->mem.segment == ZYDIS_REGISTER_GS) {
        return "its operand is in a segment";
    }
    if (d->insn.meta.branch_type != ZYDIS_BRANCH_TYPE_NONE) {
        return "it takes its target from a register";
    }
    if (mem->size == 0 || mem->size % 8 != 0 || mem->size > 8 * DD_TRAP_BYTES_MAX) {
        return "it is wider than 64 bytes";
    }
    if (d->insn.avx.mask.mode != ZYDIS_MASK_MODE_INVALID &&
        d->insn.avx.mask.mode != ZYDIS_MASK_MODE_DISABLED &&
        d->insn.avx.mask.reg != ZYDIS_REGISTER_K0) {
        return "it masks its operand";
    }
    if (d->insn.meta.isa_set != ZYDIS_ISA_SET_CMOV &&
        d->insn.encoding != ZYDIS_INSTRUCTION_ENCODING_LEGACY &&
        (mem->actions & (ZYDIS_OPERAND_ACTION_CONDREAD | ZYDIS_OPERAND_ACTION_CONDWRITE)) != 0) {
        return "it masks its operand";
    }
    return NULL;
}

/* registers beside the address's that the instruction uses: a bit each; false: one cannot be had */
static bool registers_of(struct dd_trap_op *op, const struct decoded *d, uint32_t *ret_used)
{
    *ret_used = 1u << DD_TRAP_RSP;
    for (unsigned i = 0; i < d->insn.operand_count; i++) {
        const ZydisDecodedOperand *o = &d->ops[i];
        uint8_t n =
            o->type == ZYDIS_OPERAND_TYPE_REGISTER ? number_of(o->reg.value) : DD_TRAP_NO_REGISTER;

        if (o->type != ZYDIS_OPERAND_TYPE_REGISTER) {
            continue;
        }
        if (n == DD_TRAP_RSP) {
            return false;
        }
        if (n != DD_TRAP_NO_REGISTER) {
            *ret_used |= 1u << n;
        } else if (ZydisRegisterGetClass(o->reg.value) != ZYDIS_REGCLASS_FLAGS &&
                   ZydisRegisterGetClass(o->reg.value) != ZYDIS_REGCLASS_IP) {
            op->vector = true;
        }
    }
    return true;
}

static void take_address(struct dd_trap_op *op, const struct decoded *d,
                         const ZydisDecodedOperand *mem)
{
    op->access_bytes = (uint16_t)(mem->size / 8);
    op->read = (mem->actions & ZYDIS_OPERAND_ACTION_MASK_READ) != 0;
    op->write = (mem->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0;
    op->rip_relative = mem->mem.base == ZYDIS_REGISTER_RIP || mem->mem.base == ZYDIS_REGISTER_EIP;
    op->address_32 = d->insn.address_width == 32;
    op->base = number_of(mem->mem.base);
    op->index = number_of(mem->mem.index);
    op->scale = mem->mem.scale;
    op->disp = mem->mem.disp.has_displacement ? mem->mem.disp.value : 0;
}

/* bt, bts, btr, btc with a register: it is a distance in bits, that may lead out of the operand */
static void take_bit(struct dd_trap_op *op, const struct decoded *d)
{
    if (d->insn.mnemonic == ZYDIS_MNEMONIC_BT || d->insn.mnemonic == ZYDIS_MNEMONIC_BTS ||
        d->insn.mnemonic == ZYDIS_MNEMONIC_BTR || d->insn.mnemonic == ZYDIS_MNEMONIC_BTC) {
        op->bit_register = d->ops[1].type == ZYDIS_OPERAND_TYPE_REGISTER
                               ? number_of(d->ops[1].reg.value)
                               : DD_TRAP_NO_REGISTER;
    }
}

/* --- the copy that works on a buffer --- */

/* @code: SLOT_BYTES that can be executed, for ever; NULL: none to be had */
static uint8_t *slot_new_locked(void)
{
    if (chunk == NULL || chunk_used + SLOT_BYTES > CHUNK_BYTES) {
        void *p = mmap(NULL, CHUNK_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (p == MAP_FAILED) {
            return NULL;
        }
        chunk = p;
        chunk_used = 0;
    }
    chunk_used += SLOT_BYTES;
    return chunk + chunk_used - SLOT_BYTES;
}

/* registers that no REX prefix is needed for, since AH to DH allow none */
static uint8_t pick_scratch(uint32_t used)
{
    static const uint8_t order[] = {3, 6, 7, 0, 1, 2, 5};

    for (size_t i = 0; i < sizeof(order); i++) {
        if ((used >> order[i] & 1) == 0) {
            return order[i];
        }
    }
    return DD_TRAP_NO_REGISTER;
}

static bool write_copy(struct dd_trap_op *op, const struct decoded *d, unsigned operand,
                       uint8_t *slot)
{
    ZydisEncoderRequest q;
    ZyanUSize len = SLOT_BYTES - 1;

    if (!ZYAN_SUCCESS(ZydisEncoderDecodedInstructionToEncoderRequest(&d->insn, d->ops,
                                                                     d->insn.operand_count_visible,
                                                                     &q))) {
        return false;
    }
    q.prefixes &= ~(ZYDIS_ATTRIB_HAS_LOCK | ZYDIS_ATTRIB_HAS_XACQUIRE | ZYDIS_ATTRIB_HAS_XRELEASE |
                    ZYDIS_ATTRIB_HAS_SEGMENT);
    q.address_size_hint = ZYDIS_ADDRESS_SIZE_HINT_NONE;
    q.operands[operand].mem.base = (ZydisRegister)(ZYDIS_REGISTER_RAX + op->scratch);
    q.operands[operand].mem.index = ZYDIS_REGISTER_NONE;
    q.operands[operand].mem.scale = 0;
    q.operands[operand].mem.displacement = 0;
    if (!ZYAN_SUCCESS(ZydisEncoderEncodeInstruction(&q, slot, &len))) {
        return false;
    }
    slot[len] = 0xc3; /* ret */
    return true;
}

static const char *make_copy_locked(struct dd_trap_op *op, const struct decoded *d,
                                    unsigned operand, uint32_t used)
{
    uint8_t *slot = slot_new_locked();

    op->scratch = pick_scratch(used);
    if (slot == NULL) {
        return "no executable memory is to be had";
    }
    if (op->scratch == DD_TRAP_NO_REGISTER || !write_copy(op, d, operand, slot)) {
        return "it cannot be written in another way";
    }
    op->code = slot;
    return NULL;
}

static void take_memory_locked(struct dd_trap_op *op, const struct decoded *d)
{
    const ZydisDecodedOperand *mem;
    unsigned operand = 0;
    uint32_t used = 0;

    op->kind = DD_TRAP_MEMORY;
    mem = memory_operand(d, &operand);
    op->refused = why_not(d, mem);
    if (op->refused != NULL) {
        return;
    }
    take_address(op, d, mem);
    take_bit(op, d);
    if (!registers_of(op, d, &used)) {
        op->refused = "it uses the stack pointer";
        return;
    }
    op->refused = make_copy_locked(op, d, operand, used);
}

/* --- what was decoded --- */

static struct dd_trap_op **bucket_of(uint64_t rip)
{
    return &buckets[(rip ^ rip >> 10) % BUCKETS];
}

/* other code may have been loaded there meanwhile */
static const struct dd_trap_op *find(uint64_t rip, const uint8_t *code)
{
    const struct dd_trap_op *op = __atomic_load_n(bucket_of(rip), __ATOMIC_ACQUIRE);

    while (op != NULL && (op->rip != rip || memcmp(op->bytes, code, op->len_bytes) != 0)) {
        op = op->next;
    }
    return op;
}

static struct dd_trap_op *make_locked(uint64_t rip, const uint8_t *code)
{
    struct dd_trap_op *op = calloc(1, sizeof(*op));
    struct decoded d;

    if (op == NULL) {
        return NULL;
    }
    op->rip = rip;
    op->bit_register = DD_TRAP_NO_REGISTER;
    if (!decode_bytes(code, &d)) {
        op->refused = "it cannot be decoded";
        op->len_bytes = 1;
        memcpy(op->bytes, code, 1);
        return op;
    }
    op->len_bytes = d.insn.length;
    memcpy(op->bytes, code, d.insn.length);
    write_text(op, &d);
    if (!take_string(op, &d)) {
        take_memory_locked(op, &d);
    }
    return op;
}

const struct dd_trap_op *dd_trap_decode(uint64_t rip, bool *ret_fresh)
{
    const uint8_t *code = dd_trap_code_at(rip);
    const struct dd_trap_op *op = find(rip, code);
    struct dd_trap_op *fresh;

    *ret_fresh = false;
    if (op != NULL) {
        return op;
    }
    dd_mutex_lock(&lock);
    op = find(rip, code);
    if (op == NULL) {
        fresh = make_locked(rip, code);
        if (fresh != NULL) {
            fresh->next = *bucket_of(rip);
            __atomic_store_n(bucket_of(rip), fresh, __ATOMIC_RELEASE);
        }
        op = fresh;
        *ret_fresh = fresh != NULL;
    }
    dd_mutex_unlock(&lock);
    return op;
}
