/* SPDX-License-Identifier: MIT */
#include "dev/qemu/qmp.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "base/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define LINE_BYTES 65536u

/* a command under way, on its caller's stack */
struct waiter {
    struct dd_list node;
    uint64_t id;
    bool answered;
    int result;
};

struct dd_qmp {
    int fd;
    struct dd_mutex lock; /* guards everything down to the service thread's part */
    struct dd_cond moved; /* an answer, or the end */
    bool dead;
    uint64_t next_id;
    struct dd_list waiters;
    /* service thread only */
    size_t line_bytes;
    char line[LINE_BYTES];
};

static int send_text(struct dd_qmp *m, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = send(m->fd, text, len, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return -EIO;
        }
        text += n;
        len -= (size_t)n;
    }
    return 0;
}

int dd_qmp_new(int fd, struct dd_qmp **ret_qmp)
{
    static const char hello[] = "{\"execute\":\"qmp_capabilities\",\"id\":0}\n";
    struct dd_qmp *m = calloc(1, sizeof(*m));

    if (!m) {
        return -ENOMEM;
    }
    m->fd = fd;
    m->next_id = 1;
    dd_mutex_init(&m->lock);
    dd_cond_init(&m->moved);
    dd_list_init(&m->waiters);
    if (send_text(m, hello, strlen(hello)) < 0) {
        dd_qmp_free(m);
        return -EIO;
    }
    *ret_qmp = m;
    return 0;
}

void dd_qmp_free(struct dd_qmp *m)
{
    if (!m) {
        return;
    }
    dd_cond_done(&m->moved);
    dd_mutex_done(&m->lock);
    free(m);
}

void dd_qmp_die(struct dd_qmp *m)
{
    dd_mutex_lock(&m->lock);
    m->dead = true;
    dd_cond_broadcast(&m->moved);
    dd_mutex_unlock(&m->lock);
}

/* --- commands --- */

int dd_qmp_run(struct dd_qmp *m, const char *command, const char *arguments)
{
    uint64_t deadline = dd_clock_ns() + DD_QMP_TIMEOUT_NS;
    struct waiter w = {.result = -ETIMEDOUT};
    char text[512];
    int len;

    dd_mutex_lock(&m->lock);
    w.id = m->next_id++;
    len = snprintf(text, sizeof(text), "{\"execute\":\"%s\",\"id\":%" PRIu64 "%s%s}\n", command,
                   w.id, arguments ? ",\"arguments\":" : "", arguments ? arguments : "");
    dd_assert(len > 0 && (size_t)len < sizeof(text));
    dd_list_append(&m->waiters, &w.node);
    if (!m->dead && send_text(m, text, (size_t)len) == 0) {
        while (!w.answered && !m->dead && dd_cond_wait_until(&m->moved, &m->lock, deadline)) {
        }
    }
    dd_list_remove(&w.node);
    if (m->dead && !w.answered) {
        w.result = -ENODEV;
    }
    dd_mutex_unlock(&m->lock);
    return w.result;
}

/* --- from QEMU --- */

static void take_answer(struct dd_qmp *m, uint64_t id, bool refused)
{
    struct dd_list *n;

    dd_mutex_lock(&m->lock);
    DD_LIST_EACH(n, &m->waiters) {
        struct waiter *w = DD_LIST_ENTRY(n, struct waiter, node);

        if (w->id == id) {
            w->answered = true;
            w->result = refused ? -EIO : 0;
            dd_cond_broadcast(&m->moved);
        }
    }
    dd_mutex_unlock(&m->lock);
}

static void take_line(struct dd_qmp *m)
{
    json_t *j = json_loadb(m->line, m->line_bytes, 0, NULL);
    const json_t *error = json_object_get(j, "error"), *id = json_object_get(j, "id");

    if (error) {
        const char *what = json_string_value(json_object_get(error, "desc"));

        dd_log(DD_LOG_WARN, "QEMU refuses a monitor command: %s", what ? what : "no reason given");
    }
    if (id) {
        take_answer(m, (uint64_t)json_integer_value(id), error != NULL);
    }
    json_decref(j);
}

static void take_byte(struct dd_qmp *m, char c)
{
    if (c == '\n') {
        take_line(m);
        m->line_bytes = 0;
    } else if (m->line_bytes < sizeof(m->line)) {
        m->line[m->line_bytes++] = c; /* a longer line is no JSON then, and is passed over */
    }
}

void dd_qmp_input(struct dd_qmp *m)
{
    char text[4096];
    ssize_t n;

    while ((n = recv(m->fd, text, sizeof(text), MSG_DONTWAIT)) != 0) {
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && errno == EAGAIN) {
            return;
        }
        if (n < 0) {
            break;
        }
        for (ssize_t i = 0; i < n; i++) {
            take_byte(m, text[i]);
        }
    }
    dd_qmp_die(m);
}
