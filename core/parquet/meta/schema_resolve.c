/* What a column means: the logical type where it fits the physical one, else the converted type
 * where that does, else the physical type alone. Source: parquet-format, sections 1.4 and 4.2. */
#include "schema.h"

static bool is_integer(const struct schema_node *n)
{
	return n->type == TYPE_INT32 || n->type == TYPE_INT64;
}

/* More digits than any decimal that is printed has: the annotation is nonsense. */
#define PRECISION_MAX 10000

static bool decimal_fits(const struct schema_node *n, int32_t scale, int32_t precision)
{
	return (is_integer(n) || n->type == TYPE_BYTES || n->type == TYPE_FIXED) && scale >= 0 &&
	       precision >= 1 && scale <= precision && precision <= PRECISION_MAX;
}

static bool means_decimal(struct schema_node *n, int32_t scale, int32_t precision)
{
	if (!decimal_fits(n, scale, precision))
		return false;
	n->meaning = MEANS_DECIMAL;
	n->scale = scale;
	n->precision = precision;
	return true;
}

static bool means(struct schema_node *n, bool fits, enum meaning meaning)
{
	if (fits)
		n->meaning = meaning;
	return fits;
}

/* TIME in milliseconds is 32 bits, else 64. */
static bool means_time(struct schema_node *n, enum time_unit unit, bool utc)
{
	const int32_t type = unit == UNIT_MILLIS ? TYPE_INT32 : TYPE_INT64;

	n->unit = unit;
	n->utc = utc;
	return means(n, unit != UNIT_NONE && n->type == type, MEANS_TIME);
}

static bool means_timestamp(struct schema_node *n, enum time_unit unit, bool utc)
{
	n->unit = unit;
	n->utc = utc;
	return means(n, unit != UNIT_NONE && n->type == TYPE_INT64, MEANS_TIMESTAMP);
}

static bool means_integer(struct schema_node *n, int32_t bits, bool is_signed)
{
	const bool fits =
		bits == 64 ? n->type == TYPE_INT64
			   : n->type == TYPE_INT32 && (bits == 8 || bits == 16 || bits == 32);

	return means(n, fits, is_signed ? MEANS_INTEGER : MEANS_UNSIGNED);
}

static bool by_logical(struct schema_node *n)
{
	const struct logical *l = &n->logical;
	const bool bytes = n->type == TYPE_BYTES;

	switch (l->type) {
	case LOGICAL_STRING:
	case LOGICAL_ENUM:
	case LOGICAL_JSON: return means(n, bytes, MEANS_TEXT);
	case LOGICAL_BSON:
	case LOGICAL_GEOMETRY:
	case LOGICAL_GEOGRAPHY: return means(n, bytes, MEANS_BINARY);
	case LOGICAL_DECIMAL: return means_decimal(n, l->scale, l->precision);
	case LOGICAL_DATE: return means(n, n->type == TYPE_INT32, MEANS_DATE);
	case LOGICAL_TIME: return means_time(n, l->unit, l->utc);
	case LOGICAL_TIMESTAMP: return means_timestamp(n, l->unit, l->utc);
	case LOGICAL_INTEGER: return means_integer(n, l->bit_width, l->is_signed);
	case LOGICAL_UNKNOWN: return means(n, true, MEANS_NULL);
	case LOGICAL_UUID:
		return means(n, n->type == TYPE_FIXED && n->type_length == 16, MEANS_UUID);
	case LOGICAL_FLOAT16:
		return means(n, n->type == TYPE_FIXED && n->type_length == 2, MEANS_FLOAT16);
	case LOGICAL_NONE:
	case LOGICAL_MAP:
	case LOGICAL_LIST:
	case LOGICAL_VARIANT: break;
	}
	return false;
}

static bool by_converted(struct schema_node *n)
{
	const bool bytes = n->type == TYPE_BYTES;

	switch (n->converted) {
	case CONVERTED_UTF8:
	case CONVERTED_ENUM:
	case CONVERTED_JSON: return means(n, bytes, MEANS_TEXT);
	case CONVERTED_BSON: return means(n, bytes, MEANS_BINARY);
	case CONVERTED_DECIMAL: return means_decimal(n, n->scale, n->precision);
	case CONVERTED_DATE: return means(n, n->type == TYPE_INT32, MEANS_DATE);
	case CONVERTED_TIME_MILLIS: return means_time(n, UNIT_MILLIS, true);
	case CONVERTED_TIME_MICROS: return means_time(n, UNIT_MICROS, true);
	case CONVERTED_TIMESTAMP_MILLIS: return means_timestamp(n, UNIT_MILLIS, true);
	case CONVERTED_TIMESTAMP_MICROS: return means_timestamp(n, UNIT_MICROS, true);
	case CONVERTED_UINT_8: return means_integer(n, 8, false);
	case CONVERTED_UINT_16: return means_integer(n, 16, false);
	case CONVERTED_UINT_32: return means_integer(n, 32, false);
	case CONVERTED_UINT_64: return means_integer(n, 64, false);
	case CONVERTED_INT_8: return means_integer(n, 8, true);
	case CONVERTED_INT_16: return means_integer(n, 16, true);
	case CONVERTED_INT_32: return means_integer(n, 32, true);
	case CONVERTED_INT_64: return means_integer(n, 64, true);
	case CONVERTED_INTERVAL:
		return means(n, n->type == TYPE_FIXED && n->type_length == 12, MEANS_INTERVAL);
	case CONVERTED_NULL: return means(n, true, MEANS_NULL);
	default: return false;
	}
}

/* An annotation that names a time unit of a later day says which of the two it is, and no more: the
 * stored number is shown. */
static bool is_unknown_unit(const struct schema_node *n)
{
	return (n->logical.type == LOGICAL_TIME || n->logical.type == LOGICAL_TIMESTAMP) &&
	       n->logical.unit == UNIT_NONE;
}

static void resolve_group(struct schema_node *n)
{
	n->meaning = MEANS_STRUCT;
	if (n->logical.type == LOGICAL_LIST)
		n->meaning = MEANS_LIST;
	else if (n->logical.type == LOGICAL_MAP)
		n->meaning = MEANS_MAP;
	else if (n->logical.type == LOGICAL_VARIANT)
		n->meaning = MEANS_VARIANT;
	else if (n->logical.type != LOGICAL_NONE)
		return;
	else if (n->converted == CONVERTED_LIST)
		n->meaning = MEANS_LIST;
	else if (n->converted == CONVERTED_MAP || n->converted == CONVERTED_MAP_KEY_VALUE)
		n->meaning = MEANS_MAP;
}

void schema_resolve(struct schema_node *n)
{
	static const struct {
		uint32_t width;
		enum meaning meaning;
	} bare[TYPE_COUNT] = {
		[TYPE_BOOLEAN] = {1, MEANS_BOOLEAN}, [TYPE_INT32] = {4, MEANS_INTEGER},
		[TYPE_INT64] = {8, MEANS_INTEGER},   [TYPE_INT96] = {12, MEANS_INT96},
		[TYPE_FLOAT] = {4, MEANS_FLOAT},     [TYPE_DOUBLE] = {8, MEANS_DOUBLE},
		[TYPE_BYTES] = {0, MEANS_BINARY},    [TYPE_FIXED] = {0, MEANS_BINARY},
	};

	if (n->type < 0) {
		resolve_group(n);
		return;
	}
	n->width = n->type == TYPE_FIXED ? (uint32_t)n->type_length : bare[n->type].width;
	n->meaning = bare[n->type].meaning;
	if (by_logical(n) || is_unknown_unit(n))
		return;
	(void)by_converted(n);
}
