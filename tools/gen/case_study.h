/** @file case_study.h
 *  Rows of the case study's shape, the same for the same seed: two key columns and ten attributes,
 *  about 1.4 KB as a line of tunnel CSV. For benchmarks and the soak test. */
#ifndef OTSFS_TOOLS_CASE_STUDY_H
#define OTSFS_TOOLS_CASE_STUDY_H

#include <stdbool.h>
#include <stdint.h>

#include <otsfs/record/batch.h>
#include <otsfs/record/encoder.h>

/** Add row number @p row. Keys ascend with the row number.
 *  @return false without memory */
bool case_study_row(struct ots_batch *batch, uint64_t seed, uint64_t row);

/** Tunnel CSV of such rows in other shapes than the canonical one; backup-formats 1.5 B (each
 * STRING with its rawData), C (cells as in B) and D. For PUT with versions only. */
extern const struct ots_encoder case_study_gson;
extern const struct ots_encoder case_study_whole_key;
extern const struct ots_encoder case_study_capitalised;

#endif
