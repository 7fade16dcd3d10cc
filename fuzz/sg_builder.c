/* SPDX-License-Identifier: MIT */
/* The scatter/gather builder against its naive twin: the input is a program
 * (tests/model/sg_model.h).
 */
#include "fuzz.h"

#include "sg_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)sg_model_run(data, size);
    return 0;
}
