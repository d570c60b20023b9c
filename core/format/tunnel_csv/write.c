#include <otsfs/format/tunnel_csv.h>

#include <math.h>
#include <string.h>

#include <otsfs/text/base64.h>
#include <otsfs/text/number.h>
#include <otsfs/text/plain.h>
#include <otsfs/text/utf8.h>

/* Source: backup-formats 1.9. JSON is written straight into the quoted field, so every quote here
 * stands doubled; a field of JSON with members always has quotes and is always quoted. */

#define NAN_BITS UINT64_C(0x7ff8000000000000)

static bool put_text(struct ots_buffer *out, const char *text)
{
	return ots_buffer_put(out, text, strlen(text));
}

/* One byte that may not stand plain in a JSON string. */
static bool put_escape(struct ots_buffer *out, uint8_t byte)
{
	static const char hex[] = "0123456789abcdef";
	char escape[] = "\\u0000";

	switch (byte) {
	case '"': return put_text(out, "\\\"\"");
	case '\\': return put_text(out, "\\\\");
	case '\b': return put_text(out, "\\b");
	case '\f': return put_text(out, "\\f");
	case '\n': return put_text(out, "\\n");
	case '\r': return put_text(out, "\\r");
	case '\t': return put_text(out, "\\t");
	default: break;
	}
	escape[4] = hex[byte >> 4];
	escape[5] = hex[byte & 15];
	return put_text(out, escape);
}

/* The inside of a string; bytes above 0x7f as they are. */
static bool put_inside(struct ots_buffer *out, struct ots_bytes text)
{
	const uint8_t *at = text.at;
	const uint8_t *const end = text.len > 0 ? at + text.len : at;

	while (at < end) { /* ends: each turn moves on or returns */
		const uint8_t *const stop = ots_plain_end(at, end);

		if (!ots_buffer_put(out, at, (size_t)(stop - at)))
			return false;
		if (stop < end && !put_escape(out, *stop))
			return false;
		at = stop < end ? stop + 1 : end;
	}
	return true;
}

/* The same for bytes that are not UTF-8: each bad run becomes U+FFFD. */
static bool put_mended(struct ots_buffer *out, struct ots_bytes text)
{
	while (text.len > 0) { /* ends: each turn takes a byte at least */
		size_t n = ots_utf8_length(text);
		bool ok;

		if (n > 0) {
			ok = put_inside(out, (struct ots_bytes){text.at, n});
		} else {
			n = ots_utf8_bad_length(text);
			ok = put_text(out, "\xef\xbf\xbd");
		}
		if (!ok)
			return false;
		text.at += n;
		text.len -= n;
	}
	return true;
}

static bool put_base64(struct ots_buffer *out, struct ots_bytes bytes)
{
	const size_t len = ots_base64_length(bytes.len);

	if (!ots_buffer_reserve(out, len + 1))
		return false;
	if (bytes.len > 0)
		ots_base64_encode(bytes.at, bytes.len, (char *)(out->bytes + out->len));
	out->len += len;
	return true;
}

static bool put_integer(struct ots_buffer *out, int64_t n)
{
	char text[OTS_INTEGER_TEXT_BYTES];

	return ots_buffer_put(out, text, ots_print_i64(n, text));
}

static bool put_string(struct ots_buffer *out, struct ots_bytes text)
{
	if (ots_utf8_valid(text))
		return put_text(out, "\"\"") && put_inside(out, text) && put_text(out, "\"\"");
	return put_text(out, "\"\"") && put_mended(out, text) &&
	       put_text(out, "\"\",\"\"rawData\"\":\"\"") && put_base64(out, text) &&
	       put_text(out, "\"\"");
}

static bool put_nan(struct ots_buffer *out, double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof bits);
	if (bits == NAN_BITS)
		return put_text(out, "\"\"NaN\"\"");
	return put_text(out, "\"\"NaN\"\",\"\"bits\"\":\"\"") &&
	       ots_buffer_printf(out, "%08x%08x", (unsigned)(bits >> 32),
				 (unsigned)(bits & UINT32_MAX)) &&
	       put_text(out, "\"\"");
}

static bool put_double(struct ots_buffer *out, double x)
{
	char text[OTS_DOUBLE_TEXT_BYTES];

	if (isnan(x))
		return put_nan(out, x);
	if (isinf(x))
		return put_text(out, x > 0 ? "\"\"Infinity\"\"" : "\"\"-Infinity\"\"");
	return ots_buffer_put(out, text, ots_print_double(x, text));
}

/* Members `type` and `value`, and what belongs to the value. */
static bool put_value(struct ots_buffer *out, const struct ots_value *value)
{
	if (!put_text(out, ",\"\"type\"\":\"\"") || !put_text(out, ots_type_word(value->type)) ||
	    !put_text(out, "\"\",\"\"value\"\":"))
		return false;
	switch (value->type) {
	case OTS_STRING: return put_string(out, value->as.bytes);
	case OTS_INTEGER:
		return put_text(out, "\"\"") && put_integer(out, value->as.integer) &&
		       put_text(out, "\"\"");
	case OTS_BINARY:
		return put_text(out, "\"\"") && put_base64(out, value->as.bytes) &&
		       put_text(out, "\"\"");
	case OTS_DOUBLE: return put_double(out, value->as.real);
	case OTS_BOOLEAN: break;
	}
	return put_text(out, value->as.boolean ? "true" : "false");
}

/* Names are letters, digits and _ by the service's rules; what a damaged source holds instead goes
 * out byte for byte and reads back as it was. */
static bool put_name(struct ots_buffer *out, struct ots_bytes name)
{
	return put_text(out, "\"\"name\"\":\"\"") && put_inside(out, name) && put_text(out, "\"\"");
}

static bool put_version(struct ots_buffer *out, const struct ots_cell *cell)
{
	return put_text(out, ",\"\"timestamp\"\":\"\"") && put_integer(out, cell->version) &&
	       put_text(out, "\"\"");
}

static bool put_cell(struct ots_buffer *out, const struct ots_cell *cell)
{
	if (!put_text(out, "{\"\"columnType\"\":\"\"") ||
	    !put_text(out, ots_action_word(cell->action)) || !put_text(out, "\"\",") ||
	    !put_name(out, cell->name))
		return false;
	if (cell->action == OTS_CELL_PUT && !put_value(out, &cell->value))
		return false;
	if (cell->action != OTS_CELL_DELETE_ALL && cell->has_version && !put_version(out, cell))
		return false;
	return put_text(out, "}");
}

static bool put_key(struct ots_buffer *out, const struct ots_record *record)
{
	for (size_t i = 0; i < record->key_count; i++) {
		const struct ots_key_column *column = &record->key[i];

		if (!put_text(out, i == 0 ? "\"[{" : ",{") || !put_name(out, column->name) ||
		    !put_value(out, &column->value) || !put_text(out, "}"))
			return false;
	}
	return put_text(out, "]\"");
}

static bool put_cells(struct ots_buffer *out, const struct ots_record *record)
{
	if (record->cell_count == 0)
		return put_text(out, "[]");
	for (size_t i = 0; i < record->cell_count; i++)
		if (!put_text(out, i == 0 ? "\"[" : ",") || !put_cell(out, &record->cells[i]))
			return false;
	return put_text(out, "]\"");
}

/* What four columns cannot say. */
static enum ots_status check(const struct ots_record *record, struct ots_error *err)
{
	if (record->op == OTS_BASE)
		return ots_fail(
			err, OTS_UNSUPPORTED,
			"canonical CSV: no record of op BASE, a row in pieces, can be written");
	if (record->ts_us < OTS_TS_UNKNOWN)
		return ots_fail(err, OTS_UNSUPPORTED, "canonical CSV: a time before 1970");
	for (size_t i = 0; i < record->key_count; i++)
		if (record->key[i].name.len == 0)
			return ots_fail(err, OTS_UNSUPPORTED,
					"canonical CSV: key column %zu has no name", i + 1);
	return OTS_OK;
}

static enum ots_status write_header(struct ots_buffer *out, struct ots_error *err)
{
	static const char header[] = "TimeStamp,RecordType,PrimaryKey,RecordColumns\n";

	if (put_text(out, header))
		return OTS_OK;
	return ots_buffer_fail(out, sizeof header - 1, "canonical CSV", err);
}

static enum ots_status write_record(const struct ots_record *record, struct ots_buffer *out,
				    struct ots_error *err)
{
	const size_t before = out->len;
	enum ots_status status = check(record, err);

	if (status != OTS_OK)
		return status;
	if (put_integer(out, record->ts_us == OTS_TS_UNKNOWN ? OTS_TS_BASE : record->ts_us) &&
	    put_text(out, ",") && put_text(out, ots_op_word(record->op)) && put_text(out, ",") &&
	    put_key(out, record) && put_text(out, ",") && put_cells(out, record) &&
	    put_text(out, "\n"))
		return OTS_OK;
	status = ots_buffer_fail(out, ots_record_data_bytes(record), "canonical CSV", err);
	out->len = before;
	return status;
}

const struct ots_encoder ots_canonical_csv = {
	.name = "canonical-csv", .begin = write_header, .record = write_record};
