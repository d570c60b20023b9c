#include "driver.h"

#include <stdlib.h>

#define ROWS_MAX 256 /* more than the service takes, so that the refusal can be seen */

static enum ots_status read_change(struct driver *d, const cJSON *in, struct ots_row_change *change)
{
	static const char *const existences[] = {"ANY", "MUST_EXIST", "MUST_NOT_EXIST", NULL};
	static const char *const returns[] = {"NOTHING", "KEY", "MODIFIED", NULL};
	struct ots_wire_row *row = ots_arena_alloc(&d->arena, sizeof *row);
	struct ots_bytes *names;
	size_t existence, what;

	*change = (struct ots_row_change){.row = row};
	if (row == NULL || !driver_read_row(d, in, &change->op, row))
		return driver_misused(d, "row");
	if (!driver_word(in, "existence", existences, &existence) ||
	    !driver_word(in, "returns", returns, &what) ||
	    !driver_read_names(d, cJSON_GetObjectItemCaseSensitive(in, "return_columns"), &names,
			       &change->return_column_count))
		return driver_misused(d, "existence or return");
	change->existence = (enum ots_row_existence)existence;
	change->returns = (enum ots_row_return)what;
	change->return_columns = names;
	return driver_read_filter(d, cJSON_GetObjectItemCaseSensitive(in, "condition"),
				  &change->filter);
}

enum ots_status driver_write_row(struct driver *d)
{
	struct ots_row_change change;
	struct ots_capacity consumed;
	enum ots_status status = read_change(d, d->in, &change);

	if (status == OTS_OK)
		status = ots_client_write_row(d->client, d->table, &change, &consumed, &d->rows,
					      NULL, &d->err);
	if (status != OTS_OK)
		return status;
	driver_put_capacity(d, "consumed", consumed);
	driver_put_row(d, "row", d->rows.count > 0 ? 0 : OTS_NO_ROW);
	return OTS_OK;
}

/* Results of a batch; @p effects may be NULL. */
static void put_results(struct driver *d, const struct ots_row_result *results,
			const struct ots_row_effect *effects, size_t count)
{
	ots_json_array_begin(&d->out, "results");
	for (size_t i = 0; i < count; i++) {
		ots_json_object_begin(&d->out, NULL);
		if (results[i].status != OTS_OK) {
			driver_put_failure(d, results[i].status, &results[i].error);
		} else {
			ots_json_put_bool(&d->out, "ok", true);
			if (effects != NULL) {
				driver_put_capacity(d, "consumed", effects[i].consumed);
				driver_put_row(d, "row", effects[i].returned);
			}
		}
		ots_json_object_end(&d->out);
	}
	ots_json_array_end(&d->out);
}

enum ots_status driver_batch_write(struct driver *d)
{
	const cJSON *rows = cJSON_GetObjectItemCaseSensitive(d->in, "rows");
	struct ots_record *records = ots_arena_alloc(&d->arena, ROWS_MAX * sizeof *records);
	struct ots_row_result *results = ots_arena_alloc(&d->arena, ROWS_MAX * sizeof *results);
	const struct ots_record *list[ROWS_MAX];
	enum ots_status status;
	const cJSON *item;
	size_t count = 0;

	if (records == NULL || results == NULL)
		return ots_fail(&d->err, OTS_NO_MEMORY, "batch");
	cJSON_ArrayForEach(item, rows)
	{
		if (count == ROWS_MAX || !driver_read_record(d, item, &records[count]))
			return driver_misused(d, "rows");
		list[count] = &records[count];
		count++;
	}
	status = ots_client_batch_write(d->client, d->table, list, count, results, NULL, &d->err);
	if (status == OTS_OK)
		put_results(d, results, NULL, count);
	return status;
}

enum ots_status driver_batch_change(struct driver *d)
{
	const cJSON *rows = cJSON_GetObjectItemCaseSensitive(d->in, "rows");
	struct ots_row_change *changes = ots_arena_alloc(&d->arena, ROWS_MAX * sizeof *changes);
	struct ots_row_result *results = ots_arena_alloc(&d->arena, ROWS_MAX * sizeof *results);
	struct ots_row_effect effects[ROWS_MAX];
	enum ots_status status = OTS_OK;
	const cJSON *item;
	size_t count = 0;

	if (changes == NULL || results == NULL)
		return ots_fail(&d->err, OTS_NO_MEMORY, "batch");
	cJSON_ArrayForEach(item, rows)
	{
		status = count < ROWS_MAX ? read_change(d, item, &changes[count++])
					  : driver_misused(d, "rows");
		if (status != OTS_OK)
			return status;
	}
	status = ots_client_batch_change(d->client, d->table, changes, count, results, effects,
					 &d->rows, NULL, &d->err);
	if (status == OTS_OK)
		put_results(d, results, effects, count);
	return status;
}
