/* ComputeSplitPointsBySize: keys of rows of the table, at each of which about as many stored bytes
 * have gone by as were asked for. Source: tablestore-protocol 2.5. */
#include "read.h"

#define DEFAULT_UNIT_BYTES (INT64_C(100) * 1024 * 1024)
/* What is looked at before other calls have their turn. */
#define TURN_ROWS 20000
#define TURN_BYTES ((size_t)64 * 1024 * 1024)
/* More split points than this have no use and would only fill memory. */
#define POINTS_MAX ((size_t)100 * 1000)

struct splits {
	struct ots_call *call;
	uint64_t size_bytes; /* of a range */
	size_t limit;
	struct ots_bytes *points; /* keys as the storage orders them; the call's arena */
	size_t count;
	size_t capacity;
	uint64_t range_bytes; /* gone by since the last split point */
	struct ots_buffer at; /* where to go on */
	size_t turn_rows;     /* looked at in this turn */
	size_t turn_bytes;
	bool finished;
	bool failed;
};

static bool add_point(struct splits *splits, struct ots_bytes key)
{
	struct ots_arena *arena = &splits->call->arena;
	struct ots_bytes *points = splits->points;

	if (splits->count == splits->capacity) {
		const size_t capacity = splits->capacity == 0 ? 64 : splits->capacity * 2;

		points = ots_arena_alloc(arena, capacity * sizeof *points);
		if (points == NULL)
			return ots_call_no_memory(splits->call->fault);
		for (size_t i = 0; i < splits->count; i++)
			points[i] = splits->points[i];
		splits->points = points;
		splits->capacity = capacity;
	}
	key.at = ots_arena_copy(arena, key.at, key.len);
	points[splits->count++] = key;
	return key.at != NULL || ots_call_no_memory(splits->call->fault);
}

/* One row of the scan. @return false: enough for this turn, enough points, or failed */
static bool take_row(void *arg, struct ots_bytes key, struct ots_bytes blob)
{
	struct splits *splits = arg;
	const size_t bytes = key.len + blob.len;

	if (splits->turn_rows == TURN_ROWS || splits->turn_bytes >= TURN_BYTES) {
		splits->finished = false;
		splits->at.len = 0;
		splits->failed = !ots_buffer_put(&splits->at, key.at, key.len) &&
				 !ots_call_no_memory(splits->call->fault);
		return false;
	}
	if (splits->range_bytes >= splits->size_bytes) {
		if (splits->count == splits->limit)
			return false;
		if (!add_point(splits, key)) {
			splits->failed = true;
			return false;
		}
		splits->range_bytes = 0;
	}
	splits->range_bytes += bytes;
	splits->turn_rows++;
	splits->turn_bytes += bytes;
	return true;
}

/* The bounds of the whole table, as the storage orders keys. */
static bool put_bound(const struct ots_table *table, enum ots_variant kind, struct ots_buffer *out)
{
	const struct ots_wire_value bound = {.kind = kind};

	out->len = 0;
	for (size_t i = 0; i < table->key_count; i++)
		if (!ots_key_put(out, &bound))
			return false;
	return true;
}

static bool turn_locked(struct splits *splits, const struct ots_table *table,
			const struct ots_buffer *end)
{
	const struct ots_storage *storage = &splits->call->engine->locked.storage;
	const struct ots_scan scan = {.table_id = table->id,
				      .start = {splits->at.bytes, splits->at.len},
				      .end = {end->bytes, end->len}};
	struct ots_error err = {.status = OTS_OK};

	splits->finished = true;
	splits->turn_rows = splits->turn_bytes = 0;
	if (storage->ops->scan(storage->self, &scan, take_row, splits, &err) != OTS_OK)
		return ots_refuse_error(splits->call->fault, &err);
	return !splits->failed;
}

/* The table may go between two turns, and another of its name may come: that is then a new one.
 * @param table  the table that was looked at */
static bool scan(struct splits *splits, const char *name, struct ots_table *table)
{
	struct ots_call *call = splits->call;
	struct ots_buffer end;
	bool good = true;

	ots_buffer_init(&end, OTS_KEY_ENCODED_MAX_BYTES);
	table->id = -1;
	while (good && !splits->finished) { /* ends: each turn goes on by TURN_ROWS rows or ends */
		const struct ots_table *now;

		(void)pthread_mutex_lock(&call->engine->mutex);
		now = ots_call_table_locked(call, name);
		good = now != NULL;
		if (good && now->id != table->id) {
			*table = *now;
			splits->count = 0;
			splits->range_bytes = 0;
			good = (put_bound(table, OTS_VT_INF_MIN, &splits->at) &&
				put_bound(table, OTS_VT_INF_MAX, &end)) ||
			       ots_call_no_memory(call->fault);
		}
		good = good && turn_locked(splits, now, &end);
		(void)pthread_mutex_unlock(&call->engine->mutex);
	}
	ots_buffer_release(&end);
	return good;
}

struct key_schema {
	Ots__Wire__PrimaryKeySchema column[OTS_KEY_COLUMNS_MAX];
	Ots__Wire__PrimaryKeySchema *list[OTS_KEY_COLUMNS_MAX];
};

static void fill_schema(struct ots_table *table, struct key_schema *schema)
{
	for (size_t i = 0; i < table->key_count; i++) {
		struct ots_table_key *from = &table->key[i];
		Ots__Wire__PrimaryKeySchema *to = &schema->column[i];

		ots__wire__primary_key_schema__init(to);
		to->name = from->name;
		to->type = from->kind == OTS_VT_INTEGER  ? OTS__WIRE__PRIMARY_KEY_TYPE__INTEGER
			   : from->kind == OTS_VT_STRING ? OTS__WIRE__PRIMARY_KEY_TYPE__STRING
							 : OTS__WIRE__PRIMARY_KEY_TYPE__BINARY;
		to->has_option = from->auto_increment;
		to->option = OTS__WIRE__PRIMARY_KEY_OPTION__AUTO_INCREMENT;
		schema->list[i] = to;
	}
}

static bool fill_points(const struct splits *splits, const struct ots_table *table,
			ProtobufCBinaryData *out)
{
	struct ots_call *call = splits->call;

	for (size_t i = 0; i < splits->count; i++) {
		struct ots_wire_row row;

		if (!ots_read_take_key(table, splits->points[i], &call->arena, &row, call->fault) ||
		    !ots_call_encode_row(call, &row, &out[i].data, &out[i].len))
			return false;
	}
	return true;
}

static bool reply(struct splits *splits, struct ots_table *table)
{
	struct ots_call *call = splits->call;
	Ots__Wire__ComputeSplitPointsBySizeResponse response =
		OTS__WIRE__COMPUTE_SPLIT_POINTS_BY_SIZE_RESPONSE__INIT;
	Ots__Wire__ConsumedCapacity consumed = OTS__WIRE__CONSUMED_CAPACITY__INIT;
	Ots__Wire__CapacityUnit unit = OTS__WIRE__CAPACITY_UNIT__INIT;
	Ots__Wire__SplitLocation location = OTS__WIRE__SPLIT_LOCATION__INIT;
	Ots__Wire__SplitLocation *locations[] = {&location};
	ProtobufCBinaryData *points = ots_arena_alloc(&call->arena, splits->count * sizeof *points);
	struct key_schema schema;
	char nowhere[] = ""; /* "not told" */

	if (points == NULL)
		return ots_call_no_memory(call->fault);
	if (!fill_points(splits, table, points))
		return false;
	fill_schema(table, &schema);
	unit.has_read = unit.has_write = 1;
	unit.read = 1; /* it looks at sizes, not at data */
	consumed.capacity_unit = &unit;
	location.location = nowhere;
	location.repeat = (int64_t)splits->count + 1;
	response.consumed = &consumed;
	response.n_schema = table->key_count;
	response.schema = schema.list;
	response.n_split_points = splits->count;
	response.split_points = points;
	response.n_locations = 1;
	response.locations = locations;
	return ots_call_reply(call, &response.base);
}

static bool read_request(struct ots_call *call,
			 const Ots__Wire__ComputeSplitPointsBySizeRequest *request,
			 struct splits *splits)
{
	const int64_t unit = request->has_split_size_unit_in_byte ? request->split_size_unit_in_byte
								  : DEFAULT_UNIT_BYTES;
	int64_t bytes;

	if (!ots_check_table_name(request->table_name, call->fault))
		return false;
	if (request->split_size <= 0 || unit <= 0)
		return ots_refuse(call->fault, OTS_FAULT_PARAMETER,
				  "The split size must be greater than 0.");
	if (request->has_split_point_limit && request->split_point_limit <= 0)
		return ots_refuse(call->fault, OTS_FAULT_PARAMETER,
				  "The limit of split points must be greater than 0.");
	/* What does not fit is larger than any table: one range. */
	if (__builtin_mul_overflow(request->split_size, unit, &bytes))
		bytes = INT64_MAX;
	splits->size_bytes = (uint64_t)bytes;
	splits->limit = POINTS_MAX;
	if (request->has_split_point_limit && (size_t)request->split_point_limit < splits->limit)
		splits->limit = (size_t)request->split_point_limit;
	return true;
}

bool ots_call_compute_splits(struct ots_call *call)
{
	const Ots__Wire__ComputeSplitPointsBySizeRequest *request =
		ots__wire__compute_split_points_by_size_request__unpack(
			&call->allocator, call->body.len, call->body.at);
	struct splits splits = {.call = call};
	struct ots_table table = {.id = -1};
	bool good;

	if (request == NULL)
		return ots_call_bad_message(call);
	if (!read_request(call, request, &splits))
		return false;
	ots_buffer_init(&splits.at, OTS_KEY_ENCODED_MAX_BYTES);
	good = scan(&splits, request->table_name, &table) && reply(&splits, &table);
	ots_buffer_release(&splits.at);
	return good;
}
