/* GetRange. Source: tablestore-protocol 2.5 and 4.4. */
#include "read.h"

/* What one page looks at, rows that are left out included: other calls wait meanwhile. */
#define SCAN_ROWS_MAX OTS_LIMIT_RANGE_ROWS
#define SCAN_BYTES_MAX ((size_t)64 * 1024 * 1024)

struct range {
	struct ots_bytes start;
	struct ots_bytes end;
	bool backward;
	size_t limit;
	struct ots_selection selection;
};

/* The page while it fills. */
struct page {
	struct ots_call *call;
	const struct ots_table *table;
	const struct range *range;
	struct ots_arena row_arena; /* reset for each row */
	struct ots_buffer rows;
	size_t row_count;
	size_t scanned_rows;
	size_t scanned_bytes;
	size_t data_bytes;
	struct ots_buffer next; /* the key to go on from; none at the end of the range */
	bool failed;
};

static bool end_page(struct page *page, struct ots_bytes key)
{
	page->failed = !ots_buffer_put(&page->next, key.at, key.len) &&
		       !ots_call_no_memory(page->call->fault);
	return false;
}

/* One row of the scan. @return false: the page is full, or failed */
static bool take_row(void *arg, struct ots_bytes key, struct ots_bytes blob)
{
	struct page *page = arg;
	const struct ots_read_row row = {
		.table = page->table,
		.selection = &page->range->selection,
		.now_ms = page->call->now_ms,
		.key = key,
		.blob = blob,
		.first = page->row_count == 0,
	};
	const size_t before = page->rows.len;
	bool shown = false;
	size_t bytes = 0;

	if (page->row_count == page->range->limit || page->scanned_rows == SCAN_ROWS_MAX ||
	    page->scanned_bytes >= SCAN_BYTES_MAX)
		return end_page(page, key);
	page->scanned_rows++;
	page->scanned_bytes += blob.len;
	ots_arena_reset(&page->row_arena);
	page->failed = !ots_read_put_row(&row, &page->row_arena, &page->rows, &shown, &bytes,
					 page->call->fault);
	if (page->failed || !shown)
		return !page->failed;
	if (page->row_count > 0 && page->rows.len > OTS_LIMIT_RANGE_BYTES) {
		page->rows.len = before;
		return end_page(page, key);
	}
	page->row_count++;
	page->data_bytes += bytes;
	return true;
}

static bool reply(struct page *page)
{
	struct ots_call *call = page->call;
	Ots__Wire__GetRangeResponse response = OTS__WIRE__GET_RANGE_RESPONSE__INIT;
	Ots__Wire__ConsumedCapacity consumed = OTS__WIRE__CONSUMED_CAPACITY__INIT;
	Ots__Wire__CapacityUnit unit = OTS__WIRE__CAPACITY_UNIT__INIT;
	struct ots_wire_row next;

	unit.has_read = unit.has_write = 1;
	unit.read = ots_capacity_units(page->data_bytes);
	consumed.capacity_unit = &unit;
	response.consumed = &consumed;
	response.rows = (ProtobufCBinaryData){page->rows.len, page->rows.bytes};
	response.has_data_block_type = response.has_compress_type = 1; /* 0 both: plain */
	if (page->next.len > 0) {
		const struct ots_bytes key = {page->next.bytes, page->next.len};

		response.has_next_start_primary_key = 1;
		if (!ots_read_take_key(page->table, key, &call->arena, &next, call->fault) ||
		    !ots_call_encode_row(call, &next, &response.next_start_primary_key.data,
					 &response.next_start_primary_key.len))
			return false;
	}
	return ots_call_reply(call, &response.base);
}

static bool encode_bounds(struct ots_call *call, const struct ots_table *table,
			  const struct ots_wire_row *start, const struct ots_wire_row *end,
			  struct range *range)
{
	const struct ots_key_rules rules = {.bounds = true};
	int order;

	if (!ots_table_check_key(table, start, rules, call->fault) ||
	    !ots_table_check_key(table, end, rules, call->fault) ||
	    !ots_call_encode_key(call, start->key, start->key_count, &range->start, call->fault) ||
	    !ots_call_encode_key(call, end->key, end->key_count, &range->end, call->fault))
		return false;
	order = ots_key_compare(range->start, range->end);
	if (!range->backward && order >= 0)
		return ots_refuse(call->fault, OTS_FAULT_PARAMETER,
				  "Begin key must less than end key in FORWARD");
	if (range->backward && order <= 0)
		return ots_refuse(call->fault, OTS_FAULT_PARAMETER,
				  "Begin key must more than end key in BACKWARD");
	return true;
}

static bool scan_locked(struct ots_call *call, struct page *page)
{
	const struct ots_storage *storage = &call->engine->locked.storage;
	const struct ots_scan scan = {
		.table_id = page->table->id,
		.start = page->range->start,
		.end = page->range->end,
		.backward = page->range->backward,
	};
	struct ots_error err = {.status = OTS_OK};

	if (storage->ops->scan(storage->self, &scan, take_row, page, &err) != OTS_OK)
		return ots_refuse_error(call->fault, &err);
	return !page->failed;
}

static bool check_direction(struct ots_call *call, const Ots__Wire__GetRangeRequest *request)
{
	const int direction = (int)request->direction;

	return direction == OTS__WIRE__DIRECTION__FORWARD ||
	       direction == OTS__WIRE__DIRECTION__BACKWARD ||
	       ots_refuse(call->fault, OTS_FAULT_PARAMETER, "Invalid direction: %d.", direction);
}

static bool read_request(struct ots_call *call, const Ots__Wire__GetRangeRequest *request,
			 struct range *range)
{
	struct ots_read_request shared = {
		.columns = request->columns_to_get,
		.column_count = request->n_columns_to_get,
		.time_range = request->time_range,
		.has_max_versions = request->has_max_versions,
		.max_versions = request->max_versions,
		.has_token = request->has_token && request->token.len > 0,
		.transaction_id = request->transaction_id,
		.start_column = request->start_column,
		.end_column = request->end_column,
		.no_version_text = "No version condition is specified.",
	};

	if (request->has_filter)
		shared.filter = (struct ots_bytes){request->filter.data, request->filter.len};
	range->backward = request->direction == OTS__WIRE__DIRECTION__BACKWARD;
	range->limit = OTS_LIMIT_RANGE_ROWS;
	if (!ots_check_table_name(request->table_name, call->fault) ||
	    !check_direction(call, request) ||
	    !ots_read_selection(call, &shared, &range->selection))
		return false;
	range->selection.cuts_key =
		request->has_return_entire_primary_keys && !request->return_entire_primary_keys;
	if (!request->has_limit)
		return true;
	if (request->limit <= 0)
		return ots_refuse(call->fault, OTS_FAULT_PARAMETER,
				  "The limit must be greater than 0.");
	if ((size_t)request->limit < range->limit)
		range->limit = (size_t)request->limit;
	return true;
}

static bool read_bound(struct ots_call *call, ProtobufCBinaryData bytes, struct ots_wire_row *key)
{
	if (!ots_read_key(call, (struct ots_bytes){bytes.data, bytes.len}, key))
		return false;
	for (size_t i = 0; i < key->key_count; i++) {
		const struct ots_wire_cell *cell = &key->key[i];
		const bool end = cell->has_value && (cell->value.kind == OTS_VT_INF_MIN ||
						     cell->value.kind == OTS_VT_INF_MAX);

		if (!end && !ots_check_key_value(cell, call->fault))
			return false;
	}
	return true;
}

static bool read_page(struct ots_call *call, const char *table_name,
		      const struct ots_wire_row *start, const struct ots_wire_row *end,
		      struct range *range)
{
	struct page page = {.call = call, .range = range};
	struct ots_table copy; /* for the reply, after the lock */
	bool good = false;

	ots_arena_init(&page.row_arena, call->arena.cap_bytes);
	ots_buffer_init(&page.rows, ots_engine_reply_max_bytes);
	ots_buffer_init(&page.next, OTS_KEY_ENCODED_MAX_BYTES);
	(void)pthread_mutex_lock(&call->engine->mutex);
	page.table = ots_call_table_locked(call, table_name);
	if (page.table != NULL) {
		copy = *page.table;
		good = encode_bounds(call, page.table, start, end, range) &&
		       scan_locked(call, &page);
		page.table = &copy;
	}
	(void)pthread_mutex_unlock(&call->engine->mutex);
	good = good && reply(&page);
	ots_arena_release(&page.row_arena);
	ots_buffer_release(&page.rows);
	ots_buffer_release(&page.next);
	return good;
}

bool ots_call_get_range(struct ots_call *call)
{
	const Ots__Wire__GetRangeRequest *request = ots__wire__get_range_request__unpack(
		&call->allocator, call->body.len, call->body.at);
	struct ots_wire_row start, end;
	struct range range;

	if (request == NULL)
		return ots_call_bad_message(call);
	return read_request(call, request, &range) &&
	       read_bound(call, request->inclusive_start_primary_key, &start) &&
	       read_bound(call, request->exclusive_end_primary_key, &end) &&
	       read_page(call, request->table_name, &start, &end, &range);
}
