/* SPDX-License-Identifier: MIT */
/*
 * The scatter/gather builder against a naive twin, driven by a program of bytes: the model test
 * makes them up, the fuzz target is given them.
 *
 *   program = machine case*
 *   machine = seed of the physical layout, settings (iommu, bounce, map registers, sgl,
 *             address bits, checked), a size and a place for each of 24 buffers
 *   case    = the caller's room, the number of spans and their direction, then for each span: which
 *             buffer, offset, length or none, marked as a run or not; the data
 *
 * Each choice is one byte, or two or four where there is much to choose from, big end first; a
 * program that is over goes on with zeros to the end of its case.
 */
#ifndef DD_TESTS_SG_MODEL_H
#define DD_TESTS_SG_MODEL_H

#include <stddef.h>
#include <stdint.h>

/* sg_model_run - run one program; aborts when builder and twin disagree. Returns the cases in it */
uint64_t sg_model_run(const uint8_t *program, size_t len_bytes);

#endif
