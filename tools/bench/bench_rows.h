/** @file bench_rows.h
 *  The row of the published comparison, for all benchmarks of writing: key of a STRING of 20 bytes
 *  and an INTEGER; 5 STRINGs of 32 bytes, 3 INTEGERs, a DOUBLE, a BOOLEAN; 297 bytes of names and
 *  values. Its table is `bench`. tools/bench/peers makes the same rows for other clients. */
#ifndef OTSFS_BENCH_ROWS_H
#define OTSFS_BENCH_ROWS_H

#include <otsfs/record/batch.h>

#define BENCH_TABLE "bench"
#define BENCH_BATCH_ROWS ((size_t)200)

/** Add row @p number; keys ascend with it. Ends the program without memory. */
void bench_row_add(struct ots_batch *batch, uint64_t number);

/** A seeded generator, so that runs are alike. */
uint64_t bench_random(uint64_t *state);

/** Print what went wrong and end the program. */
_Noreturn void bench_end(const char *what);
void bench_need(bool good, const char *what);

/** CPU time of this process in µs, so that what else runs on the machine does not count. */
double bench_cpu_us(void);

/** The middle of @p count values, which are sorted. */
double bench_median(double *values, size_t count);

#endif
