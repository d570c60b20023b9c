#include "table.h"

#include <string.h>

#include <otsfs/base/bytes.h>

#include "limits.h"

#define DEFAULT_DEVIATION_SECONDS 86400

static bool key_kind(int type, enum ots_variant *kind)
{
	switch (type) {
	case OTS__WIRE__PRIMARY_KEY_TYPE__INTEGER: *kind = OTS_VT_INTEGER; return true;
	case OTS__WIRE__PRIMARY_KEY_TYPE__STRING: *kind = OTS_VT_STRING; return true;
	case OTS__WIRE__PRIMARY_KEY_TYPE__BINARY: *kind = OTS_VT_BLOB; return true;
	default: return false;
	}
}

static bool read_key_column(const Ots__Wire__PrimaryKeySchema *column, struct ots_table *table,
			    struct ots_fault *fault)
{
	const size_t len = strlen(column->name);
	struct ots_table_key *key = &table->key[table->key_count];

	if (!ots_check_column_name((struct ots_bytes){(const uint8_t *)column->name, len}, fault))
		return false;
	for (size_t i = 0; i < table->key_count; i++)
		if (strcmp(table->key[i].name, column->name) == 0)
			return ots_refuse(fault, OTS_FAULT_PARAMETER,
					  "Duplicated primary key name: '%s'.", column->name);
	if (!key_kind((int)column->type, &key->kind))
		return ots_refuse(fault, OTS_FAULT_PARAMETER,
				  "Invalid type of primary key column: '%s'.", column->name);
	memcpy(key->name, column->name, len + 1); /* at most OTS_NAME_MAX_BYTES, checked above */
	/* A number that the enum does not have is an unknown field to a parser of proto2: as
	 * absent. The Rust client sends 0 with INTEGER columns that are none. */
	key->auto_increment = column->has_option &&
			      (int)column->option == OTS__WIRE__PRIMARY_KEY_OPTION__AUTO_INCREMENT;
	if (key->auto_increment && (table->key_count == 0 || key->kind != OTS_VT_INTEGER ||
				    ots_table_auto_column(table, &(size_t){0})))
		return ots_refuse(
			fault, OTS_FAULT_PARAMETER,
			"Auto-increment primary key column: '%s' must be the only one, of "
			"type INTEGER and not the first.",
			column->name);
	table->key_count++;
	return true;
}

static bool read_key(const Ots__Wire__TableMeta *meta, struct ots_table *table,
		     struct ots_fault *fault)
{
	if (meta->n_primary_key < 1 || meta->n_primary_key > OTS_KEY_COLUMNS_MAX)
		return ots_refuse(fault, OTS_FAULT_PARAMETER,
				  "The number of primary key columns must be in range: [1, %d].",
				  OTS_KEY_COLUMNS_MAX);
	for (size_t i = 0; i < meta->n_primary_key; i++)
		if (!read_key_column(meta->primary_key[i], table, fault))
			return false;
	return true;
}

static bool check_defined(const Ots__Wire__TableMeta *meta, struct ots_fault *fault)
{
	if (meta->n_defined_column > OTS_LIMIT_DEFINED_COLUMNS)
		return ots_refuse(fault, OTS_FAULT_PARAMETER,
				  "The number of defined columns must be in range: [0, %d].",
				  OTS_LIMIT_DEFINED_COLUMNS);
	for (size_t i = 0; i < meta->n_defined_column; i++) {
		const Ots__Wire__DefinedColumnSchema *column = meta->defined_column[i];
		const int type = (int)column->type;

		if (!ots_check_column_name(ots_bytes_of(column->name), fault))
			return false;
		if ((type < OTS__WIRE__DEFINED_COLUMN_TYPE__DCT_INTEGER ||
		     type > OTS__WIRE__DEFINED_COLUMN_TYPE__DCT_STRING) &&
		    type != OTS__WIRE__DEFINED_COLUMN_TYPE__DCT_BLOB)
			return ots_refuse(fault, OTS_FAULT_PARAMETER,
					  "Invalid type of defined column: '%s'.", column->name);
	}
	return true;
}

static bool read_options(const Ots__Wire__TableOptions *options, struct ots_table *table,
			 struct ots_fault *fault)
{
	table->ttl_seconds = -1;
	table->max_versions = 1;
	table->deviation_seconds = DEFAULT_DEVIATION_SECONDS;
	table->allow_update = true;
	if (options == NULL)
		return true;
	if (options->has_time_to_live)
		table->ttl_seconds = options->time_to_live;
	if (options->has_max_versions)
		table->max_versions = options->max_versions;
	if (options->has_deviation_cell_version_in_sec)
		table->deviation_seconds = options->deviation_cell_version_in_sec;
	if (options->has_allow_update)
		table->allow_update = options->allow_update;
	if (options->has_update_full_row && options->update_full_row)
		return ots_refuse(fault, OTS_FAULT_PARAMETER,
				  "The table options contain updateFullRow, which is not "
				  "supported.");
	if (table->ttl_seconds != -1 && table->ttl_seconds < OTS_LIMIT_TTL_SECONDS)
		return ots_refuse(fault, OTS_FAULT_PARAMETER,
				  "Time to live must be -1 or at least %d.", OTS_LIMIT_TTL_SECONDS);
	if (table->max_versions < 1)
		return ots_refuse(fault, OTS_FAULT_PARAMETER,
				  "The max versions must be greater than 0.");
	if (table->deviation_seconds < 1)
		return ots_refuse(fault, OTS_FAULT_PARAMETER,
				  "The deviation of cell version must be greater than 0.");
	return true;
}

static bool read_throughput(const Ots__Wire__CapacityUnit *unit, struct ots_table *table,
			    struct ots_fault *fault)
{
	table->reserved_read = unit->has_read ? unit->read : 0;
	table->reserved_write = unit->has_write ? unit->write : 0;
	if (table->reserved_read < 0 || table->reserved_read > OTS_LIMIT_RESERVED_UNITS ||
	    table->reserved_write < 0 || table->reserved_write > OTS_LIMIT_RESERVED_UNITS)
		return ots_refuse(fault, OTS_FAULT_PARAMETER,
				  "Reserved capacity units must be in range: [0, %d].",
				  OTS_LIMIT_RESERVED_UNITS);
	return true;
}

/* Streams, indexes, encryption and transactions would change what the table does: better refused
 * than left out in silence. Partitions only spread load. */
static bool check_extras(const Ots__Wire__CreateTableRequest *request, struct ots_fault *fault)
{
	const char *extra = NULL;

	if (request->stream_spec != NULL && request->stream_spec->enable_stream)
		extra = "stream_spec";
	else if (request->sse_spec != NULL && request->sse_spec->enable)
		extra = "sse_spec";
	else if (request->n_index_metas > 0 || request->table_meta->n_index_meta > 0)
		extra = "index_metas";
	else if (request->has_enable_local_txn && request->enable_local_txn)
		extra = "enable_local_txn";
	return extra == NULL || ots_refuse(fault, OTS_FAULT_PARAMETER,
					   "Unsupported option of CreateTable: '%s'.", extra);
}

bool ots_table_from_request(const Ots__Wire__CreateTableRequest *request, struct ots_table *table,
			    struct ots_fault *fault)
{
	const Ots__Wire__TableMeta *meta = request->table_meta;

	*table = (struct ots_table){.id = 0};
	if (!ots_check_table_name(meta->table_name, fault))
		return false;
	memcpy(table->name, meta->table_name, strlen(meta->table_name) + 1);
	return read_key(meta, table, fault) && check_defined(meta, fault) &&
	       read_options(request->table_options, table, fault) &&
	       read_throughput(request->reserved_throughput->capacity_unit, table, fault) &&
	       check_extras(request, fault);
}

bool ots_table_auto_column(const struct ots_table *table, size_t *index)
{
	for (size_t i = 0; i < table->key_count; i++) {
		if (table->key[i].auto_increment) {
			*index = i;
			return true;
		}
	}
	return false;
}

bool ots_table_check_key(const struct ots_table *table, const struct ots_wire_row *row,
			 struct ots_key_rules rules, struct ots_fault *fault)
{
	if (row->key_count != table->key_count)
		return ots_refuse(fault, OTS_FAULT_INVALID_PK,
				  "Validate PK size fail. Input: %zu, Meta: %zu.", row->key_count,
				  table->key_count);
	for (size_t i = 0; i < row->key_count; i++) {
		const struct ots_wire_cell *cell = &row->key[i];
		const struct ots_table_key *key = &table->key[i];
		const enum ots_variant kind = cell->value.kind;

		if (cell->name.len != strlen(key->name) ||
		    memcmp(cell->name.at, key->name, cell->name.len) != 0)
			return ots_refuse(fault, OTS_FAULT_INVALID_PK,
					  "Validate PK name fail. Input: %.*s, Meta: %s.",
					  cell->name.len <= OTS_NAME_MAX_BYTES ? (int)cell->name.len
									       : OTS_NAME_MAX_BYTES,
					  (const char *)cell->name.at, key->name);
		if (kind == key->kind ||
		    (rules.bounds && (kind == OTS_VT_INF_MIN || kind == OTS_VT_INF_MAX)) ||
		    (rules.placeholder && key->auto_increment && kind == OTS_VT_AUTO_INCREMENT))
			continue;
		return ots_refuse(fault, OTS_FAULT_INVALID_PK,
				  "Validate PK type fail. Input: %s, Meta: %s.",
				  ots_variant_word(kind), ots_variant_word(key->kind));
	}
	return true;
}
