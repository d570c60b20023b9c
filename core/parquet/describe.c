/* `cat --as schema`: what the footer tells, as one JSON object. */
#include "file.h"

#include <stdlib.h>
#include <string.h>

#include <otsfs/codec/decompress.h>
#include <otsfs/text/json_write.h>

#include "cell/cell.h"

static const char *const types[TYPE_COUNT] = {
	"BOOLEAN", "INT32",  "INT64",      "INT96",
	"FLOAT",   "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"};

static const char *const repetitions[] = {"required", "optional", "repeated"};

static const char *const meanings[] = {
	[MEANS_BOOLEAN] = "boolean",   [MEANS_INTEGER] = "integer",
	[MEANS_UNSIGNED] = "unsigned", [MEANS_FLOAT] = "float",
	[MEANS_DOUBLE] = "double",     [MEANS_FLOAT16] = "float16",
	[MEANS_DECIMAL] = "decimal",   [MEANS_DATE] = "date",
	[MEANS_TIME] = "time",         [MEANS_TIMESTAMP] = "timestamp",
	[MEANS_INT96] = "timestamp",   [MEANS_UUID] = "uuid",
	[MEANS_INTERVAL] = "interval", [MEANS_TEXT] = "string",
	[MEANS_BINARY] = "binary",     [MEANS_NULL] = "null",
	[MEANS_STRUCT] = "struct",     [MEANS_LIST] = "list",
	[MEANS_MAP] = "map",           [MEANS_VARIANT] = "variant",
};

static const char *unit_of(const struct schema_node *n)
{
	static const char *const units[] = {
		[UNIT_NONE] = "", [UNIT_MILLIS] = "ms", [UNIT_MICROS] = "us", [UNIT_NANOS] = "ns"};

	if (n->meaning == MEANS_INT96)
		return "ns";
	return n->meaning == MEANS_TIME || n->meaning == MEANS_TIMESTAMP ? units[n->unit] : "";
}

/* `a.b.c`, from the top-level column down. */
static bool path_of(const struct schema *schema, uint32_t node, struct ots_buffer *out)
{
	uint32_t path[SCHEMA_DEPTH_MAX + 1];
	size_t depth = 0;

	out->len = 0;
	for (uint32_t i = node; i != 0; i = schema->nodes[i].parent)
		path[depth++] = i; /* ends: the root is 0 */
	while (depth > 0) {
		const struct ots_bytes name = schema->nodes[path[--depth]].name;

		if (!ots_buffer_put(out, name.at, name.len) ||
		    (depth > 0 && !ots_buffer_put_byte(out, '.')))
			return false;
	}
	return true;
}

struct describer {
	const struct ots_parquet *file;
	struct ots_json_writer w;
	struct ots_buffer text; /* scratch */
	bool failed;
};

static void put_path(struct describer *d, const char *name, uint32_t node)
{
	if (!path_of(&d->file->footer.schema, node, &d->text))
		d->failed = true;
	ots_json_put_bytes(&d->w, name, (struct ots_bytes){d->text.bytes, d->text.len});
}

/* What a node is, inside an object that is open. */
static void put_node(struct describer *d, const struct schema_node *n)
{
	ots_json_put_text(&d->w, "repetition", repetitions[n->repetition]);
	ots_json_put_text(&d->w, "type", meanings[n->meaning]);
	if (n->type >= 0)
		ots_json_put_text(&d->w, "physical", types[n->type]);
	if (n->type == TYPE_FIXED)
		ots_json_put_integer(&d->w, "length", n->type_length);
	if (n->meaning == MEANS_DECIMAL) {
		ots_json_put_integer(&d->w, "precision", n->precision);
		ots_json_put_integer(&d->w, "scale", n->scale);
	}
	if (unit_of(n)[0] != '\0') {
		ots_json_put_text(&d->w, "unit", unit_of(n));
		ots_json_put_bool(&d->w, "utc", n->utc);
	}
}

/* A top-level column; what is below it as one list, each by its path. */
static void put_column(struct describer *d, uint32_t node)
{
	const struct schema_node *nodes = d->file->footer.schema.nodes;

	ots_json_object_begin(&d->w, NULL);
	ots_json_put_bytes(&d->w, "name", nodes[node].name);
	put_node(d, &nodes[node]);
	if (nodes[node].type < 0) {
		ots_json_array_begin(&d->w, "fields");
		for (uint32_t i = node + 1; i < nodes[node].end; i++) {
			ots_json_object_begin(&d->w, NULL);
			put_path(d, "name", i);
			put_node(d, &nodes[i]);
			ots_json_object_end(&d->w);
		}
		ots_json_array_end(&d->w);
	}
	ots_json_object_end(&d->w);
}

/* A bound as the column's cells are printed, in a string. Bounds of text may be cut anywhere. */
static void put_bound(struct describer *d, const char *name, const struct schema_node *leaf,
		      struct ots_bytes value)
{
	struct cell cell;

	if (value.at == NULL || leaf->meaning == MEANS_NULL || leaf->meaning == MEANS_INTERVAL ||
	    (leaf->width > 0 && value.len != leaf->width) || value.len > DECIMAL_MAX_BYTES)
		return;
	cell_init(&cell, leaf, false);
	d->text.len = 0;
	if (leaf->meaning == MEANS_TEXT) {
		ots_json_put_bytes(&d->w, name, value);
	} else if (ots_buffer_reserve(&d->text, cell_bound(&cell, value.len))) {
		const size_t len = cell_put(&cell, value.at, value.len, (char *)d->text.bytes);

		ots_json_put_bytes(&d->w, name, (struct ots_bytes){d->text.bytes, len});
	} else {
		d->failed = true;
	}
}

/* Old bounds are in an order that only signed numbers share with today's. */
static void put_statistics(struct describer *d, const struct schema_node *leaf,
			   const struct statistics *s)
{
	const bool is_signed = leaf->meaning == MEANS_INTEGER || leaf->meaning == MEANS_DOUBLE ||
			       leaf->meaning == MEANS_FLOAT || leaf->meaning == MEANS_DATE ||
			       leaf->meaning == MEANS_TIME || leaf->meaning == MEANS_TIMESTAMP ||
			       leaf->meaning == MEANS_BOOLEAN;
	const bool old = s->min.at == NULL && s->max.at == NULL && is_signed;

	ots_json_object_begin(&d->w, "statistics");
	put_bound(d, "min", leaf, old ? s->old_min : s->min);
	put_bound(d, "max", leaf, old ? s->old_max : s->max);
	if (s->null_count >= 0)
		ots_json_put_integer(&d->w, "nulls", s->null_count);
	if (s->distinct_count >= 0)
		ots_json_put_integer(&d->w, "distinct", s->distinct_count);
	ots_json_object_end(&d->w);
}

static void put_chunk(struct describer *d, uint32_t leaf, const struct chunk_meta *chunk)
{
	const struct schema *schema = &d->file->footer.schema;

	ots_json_object_begin(&d->w, NULL);
	put_path(d, "name", schema->leaves[leaf]);
	if (chunk->codec >= 0 && chunk->codec <= OTS_CODEC_LZ4_RAW)
		ots_json_put_text(&d->w, "codec", ots_codec_word((enum ots_codec)chunk->codec));
	else
		ots_json_put_integer(&d->w, "codec", chunk->codec);
	ots_json_array_begin(&d->w, "encodings");
	for (int32_t i = 0; i < 32; i++) {
		if ((chunk->encodings >> i & 1) == 0)
			continue;
		if (encoding_word(i) != NULL)
			ots_json_put_text(&d->w, NULL, encoding_word(i));
		else
			ots_json_put_integer(&d->w, NULL, i);
	}
	ots_json_array_end(&d->w);
	ots_json_put_integer(&d->w, "values", chunk->value_count);
	ots_json_object_begin(&d->w, "sizes");
	ots_json_put_integer(&d->w, "compressed", chunk->compressed_bytes);
	ots_json_put_integer(&d->w, "uncompressed", chunk->uncompressed_bytes);
	ots_json_object_end(&d->w);
	put_statistics(d, schema_leaf(schema, leaf), &chunk->statistics);
	ots_json_object_end(&d->w);
}

static void put_group(struct describer *d, const struct row_group *group)
{
	const uint32_t leaves = d->file->footer.schema.leaf_count;

	ots_json_object_begin(&d->w, NULL);
	ots_json_put_integer(&d->w, "rows", group->row_count);
	ots_json_put_integer(&d->w, "bytes", group->bytes);
	ots_json_array_begin(&d->w, "columns");
	for (uint32_t i = 0; i < group->chunk_count && i < leaves; i++)
		put_chunk(d, i, &group->chunks[i]);
	ots_json_array_end(&d->w);
	ots_json_object_end(&d->w);
}

enum ots_status ots_parquet_describe(const struct ots_parquet *file, struct ots_buffer *out,
				     struct ots_error *err)
{
	const struct footer *footer = &file->footer;
	struct describer d = {.file = file};

	ots_buffer_init(&d.text, OTS_PARQUET_FOOTER_MAX_BYTES);
	ots_json_writer_init(&d.w, out);
	ots_json_object_begin(&d.w, NULL);
	ots_json_put_unsigned(&d.w, "rows", ots_parquet_rows(file));
	ots_json_put_bytes(&d.w, "created_by", footer->created_by);
	ots_json_array_begin(&d.w, "columns");
	for (uint32_t i = 1; i < footer->schema.node_count; i = footer->schema.nodes[i].end)
		put_column(&d, i);
	ots_json_array_end(&d.w);
	ots_json_array_begin(&d.w, "row_groups");
	for (uint32_t i = 0; i < footer->group_count; i++)
		put_group(&d, &footer->groups[i]);
	ots_json_array_end(&d.w);
	ots_json_object_end(&d.w);
	ots_buffer_release(&d.text);
	if (d.failed || d.w.failed || !ots_buffer_put_byte(out, '\n'))
		return ots_buffer_fail(out, 1, "a schema", err);
	return OTS_OK;
}
