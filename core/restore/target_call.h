/** @file target_call.h
 *  The writes of a target, for the engine only.
 *  Threads: as target.h. */
#ifndef OTSFS_CORE_RESTORE_TARGET_CALL_H
#define OTSFS_CORE_RESTORE_TARGET_CALL_H

#include <otsfs/restore/target.h>

enum ots_status ots_target_write(struct ots_target *target, const char *table,
				 const struct ots_record *const *records, size_t count,
				 struct ots_error *errors, struct ots_cancel *cancel,
				 struct ots_error *err) OTS_MUST_USE;
enum ots_status ots_target_put_row(struct ots_target *target, const char *table,
				   const struct ots_record *record, struct ots_cancel *cancel,
				   struct ots_error *err) OTS_MUST_USE;

#endif
