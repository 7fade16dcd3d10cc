/* SPDX-License-Identifier: MIT */
/*
 * The edits of one file and the bytes they are made in. For most files these are at hand. Of a
 * UTF-16 file the scanner saw one byte for each unit, so places count double, and new text is
 * widened:
 *
 *   units   N d i s F r e e B u f f e r         at 7
 *   bytes   N.d.i.s.F.r.e.e.B.u.f.f.e.r.        at 14; the byte order mark is unit 0
 */
#include "port_int.h"

#include <errno.h>
#include <stdlib.h>

/* @text, which is ASCII, as UTF-16 of the file's byte order */
static int widen(struct dd_edit *e, const struct dd_edit *from, bool little)
{
    char *text = calloc(from->text_len + 1, 2);

    if (!text) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < from->text_len; i++) {
        text[2 * i + (little ? 0 : 1)] = from->text[i];
    }
    *e = *from;
    e->at = from->at * 2;
    e->length = from->length * 2;
    e->text = text;
    e->text_len = from->text_len * 2;
    return 0;
}

static int open_wide(struct dd_patch *p, const struct dd_source *s)
{
    const char *bytes = NULL;
    size_t len = 0;
    int r = dd_source_raw(s, &bytes, &len);

    if (r < 0) {
        return r;
    }
    p->free_bytes = s->in_memory ? NULL : (char *)(uintptr_t)bytes;
    p->raw = (struct dd_source){.path = s->path, .bytes = bytes, .len = len};
    p->s = &p->raw;
    p->wide = calloc(p->count + 1, sizeof(*p->wide));
    p->wide_order = calloc(p->count + 1, sizeof(struct dd_edit *));
    if (!p->wide || !p->wide_order) {
        return -ENOMEM;
    }
    for (size_t i = 0; r == 0 && i < p->count; i++) {
        r = widen(&p->wide[i], p->edits[i], (unsigned char)bytes[0] == 0xff);
        p->wide_order[i] = &p->wide[i];
    }
    p->edits = p->wide_order;
    return r;
}

int dd_patch_open(const struct drydock_port *port, const struct dd_source *s, uint32_t file,
                  struct dd_patch *ret)
{
    size_t first = 0, last;
    int r;

    while (first < port->nedits && port->order[first]->file < file) {
        first++;
    }
    for (last = first; last < port->nedits && port->order[last]->file == file;) {
        last++;
    }
    *ret = (struct dd_patch){.s = s, .edits = port->order + first, .count = last - first};
    r = s->wide ? open_wide(ret, s) : 0;
    if (r < 0) {
        dd_patch_done(ret);
    }
    return r;
}

void dd_patch_done(struct dd_patch *p)
{
    for (size_t i = 0; p->wide && i < p->count; i++) {
        free(p->wide[i].text);
    }
    free(p->wide);
    free(p->wide_order);
    free(p->free_bytes);
    *p = (struct dd_patch){0};
}

int dd_patched(struct drydock_port *port, const struct dd_source *s, uint32_t file,
               struct dd_buf *out)
{
    struct dd_patch p;
    uint32_t at = 0;
    int r = dd_patch_open(port, s, file, &p);

    if (r < 0) {
        return r;
    }
    for (size_t i = 0; i < p.count; i++) {
        dd_buf_add(out, p.s->bytes + at, p.edits[i]->at - at);
        dd_buf_add(out, p.edits[i]->text, p.edits[i]->text_len);
        at = p.edits[i]->at + p.edits[i]->length;
    }
    dd_buf_add(out, p.s->bytes + at, p.s->len - at);
    r = out->failed ? -ENOMEM : p.count > 0;
    dd_patch_done(&p);
    return r;
}
