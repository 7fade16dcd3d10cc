/* SPDX-License-Identifier: MIT */
#include "xml.h"

#include "util.h"

#include <expat.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 200u

struct builder {
    XML_Parser parser;
    struct dd_xml *root, *current;
    unsigned depth;
    bool too_deep;
};

static void XMLCALL on_start(void *data, const XML_Char *name, const XML_Char **attributes)
{
    struct builder *b = data;
    struct dd_xml *x, *up = b->current;
    struct dd_strings list = {0};

    if (++b->depth > MAX_DEPTH) {
        b->too_deep = true;
        XML_StopParser(b->parser, XML_FALSE);
        return;
    }
    x = dd_xcalloc(1, sizeof(*x));
    x->name = dd_xstrdup(strrchr(name, ':') ? strrchr(name, ':') + 1 : name);
    x->text = dd_xstrdup("");
    x->line = (unsigned)XML_GetCurrentLineNumber(b->parser);
    for (size_t i = 0; attributes[i]; i++) {
        dd_strings_add(&list, attributes[i]);
    }
    x->attributes = list.items ? list.items : dd_xcalloc(1, sizeof(char *));
    x->parent = up;
    if (up) {
        up->children = dd_xrealloc(up->children, (up->count + 1) * sizeof(x));
        up->children[up->count++] = x;
    } else {
        b->root = x;
    }
    b->current = x;
}

static void XMLCALL on_end(void *data, const XML_Char *name)
{
    struct builder *b = data;

    (void)name;
    b->depth--;
    if (b->current) {
        b->current = b->current->parent;
    }
}

static void XMLCALL on_text(void *data, const XML_Char *s, int len)
{
    struct builder *b = data;
    struct dd_xml *x = b->current;
    size_t had;

    if (!x || len <= 0) {
        return;
    }
    had = strlen(x->text);
    x->text = dd_xrealloc(x->text, had + (size_t)len + 1);
    memcpy(x->text + had, s, (size_t)len);
    x->text[had + (size_t)len] = '\0';
}

struct dd_xml *dd_xml_parse(const char *path, const char *text, size_t len, char **ret_why)
{
    struct builder b = {.parser = XML_ParserCreate(NULL)};
    bool fine;

    if (!b.parser) {
        *ret_why = dd_xprintf("%s: not enough memory", path);
        return NULL;
    }
    XML_SetUserData(b.parser, &b);
    XML_SetElementHandler(b.parser, on_start, on_end);
    XML_SetCharacterDataHandler(b.parser, on_text);
    fine = len < INT_MAX && XML_Parse(b.parser, text, (int)len, XML_TRUE) == XML_STATUS_OK;
    if (!fine) {
        *ret_why = dd_xprintf("%s:%lu: not an XML project file: %s", path,
                              (unsigned long)XML_GetCurrentLineNumber(b.parser),
                              b.too_deep ? "elements nested too deeply"
                                         : XML_ErrorString(XML_GetErrorCode(b.parser)));
        dd_xml_free(b.root);
        b.root = NULL;
    }
    XML_ParserFree(b.parser);
    return b.root;
}

void dd_xml_free(struct dd_xml *x)
{
    if (!x) {
        return;
    }
    for (size_t i = 0; i < x->count; i++) {
        dd_xml_free(x->children[i]);
    }
    for (size_t i = 0; x->attributes[i]; i++) {
        free(x->attributes[i]);
    }
    free(x->attributes);
    free(x->children);
    free(x->name);
    free(x->text);
    free(x);
}

const char *dd_xml_attribute(const struct dd_xml *x, const char *name)
{
    for (size_t i = 0; x->attributes[i]; i += 2) {
        if (strcasecmp(x->attributes[i], name) == 0) {
            return x->attributes[i + 1];
        }
    }
    return NULL;
}
