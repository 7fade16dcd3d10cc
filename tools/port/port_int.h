/* SPDX-License-Identifier: MIT */
/*
 * The porting tool inside. A source becomes tokens (lex.c), tokens become functions and structures
 * (shape.c), names in them become findings (scan.c), findings become edits (handle.c, edit*.c), and
 * faces show both.
 *
 *   bytes   Status = NdisMInitializeScatterGatherDma(Adapter->Handle, TRUE, 1514);
 *   tokens  Status = NdisM...( name 7 )            ( Adapter -> Handle , TRUE , 1514 ) ;
 *                                                  `---------- match ---------------'
 *
 * A token is 8 bytes, so that tokens of common code need less than twice the memory of its bytes.
 */
#ifndef TOOLS_PORT_PORT_INT_H
#define TOOLS_PORT_PORT_INT_H

#include <drydock/port.h>

#include <string.h>

#define PORT_API  __attribute__((visibility("default")))
#define PORT_NONE UINT32_MAX

#define MAX_FILE_BYTES (128u << 20)

/* --- text that grows (buf.c) --- */

struct dd_buf {
    char *p;
    size_t len, cap;
    bool failed; /* no memory; what was added since is lost */
};

void dd_buf_add(struct dd_buf *b, const char *bytes, size_t len);
void dd_buf_str(struct dd_buf *b, const char *text);
void dd_buf_fmt(struct dd_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void dd_buf_done(struct dd_buf *b);

/* dd_grow - room for one more element; @items may move. NULL: no memory, @items untouched */
void *dd_grow(void *items, size_t count, size_t *cap, size_t item_bytes);

/* why_set - the one line of a failure; returns -@error */
int dd_why(char *why, size_t why_bytes, int error, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* --- tokens (lex.c) --- */

enum dd_tok_kind {
    TOK_EOF,
    TOK_IDENT,  /* low bits: name << 16 | length */
    TOK_NUMBER, /* low bits of these: length */
    TOK_STRING,
    TOK_CHAR,
    TOK_PUNCT,
    TOK_OPEN, /* ( [ {   low bits: index of the token that closes it, 0: none */
    TOK_CLOSE,
    TOK_DEFINE,    /* the # of a #define; low bits: index of its TOK_DEFINE_END */
    TOK_DEFINE_END /* low bits: index of its TOK_DEFINE */
};

struct dd_tok {
    uint32_t at; /* byte offset */
    uint32_t v;  /* kind << 28 | low bits */
};

static inline enum dd_tok_kind tok_kind(struct dd_tok t)
{
    return (enum dd_tok_kind)(t.v >> 28);
}

static inline uint32_t tok_low(struct dd_tok t)
{
    return t.v & 0x0fffffffu;
}

enum dd_cond_kind {
    COND_IF,
    COND_IFDEF,
    COND_IFNDEF,
    COND_ELIF,
    COND_ELSE
};

/* One branch of an #if. The branches of one #if are a chain through prev. */
struct dd_cond {
    uint32_t start, end; /* bytes it governs */
    uint32_t directive;  /* offset of its # */
    uint32_t text, text_bytes;
    uint32_t parent, prev; /* PORT_NONE: none */
    uint8_t kind;          /* enum dd_cond_kind */
    bool guard;            /* the include guard: no condition at all */
    bool dead;             /* #if 0 */
};

/* --- shape (shape.c) --- */

struct dd_func {
    uint32_t head;         /* first token of the definition */
    uint32_t name, params; /* tokens: the name, the ( behind it */
    uint32_t open, close;  /* tokens of the braces; close is the end of the file when it is cut */
};

struct dd_struct {
    uint32_t head, open, close; /* tokens */
    uint32_t names, names_end;  /* tokens between } and ; */
    uint32_t tag;               /* token, or PORT_NONE */
};

struct dd_source {
    char *path;        /* as findings show it */
    const char *bytes; /* what the scanner reads; NULL: not loaded */
    size_t len;
    char *owned; /* bytes read from a file, or NULL */
    bool in_memory;
    bool wide;       /* UTF-16: bytes has one for each unit; offsets count units */
    const char *raw; /* in memory: what was given */
    size_t raw_len;
    uint64_t device, inode;
    size_t cost;
    struct dd_tok *toks;
    size_t ntok, tok_cap;
    struct dd_cond *conds;
    size_t nconds, cond_cap;
    struct dd_func *funcs;
    size_t nfuncs, func_cap;
    struct dd_struct *structs;
    size_t nstructs, struct_cap;
    uint32_t *defines; /* tokens: every TOK_DEFINE */
    size_t ndefines, define_cap;
    uint32_t lines;
};

/* --- rules (rules.c) --- */

enum dd_name_kind {
    NAME_ANY,    /* wherever the identifier stands */
    NAME_CALL,   /* only before ( */
    NAME_FIELD,  /* assignment to a member of the NDIS 5 characteristics */
    NAME_ACCESS, /* behind . or -> */
    NAME_SIGN    /* no finding: only a sign of NDIS 5, or a name the code asks for */
};

enum dd_name_act {
    ACT_NONE,
    ACT_RENAME,         /* the identifier becomes ->becomes */
    ACT_APPEND,         /* rename, and append the argument ->extra */
    ACT_FLUSH,          /* NdisFlushBuffer */
    ACT_DROP,           /* the statement goes */
    ACT_INIT_SG,        /* a helper that registers */
    ACT_MAPREGS,        /* the same for map registers */
    ACT_DMA_HANDLE,     /* rename, and the adapter handle becomes the DMA handle */
    ACT_ATTR_HELPER,    /* a helper that sets registration attributes */
    ACT_ALLOC_COMPLETE, /* the handler moves to the registration, or goes when it is NULL */
    ACT_FRAG_TYPE,      /* rename, and the member PhysicalAddress of its variables */
    ACT_SG_INFO         /* only with ScatterGatherListPacketInfo beside it */
};

struct dd_name {
    const char *name;
    const char *rule_id;
    enum dd_name_kind kind;
    bool ndis5; /* exists in NDIS 5 alone: a sign of it */
    enum dd_name_act act;
    const char *becomes, *extra;
};

extern const struct dd_name dd_names[]; /* [0] is no name */
extern const size_t dd_names_count;
extern const struct drydock_port_rule dd_port_rules[];
extern const size_t dd_port_rules_count;

/* dd_name_find - index in dd_names, 0: none */
uint32_t dd_name_find(const uint16_t *slots, const char *text, size_t len, uint32_t hash);
void dd_name_slots(uint16_t *slots);
#define NAME_SLOTS 2048u
static inline uint32_t dd_hash_step(uint32_t h, unsigned char c)
{
    return (h ^ c) * 16777619u;
}
#define HASH_START 2166136261u

size_t dd_port_rule_find(const char *id); /* dd_port_rules_count: none */

/* --- what was found --- */

struct dd_finding {
    uint32_t file, at, length;
    uint32_t tok;
    uint16_t rule, name;
    uint32_t line, column;
    const char *function, *condition, *refused;
    const char *detail; /* more text, or NULL */
    bool linked;        /* its edits are part of the DMA transaction */
    bool wanted;        /* not filtered out */
    uint32_t edit_first, edit_count;
    bool dead, in_macro;
};

struct dd_edit {
    uint32_t file, at, length;
    uint32_t finding; /* whose edit; PORT_NONE: withdrawn */
    uint32_t order;   /* of insertions at one place */
    bool swallowed;   /* inside a statement that goes */
    uint32_t line, column;
    char *text;
    size_t text_len;
};

/* A structure with the adapter handle in it, and what is to be added. */
struct dd_member {
    uint32_t file, struct_at;          /* the structure */
    uint32_t after;                    /* byte behind the ; of the handle member */
    const char *handle, *member, *tag; /* names: AdapterHandle, NdisMiniportDmaHandle, ADAPTER */
    bool exists;
};

/* An answer that costs a walk over every file, kept. */
struct dd_memo {
    const char *a, *b; /* handle and type of a structure; function and NULL of a parameter */
    uint32_t index, member;
    const char *why;
};

/* A helper that goes into a file, above the first function that calls it. */
struct dd_need {
    uint32_t file, at, finding;
    unsigned which;
};

/* What the skeletons fill in: names of the driver, and where they stand. */
struct dd_place {
    const char *name;
    uint32_t file, line;
};

enum dd_role {
    ROLE_INITIALIZE,
    ROLE_HALT,
    ROLE_RESET,
    ROLE_SEND,
    ROLE_SEND_PACKETS,
    ROLE_RETURN,
    ROLE_ISR,
    ROLE_HANDLE_INTERRUPT,
    ROLE_ENABLE,
    ROLE_DISABLE,
    ROLE_QUERY,
    ROLE_SET,
    ROLE_CHECK,
    ROLE_CANCEL,
    ROLE_SHUTDOWN,
    ROLE_PNP,
    ROLE_ALLOC_COMPLETE,
    ROLE_TRANSFER,
    ROLE_RECONFIGURE,
    ROLE_COUNT
};

struct drydock_port {
    struct drydock_port_options options;
    uint16_t slots[NAME_SLOTS];
    struct dd_source *sources;
    size_t nsources, source_cap;
    size_t loaded_cost;
    struct dd_finding *findings;
    size_t nfindings, finding_cap;
    struct dd_edit *edits;
    size_t nedits, edit_cap;
    struct dd_memo *memos;
    size_t nmemos, memo_cap;
    struct dd_member *members;
    size_t nmembers, member_cap;
    struct dd_use *uses; /* frag.c: of the file uses_file */
    size_t nuses, use_cap;
    uint32_t uses_file;
    bool uses_listed;
    char **strings; /* interned, by hash */
    size_t nstrings, string_cap;
    const char **chars_vars; /* variables of the characteristics type */
    size_t nchars_vars, chars_cap;
    struct dd_place roles[ROLE_COUNT];
    const char *prefix;          /* "Mp" */
    const char *process_name;    /* MpProcessSGList */
    const char *helper_names[4]; /* by enum dd_helper */
    struct dd_need *needs;       /* files that need a helper */
    size_t nneeds, need_cap;
    const char *move_handler; /* the AllocateComplete function, or NULL */
    bool move_static;
    struct dd_edit **order; /* edits by file and place */
    uint64_t lines;
    size_t counts[DRYDOCK_PORT_CLASSES];
    bool ndis5, analyzed, no_memory;
};

/* dd_intern - the one copy of a text; NULL: no memory */
const char *dd_intern(struct drydock_port *port, const char *text, size_t len);

/* --- lex.c, shape.c, source.c --- */

int dd_lex(const uint16_t *slots, struct dd_source *s);
int dd_shape(struct dd_source *s);
/* dd_source_load - bytes, tokens and shape of a source; others may be let go of */
struct dd_source *dd_source_load(struct drydock_port *port, size_t index, int *ret_error);
void dd_source_unload(struct drydock_port *port, struct dd_source *s);
/* dd_source_raw - the bytes of a UTF-16 source as they are; for free(), unless it is in memory */
int dd_source_raw(const struct dd_source *s, const char **ret_bytes, size_t *ret_len);
void dd_source_done(struct dd_source *s);

static inline uint32_t tok_len(const struct dd_source *s, uint32_t i)
{
    struct dd_tok t = s->toks[i];

    switch (tok_kind(t)) {
    case TOK_IDENT:
        return t.v & 0xffffu;
    case TOK_OPEN:
    case TOK_CLOSE:
    case TOK_DEFINE:
        return 1;
    case TOK_EOF:
    case TOK_DEFINE_END:
        return 0;
    default:
        return tok_low(t);
    }
}

static inline uint32_t tok_end(const struct dd_source *s, uint32_t i)
{
    return s->toks[i].at + tok_len(s, i);
}

static inline uint32_t tok_name(const struct dd_source *s, uint32_t i)
{
    return tok_kind(s->toks[i]) == TOK_IDENT ? tok_low(s->toks[i]) >> 16 : 0;
}

static inline bool tok_is_kind(const struct dd_source *s, uint32_t i, enum dd_tok_kind kind)
{
    return tok_kind(s->toks[i]) == kind;
}

/* tok_is - whether token @i is exactly @text. @i may be past the end */
static inline bool tok_is(const struct dd_source *s, uint32_t i, const char *text)
{
    size_t n = strlen(text);

    return i < s->ntok && tok_len(s, i) == n && memcmp(s->bytes + s->toks[i].at, text, n) == 0;
}

static inline bool tok_same(const struct dd_source *s, uint32_t i, const char *text, size_t n)
{
    return tok_len(s, i) == n && memcmp(s->bytes + s->toks[i].at, text, n) == 0;
}

/* tok_match - the token that closes (or opens) @i; @i itself when there is none */
static inline uint32_t tok_match(const struct dd_source *s, uint32_t i)
{
    enum dd_tok_kind kind = tok_kind(s->toks[i]);
    uint32_t m = tok_low(s->toks[i]);

    return (kind == TOK_OPEN && m > i) ||
                   (kind == TOK_CLOSE && m < i && tok_kind(s->toks[m]) == TOK_OPEN)
               ? m
               : i;
}

struct dd_args {
    uint32_t open, close;
    uint32_t count;
    uint32_t first[16], last[16]; /* tokens, inclusive; first > last: empty */
};

/* shape.c */
bool dd_args_at(const struct dd_source *s, uint32_t open, struct dd_args *ret_args);
const struct dd_func *dd_func_at(const struct dd_source *s, uint32_t tok);
const struct dd_func *dd_func_named(const struct dd_source *s, const char *name);
uint32_t dd_cond_at(const struct dd_source *s, uint32_t at);
bool dd_cond_dead(const struct dd_source *s, uint32_t at);
const char *dd_cond_text(struct drydock_port *port, const struct dd_source *s, uint32_t at);
uint32_t dd_define_at(const struct dd_source *s, uint32_t tok); /* TOK_DEFINE around it or 0 */
uint32_t dd_tok_before(const struct dd_source *s, uint32_t at);
uint32_t dd_decl_of(const struct dd_source *s, const struct dd_func *f, const char *name,
                    size_t len);
uint32_t dd_member_of(const struct dd_source *s, const struct dd_struct *st, const char *name,
                      size_t len);
uint32_t dd_line_start(const struct dd_source *s, uint32_t at);
uint32_t dd_comment_start(const struct dd_source *s, uint32_t tok);
uint32_t dd_line_after(const struct dd_source *s, uint32_t at);

/* The skeletons, from skeleton/ by embed. */
struct dd_template {
    const char *name, *text;
};
extern const struct dd_template dd_templates[];
extern const size_t dd_templates_count;

/* --- scan.c, paths.c, edit*.c --- */

int dd_scan(struct drydock_port *port);
struct dd_finding *dd_finding_add(struct drydock_port *port, const struct dd_source *s,
                                  uint32_t tok, const char *rule, uint32_t name);
int dd_paths_scan(struct drydock_port *port);
/* dd_edits_make - the edits of every finding, and what withdraws them */
int dd_edits_make(struct drydock_port *port);
/* dd_edits_sort - port->order, by file and place */
int dd_edits_sort(struct drydock_port *port);
bool dd_edit_add(struct drydock_port *port, uint32_t finding, uint32_t file, uint32_t at,
                 uint32_t length, const char *text);
void dd_edit_refuse(struct drydock_port *port, uint32_t finding, const char *reason);
const char *dd_eol_at(const struct dd_source *s, uint32_t at);
uint32_t dd_outside_conditions(const struct dd_source *s, uint32_t at);
void dd_edit_helper_call(struct drydock_port *port, uint32_t finding);
void dd_edit_alloc_complete(struct drydock_port *port, uint32_t finding);
void dd_edit_frag(struct drydock_port *port, const struct dd_source *s, uint32_t finding);
void dd_edit_helpers(struct drydock_port *port);
void dd_edit_members(struct drydock_port *port);
/* dd_names_choose - the prefix of the driver's names, and names made from it */
int dd_names_choose(struct drydock_port *port);
/* dd_roles_find - where the functions of the driver's roles are */
int dd_roles_find(struct drydock_port *port);

enum dd_helper {
    HELPER_SG,
    HELPER_MAPREGS,
    HELPER_ATTRIBUTES,
    HELPER_ATTRIBUTES_EX,
    HELPERS
};
void dd_helper_text(const struct drydock_port *port, enum dd_helper which, struct dd_buf *out);

/* dd_resolved - where the adapter handle of a call is kept */
struct dd_resolved {
    const char *base;   /* "Adapter" */
    const char *arrow;  /* "->" or "." */
    const char *handle; /* "AdapterHandle" */
    uint32_t member;    /* index in port->members */
};
bool dd_handle_resolve(struct drydock_port *port, uint32_t file, uint32_t first, uint32_t last,
                       struct dd_resolved *ret, const char **ret_why);

/* The edits of one file, ready to be made in its bytes: of UTF-16, with bytes for units. */
struct dd_patch {
    const struct dd_source *s; /* bytes, len and path count; the source, or &raw */
    struct dd_edit **edits;    /* by place */
    size_t count;
    struct dd_source raw;
    char *free_bytes;
    struct dd_edit *wide; /* copies; their texts are UTF-16 */
    struct dd_edit **wide_order;
};

/* dd_patch_open - the patch of source @file; valid until dd_patch_done(), and while @s is loaded */
int dd_patch_open(const struct drydock_port *port, const struct dd_source *s, uint32_t file,
                  struct dd_patch *ret);
void dd_patch_done(struct dd_patch *p);
/* dd_patched - the bytes of a source with its edits made */
int dd_patched(struct drydock_port *port, const struct dd_source *s, uint32_t file,
               struct dd_buf *out);

uint32_t dd_line_of(const struct dd_source *s, uint32_t at);
const char *dd_tok_text(struct drydock_port *port, const struct dd_source *s, uint32_t tok);

#endif
