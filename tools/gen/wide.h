/** @file wide.h
 *  The table that Parquet is measured with: 11 columns without nulls.
 *  Source: parquet-format, the head of section 6. */
#ifndef OTSFS_TOOLS_GEN_WIDE_H
#define OTSFS_TOOLS_GEN_WIDE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/** Write it as CSV with a header line; the blob is base64. @return false: the stream failed */
bool wide_write_csv(FILE *out, uint64_t rows);

#endif
