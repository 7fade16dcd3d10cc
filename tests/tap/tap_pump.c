/* SPDX-License-Identifier: MIT */
/*
 * tap-pump: two taps and nothing between: what one kernel sends, the other receives. The measure of
 * what a driver between them costs.
 *
 * usage: tap-pump [NETNS:]NAME [NETNS:]NAME    until SIGINT or SIGTERM
 */
#include "base/thread.h"
#include "wire/tap.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define FRAME_BYTES 65536

static struct dd_tap *taps[2];
static volatile sig_atomic_t stop;

static void on_stop(int sig)
{
    (void)sig;
    stop = 1;
}

/* one thread each way */
static void pump(void *arg)
{
    struct dd_tap *from = taps[arg != NULL], *to = taps[arg == NULL];
    static uint8_t frames[2][FRAME_BYTES];
    uint8_t *frame = frames[arg != NULL];

    while (!stop) {
        struct pollfd p = {.fd = dd_tap_fd(from), .events = POLLIN};
        int len = dd_tap_read(from, frame, FRAME_BYTES);

        if (len == 0) {
            poll(&p, 1, 100);
        } else if (len > 0) {
            const struct iovec piece = {.iov_base = frame, .iov_len = (size_t)len};

            (void)dd_tap_write(to, &piece, 1); /* the interface may be down */
        } else {
            return;
        }
    }
}

int main(int argc, char **argv)
{
    struct dd_thread *back;
    char why[512];

    if (argc != 3) {
        fprintf(stderr, "usage: tap-pump [NETNS:]NAME [NETNS:]NAME\n");
        return 2;
    }
    for (int i = 0; i < 2; i++) {
        struct dd_tap_name name;

        if (dd_tap_parse(argv[i + 1], &name, why, sizeof(why)) < 0 ||
            dd_tap_open(&name, &taps[i], why, sizeof(why)) < 0) {
            fprintf(stderr, "tap-pump: %s\n", why);
            return 2;
        }
        dd_tap_set_carrier(taps[i], true);
    }
    signal(SIGINT, on_stop);
    signal(SIGTERM, on_stop);
    if (dd_thread_start("back", pump, taps, &back) < 0) {
        return 2;
    }
    pump(NULL);
    dd_thread_join(back);
    dd_tap_close(taps[0]);
    dd_tap_close(taps[1]);
    return 0;
}
