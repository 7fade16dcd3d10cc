/* SPDX-License-Identifier: MIT */
/*
 * Skeletons: templates (skeleton/) in which @NAME@ is replaced by the driver's own names and
 * places.
 *
 *   @P@ @U@ prefix, as it is and in capitals   @ADAPTER@ @HANDLE@ @DMA@ structure and members
 * @AT:RULE@ file:line of the first finding of a rule   @ROLE:n@ old handler with file:line
 */
#include "port_int.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *word;
    enum dd_role role;
} roles[] = {{"initialize", ROLE_INITIALIZE},
             {"halt", ROLE_HALT},
             {"reset", ROLE_RESET},
             {"isr", ROLE_ISR},
             {"dpc", ROLE_HANDLE_INTERRUPT},
             {"enable", ROLE_ENABLE},
             {"disable", ROLE_DISABLE},
             {"query", ROLE_QUERY},
             {"set", ROLE_SET},
             {"check", ROLE_CHECK},
             {"cancel", ROLE_CANCEL},
             {"return", ROLE_RETURN},
             {"pnp", ROLE_PNP},
             {"alloc", ROLE_ALLOC_COMPLETE}};

static const char *short_path(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static void put_role(const struct drydock_port *port, const struct dd_place *p, struct dd_buf *out)
{
    if (!p->name) {
        dd_buf_str(out, "(the old driver has none)");
    } else if (p->file == PORT_NONE) {
        dd_buf_str(out, p->name);
    } else {
        dd_buf_fmt(out, "%s:%u %s", short_path(port->sources[p->file].path), p->line, p->name);
    }
}

static void put_send(const struct drydock_port *port, struct dd_buf *out)
{
    put_role(port,
             &port->roles[port->roles[ROLE_SEND_PACKETS].name ? ROLE_SEND_PACKETS : ROLE_SEND],
             out);
}

/* every place of a rule, up to four */
static void put_places(const struct drydock_port *port, const char *rule, struct dd_buf *out)
{
    size_t index = dd_port_rule_find(rule), n = 0;

    for (size_t i = 0; i < port->nfindings; i++) {
        const struct dd_finding *f = &port->findings[i];

        if (f->rule == index && n++ < 4) {
            dd_buf_fmt(out, "%s%s:%u", n > 1 ? ", " : "", short_path(port->sources[f->file].path),
                       f->line);
        }
    }
    if (n == 0) {
        dd_buf_str(out, "(nothing of that kind in the old driver)");
    } else if (n > 4) {
        dd_buf_fmt(out, " and %zu more", n - 4);
    }
}

static void put_word(const struct drydock_port *port, const char *word, struct dd_buf *out)
{
    const struct dd_member *m = port->nmembers > 0 ? &port->members[0] : NULL;

    if (strcmp(word, "P") == 0) {
        dd_buf_str(out, port->prefix);
    } else if (strcmp(word, "U") == 0) {
        for (const char *c = port->prefix; *c; c++) {
            char upper = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;

            dd_buf_add(out, &upper, 1);
        }
    } else if (strcmp(word, "PROCESS") == 0) {
        dd_buf_str(out, port->process_name);
    } else if (strcmp(word, "ADAPTER") == 0) {
        dd_buf_str(out, m && m->tag ? m->tag : "PORT_ADAPTER");
    } else if (strcmp(word, "HANDLE") == 0) {
        dd_buf_str(out, m ? m->handle : "MiniportAdapterHandle");
    } else if (strcmp(word, "DMA") == 0) {
        dd_buf_str(out, m ? m->member : "NdisMiniportDmaHandle");
    } else if (strcmp(word, "ALLOC") == 0) {
        dd_buf_str(out, port->move_handler ? port->move_handler : "NULL");
    } else if (strcmp(word, "ALLOCROLE") == 0) {
        if (port->move_handler) {
            dd_buf_fmt(out, "MINIPORT_ALLOCATE_SHARED_MEM_COMPLETE %s;\n", port->move_handler);
        }
    } else if (strcmp(word, "SEND") == 0) {
        put_send(port, out);
    } else if (strncmp(word, "AT:", 3) == 0) {
        put_places(port, word + 3, out);
    } else {
        for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
            if (strcmp(roles[i].word, word + (strncmp(word, "ROLE:", 5) == 0 ? 5 : 0)) == 0) {
                put_role(port, &port->roles[roles[i].role], out);
                return;
            }
        }
    }
}

static void fill(const struct drydock_port *port, const char *text, struct dd_buf *out)
{
    for (const char *p = text; *p;) {
        const char *end = *p == '@' ? strchr(p + 1, '@') : NULL;
        char word[40];

        if (end && end - p < 40 && !memchr(p, '\n', (size_t)(end - p))) {
            memcpy(word, p + 1, (size_t)(end - p - 1));
            word[end - p - 1] = '\0';
            put_word(port, word, out);
            p = end + 1;
        } else {
            dd_buf_add(out, p++, 1);
        }
    }
}

PORT_API char *drydock_port_skeleton_at(struct drydock_port *port, size_t index,
                                        const char **ret_name)
{
    struct dd_buf b = {0};

    if (index >= dd_templates_count || !port->prefix) {
        return NULL;
    }
    fill(port, dd_templates[index].text, &b);
    if (b.failed) {
        dd_buf_done(&b);
        return NULL;
    }
    *ret_name = dd_templates[index].name;
    return b.p;
}

static int write_one(struct drydock_port *port, const char *folder, size_t index, char *why,
                     size_t n)
{
    struct dd_buf path = {0};
    const char *name;
    char *text = drydock_port_skeleton_at(port, index, &name);
    FILE *out;
    int r = 0;

    if (!text) {
        return dd_why(why, n, ENOMEM, "no memory");
    }
    dd_buf_fmt(&path, "%s/%s", folder, name);
    out = path.failed ? NULL : fopen(path.p, "wx");
    if (!out || fputs(text, out) == EOF || fclose(out) != 0) {
        r = dd_why(why, n, errno, "%s/%s: %s", folder, name, strerror(errno));
    }
    dd_buf_done(&path);
    free(text);
    return r;
}

PORT_API int drydock_port_skeletons(struct drydock_port *port, const char *folder, char *why,
                                    size_t n)
{
    bool made;
    size_t i;
    int r = 0;

    if (port->nfindings == 0) {
        return dd_why(why, n, ENODATA, "nothing of NDIS 5 was found: no skeletons to write");
    }
    for (i = 0; i < dd_templates_count; i++) {
        struct dd_buf path = {0};
        bool there;

        dd_buf_fmt(&path, "%s/%s", folder, dd_templates[i].name);
        there = !path.failed && access(path.p, F_OK) == 0;
        dd_buf_done(&path);
        if (there) {
            return dd_why(why, n, EEXIST, "%s/%s: is there already", folder, dd_templates[i].name);
        }
    }
    made = mkdir(folder, 0777) == 0;
    if (!made && errno != EEXIST) {
        return dd_why(why, n, errno, "%s: %s", folder, strerror(errno));
    }
    for (i = 0; r == 0 && i < dd_templates_count; i++) {
        r = write_one(port, folder, i, why, n);
    }
    for (size_t k = 0; r < 0 && k + 1 < i; k++) { /* nothing half-written */
        struct dd_buf path = {0};

        dd_buf_fmt(&path, "%s/%s", folder, dd_templates[k].name);
        if (!path.failed) {
            unlink(path.p);
        }
        dd_buf_done(&path);
    }
    if (r < 0 && made) {
        rmdir(folder);
    }
    return r;
}
