/** @file table_rules.h
 *  What the options of the target's table make of records: whether it keeps every version that a
 *  record gives, takes updates, and takes versions of that age. Options that the service did not
 *  tell bind nothing.
 *  Source: tablestore-protocol 4.1 (max_versions, TTL), 4.2 (offset, allow_update), 11.6.
 *  Threads: pure functions of their arguments. */
#ifndef OTSFS_CORE_RESTORE_TABLE_RULES_H
#define OTSFS_CORE_RESTORE_TABLE_RULES_H

#include <otsfs/record/schema.h>

/** Whether the table keeps a record as it is.
 *  @param op  as it is sent: BASE is an update
 *  @return OTS_OK; OTS_REFUSED (an update where none is taken, more versions of a column than are
 *          kept), OTS_NO_MEMORY */
enum ots_status ots_table_keeps(const struct ots_schema *table, const struct ots_record *record,
				enum ots_op op, struct ots_error *err) OTS_MUST_USE;

/** Ages of versions in records, milliseconds, with the line that each was found in. */
struct ots_version_range {
	bool found;
	int64_t oldest, newest;
	uint64_t oldest_line, newest_line;
};

void ots_version_range_note(struct ots_version_range *range, const struct ots_record *record);

/** Whether the table takes versions of these ages, and does not let them expire at once.
 *  @param name   of the table, for the text
 *  @param now_s  the wall clock
 *  @return OTS_OK or OTS_REFUSED */
enum ots_status ots_table_takes_versions(const struct ots_schema *table, const char *name,
					 const struct ots_version_range *range, int64_t now_s,
					 struct ots_error *err) OTS_MUST_USE;

/** Whether the table keeps as many versions as the one that the records are from.
 *  @param source  NULL or without max_versions: nothing is known */
enum ots_status ots_table_keeps_versions_of(const struct ots_schema *table, const char *name,
					    const struct ots_schema *source,
					    struct ots_error *err) OTS_MUST_USE;

#endif
