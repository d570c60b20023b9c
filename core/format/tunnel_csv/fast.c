#include "fast.h"

#include <string.h>

#include <otsfs/format/records.h>
#include <otsfs/text/number.h>

/* A quoted integer and its closing quotes. */
static bool take_integer(struct in *in, int64_t *out)
{
	const uint8_t *const start = in->at;
	const bool negative = in->at < in->end && *in->at == '-';

	in->at += negative;
	if (!take_digits(in, out))
		return false;
	if (at_digit(in)) { /* 19 digits may not fit */
		while (at_digit(in))
			in->at++;
		if (!ots_parse_i64((struct ots_bytes){start, (size_t)(in->at - start)}, out))
			return false;
	} else if (negative) {
		*out = -*out;
	}
	return TAKE(in, "\"\"");
}

/* A bare number; the words for what is not finite are rare and go the general way. */
static bool take_double(struct in *in, double *out)
{
	struct ots_bytes text;
	bool integral;

	return tunnel_fast_number(in, &text, &integral) && ots_parse_double(text, out);
}

static bool take_binary(struct tunnel_decoder *d, struct in *in, struct ots_bytes *out)
{
	struct ots_json_text text;

	return take_string(in, &text) && tunnel_fast_base64(d, &text, out);
}

static bool take_boolean(struct in *in, bool *out)
{
	*out = TAKE(in, "true");
	return *out || TAKE(in, "false");
}

/* From behind `""type"":""` to behind the value. */
static inline bool take_value(struct tunnel_decoder *d, struct in *in, struct ots_value *out)
{
	if (in->at == in->end)
		return false;
	switch (*in->at) {
	case 'S':
		out->type = OTS_STRING;
		return TAKE(in, "STRING\"\",\"\"value\"\":\"\"") &&
		       take_text(d, in, &out->as.bytes);
	case 'I':
		out->type = OTS_INTEGER;
		return TAKE(in, "INTEGER\"\",\"\"value\"\":\"\"") &&
		       take_integer(in, &out->as.integer);
	case 'D':
		out->type = OTS_DOUBLE;
		return TAKE(in, "DOUBLE\"\",\"\"value\"\":") && take_double(in, &out->as.real);
	case 'B': break;
	default: return false;
	}
	if (TAKE(in, "BINARY\"\",\"\"value\"\":\"\"")) {
		out->type = OTS_BINARY;
		return take_binary(d, in, &out->as.bytes);
	}
	out->type = OTS_BOOLEAN;
	return TAKE(in, "BOOLEAN\"\",\"\"value\"\":") && take_boolean(in, &out->as.boolean);
}

static bool key_type(enum ots_type type)
{
	return type == OTS_STRING || type == OTS_INTEGER || type == OTS_BINARY;
}

static bool name_is_new(const struct ots_record *record, struct ots_bytes name)
{
	for (size_t i = 0; i < record->key_count; i++)
		if (record->key[i].name.len == name.len &&
		    memcmp(record->key[i].name.at, name.at, name.len) == 0)
			return false;
	return true;
}

/* The flat spelling's type and value, or the SDK's box, and the brace behind it. */
static bool take_key_value(struct tunnel_decoder *d, struct in *in, struct ots_value *out)
{
	bool has_value;

	if (TAKE(in, ",\"\"type\"\":\"\""))
		return take_value(d, in, out) && TAKE(in, "}");
	return TAKE(in, ",\"\"value\"\":{") && tunnel_fast_box(d, in, out, &has_value) &&
	       has_value && tunnel_fast_size(in) && TAKE(in, "}");
}

/* From the field's opening quote to behind its closing one. */
static bool take_key(struct tunnel_decoder *d, struct in *in)
{
	struct ots_record *const record = d->record;

	if (!TAKE(in, "\"["))
		return false;
	do { /* ends: a fifth column is refused */
		struct ots_key_column *const column = &record->key[record->key_count];

		if (record->key_count == OTS_KEY_COLUMNS_MAX || !TAKE(in, "{\"\"name\"\":\"\"") ||
		    !take_name(d, in, &column->name) || !name_is_new(record, column->name) ||
		    !take_key_value(d, in, &column->value) || !key_type(column->value.type))
			return false;
		record->key_count++;
	} while (TAKE(in, ","));
	return TAKE(in, "]\"");
}

static inline bool take_version(struct in *in, struct ots_cell *cell)
{
	cell->has_version = TAKE(in, ",\"\"timestamp\"\":\"\"");
	return cell->has_version && take_digits(in, &cell->version) && TAKE(in, "\"\"}");
}

/* A cell's end: its version, which only base rows may lack. */
static inline bool take_put_end(struct tunnel_decoder *d, struct in *in, struct ots_cell *cell)
{
	if (take_version(in, cell))
		return true;
	return !cell->has_version && d->record->ts_us == OTS_TS_BASE && TAKE(in, "}");
}

static bool take_cell(struct tunnel_decoder *d, struct in *in)
{
	struct ots_cell *const cell = tunnel_cell_add(d);

	if (cell == NULL)
		return false;
	if (!TAKE(in, "{\"\"columnType\"\":\"\""))
		return TAKE(in, "{\"\"column\"\":{\"\"name\"\":\"\"") &&
		       tunnel_fast_boxed_cell(d, in, cell);
	cell->has_version = false;
	cell->version = 0;
	if (TAKE(in, "PUT\"\",\"\"name\"\":\"\"")) {
		cell->action = OTS_CELL_PUT;
		return d->record->op != OTS_DELETE && take_name(d, in, &cell->name) &&
		       TAKE(in, ",\"\"type\"\":\"\"") && take_value(d, in, &cell->value) &&
		       take_put_end(d, in, cell);
	}
	cell->value = (struct ots_value){.type = OTS_STRING};
	if (TAKE(in, "DELETE_ONE_VERSION\"\",\"\"name\"\":\"\"")) {
		cell->action = OTS_CELL_DELETE_VERSION;
		return take_name(d, in, &cell->name) && take_version(in, cell);
	}
	cell->action = OTS_CELL_DELETE_ALL;
	return TAKE(in, "DELETE_ALL_VERSION\"\",\"\"name\"\":\"\"") &&
	       take_name(d, in, &cell->name) && TAKE(in, "}");
}

static bool take_cells(struct tunnel_decoder *d, struct in *in)
{
	if (TAKE(in, "[]"))
		return true;
	if (!TAKE(in, "\"["))
		return false;
	do { /* ends: each turn takes bytes */
		if (!take_cell(d, in))
			return false;
	} while (TAKE(in, ","));
	if (d->record->op == OTS_DELETE)
		d->record->cell_count = 0;
	return TAKE(in, "]\"");
}

static bool take_op(struct in *in, enum ots_op *op)
{
	if (TAKE(in, ",PUT,"))
		*op = OTS_PUT;
	else if (TAKE(in, ",UPDATE,"))
		*op = OTS_UPDATE;
	else if (TAKE(in, ",DELETE,"))
		*op = OTS_DELETE;
	else
		return false;
	return true;
}

size_t tunnel_fast(struct tunnel_decoder *d, struct ots_bytes bytes)
{
	struct in in = {bytes.at, bytes.at + bytes.len};
	size_t used;

	if (!take_digits(&in, &d->record->ts_us) || !take_op(&in, &d->record->op) ||
	    !take_key(d, &in) || !TAKE(&in, ",") || !take_cells(d, &in))
		return 0;
	(void)TAKE(&in, "\r");
	if (!TAKE(&in, "\n"))
		return 0;
	used = (size_t)(in.at - bytes.at);
	return used <= OTS_FIELD_MAX_BYTES ? used
					   : 0; /* else the general way measures the fields */
}
