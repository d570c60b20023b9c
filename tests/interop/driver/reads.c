#include "driver.h"

#include <stdlib.h>
#include <string.h>

#include <otsfs/base/bytes.h>

#define BOUND_BYTES 65536

static enum ots_status read_selection(struct driver *d, struct ots_row_selection *selection)
{
	const cJSON *times = cJSON_GetObjectItemCaseSensitive(d->in, "times");
	struct ots_bytes *columns;

	*selection = (struct ots_row_selection){
		.max_versions = (int32_t)driver_number(d->in, "max_versions", 0),
		.has_time_range = cJSON_GetArraySize(times) == 2,
		.start_column = ots_bytes_of(driver_text(d->in, "start_column", "")),
		.end_column = ots_bytes_of(driver_text(d->in, "end_column", "")),
	};
	if (selection->has_time_range) {
		selection->start_ms = (int64_t)cJSON_GetArrayItem(times, 0)->valuedouble;
		selection->end_ms = (int64_t)cJSON_GetArrayItem(times, 1)->valuedouble;
	}
	if (!driver_read_names(d, cJSON_GetObjectItemCaseSensitive(d->in, "columns"), &columns,
			       &selection->column_count))
		return driver_misused(d, "columns");
	selection->columns = columns;
	return driver_read_filter(d, cJSON_GetObjectItemCaseSensitive(d->in, "filter"),
				  &selection->filter);
}

enum ots_status driver_get_row(struct driver *d)
{
	struct ots_row_selection selection;
	struct ots_capacity consumed;
	struct ots_row_key key;
	enum ots_status status = read_selection(d, &selection);

	if (status == OTS_OK &&
	    !driver_read_key(d, cJSON_GetObjectItemCaseSensitive(d->in, "key"), &key))
		status = driver_misused(d, "key");
	if (status == OTS_OK)
		status = ots_client_get_row(d->client, d->table, key, &selection, &d->rows,
					    &consumed, NULL, &d->err);
	if (status != OTS_OK)
		return status;
	driver_put_capacity(d, "consumed", consumed);
	driver_put_row(d, "row", d->rows.count > 0 ? 0 : OTS_NO_ROW);
	return OTS_OK;
}

static void put_found(struct driver *d, const struct ots_row_found *found, size_t count)
{
	ots_json_array_begin(&d->out, "results");
	for (size_t i = 0; i < count; i++) {
		ots_json_object_begin(&d->out, NULL);
		if (found[i].status != OTS_OK) {
			driver_put_failure(d, found[i].status, &found[i].error);
		} else {
			ots_json_put_bool(&d->out, "ok", true);
			driver_put_capacity(d, "consumed", found[i].consumed);
			driver_put_row(d, "row", found[i].record);
		}
		ots_json_object_end(&d->out);
	}
	ots_json_array_end(&d->out);
}

enum ots_status driver_batch_get(struct driver *d)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(d->in, "keys");
	const size_t count = (size_t)cJSON_GetArraySize(list);
	struct ots_row_key *keys = ots_arena_alloc(&d->arena, count * sizeof *keys);
	struct ots_row_found *found = ots_arena_alloc(&d->arena, count * sizeof *found);
	struct ots_row_selection selection;
	enum ots_status status = read_selection(d, &selection);
	const cJSON *item;
	size_t at = 0;

	if (keys == NULL || found == NULL)
		return ots_fail(&d->err, OTS_NO_MEMORY, "batch");
	cJSON_ArrayForEach(item, list)
	{
		if (!driver_read_key(d, item, &keys[at++]))
			return driver_misused(d, "keys");
	}
	if (status == OTS_OK)
		status = ots_client_batch_get(d->client, d->table, keys, count, &selection, found,
					      &d->rows, NULL, &d->err);
	if (status == OTS_OK)
		put_found(d, found, count);
	return status;
}

/* `{"prefix":[…],"rest":"MIN"}` over the columns that `key_names` lists. */
static enum ots_status read_bound(struct driver *d, const char *member, enum ots_variant rest,
				  struct ots_buffer *out)
{
	static const char *const words[] = {"", "MIN", "MAX", NULL};
	const cJSON *in = cJSON_GetObjectItemCaseSensitive(d->in, member);
	struct ots_schema schema;
	struct ots_row_key prefix;
	struct ots_bytes *names;
	enum ots_status status;
	size_t word;

	ots_schema_init(&schema);
	if (!driver_read_names(d, cJSON_GetObjectItemCaseSensitive(d->in, "key_names"), &names,
			       &schema.key_count) ||
	    schema.key_count > OTS_KEY_COLUMNS_MAX || !driver_word(in, "rest", words, &word) ||
	    !driver_read_key(d, cJSON_GetObjectItemCaseSensitive(in, "prefix"), &prefix)) {
		status = driver_misused(d, member);
		goto out;
	}
	for (size_t i = 0; i < schema.key_count; i++)
		schema.key[i].name = names[i];
	if (word > 0)
		rest = word == 1 ? OTS_VT_INF_MIN : OTS_VT_INF_MAX;
	status = ots_range_bound(&schema, prefix, rest, out, &d->err);
out:
	ots_schema_release(&schema);
	return status;
}

/* Every page, or only the first one. */
static enum ots_status read_pages(struct driver *d, struct ots_range *range,
				  struct ots_buffer *next, bool all)
{
	enum ots_status status = OTS_OK;
	struct ots_capacity consumed;
	bool first = true;

	ots_json_array_begin(&d->out, "pages");
	while (status == OTS_OK && next->len > 0 && (first || all)) { /* ends: pages go on */
		range->start = (struct ots_bytes){next->bytes, next->len};
		status = ots_client_get_range(d->client, d->table, range, &d->rows, next, &consumed,
					      NULL, &d->err);
		ots_json_array_begin(&d->out, NULL);
		for (size_t i = 0; status == OTS_OK && i < d->rows.count; i++)
			driver_put_record(d, NULL, &d->rows.records[i]);
		ots_json_array_end(&d->out);
		first = false;
	}
	ots_json_array_end(&d->out);
	if (status == OTS_OK)
		ots_json_put_bool(&d->out, "more", next->len > 0);
	return status;
}

enum ots_status driver_get_range(struct driver *d)
{
	struct ots_range range = {
		.backward = driver_flag(d->in, "backward", false),
		.limit = (int32_t)driver_number(d->in, "limit", 0),
	};
	struct ots_buffer next, end;
	enum ots_status status = read_selection(d, &range.selection);

	ots_buffer_init(&next, BOUND_BYTES);
	ots_buffer_init(&end, BOUND_BYTES);
	if (status == OTS_OK)
		status = read_bound(d, "start", range.backward ? OTS_VT_INF_MAX : OTS_VT_INF_MIN,
				    &next);
	if (status == OTS_OK)
		status = read_bound(d, "end", range.backward ? OTS_VT_INF_MIN : OTS_VT_INF_MAX,
				    &end);
	range.end = (struct ots_bytes){end.bytes, end.len};
	if (status == OTS_OK)
		status = read_pages(d, &range, &next, driver_flag(d->in, "all", false));
	ots_buffer_release(&end);
	ots_buffer_release(&next);
	return status;
}

/* Rows that a range of the splits holds, read by its bounds. */
static enum ots_status count_rows(struct driver *d, const struct ots_split *split, uint64_t *rows)
{
	struct ots_range range = {.end = split->end, .selection.max_versions = 1};
	struct ots_buffer next;
	enum ots_status status = OTS_OK;

	ots_buffer_init(&next, BOUND_BYTES);
	*rows = 0;
	if (!ots_buffer_put(&next, split->start.at, split->start.len))
		status = ots_buffer_fail(&next, split->start.len, "bound", &d->err);
	while (status == OTS_OK && next.len > 0) { /* ends: pages go on */
		range.start = (struct ots_bytes){next.bytes, next.len};
		status = ots_client_get_range(d->client, d->table, &range, &d->rows, &next, NULL,
					      NULL, &d->err);
		*rows += d->rows.count;
	}
	ots_buffer_release(&next);
	return status;
}

static enum ots_status put_split(struct driver *d, const struct ots_split *split, bool count)
{
	struct ots_plainbuffer_reader reader = {.in = {split->start.at, split->start.len, 0}};
	struct ots_wire_row key;
	uint64_t rows = 0;
	bool more;
	enum ots_status status = ots_plainbuffer_next(&reader, 1, &d->arena, &key, &more, &d->err);

	if (status == OTS_OK && count)
		status = count_rows(d, split, &rows);
	if (status != OTS_OK)
		return status;
	ots_json_object_begin(&d->out, NULL);
	driver_put_key(d, "start", &key);
	ots_json_put_bytes(&d->out, "location", split->location);
	ots_json_put_unsigned(&d->out, "rows", rows);
	ots_json_object_end(&d->out);
	return OTS_OK;
}

enum ots_status driver_splits(struct driver *d)
{
	const struct ots_split_size size = {
		.size = driver_number(d->in, "size", 1),
		.unit_bytes = driver_number(d->in, "unit_bytes", 0),
		.limit = (int32_t)driver_number(d->in, "limit", 0),
	};
	struct ots_splits splits;
	enum ots_status status;

	ots_splits_init(&splits);
	status =
		ots_client_compute_splits(d->client, d->table, &size, &splits, NULL, NULL, &d->err);
	ots_json_array_begin(&d->out, "ranges");
	for (size_t i = 0; status == OTS_OK && i < splits.count; i++)
		status = put_split(d, &splits.ranges[i], driver_flag(d->in, "count", false));
	ots_json_array_end(&d->out);
	ots_splits_release(&splits);
	return status;
}
