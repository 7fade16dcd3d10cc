/* SPDX-License-Identifier: MIT */
/* One source: preprocess, pass, compile; and when that fails, repair and compile again. */
#include "build.h"

#include "pass.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int start_failed(const struct dd_build *b, int e, struct dd_text *says)
{
    dd_text_printf(says, "drydock: %s: %s\n", b->compiler,
                   e == -ENOENT ? "not found; apt install clang, or set DRYDOCK_CC" : strerror(-e));
    return 1;
}

static void keep_text(const struct dd_build *b, const struct dd_unit *u, const char *suffix,
                      const char *text, size_t len)
{
    if (b->keep) {
        char *path = dd_xprintf("%.*s%s", (int)strlen(u->object) - 2, u->object, suffix);

        dd_file_write(path, text, len);
        free(path);
    }
}

/* -E; NULL when it failed, which is told */
static char *preprocess(const struct dd_build *b, const struct dd_unit *u, size_t *ret_len,
                        struct dd_text *says)
{
    struct dd_strings argv = {0};
    struct dd_text out = {0}, err = {0};
    int status;

    dd_flags_preprocess(b, u, &argv);
    status = dd_process_run(&argv, NULL, 0, &out, &err);
    dd_strings_done(&argv);
    if (status < 0) {
        start_failed(b, status, says);
    } else if (dd_diagnose(b, err.p, true, says) == 0 && status != 0) {
        dd_text_puts(says, err.p);
    }
    dd_text_done(&err);
    if (status != 0) {
        dd_text_done(&out);
        return NULL;
    }
    *ret_len = out.len;
    return out.p;
}

/* the compiler on the pass's text; its lines into @err */
static int compile_text(const struct dd_build *b, const struct dd_unit *u, const char *text,
                        size_t len, struct dd_text *err)
{
    struct dd_strings argv = {0};
    int status;

    dd_flags_compile(b, u, false, &argv);
    status = dd_process_run(&argv, text, len, NULL, err);
    dd_strings_done(&argv);
    return status;
}

static int finish(const struct dd_build *b, int status, const struct dd_text *err,
                  struct dd_text *says)
{
    if (status < 0) {
        return start_failed(b, status, says);
    }
    if (dd_diagnose(b, err->p, false, says) == 0 && status != 0) {
        dd_text_printf(says, "%s", err->p); /* it crashed, or says it in a form of its own */
    }
    return status == 0 ? 0 : 1;
}

static int compile(const struct dd_build *b, const struct dd_unit *u, char *text, size_t len,
                   struct dd_text *says)
{
    struct dd_text err = {0};
    int status = compile_text(b, u, text, len, &err);

    if (status > 0 && status < 128) {
        size_t had = len;
        struct dd_text notes = {0};
        char *repaired = dd_repair(b, u, text, &len, &notes);

        text = repaired;
        if (notes.len > 0 || len != had) {
            dd_text_done(&err);
            status = compile_text(b, u, text, len, &err);
        }
        if (notes.len > 0) {
            dd_text_puts(says, notes.p);
        }
        dd_text_done(&notes);
    }
    keep_text(b, u, ".pass", text, len);
    status = finish(b, status, &err, says);
    dd_text_done(&err);
    free(text);
    return status;
}

static int run(const struct dd_build *b, const struct dd_unit *u, struct dd_text *says)
{
    const struct dd_pass_options options = {.exempt = b->exempt, .cplusplus = u->cplusplus};
    size_t len = 0;
    char *text = preprocess(b, u, &len, says), *passed, *why;

    if (!text) {
        return 1;
    }
    keep_text(b, u, ".i", text, len);
    passed = dd_pass(text, len, &options, &len, &why);
    free(text);
    if (why) {
        dd_text_printf(says, "%s\n", dd_short_path(why));
        free(why);
        free(passed);
        return 1;
    }
    return compile(b, u, passed, len, says);
}

int dd_compile(const struct dd_build *b, const struct dd_unit *u)
{
    struct dd_text says = {0};
    int status = run(b, u, &says);

    dd_text_add(&says, "", 0);
    if (dd_file_write(u->says, says.p, says.len) < 0) {
        status = 1;
    }
    dd_text_done(&says);
    return status;
}
