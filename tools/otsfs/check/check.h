/** @file check.h
 *  The lines of `otsfs check`: what holds on standard output, what does not on standard error with
 *  what to do about it.
 *  Threads: the caller's. */
#ifndef OTSFS_TOOLS_CHECK_CHECK_H
#define OTSFS_TOOLS_CHECK_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include <otsfs/base/error.h>

#include "../oss/words.h"

/** How many lines said what. */
struct check_count {
	size_t good, failed;
};

/** `  ok      WHAT: text` */
void check_good(struct check_count *count, const char *what, const char *format, ...)
	OTS_PRINTF(3, 4);

/** `  FAILED  WHAT: the error`, and below it `          do: …` where something can be done.
 *  @param action    the permission that was needed, such as `ots:ListTable`; NULL: none
 *  @param resource  what it is needed on, such as `acs:ots:*:*:instance/i/table/t` */
void check_failed(struct check_count *count, const char *what, const char *action,
		  const char *resource, const struct ots_error *err);

/** The same of the access key, before any service was asked. */
void check_key_failed(struct check_count *count, const struct ots_error *err);

/** What the command was told. */
struct check_words {
	const char *source, *to; /**< NULL: not asked */
	const char *table;       /**< of the target; NULL: every table there is */
	struct oss_words oss;    /**< of a bucket; its ca_file is of both */
};

/** Whether a target can be reached, lists its tables, and takes rows with the key at hand; nothing
 *  is written.
 *  @return OTS_OK (the lines say the rest), or OTS_USAGE: it is no target */
enum ots_status check_target(const struct check_words *words, struct check_count *count,
			     struct ots_error *err) OTS_MUST_USE;

/** Whether a source can be opened, listed and read.
 *  @return as check_target() */
enum ots_status check_source(const struct check_words *words, struct check_count *count,
			     struct ots_error *err) OTS_MUST_USE;

#endif
