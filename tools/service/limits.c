#include "limits.h"

#include <string.h>

#include <otsfs/text/utf8.h>

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool ots_check_table_name(const char *name, struct ots_fault *fault)
{
	const size_t len = strlen(name);
	bool good = len >= 1 && len <= OTS_NAME_MAX_BYTES && is_word(name[0]);

	for (size_t i = 1; good && i < len; i++)
		good = is_word(name[i]) || (name[i] >= '0' && name[i] <= '9');
	return good || ots_refuse(fault, OTS_FAULT_PARAMETER, "Invalid table name: '%s'.", name);
}

/* printf takes an int; longer names are cut there anyway. */
static int shown(struct ots_bytes name)
{
	return name.len < OTS_FAULT_MESSAGE_BYTES ? (int)name.len : OTS_FAULT_MESSAGE_BYTES;
}

bool ots_check_column_name(struct ots_bytes name, struct ots_fault *fault)
{
	if (name.len >= 1 && name.len <= OTS_NAME_MAX_BYTES && name.at[0] != '#' &&
	    memchr(name.at, 0, name.len) == NULL && ots_utf8_valid(name))
		return true;
	return ots_refuse(fault, OTS_FAULT_PARAMETER, "Invalid column name: '%.*s'.", shown(name),
			  name.len > 0 ? (const char *)name.at : "");
}

static bool is_sized(enum ots_variant kind)
{
	return kind == OTS_VT_STRING || kind == OTS_VT_BLOB;
}

bool ots_check_key_value(const struct ots_wire_cell *cell, struct ots_fault *fault)
{
	const enum ots_variant kind = cell->value.kind;

	if (!cell->has_value || kind == OTS_VT_INF_MIN || kind == OTS_VT_INF_MAX ||
	    kind == OTS_VT_NULL)
		return ots_refuse(fault, OTS_FAULT_PARAMETER,
				  "%s is an invalid type for the primary key.",
				  cell->has_value ? ots_variant_word(kind) : "VT_NULL");
	if (is_sized(kind) && cell->value.as.bytes.len > OTS_KEY_VALUE_MAX_BYTES)
		return ots_refuse(fault, OTS_FAULT_PARAMETER,
				  "The length of primary key column: '%.*s' exceeds the "
				  "MaxLength:%d with CurrentLength:%zu.",
				  shown(cell->name), (const char *)cell->name.at,
				  OTS_KEY_VALUE_MAX_BYTES, cell->value.as.bytes.len);
	return true;
}

bool ots_check_attribute(const struct ots_wire_cell *cell, struct ots_fault *fault)
{
	const enum ots_variant kind = cell->value.kind;

	if (!ots_check_column_name(cell->name, fault))
		return false;
	if (!cell->has_value)
		return true;
	if (kind != OTS_VT_INTEGER && kind != OTS_VT_DOUBLE && kind != OTS_VT_BOOLEAN &&
	    !is_sized(kind))
		return ots_refuse(fault, OTS_FAULT_PARAMETER,
				  "%s is an invalid type for the attribute column: '%.*s'.",
				  ots_variant_word(kind), shown(cell->name),
				  (const char *)cell->name.at);
	if (is_sized(kind) && cell->value.as.bytes.len > OTS_VALUE_MAX_BYTES)
		return ots_refuse(fault, OTS_FAULT_PARAMETER,
				  "The length of attribute column: '%.*s' exceeds the "
				  "MaxLength:%u with CurrentLength:%zu.",
				  shown(cell->name), (const char *)cell->name.at,
				  OTS_VALUE_MAX_BYTES, cell->value.as.bytes.len);
	return true;
}

size_t ots_value_bytes(const struct ots_wire_value *value)
{
	if (is_sized(value->kind))
		return value->as.bytes.len;
	return value->kind == OTS_VT_BOOLEAN ? 1 : 8;
}

const char *ots_variant_word(enum ots_variant kind)
{
	switch (kind) {
	case OTS_VT_INTEGER: return "VT_INTEGER";
	case OTS_VT_DOUBLE: return "VT_DOUBLE";
	case OTS_VT_BOOLEAN: return "VT_BOOLEAN";
	case OTS_VT_STRING: return "VT_STRING";
	case OTS_VT_NULL: return "VT_NULL";
	case OTS_VT_BLOB: return "VT_BLOB";
	case OTS_VT_INF_MIN: return "VT_INF_MIN";
	case OTS_VT_INF_MAX: return "VT_INF_MAX";
	case OTS_VT_AUTO_INCREMENT: return "VT_AUTO_INCREMENT";
	}
	return "VT_UNKNOWN";
}
