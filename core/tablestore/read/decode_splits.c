#include "decode.h"

#include <otsfs/base/bytes.h>

#include "../decode_rows.h"
#include "bound.h"

static enum ots_variant variant_of(int key_type)
{
	switch (key_type) {
	case OTS__WIRE__PRIMARY_KEY_TYPE__INTEGER: return OTS_VT_INTEGER;
	case OTS__WIRE__PRIMARY_KEY_TYPE__STRING: return OTS_VT_STRING;
	case OTS__WIRE__PRIMARY_KEY_TYPE__BINARY: return OTS_VT_BLOB;
	default: return OTS_VT_NULL; /* which no key column is */
	}
}

/* A bound with every column of the key. @return false without memory */
static bool put_bound(const Ots__Wire__ComputeSplitPointsBySizeResponse *from,
		      const struct ots_wire_row *point, enum ots_variant rest,
		      struct ots_splits *splits, struct ots_bytes *out)
{
	struct ots_wire_row row = {.key_count = from->n_schema};
	struct ots_buffer bytes;

	for (size_t i = 0; i < from->n_schema; i++) {
		row.key[i].name = ots_bytes_of(from->schema[i]->name);
		row.key[i].has_value = true;
		row.key[i].value = point != NULL && i < point->key_count
					   ? point->key[i].value
					   : (struct ots_wire_value){.kind = rest};
	}
	ots_buffer_init(&bytes, splits->arena.cap_bytes);
	*out = (struct ots_bytes){NULL, 0};
	if (ots_plainbuffer_put_row(&bytes, &row))
		*out = (struct ots_bytes){ots_arena_copy(&splits->arena, bytes.bytes, bytes.len),
					  bytes.len};
	ots_buffer_release(&bytes);
	return out->at != NULL;
}

/* Columns of the schema, by name and type, or the beginning of them. */
static enum ots_status check_point(const Ots__Wire__ComputeSplitPointsBySizeResponse *from,
				   const struct ots_wire_row *point,
				   const struct ots_wire_row *before, struct ots_error *err)
{
	if (point->key_count > from->n_schema)
		return ots_fail(err, OTS_CORRUPT, "it has %zu columns, the key has %zu",
				point->key_count, from->n_schema);
	for (size_t i = 0; i < point->key_count; i++) {
		const enum ots_variant kind = point->key[i].value.kind;

		if (!ots_bytes_are(point->key[i].name, from->schema[i]->name) ||
		    (kind != variant_of((int)from->schema[i]->type) && kind != OTS_VT_INF_MIN))
			return ots_fail(err, OTS_CORRUPT, "column %zu is not the key's column '%s'",
					i, from->schema[i]->name);
	}
	if (ots_bound_compare(before, point) >= 0)
		return ots_fail(err, OTS_CORRUPT, "it is not above the one before");
	return OTS_OK;
}

static enum ots_status take_points(const Ots__Wire__ComputeSplitPointsBySizeResponse *from,
				   struct ots_splits *splits, struct ots_error *err)
{
	struct ots_wire_row before = {.key_count = 0}; /* below every key */
	struct ots_bytes start;

	if (!put_bound(from, NULL, OTS_VT_INF_MIN, splits, &start))
		return ots_fail(err, OTS_NO_MEMORY, "splits of a table");
	for (size_t i = 0; i < from->n_split_points; i++) {
		const ProtobufCBinaryData bytes = from->split_points[i];
		struct ots_wire_row point;
		enum ots_status status =
			ots_decode_key((struct ots_bytes){bytes.data, bytes.len}, &point, err);

		if (status == OTS_OK)
			status = check_point(from, &point, &before, err);
		if (status != OTS_OK) {
			(void)ots_context(err, "split point %zu of the answer", i);
			return status;
		}
		splits->ranges[i] = (struct ots_split){.start = start};
		if (!put_bound(from, &point, OTS_VT_INF_MIN, splits, &splits->ranges[i].end))
			return ots_fail(err, OTS_NO_MEMORY, "splits of a table");
		start = splits->ranges[i].end;
		before = point; /* its bytes are the answer's, which stays */
	}
	splits->ranges[from->n_split_points] = (struct ots_split){.start = start};
	if (!put_bound(from, NULL, OTS_VT_INF_MAX, splits,
		       &splits->ranges[from->n_split_points].end))
		return ots_fail(err, OTS_NO_MEMORY, "splits of a table");
	return OTS_OK;
}

/* Locations are run-length coded over the ranges. */
static enum ots_status take_locations(const Ots__Wire__ComputeSplitPointsBySizeResponse *from,
				      struct ots_splits *splits, struct ots_error *err)
{
	size_t at = 0;

	for (size_t i = 0; i < from->n_locations; i++) {
		const Ots__Wire__SplitLocation *location = from->locations[i];
		struct ots_bytes name = ots_bytes_of(location->location);

		if (location->repeat < 0 || (uint64_t)location->repeat > splits->count - at)
			return ots_fail(err, OTS_CORRUPT,
					"location %zu of the answer is that of %lld ranges, of "
					"which %zu are left",
					i, (long long)location->repeat, splits->count - at);
		name.at = ots_arena_copy(&splits->arena, name.at, name.len);
		if (name.at == NULL)
			return ots_fail(err, OTS_NO_MEMORY, "splits of a table");
		for (int64_t n = 0; n < location->repeat; n++) /* ends: at most the ranges left */
			splits->ranges[at++].location = name;
	}
	return OTS_OK;
}

static enum ots_status take_splits(const Ots__Wire__ComputeSplitPointsBySizeResponse *from,
				   struct ots_splits *splits, struct ots_error *err)
{
	enum ots_status status;

	splits->count = 0;
	if (from->n_schema == 0 || from->n_schema > OTS_KEY_COLUMNS_MAX)
		return ots_fail(err, OTS_CORRUPT, "the answer's key has %zu columns",
				from->n_schema);
	/* Each split point took two bytes of the body at least: the product cannot wrap. */
	splits->ranges = ots_arena_alloc(&splits->arena,
					 (from->n_split_points + 1) * sizeof *splits->ranges);
	if (splits->ranges == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "splits of a table");
	status = take_points(from, splits, err);
	if (status != OTS_OK)
		return status;
	splits->count = from->n_split_points + 1;
	status = take_locations(from, splits, err);
	if (status != OTS_OK)
		splits->count = 0;
	return status;
}

enum ots_status ots_decode_splits(struct ots_bytes body, struct ots_splits *splits,
				  struct ots_capacity *consumed, struct ots_error *err)
{
	Ots__Wire__ComputeSplitPointsBySizeResponse *from;
	ProtobufCAllocator allocator;
	struct ots_arena arena;
	enum ots_status status;

	ots_arena_init(&arena, ots_wire_arena_cap(body.len));
	allocator = ots_wire_allocator(&arena);
	from = ots__wire__compute_split_points_by_size_response__unpack(&allocator, body.len,
									body.at);
	if (from == NULL) {
		status = ots_fail(err, OTS_CORRUPT,
				  "%zu bytes are no ComputeSplitPointsBySizeResponse", body.len);
		goto out;
	}
	if (consumed != NULL)
		*consumed = ots_decoded_capacity(from->consumed);
	status = take_splits(from, splits, err);
out:
	ots_arena_release(&arena);
	return status;
}
