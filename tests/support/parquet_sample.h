/** @file parquet_sample.h
 *  A Parquet file of many row groups, written without a writer: one required INT32 column `n`,
 * PLAIN and uncompressed, that counts from 0. */
#ifndef OTSFS_TESTS_SUPPORT_PARQUET_SAMPLE_H
#define OTSFS_TESTS_SUPPORT_PARQUET_SAMPLE_H

#include <otsfs/base/buffer.h>

/** Append the file; aborts without memory. @p groups, @p rows  both above 0; rows of each group */
void sample_parquet(struct ots_buffer *out, uint32_t groups, uint32_t rows);

#endif
