/** @file tuning.h
 *  What tests set and nobody else: a fixed seed, and delays cut to nothing, so that no test sleeps.
 */
#ifndef OTSFS_CORE_RESTORE_TUNING_H
#define OTSFS_CORE_RESTORE_TUNING_H

#include <otsfs/restore/engine.h>

struct ots_engine_tuning {
	uint64_t seed;          /**< of key hashes and of jitter; 0: from the system */
	uint32_t delay_percent; /**< of every backoff; 100 as designed, 0 none */
	size_t held_rows_max;   /**< rows of one job in memory; 0: OTS_HELD_ROWS_MAX */
	int64_t wait_max_ms;    /**< a driver looks at its clock this often; 0: 1 s */
};

/** As ots_engine_open(). @param tuning  copied */
enum ots_status ots_engine_open_tuned(const struct ots_engine_options *options,
				      const struct ots_engine_tuning *tuning,
				      struct ots_engine **out, struct ots_error *err) OTS_MUST_USE;

#endif
