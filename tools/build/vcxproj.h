/* SPDX-License-Identifier: MIT */
/* Reading a .vcxproj: what its two files share. */
#ifndef TOOLS_BUILD_VCXPROJ_H
#define TOOLS_BUILD_VCXPROJ_H

#include "project.h"
#include "xml.h"

#define DD_MAX_IMPORTS 64u

struct dd_vcx {
    struct dd_msbuild m;
    const struct dd_read_options *options;
    struct dd_project project;
    struct dd_msbuild meta; /* what ClCompile items begin with */
    struct {
        const struct dd_xml *at; /* the Import element */
        struct dd_xml *root;
        char *path;
    } imports[DD_MAX_IMPORTS];
    size_t import_count;
    struct dd_strings references;
    char *why;
};

bool dd_vcx_holds(struct dd_vcx *r, const struct dd_xml *x);
/* takes the line over; says each once */
void dd_vcx_note(struct dd_vcx *r, char *line);
void dd_vcx_each_name(const char *list, const char *separators, struct dd_strings *out);
void dd_vcx_set_all_metadata(struct dd_vcx *r, struct dd_msbuild *meta, const struct dd_xml *x);
/* a ClCompile item: its sources, its definitions and folders */
void dd_vcx_add_item(struct dd_vcx *r, const struct dd_xml *x);

#endif
