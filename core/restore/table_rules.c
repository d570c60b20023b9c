#include "table_rules.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Cells whose names fall on different bits have different names; most records pass by this alone.
 * Wide enough that ten columns meet in one of twenty-five records only. */
#define NAME_BITS 1024

static int name_compare(struct ots_bytes a, struct ots_bytes b)
{
	const size_t shorter = a.len < b.len ? a.len : b.len;
	const int order = shorter > 0 ? memcmp(a.at, b.at, shorter) : 0;

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* By name, then version; those without a version get one moment from the service, so they are one
 * version, whatever their number. */
static int cell_compare(const void *left, const void *right)
{
	const struct ots_cell *a = *(const struct ots_cell *const *)left;
	const struct ots_cell *b = *(const struct ots_cell *const *)right;
	const int order = name_compare(a->name, b->name);

	if (order != 0)
		return order;
	if (!a->has_version || !b->has_version)
		return (int)a->has_version - (int)b->has_version;
	return (a->version > b->version) - (a->version < b->version);
}

static size_t name_bit(struct ots_bytes name)
{
	const size_t first = name.len > 0 ? name.at[0] : 0;
	const size_t middle = name.len > 0 ? name.at[name.len / 2] : 0;
	const size_t last = name.len > 0 ? name.at[name.len - 1] : 0;

	return (first * 31 + middle * 577 + last * 13 + name.len * 131) % NAME_BITS;
}

/* @return false: no two of its writes can be of one column */
static bool may_repeat_a_column(const struct ots_record *record)
{
	uint64_t seen[NAME_BITS / 64] = {0};

	for (size_t i = 0; i < record->cell_count; i++) {
		size_t bit;

		if (record->cells[i].action != OTS_CELL_PUT)
			continue;
		bit = name_bit(record->cells[i].name);
		if (seen[bit / 64] >> (bit % 64) & 1)
			return true;
		seen[bit / 64] |= UINT64_C(1) << (bit % 64);
	}
	return false;
}

/* @param cells  sorted
 * @param name   the column with the most versions */
static size_t most_versions(const struct ots_cell *const *cells, size_t count,
			    struct ots_bytes *name)
{
	size_t most = 0, run = 0;

	for (size_t i = 0; i < count; i++) {
		if (i == 0 || name_compare(cells[i - 1]->name, cells[i]->name) != 0)
			run = 1;
		else if (cell_compare(&cells[i - 1], &cells[i]) != 0)
			run++;
		if (run > most) {
			most = run;
			*name = cells[i]->name;
		}
	}
	return most;
}

static enum ots_status keeps_versions(const struct ots_schema *table,
				      const struct ots_record *record, struct ots_error *err)
{
	const struct ots_cell **puts;
	struct ots_bytes name = {0};
	size_t count = 0, most;

	if (table->max_versions <= 0 || record->cell_count <= (uint64_t)table->max_versions ||
	    !may_repeat_a_column(record))
		return OTS_OK;
	puts = malloc(record->cell_count * sizeof *puts);
	if (puts == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "%zu cells of a record", record->cell_count);
	for (size_t i = 0; i < record->cell_count; i++) {
		if (record->cells[i].action == OTS_CELL_PUT)
			puts[count++] = &record->cells[i];
	}
	qsort(puts, count, sizeof *puts, cell_compare);
	most = most_versions(puts, count, &name);
	free(puts);
	if (most <= (uint64_t)table->max_versions)
		return OTS_OK;
	return ots_fail(err, OTS_REFUSED,
			"column %.*s has %zu versions, and the table keeps %" PRId64
			" of a column: raise its max_versions, or drop the text with fewer",
			(int)name.len, (const char *)name.at, most, table->max_versions);
}

enum ots_status ots_table_keeps(const struct ots_schema *table, const struct ots_record *record,
				enum ots_op op, struct ots_error *err)
{
	if (table->refuses_update && (op == OTS_UPDATE || op == OTS_BASE))
		return ots_fail(err, OTS_REFUSED,
				"the record is an %s, and the table takes no updates (its "
				"allow_update is false): set allow_update to true for the restore",
				op == OTS_BASE ? "UPDATE (a row in pieces)" : "UPDATE");
	return keeps_versions(table, record, err);
}

void ots_version_range_note(struct ots_version_range *range, const struct ots_record *record)
{
	for (size_t i = 0; i < record->cell_count; i++) {
		const struct ots_cell *cell = &record->cells[i];

		if (cell->action != OTS_CELL_PUT || !cell->has_version)
			continue;
		if (!range->found || cell->version < range->oldest) {
			range->oldest = cell->version;
			range->oldest_line = record->line;
		}
		if (!range->found || cell->version > range->newest) {
			range->newest = cell->version;
			range->newest_line = record->line;
		}
		range->found = true;
	}
}

/* The service takes versions from now - offset to below now + offset. */
static enum ots_status inside_offset(const struct ots_schema *table, const char *name,
				     const struct ots_version_range *range, int64_t now_s,
				     struct ots_error *err)
{
	const int64_t offset = table->version_offset_seconds;
	bool old;

	if (offset <= 0)
		return OTS_OK;
	old = offset < now_s && range->oldest / 1000 < now_s - offset;
	if (!old && (offset > INT64_MAX - now_s || range->newest / 1000 < now_s + offset))
		return OTS_OK;
	return ots_fail(err, OTS_REFUSED,
			"line %" PRIu64 " writes a column version of %" PRId64
			" ms, and table %s takes versions within %" PRId64
			" seconds of now only: raise the table's max_time_deviation",
			old ? range->oldest_line : range->newest_line,
			old ? range->oldest : range->newest, name, offset);
}

enum ots_status ots_table_takes_versions(const struct ots_schema *table, const char *name,
					 const struct ots_version_range *range, int64_t now_s,
					 struct ots_error *err)
{
	const int64_t ttl = table->ttl_seconds;
	enum ots_status status;

	if (!range->found)
		return OTS_OK;
	status = inside_offset(table, name, range, now_s, err);
	if (status != OTS_OK || ttl <= 0 || ttl >= now_s || range->oldest / 1000 >= now_s - ttl)
		return status;
	return ots_fail(err, OTS_REFUSED,
			"line %" PRIu64 " writes a column version of %" PRId64
			" ms, and table %s lets versions expire after %" PRId64
			" seconds: such rows would be gone at once; raise the table's time to live "
			"(TTL), or set it to -1 for the restore",
			range->oldest_line, range->oldest, name, ttl);
}

enum ots_status ots_table_keeps_versions_of(const struct ots_schema *table, const char *name,
					    const struct ots_schema *source, struct ots_error *err)
{
	if (source == NULL || source->max_versions <= 0 || table->max_versions <= 0 ||
	    source->max_versions <= table->max_versions)
		return OTS_OK;
	return ots_fail(err, OTS_REFUSED,
			"the records are of a table that kept %" PRId64
			" versions of a column (schema.json), and table %s keeps %" PRId64
			": raise its max_versions",
			source->max_versions, name, table->max_versions);
}
