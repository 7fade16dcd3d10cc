/* SPDX-License-Identifier: MIT */
/*
 * A fuzz target without libFuzzer: every file of a folder, or the files named, once each.
 *
 * usage: replay-TARGET FOLDER|FILE...
 */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned count;

static int replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    size_t size = 0;
    uint8_t *data;
    long end;

    if (!f || fseek(f, 0, SEEK_END) < 0 || (end = ftell(f)) < 0) {
        perror(path);
        return 1;
    }
    rewind(f);
    data = malloc((size_t)end + 1);
    size = data ? fread(data, 1, (size_t)end, f) : 0;
    fclose(f);
    if (!data || size != (size_t)end) {
        fprintf(stderr, "%s: cannot be read\n", path);
        free(data);
        return 1;
    }
    fprintf(stderr, "%s\n", path); /* before: the last one shown is the one that broke it */
    (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
    count++;
    return 0;
}

static int replay(const char *path)
{
    DIR *dir = opendir(path);
    char file[1024];
    int bad = 0;

    if (!dir) {
        return replay_file(path);
    }
    for (struct dirent *e = readdir(dir); e && !bad; e = readdir(dir)) {
        if (e->d_name[0] != '.') {
            snprintf(file, sizeof(file), "%s/%s", path, e->d_name);
            bad = replay_file(file);
        }
    }
    closedir(dir);
    return bad;
}

int main(int argc, char **argv)
{
    int bad = 0;

    for (int i = 1; i < argc && !bad; i++) {
        bad = replay(argv[i]);
    }
    printf("%u inputs\n", count);
    return bad || count == 0;
}
