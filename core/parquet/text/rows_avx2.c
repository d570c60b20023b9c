/* The loop over rows with AVX2, where the compiler was told that it may use it (see the Makefile);
 * ots_parquet_reader_new() asks the processor first. */
#ifdef __AVX2__
#define ROWS_PRINT rows_print_avx2
#include "rows.h"

const bool rows_have_avx2 = true;
#else
#include "reader.h"

const bool rows_have_avx2 = false;

uint32_t rows_print_avx2(struct ots_parquet_reader *reader, struct pen *pen, uint32_t rows)
{
	return rows_print_base(reader, pen, rows);
}
#endif
