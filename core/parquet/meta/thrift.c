#include "thrift.h"

#include "../varint.h"

bool thrift_element_i64(struct ots_cursor *in, int64_t *out)
{
	uint64_t n;

	if (!zigzag_take(in, &n))
		return false;
	*out = (int64_t)n;
	return true;
}

bool thrift_element_binary(struct ots_cursor *in, struct ots_bytes *out)
{
	struct ots_cursor bytes;
	uint64_t len;

	if (!varint_take(in, &len) || len > in->left || !ots_take(in, (size_t)len, &bytes))
		return false;
	*out = (struct ots_bytes){bytes.at, bytes.left};
	return true;
}

bool thrift_element_bool(struct ots_cursor *in, bool *out)
{
	uint8_t byte;

	if (!ots_u8(in, &byte) || byte > THRIFT_FALSE)
		return false;
	*out = byte == THRIFT_TRUE;
	return true;
}

static bool fail(struct thrift *t, const char *why)
{
	if (t->why == NULL)
		t->why = why;
	return false;
}

static const char cut_short[] = "cut short";
static const char bad_number[] = "a number is cut short or too long";

bool thrift_next(struct thrift *t)
{
	uint8_t header;

	if (t->why != NULL)
		return false;
	if (!ots_u8(t->in, &header))
		return fail(t, cut_short);
	t->type = header & 15;
	if (t->type == THRIFT_STOP)
		return header == 0 ? false : fail(t, "a field of no type");
	if (t->type > THRIFT_UUID)
		return fail(t, "a value of an unknown type");
	if (header >> 4 != 0)
		t->id += header >> 4;
	else if (!thrift_element_i64(t->in, &t->id))
		return fail(t, bad_number);
	if (t->id < INT16_MIN - 1 || t->id > INT32_MAX)
		return fail(t, "a field number out of range");
	return true;
}

/* Containers that skip() is inside of. */
struct frame {
	uint8_t first, second; /* types of the elements; of a map key and value in turn */
	bool is_struct;
	uint64_t left; /* elements to come, keys and values each counted */
};

/* Bytes of a type that has no inner structure; 0 for the others. */
static size_t fixed_bytes(uint8_t type, bool in_list)
{
	switch (type) {
	case THRIFT_TRUE:
	case THRIFT_FALSE: return in_list ? 1 : 0;
	case THRIFT_I8: return 1;
	case THRIFT_DOUBLE: return 8;
	case THRIFT_UUID: return 16;
	default: return 0;
	}
}

static bool list_header(struct ots_cursor *in, uint8_t *element, uint64_t *count)
{
	uint8_t header;

	if (!ots_u8(in, &header))
		return false;
	*element = header & 15;
	*count = header >> 4;
	if (*count == 15 && !varint_take(in, count))
		return false;
	return *count <= in->left && *count <= THRIFT_LIST_MAX;
}

static bool map_header(struct ots_cursor *in, struct frame *frame)
{
	uint8_t types;
	uint64_t count;

	if (!varint_take(in, &count) || count > in->left || count > THRIFT_LIST_MAX)
		return false;
	frame->left = 2 * count;
	if (count == 0)
		return true;
	if (!ots_u8(in, &types))
		return false;
	frame->first = types >> 4;
	frame->second = types & 15;
	return frame->first != THRIFT_STOP && frame->second != THRIFT_STOP;
}

/* Pass one value that holds no others. */
static bool skip_plain(struct thrift *t, uint8_t type, bool in_list)
{
	struct ots_cursor bytes;
	struct ots_bytes text;
	uint64_t n;

	switch (type) {
	case THRIFT_I16:
	case THRIFT_I32:
	case THRIFT_I64: return varint_take(t->in, &n) || fail(t, bad_number);
	case THRIFT_BINARY:
		return thrift_element_binary(t->in, &text) || fail(t, "a string past the end");
	default: return ots_take(t->in, fixed_bytes(type, in_list), &bytes) || fail(t, cut_short);
	}
}

/* Step into a container: its frame. */
static bool open_frame(struct thrift *t, uint8_t type, struct frame *frame)
{
	*frame = (struct frame){.is_struct = type == THRIFT_STRUCT};
	if (type == THRIFT_STRUCT)
		return true;
	if (type == THRIFT_MAP)
		return map_header(t->in, frame) || fail(t, "a map of a bad size");
	if (!list_header(t->in, &frame->first, &frame->left))
		return fail(t, "a list of a bad size");
	frame->second = frame->first;
	return frame->left == 0 || frame->first != THRIFT_STOP || fail(t, "a list of no type");
}

/* The type of the next value in a container; STOP at its end. */
static uint8_t next_in(struct thrift *t, struct frame *frame)
{
	if (frame->is_struct) {
		struct thrift inner = thrift_begin(t->in);

		if (thrift_next(&inner))
			return inner.type;
		if (inner.why != NULL)
			(void)fail(t, inner.why);
		return THRIFT_STOP;
	}
	if (frame->left == 0)
		return THRIFT_STOP;
	frame->left--;
	return frame->left % 2 == 1 ? frame->first : frame->second;
}

static bool holds_others(uint8_t type)
{
	return type == THRIFT_LIST || type == THRIFT_SET || type == THRIFT_MAP ||
	       type == THRIFT_STRUCT;
}

void thrift_skip(struct thrift *t)
{
	struct frame frames[THRIFT_DEPTH_MAX];
	size_t depth = 0;
	uint8_t type = t->type;
	bool in_list = false;

	for (;;) { /* ends: each turn consumes bytes, or counts an element that did, or returns */
		if (type == THRIFT_STOP || type > THRIFT_UUID) {
			(void)fail(t, "a value of an unknown type");
		} else if (!holds_others(type)) {
			(void)skip_plain(t, type, in_list);
		} else if (depth == THRIFT_DEPTH_MAX) {
			(void)fail(t, "nested too deep");
		} else if (open_frame(t, type, &frames[depth])) {
			depth++;
		}
		do { /* leave the containers that have ended */
			if (depth == 0 || t->why != NULL)
				return;
			in_list = !frames[depth - 1].is_struct;
			type = next_in(t, &frames[depth - 1]);
		} while (type == THRIFT_STOP && t->why == NULL && depth-- > 0);
		if (t->why != NULL)
			return;
	}
}

bool thrift_i64(struct thrift *t, int64_t *out)
{
	if (t->type < THRIFT_I16 || t->type > THRIFT_I64) {
		thrift_skip(t);
		return false;
	}
	return thrift_element_i64(t->in, out) || fail(t, bad_number);
}

bool thrift_i32(struct thrift *t, int32_t *out)
{
	int64_t n;
	uint8_t byte;

	if (t->type == THRIFT_I8) {
		if (!ots_u8(t->in, &byte))
			return fail(t, cut_short);
		*out = byte < 0x80 ? byte : (int32_t)byte - 0x100;
		return true;
	}
	if (!thrift_i64(t, &n))
		return false;
	if (n < INT32_MIN || n > INT32_MAX)
		return fail(t, "a 32-bit number out of range");
	*out = (int32_t)n;
	return true;
}

bool thrift_bool(struct thrift *t, bool *out)
{
	if (t->type != THRIFT_TRUE && t->type != THRIFT_FALSE) {
		thrift_skip(t);
		return false;
	}
	*out = t->type == THRIFT_TRUE;
	return true;
}

bool thrift_binary(struct thrift *t, struct ots_bytes *out)
{
	if (t->type != THRIFT_BINARY) {
		thrift_skip(t);
		return false;
	}
	return thrift_element_binary(t->in, out) || fail(t, "a string past the end");
}

bool thrift_list(struct thrift *t, uint8_t element, uint32_t *count)
{
	uint64_t n;
	uint8_t type;

	if (t->type != THRIFT_LIST) {
		thrift_skip(t);
		return false;
	}
	if (!list_header(t->in, &type, &n))
		return fail(t, "a list of a bad size");
	if (n > 0 && type != element && !(element == THRIFT_TRUE && type == THRIFT_FALSE))
		return fail(t, "a list of other elements than expected");
	*count = (uint32_t)n;
	return true;
}

bool thrift_struct(struct thrift *t)
{
	if (t->type == THRIFT_STRUCT)
		return true;
	thrift_skip(t);
	return false;
}
