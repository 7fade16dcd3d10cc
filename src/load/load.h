/* SPDX-License-Identifier: MIT */
/*
 * Turns a driver file into a DriverEntry. ELF shared objects now; PE later, behind the same call.
 *
 * A name the driver needs and nobody has is bound to a stub made at load; calling it ends the
 * driver's run with `drydock: NdisXxx is not implemented yet` (seam/api.h, dd_api_missing). The
 * file is checked before it is mapped, so that no file can crash the process.
 */
#ifndef DD_LOAD_LOAD_H
#define DD_LOAD_LOAD_H

#include <stddef.h>
#include <stdint.h>

struct dd_image;

/* dd_load_check - is @path a driver that could be loaded? Reads only. 0, or -Exxx and one line in
 * @why: missing, not ELF, wrong machine or type, cut short, no DriverEntry exported, needs a
 * sanitizer this program lacks */
int dd_load_check(const char *path, char *why, size_t why_bytes);

enum dd_sanitizers {
    DD_SAN_NONE = 0,
    DD_SAN_ADDRESS = 1,
    DD_SAN_UNDEFINED = 2,
    DD_SAN_THREAD = 4
};
/* dd_load_sanitizers - what the file was built with; 0 when unreadable */
unsigned dd_load_sanitizers(const char *path);

#define DD_LOAD_BUILD_BYTES 96
/* dd_load_build - the options `drydock build` made the file with; empty: it did not */
void dd_load_build(const char *path, char ret_options[static DD_LOAD_BUILD_BYTES]);

/* dd_load_open - check, map, bind. Static constructors run here */
int dd_load_open(const char *path, struct dd_image **ret_image, char *why, size_t why_bytes);
void dd_load_close(struct dd_image *image);

void *dd_load_entry(struct dd_image *image);      /* DriverEntry */
uintptr_t dd_load_base(struct dd_image *image);   /* load address: file address = pointer - base */
const char *dd_load_path(struct dd_image *image); /* absolute */
/* names bound to stubs; NULL-terminated; owned by the image */
const char *const *dd_load_missing(struct dd_image *image);
/* true when @pc lies in the image */
int dd_load_contains(struct dd_image *image, const void *pc);

#endif
