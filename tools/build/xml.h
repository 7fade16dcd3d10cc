/* SPDX-License-Identifier: MIT */
/* An XML file as a tree: elements with attributes, text, line. Namespaces and comments are dropped.
 */
#ifndef TOOLS_BUILD_XML_H
#define TOOLS_BUILD_XML_H

#include <stddef.h>

struct dd_xml {
    char *name, *text;
    char **attributes; /* name, value, name, value ... NULL */
    unsigned line;
    struct dd_xml **children, *parent;
    size_t count;
};

/* dd_xml_parse - the root, or NULL with *ret_why "path:line: what is wrong" */
struct dd_xml *dd_xml_parse(const char *path, const char *text, size_t len, char **ret_why);
void dd_xml_free(struct dd_xml *x);
const char *dd_xml_attribute(const struct dd_xml *x, const char *name);

#endif
