/* SPDX-License-Identifier: MIT */
/* The commands of drydock. Each takes its own argument vector and returns the exit status. */
#ifndef TOOLS_DRYDOCK_COMMANDS_H
#define TOOLS_DRYDOCK_COMMANDS_H

#include <stdio.h>

int cmd_run(int argc, char **argv);
int cmd_build(int argc, char **argv);
int cmd_devices(int argc, char **argv);
int cmd_settings(int argc, char **argv);
int cmd_rules(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_port(int argc, char **argv);
/* port --check DIR */
int port_check(const char *folder, const char *device);

/* one clear line on standard error; returns 2 */
int fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* text_columns - how wide text on @to may be: of a terminal what $COLUMNS says, else what the
 * terminal says; 80 for everything else */
unsigned text_columns(FILE *to);
/* print_wrapped - no line is longer, but for words that are. What goes on in a further line begins
 * under the first word of its line. Blanks inside a line that fits stay */
void print_wrapped(FILE *to, const char *text, unsigned columns);

/* directory of this program, with no slash at the end; NULL: unknown */
const char *program_dir(void);
/* the folder of the Windows headers, or NULL with a message printed */
const char *header_dir(void);

/* parse with argp so that a wrong option is one line and exit status 2. Each parser hands
 * ARGP_KEY_INIT to usage_begin(): argp's second line ("Try ... --help") is dropped */
struct argp;
struct argp_state;
void parse_args(const struct argp *argp, int argc, char **argv, void *input);
void usage_begin(struct argp_state *state);
/* what is wrong with the arguments, in one line; ends the program with status 2 */
_Noreturn void usage_error(const struct argp_state *state, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
