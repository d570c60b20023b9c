#include "plainbuffer_read.h"

#include <inttypes.h>
#include <string.h>

enum ots_status ots_pb_cut_short(const struct ots_cursor *in, const char *part,
				 struct ots_error *err)
{
	return ots_fail_at(err, OTS_CORRUPT, 0, in->offset,
			   "PlainBuffer: %s cut short, %zu bytes are left", part, in->left);
}

bool ots_pb_next_is(const struct ots_cursor *in, enum tag tag)
{
	return in->left > 0 && in->at[0] == (uint8_t)tag;
}

bool ots_pb_take_tag(struct ots_cursor *in, enum tag tag)
{
	struct ots_cursor byte;

	return ots_pb_next_is(in, tag) && ots_take(in, 1, &byte);
}

enum ots_status ots_pb_expect_tag(struct ots_cursor *in, enum tag tag, const char *part,
				  struct ots_error *err)
{
	if (ots_pb_take_tag(in, tag))
		return OTS_OK;
	if (in->left == 0)
		return ots_pb_cut_short(in, part, err);
	return ots_fail_at(err, OTS_CORRUPT, 0, in->offset,
			   "PlainBuffer: expected %s (tag 0x%02x), found 0x%02x", part,
			   (unsigned)tag, (unsigned)in->at[0]);
}

static bool take_blob(struct ots_cursor *in, struct ots_bytes *bytes)
{
	struct ots_cursor taken;
	uint32_t len;

	if (!ots_u32le(in, &len) || !ots_take(in, len, &taken))
		return false;
	*bytes = (struct ots_bytes){taken.at, taken.left};
	return true;
}

/* Leaves `in` anywhere when it fails. */
static bool take_variant(struct ots_cursor *in, struct ots_wire_value *value)
{
	uint64_t bits;
	uint8_t kind, byte;

	if (!ots_u8(in, &kind))
		return false;
	switch (kind) {
	case OTS_VT_INTEGER:
	case OTS_VT_DOUBLE:
		if (!ots_u64le(in, &bits))
			return false;
		if (kind == OTS_VT_INTEGER)
			value->as.integer = (int64_t)bits;
		else
			memcpy(&value->as.real, &bits, sizeof bits);
		break;
	case OTS_VT_BOOLEAN:
		if (!ots_u8(in, &byte) || byte > 1)
			return false;
		value->as.boolean = byte == 1;
		break;
	case OTS_VT_STRING:
	case OTS_VT_BLOB:
		if (!take_blob(in, &value->as.bytes))
			return false;
		break;
	case OTS_VT_NULL:
	case OTS_VT_INF_MIN:
	case OTS_VT_INF_MAX:
	case OTS_VT_AUTO_INCREMENT: break;
	default: return false;
	}
	value->kind = (enum ots_variant)kind;
	return true;
}

bool ots_plainbuffer_take_value(struct ots_cursor *in, struct ots_wire_value *value)
{
	struct ots_cursor at = *in;
	struct ots_wire_value taken = {.kind = OTS_VT_NULL};

	if (!take_variant(&at, &taken))
		return false;
	*in = at;
	*value = taken;
	return true;
}

/* The variant behind CELL_VALUE, which must fill its outer length to the byte. */
static enum ots_status take_cell_value(struct ots_cursor *in, struct ots_wire_cell *cell,
				       uint8_t *crc, struct ots_error *err)
{
	const uint64_t start = in->offset;
	struct ots_cursor inside, rest;
	uint32_t len;

	if (!ots_u32le(in, &len) || !ots_take(in, len, &inside))
		return ots_pb_cut_short(in, "value", err);
	rest = inside;
	if (!take_variant(&rest, &cell->value))
		return ots_fail_at(err, OTS_CORRUPT, 0, start,
				   "PlainBuffer: value of %" PRIu32 " bytes does not decode", len);
	if (rest.left != 0)
		return ots_fail_at(err, OTS_CORRUPT, 0, start,
				   "PlainBuffer: value of %zu bytes in a length of %" PRIu32,
				   inside.left - rest.left, len);
	cell->has_value = true;
	*crc = ots_crc8(*crc, inside.at, inside.left);
	return OTS_OK;
}

/* Operation, then timestamp on the wire; timestamp, then operation in the checksum (3.6). */
static enum ots_status take_cell_change(struct ots_cursor *in, struct ots_wire_cell *cell,
					uint8_t *crc, struct ots_error *err)
{
	uint64_t timestamp;
	uint8_t op = 0;

	if (ots_pb_take_tag(in, TAG_CELL_TYPE)) {
		if (!ots_u8(in, &op))
			return ots_pb_cut_short(in, "cell operation", err);
		if (op != OTS_WIRE_DELETE_ALL && op != OTS_WIRE_DELETE_ONE &&
		    op != OTS_WIRE_INCREMENT)
			return ots_fail_at(err, OTS_CORRUPT, 0, in->offset - 1,
					   "PlainBuffer: unknown cell operation %u", (unsigned)op);
		cell->op = (enum ots_wire_cell_op)op;
	}
	if (ots_pb_take_tag(in, TAG_CELL_TIMESTAMP)) {
		const struct ots_cursor at = *in;

		if (!ots_u64le(in, &timestamp))
			return ots_pb_cut_short(in, "timestamp", err);
		cell->has_timestamp = true;
		cell->timestamp = (int64_t)timestamp;
		*crc = ots_crc8(*crc, at.at, 8);
	}
	if (cell->op != OTS_WIRE_PUT)
		*crc = ots_crc8(*crc, &op, 1);
	return OTS_OK;
}

enum ots_status ots_pb_check_crc(struct ots_cursor *in, uint8_t expected, const char *part,
				 struct ots_error *err)
{
	uint8_t found;

	if (!ots_u8(in, &found))
		return ots_pb_cut_short(in, part, err);
	if (found != expected)
		return ots_fail_at(err, OTS_CORRUPT, 0, in->offset - 1,
				   "PlainBuffer: %s is 0x%02x, computed 0x%02x", part,
				   (unsigned)found, (unsigned)expected);
	return OTS_OK;
}

enum ots_status ots_pb_take_cell(struct ots_cursor *in, struct ots_wire_cell *cell,
				 uint8_t *row_crc, struct ots_error *err)
{
	enum ots_status status;
	uint8_t crc;

	*cell = (struct ots_wire_cell){.op = OTS_WIRE_PUT};
	status = ots_pb_expect_tag(in, TAG_CELL, "cell", err);
	if (status == OTS_OK)
		status = ots_pb_expect_tag(in, TAG_CELL_NAME, "cell name", err);
	if (status != OTS_OK)
		return status;
	if (!take_blob(in, &cell->name))
		return ots_pb_cut_short(in, "cell name", err);
	crc = ots_crc8(0, cell->name.at, cell->name.len);
	if (ots_pb_take_tag(in, TAG_CELL_VALUE))
		status = take_cell_value(in, cell, &crc, err);
	if (status == OTS_OK)
		status = take_cell_change(in, cell, &crc, err);
	if (status == OTS_OK)
		status = ots_pb_expect_tag(in, TAG_CELL_CHECKSUM, "cell checksum", err);
	if (status == OTS_OK)
		status = ots_pb_check_crc(in, crc, "cell checksum", err);
	*row_crc = ots_crc8(*row_crc, &crc, 1);
	return status;
}
