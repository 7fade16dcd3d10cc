/* SPDX-License-Identifier: MIT */
/*
 * The qtest protocol: lines of text on a stream socket, one command a line.
 *
 *   callers  --command--> out buffer --socket--> QEMU        (any thread; a write does not wait)
 *   QEMU     --"OK 0x.."--> the oldest command's waiter      (service thread: dd_qtest_input)
 *            --"IRQ raise N"--> the sink, before any later reply is given out
 *
 * Replies come in the order of the commands. Only numbers made here go into the stream: text of a
 * driver never does. Anything but a reply or an interrupt line, a reply nobody asked for, an end
 * of the stream: the protocol is dead, for good. Then reads give all ones at once and writes go
 * nowhere.
 */
#ifndef DD_DEV_QEMU_QTEST_H
#define DD_DEV_QEMU_QTEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dd_qtest;

enum dd_qtest_space {
    DD_QTEST_MEMORY,
    DD_QTEST_PORT
};

struct dd_qtest_sink {
    void *arg;
    /* an interrupt input of the intercepted chip changed; service thread */
    void (*line)(void *arg, unsigned number, bool level);
    /* once, on the thread that noticed; @why has no newline. No lock is held */
    void (*dead)(void *arg, const char *why);
};

/* --- one line --- */

enum dd_qtest_kind {
    DD_QTEST_OK,   /* value is valid when has_value */
    DD_QTEST_FAIL, /* QEMU refused the command */
    DD_QTEST_IRQ,  /* value: number, level */
};

struct dd_qtest_line {
    enum dd_qtest_kind kind;
    bool has_value, level;
    uint64_t value;
};

/* dd_qtest_parse - @text without the newline. 0, or -EPROTO: no line of the protocol */
int dd_qtest_parse(const char *text, struct dd_qtest_line *ret_line);

/* --- a stream --- */

/* dd_qtest_new - on the stream socket @fd, made non-blocking; it stays the caller's. 0 or -ENOMEM
 */
int dd_qtest_new(int fd, const struct dd_qtest_sink *sink, struct dd_qtest **ret_qtest);
/* dd_qtest_free - no other thread may be in any function of it */
void dd_qtest_free(struct dd_qtest *t);

/* dd_qtest_input - the socket can be read: take what is there, and send what did not fit before (if
 * anything waits, replies will come). Service thread only */
void dd_qtest_input(struct dd_qtest *t);

/* dd_qtest_read - @width 1, 2, 4, 8 (ports: up to 4). All ones when dead */
uint64_t dd_qtest_read(struct dd_qtest *t, enum dd_qtest_space space, uint64_t at, unsigned width);
/* dd_qtest_write - posted. Waits only when thousands are under way already */
void dd_qtest_write(struct dd_qtest *t, enum dd_qtest_space space, uint64_t at, unsigned width,
                    uint64_t value);
/* dd_qtest_intercept - from now on the sink hears the inputs of chip @path. 0; -EIO refused or dead
 */
int dd_qtest_intercept(struct dd_qtest *t, const char *path);
/* dd_qtest_flush - every command given before has been carried out (or the stream is dead) */
void dd_qtest_flush(struct dd_qtest *t);
/* dd_qtest_die - from outside: the process ended. Later calls do nothing */
void dd_qtest_die(struct dd_qtest *t, const char *why);
bool dd_qtest_dead(const struct dd_qtest *t);
/* commands given so far (registers accessed), for reports */
uint64_t dd_qtest_commands(struct dd_qtest *t);

#endif
