/** @file compile.h
 *  From a schema to the steps that print one row. Source: parquet-format, sections 4.7 to 4.9. */
#ifndef OTSFS_CORE_PARQUET_TEXT_COMPILE_H
#define OTSFS_CORE_PARQUET_TEXT_COMPILE_H

#include "plan.h"

/** A plan never takes more. */
#define PLAN_LIMIT_BYTES ((size_t)256 * 1024 * 1024)

/** Fill plan->steps for plan->columns.
 *  @param strip_of  by leaf: which strip it is
 *  @return OTS_OK, OTS_UNSUPPORTED (a shredded VARIANT), OTS_NO_MEMORY */
enum ots_status plan_compile(struct ots_parquet_plan *plan, const uint32_t *strip_of,
			     struct ots_error *err) OTS_MUST_USE;

#endif
