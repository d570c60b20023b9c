/* Byte arrays by their lengths, and by what they share with the value before.
 * Source: parquet-format, sections 2.6 and 2.7. */
#include "values.h"

#include <string.h>

#include <otsfs/base/checked.h>

/* What front-coded values of one window may take when written out, about: the number of values of a
 * window follows from it and from the lengths seen. */
#define WRITTEN_BYTES ((size_t)1024 * 1024)
#define FIRST_RUN 64

static enum ots_status bad(struct ots_error *err, const char *what)
{
	return ots_fail(err, OTS_CORRUPT, "%s", what);
}

/* A stream of deltas at the front of v->in, which moves behind it. */
static bool take_delta(struct values *v, struct delta *delta)
{
	return delta_init(delta, v->in) && delta_end(delta, &v->in);
}

enum ots_status values_begin_lengths(struct values *v, struct ots_error *err)
{
	v->delta = (struct delta){0};
	if (v->in.left > 0 && !take_delta(v, &v->delta))
		return bad(err, "bad lengths of byte arrays");
	return OTS_OK;
}

enum ots_status values_begin_front_coded(struct values *v, struct ots_error *err)
{
	v->delta = (struct delta){0};
	v->suffixes = (struct delta){0};
	v->run_max = FIRST_RUN;
	if (v->in.left == 0)
		return OTS_OK;
	if (!take_delta(v, &v->delta) || !take_delta(v, &v->suffixes))
		return bad(err, "bad lengths of front-coded byte arrays");
	if (v->delta.total != v->suffixes.total)
		return bad(err, "as many prefixes as suffixes are needed");
	if (!v->prefix_from_last_page)
		v->previous_len = 0;
	return OTS_OK;
}

static enum ots_status reserve_places(struct values *v, struct ots_error *err)
{
	return room_reserve(&v->places, v->account, WINDOW_ENTRIES * sizeof(struct ots_bytes),
			    "places of values", err);
}

enum ots_status values_read_lengths(struct values *v, uint32_t count, struct value_run *run,
				    struct ots_error *err)
{
	struct ots_bytes *places;
	uint64_t *lengths;
	enum ots_status status = reserve_places(v, err);

	if (status == OTS_OK)
		status = room_reserve(&v->numbers, v->account, WINDOW_ENTRIES * sizeof *lengths,
				      "lengths", err);
	if (status != OTS_OK)
		return status;
	places = (struct ots_bytes *)(void *)v->places.bytes;
	lengths = (uint64_t *)(void *)v->numbers.bytes;
	if (delta_read(&v->delta, lengths, count) != count)
		return bad(err, "fewer lengths than values");
	for (uint32_t i = 0; i < count; i++) {
		const uint32_t len = (uint32_t)lengths[i];
		struct ots_cursor value;

		if (len > INT32_MAX || !ots_take(&v->in, len, &value))
			return bad(err, "a byte array past the page's end");
		places[i] = (struct ots_bytes){value.at, len};
	}
	run->layout = LAYOUT_BYTES;
	run->bytes = places;
	return OTS_OK;
}

/* Check the lengths of a window, and add them up. prefixes[i] may reach into the value before. */
static const char *measure(const struct values *v, const uint64_t *prefixes,
			   const uint64_t *suffixes, uint32_t count, size_t *total)
{
	uint64_t before = v->previous_len, left = v->in.left;

	*total = 0;
	for (uint32_t i = 0; i < count; i++) {
		const uint32_t prefix = (uint32_t)prefixes[i], suffix = (uint32_t)suffixes[i];

		if (prefix > before)
			return "a prefix longer than the value before";
		if (suffix > left)
			return "a suffix past the page's end";
		before = (uint64_t)prefix + suffix;
		left -= suffix;
		if (v->leaf->type == TYPE_FIXED && before != v->leaf->width)
			return "a value of another length than the column's";
		if (before > INT32_MAX || !ots_size_add(*total, (size_t)before, total))
			return "a byte array above 2 GiB";
	}
	return NULL;
}

/* Write the values out, each from the one before it. Their sum was measured. */
static void expand(struct values *v, const uint64_t *prefixes, const uint64_t *suffixes,
		   uint32_t count, struct ots_bytes *places)
{
	const uint8_t *before = v->previous.bytes;
	uint8_t *to = v->out.bytes;

	for (uint32_t i = 0; i < count; i++) {
		const size_t prefix = (uint32_t)prefixes[i], suffix = (uint32_t)suffixes[i];
		struct ots_cursor rest;

		if (prefix > 0)
			memcpy(to, before, prefix);
		if (ots_take(&v->in, suffix, &rest) && suffix > 0) /* measured: it is there */
			memcpy(to + prefix, rest.at, suffix);
		places[i] = (struct ots_bytes){to, prefix + suffix};
		before = to;
		to += prefix + suffix;
	}
}

static enum ots_status keep_previous(struct values *v, struct ots_bytes last, struct ots_error *err)
{
	const enum ots_status status =
		room_reserve(&v->previous, v->account, last.len, "a front-coded value", err);

	if (status != OTS_OK)
		return status;
	if (last.len > 0)
		memcpy(v->previous.bytes, last.at, last.len);
	v->previous_len = last.len;
	return OTS_OK;
}

enum ots_status values_read_front_coded(struct values *v, uint32_t count, struct value_run *run,
					struct ots_error *err)
{
	uint64_t *prefixes, *suffixes;
	struct ots_bytes *places;
	size_t total;
	const char *why;
	enum ots_status status = reserve_places(v, err);

	if (status == OTS_OK)
		status = room_reserve(&v->numbers, v->account,
				      2 * WINDOW_ENTRIES * sizeof *prefixes, "lengths", err);
	if (status != OTS_OK)
		return status;
	places = (struct ots_bytes *)(void *)v->places.bytes;
	prefixes = (uint64_t *)(void *)v->numbers.bytes;
	suffixes = prefixes + WINDOW_ENTRIES;
	if (delta_read(&v->delta, prefixes, count) != count ||
	    delta_read(&v->suffixes, suffixes, count) != count)
		return bad(err, "fewer lengths than values");
	why = measure(v, prefixes, suffixes, count, &total);
	if (why != NULL)
		return bad(err, why);
	status = room_reserve(&v->out, v->account, total, "front-coded values", err);
	if (status != OTS_OK)
		return status;
	expand(v, prefixes, suffixes, count, places);
	if (count > 0) {
		v->run_max = WRITTEN_BYTES / (total / count + 1);
		v->run_max = v->run_max < 1 ? 1 : v->run_max;
		status = keep_previous(v, places[count - 1], err);
	}
	run->layout = v->leaf->type == TYPE_FIXED ? LAYOUT_FIXED : LAYOUT_BYTES;
	run->fixed = v->out.bytes;
	run->bytes = places;
	return status;
}
