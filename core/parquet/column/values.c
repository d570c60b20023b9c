#include "values.h"

#include <string.h>

#include "../encoding/load.h"

static enum ots_status bad(struct ots_error *err, const char *what)
{
	return ots_fail(err, OTS_CORRUPT, "%s", what);
}

static const char too_few[] = "fewer values than its header says";

void values_release(struct values *v)
{
	room_release(&v->numbers, v->account);
	room_release(&v->places, v->account);
	room_release(&v->out, v->account);
	room_release(&v->previous, v->account);
}

/* Which encodings a type may have. Source: parquet-format, the table at the head of section 2. */
static bool method_for(int32_t type, int32_t encoding, enum method *method)
{
	const bool is_number = type == TYPE_INT32 || type == TYPE_INT64;
	const bool is_bytes = type == TYPE_BYTES;

	switch (encoding) {
	case ENCODING_PLAIN:
		*method = type == TYPE_BOOLEAN ? METHOD_PLAIN_BITS
			  : is_bytes           ? METHOD_PLAIN_BYTES
					       : METHOD_PLAIN_FIXED;
		return true;
	case ENCODING_PLAIN_DICTIONARY:
	case ENCODING_RLE_DICTIONARY: *method = METHOD_DICTIONARY; return true;
	case ENCODING_RLE: *method = METHOD_RLE_BITS; return type == TYPE_BOOLEAN;
	case ENCODING_DELTA_BINARY_PACKED: *method = METHOD_DELTA_NUMBERS; return is_number;
	case ENCODING_DELTA_LENGTH_BYTE_ARRAY: *method = METHOD_DELTA_LENGTHS; return is_bytes;
	case ENCODING_DELTA_BYTE_ARRAY:
		*method = METHOD_DELTA_BYTES;
		return is_bytes || type == TYPE_FIXED;
	case ENCODING_BYTE_STREAM_SPLIT:
		*method = METHOD_SPLIT;
		return is_number || type == TYPE_FLOAT || type == TYPE_DOUBLE || type == TYPE_FIXED;
	default: return false;
	}
}

static enum ots_status unsupported(const struct values *v, int32_t encoding, struct ots_error *err)
{
	static const char *const types[TYPE_COUNT] = {
		"BOOLEAN", "INT32",  "INT64",      "INT96",
		"FLOAT",   "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"};
	const char *word = encoding_word(encoding);

	return ots_fail(err, OTS_UNSUPPORTED, "encoding %s (%d) of type %s is not supported",
			word != NULL ? word : "unknown", (int)encoding, types[v->leaf->type]);
}

/* A byte of width, then the indices. A page of nulls only may have neither. */
static enum ots_status begin_indices(struct values *v, bool has_dictionary, struct ots_error *err)
{
	uint8_t width = 0;

	if (!has_dictionary)
		return bad(err, "coded by a dictionary that the chunk does not have");
	if (v->in.left > 0 && (!ots_u8(&v->in, &width) || width > HYBRID_WIDTH_MAX))
		return bad(err, "dictionary indices wider than 32 bits");
	hybrid_init(&v->hybrid, (struct ots_bytes){v->in.at, v->in.left}, width);
	return OTS_OK;
}

static enum ots_status begin_rle_bits(struct values *v, struct ots_error *err)
{
	uint32_t len = 0;

	if (v->in.left > 0 && (!ots_u32le(&v->in, &len) || len > v->in.left))
		return bad(err, "a length of booleans past the page's end");
	hybrid_init(&v->hybrid, (struct ots_bytes){v->in.at, len}, 1);
	return OTS_OK;
}

static enum ots_status begin_split(struct values *v, struct ots_error *err)
{
	if (v->in.left % v->leaf->width != 0)
		return bad(err, "split streams of unequal length");
	v->total = v->in.left / v->leaf->width;
	v->given = 0;
	return OTS_OK;
}

enum ots_status values_begin(struct values *v, int32_t encoding, struct ots_cursor in,
			     uint32_t dictionary_count, bool has_dictionary, struct ots_error *err)
{
	if (!method_for(v->leaf->type, encoding, &v->method))
		return unsupported(v, encoding, err);
	v->in = in;
	v->bit = 0;
	v->run_max = WINDOW_ENTRIES;
	v->dictionary_count = dictionary_count;
	switch (v->method) {
	case METHOD_PLAIN_FIXED:
	case METHOD_PLAIN_BITS:
	case METHOD_PLAIN_BYTES: return OTS_OK;
	case METHOD_DICTIONARY: return begin_indices(v, has_dictionary, err);
	case METHOD_RLE_BITS: return begin_rle_bits(v, err);
	case METHOD_SPLIT: return begin_split(v, err);
	case METHOD_DELTA_LENGTHS: return values_begin_lengths(v, err);
	case METHOD_DELTA_BYTES: return values_begin_front_coded(v, err);
	case METHOD_DELTA_NUMBERS: break;
	}
	if (in.left == 0)
		v->delta = (struct delta){0}; /* nulls only */
	else if (!delta_init(&v->delta, in))
		return bad(err, "a bad header of deltas");
	return OTS_OK;
}

static enum ots_status read_plain_fixed(struct values *v, uint32_t count, struct value_run *run,
					struct ots_error *err)
{
	struct ots_cursor taken;

	if (!ots_take(&v->in, (size_t)count * v->leaf->width, &taken))
		return bad(err, too_few);
	run->layout = LAYOUT_FIXED;
	run->fixed = taken.at;
	return OTS_OK;
}

static enum ots_status read_plain_bits(struct values *v, uint32_t count, struct value_run *run,
				       struct ots_error *err)
{
	enum ots_status status;

	if (v->bit + count > (uint64_t)v->in.left * 8)
		return bad(err, too_few);
	status = room_reserve(&v->out, v->account, WINDOW_ENTRIES, "booleans", err);
	if (status != OTS_OK)
		return status;
	for (uint32_t i = 0; i < count; i++, v->bit++)
		v->out.bytes[i] = v->in.at[v->bit / 8] >> (v->bit % 8) & 1;
	run->layout = LAYOUT_FIXED;
	run->fixed = v->out.bytes;
	return OTS_OK;
}

const char *values_plain_bytes(struct ots_cursor *in, struct ots_bytes *places, uint32_t count)
{
	const uint8_t *at = in->at;
	size_t left = in->left;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t len;

		if (left < 4)
			return too_few;
		len = load_u32(at);
		if (len > left - 4 || len > INT32_MAX)
			return "a byte array past the page's end";
		places[i] = (struct ots_bytes){at + 4, len};
		at += 4 + (size_t)len;
		left -= 4 + (size_t)len;
	}
	in->offset += in->left - left;
	in->at = at;
	in->left = left;
	return NULL;
}

static enum ots_status read_plain_bytes(struct values *v, uint32_t count, struct value_run *run,
					struct ots_error *err)
{
	struct ots_bytes *places;
	const char *why;
	const enum ots_status status = room_reserve(
		&v->places, v->account, WINDOW_ENTRIES * sizeof *places, "places of values", err);

	if (status != OTS_OK)
		return status;
	places = (struct ots_bytes *)(void *)v->places.bytes;
	why = values_plain_bytes(&v->in, places, count);
	if (why != NULL)
		return bad(err, why);
	run->layout = LAYOUT_BYTES;
	run->bytes = places;
	return OTS_OK;
}

static enum ots_status read_indices(struct values *v, uint32_t count, struct value_run *run,
				    struct ots_error *err)
{
	uint32_t most = 0;
	uint32_t *indices;
	const enum ots_status status =
		room_reserve(&v->out, v->account, WINDOW_ENTRIES * sizeof *indices, "indices", err);

	if (status != OTS_OK)
		return status;
	indices = (uint32_t *)(void *)v->out.bytes;
	if (v->hybrid.width == 0) /* a dictionary of one entry needs no bits to choose */
		memset(indices, 0, count * sizeof *indices);
	else if (hybrid_read_u32(&v->hybrid, indices, count) != count)
		return bad(err, "dictionary indices are damaged or too few");
	for (uint32_t i = 0; i < count; i++)
		most = indices[i] > most ? indices[i] : most;
	if (count > 0 && most >= v->dictionary_count)
		return bad(err, "an index behind the dictionary's end");
	run->layout = LAYOUT_INDICES;
	run->indices = indices;
	return OTS_OK;
}

static enum ots_status read_rle_bits(struct values *v, uint32_t count, struct value_run *run,
				     struct ots_error *err)
{
	const enum ots_status status =
		room_reserve(&v->out, v->account, WINDOW_ENTRIES, "booleans", err);

	if (status != OTS_OK)
		return status;
	if (hybrid_read_u8(&v->hybrid, v->out.bytes, count) != count)
		return bad(err, "booleans are damaged or too few");
	run->layout = LAYOUT_FIXED;
	run->fixed = v->out.bytes;
	return OTS_OK;
}

/* 32-bit values are the low halves: the arithmetic is modulo 2^32 by that. */
static enum ots_status read_numbers(struct values *v, uint32_t count, struct value_run *run,
				    struct ots_error *err)
{
	uint64_t *numbers;
	const enum ots_status status = room_reserve(
		&v->numbers, v->account, WINDOW_ENTRIES * sizeof *numbers, "deltas", err);

	if (status != OTS_OK)
		return status;
	numbers = (uint64_t *)(void *)v->numbers.bytes;
	if (delta_read(&v->delta, numbers, count) != count)
		return bad(err, "deltas are damaged or too few");
	if (v->leaf->width == 4) {
		for (uint32_t i = 0; i < count; i++) {
			const uint32_t low = (uint32_t)numbers[i];

			memcpy(v->numbers.bytes + (size_t)i * 4, &low, 4);
		}
	}
	run->layout = LAYOUT_FIXED;
	run->fixed = v->numbers.bytes;
	return OTS_OK;
}

/* Stream j holds byte j of every value. */
static enum ots_status read_split(struct values *v, uint32_t count, struct value_run *run,
				  struct ots_error *err)
{
	const size_t width = v->leaf->width;
	enum ots_status status;

	if (count > v->total - v->given)
		return bad(err, too_few);
	status = room_reserve(&v->out, v->account, count * width, "split values", err);
	if (status != OTS_OK)
		return status;
	for (size_t j = 0; j < width; j++) {
		const uint8_t *from = v->in.at + j * v->total + v->given;
		uint8_t *to = v->out.bytes + j;

		for (uint32_t i = 0; i < count; i++)
			to[i * width] = from[i];
	}
	v->given += count;
	run->layout = LAYOUT_FIXED;
	run->fixed = v->out.bytes;
	return OTS_OK;
}

enum ots_status values_read(struct values *v, uint32_t count, struct value_run *run,
			    struct ots_error *err)
{
	run->count = count;
	switch (v->method) {
	case METHOD_PLAIN_FIXED: return read_plain_fixed(v, count, run, err);
	case METHOD_PLAIN_BITS: return read_plain_bits(v, count, run, err);
	case METHOD_PLAIN_BYTES: return read_plain_bytes(v, count, run, err);
	case METHOD_DICTIONARY: return read_indices(v, count, run, err);
	case METHOD_RLE_BITS: return read_rle_bits(v, count, run, err);
	case METHOD_DELTA_NUMBERS: return read_numbers(v, count, run, err);
	case METHOD_DELTA_LENGTHS: return values_read_lengths(v, count, run, err);
	case METHOD_DELTA_BYTES: return values_read_front_coded(v, count, run, err);
	case METHOD_SPLIT: break;
	}
	return read_split(v, count, run, err);
}

const char *values_end(const struct values *v)
{
	if (v->method == METHOD_SPLIT && v->given != v->total)
		return "more split values than its levels say";
	return NULL;
}
