/* SPDX-License-Identifier: MIT */
/* What --wire says, and the frames of gen:. */
#include "wire/wire.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int parse_gen(const char *text, struct dd_wire_config *config, char *why, size_t why_bytes)
{
    unsigned long long count, size;
    char end;

    if (sscanf(text, "%llu,%llu%c", &count, &size, &end) != 2 || text[0] == '-') {
        snprintf(why, why_bytes, "wire gen:%s: write gen:COUNT,SIZE, as in gen:10000,1514", text);
        return -EINVAL;
    }
    if (size < 14 || size > 9018) {
        snprintf(why, why_bytes, "wire gen:%s: SIZE is 14 to 9018 bytes", text);
        return -EINVAL;
    }
    config->kind = DD_WIRE_GEN;
    config->gen_count = count;
    config->gen_bytes = (uint32_t)size;
    return 0;
}

int dd_wire_parse(const char *text, struct dd_wire_config *config, char *ret_file,
                  size_t file_bytes, char *why, size_t why_bytes)
{
    if (strcmp(text, "sink") == 0) {
        config->kind = DD_WIRE_SINK;
    } else if (strcmp(text, "echo") == 0) {
        config->kind = DD_WIRE_ECHO;
    } else if (strncmp(text, "gen:", 4) == 0) {
        return parse_gen(text + 4, config, why, why_bytes);
    } else if (strncmp(text, "pcap:", 5) == 0 && text[5] != '\0' && strlen(text + 5) < file_bytes) {
        config->kind = DD_WIRE_PCAP;
        snprintf(ret_file, file_bytes, "%s", text + 5);
    } else if (strncmp(text, "tap:", 4) == 0) {
        struct dd_tap_name name;

        config->kind = DD_WIRE_TAP;
        snprintf(ret_file, file_bytes, "%s", text + 4);
        return dd_tap_parse(text + 4, &name, why, why_bytes);
    } else {
        snprintf(why, why_bytes,
                 "unknown wire '%s': use sink, echo, pcap:FILE, gen:COUNT,SIZE or tap:[NETNS:]NAME",
                 text);
        return -EINVAL;
    }
    return 0;
}

void dd_wire_make_frame(uint64_t number, size_t len_bytes, uint8_t *out)
{
    static const uint8_t head[14] = {255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};

    memcpy(out, head, sizeof(head));
    for (size_t i = sizeof(head); i < len_bytes; i++) {
        out[i] = (uint8_t)(i < sizeof(head) + 8 ? number >> (8 * (i - sizeof(head))) : i + number);
    }
}
