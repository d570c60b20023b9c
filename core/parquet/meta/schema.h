/** @file schema.h
 *  The tree of a file's columns, flattened: nodes in the footer's order, each with the place where
 *  its subtree ends, and the leaves numbered as row groups number their chunks.
 *  Source: parquet-format, sections 1.5, 4.2, 4.7 and 4.8. */
#ifndef OTSFS_CORE_PARQUET_META_SCHEMA_H
#define OTSFS_CORE_PARQUET_META_SCHEMA_H

#include <stdbool.h>
#include <stdint.h>

#include <otsfs/base/arena.h>
#include <otsfs/base/cursor.h>
#include <otsfs/base/error.h>

/** Groups nested deeper are refused; levels fit a byte then. */
#define SCHEMA_DEPTH_MAX 100

enum physical_type {
	TYPE_BOOLEAN,
	TYPE_INT32,
	TYPE_INT64,
	TYPE_INT96,
	TYPE_FLOAT,
	TYPE_DOUBLE,
	TYPE_BYTES, /* BYTE_ARRAY */
	TYPE_FIXED, /* FIXED_LEN_BYTE_ARRAY */
	TYPE_COUNT
};

enum repetition { REQUIRED, OPTIONAL, REPEATED };

/** ConvertedType and LogicalType of an element, as they stand in the footer. */
enum converted_type {
	CONVERTED_UTF8,
	CONVERTED_MAP,
	CONVERTED_MAP_KEY_VALUE,
	CONVERTED_LIST,
	CONVERTED_ENUM,
	CONVERTED_DECIMAL,
	CONVERTED_DATE,
	CONVERTED_TIME_MILLIS,
	CONVERTED_TIME_MICROS,
	CONVERTED_TIMESTAMP_MILLIS,
	CONVERTED_TIMESTAMP_MICROS,
	CONVERTED_UINT_8,
	CONVERTED_UINT_16,
	CONVERTED_UINT_32,
	CONVERTED_UINT_64,
	CONVERTED_INT_8,
	CONVERTED_INT_16,
	CONVERTED_INT_32,
	CONVERTED_INT_64,
	CONVERTED_JSON,
	CONVERTED_BSON,
	CONVERTED_INTERVAL,
	CONVERTED_NULL = 25 /* of an interim C++ writer */
};

enum logical_type {
	LOGICAL_NONE,
	LOGICAL_STRING,
	LOGICAL_MAP,
	LOGICAL_LIST,
	LOGICAL_ENUM,
	LOGICAL_DECIMAL,
	LOGICAL_DATE,
	LOGICAL_TIME,
	LOGICAL_TIMESTAMP,
	LOGICAL_INTEGER = 10,
	LOGICAL_UNKNOWN,
	LOGICAL_JSON,
	LOGICAL_BSON,
	LOGICAL_UUID,
	LOGICAL_FLOAT16,
	LOGICAL_VARIANT,
	LOGICAL_GEOMETRY,
	LOGICAL_GEOGRAPHY
};

enum time_unit { UNIT_NONE, UNIT_MILLIS, UNIT_MICROS, UNIT_NANOS };

struct logical {
	enum logical_type type;
	int32_t scale, precision;
	enum time_unit unit;
	bool utc;
	int32_t bit_width;
	bool is_signed;
};

/** What a leaf's values mean, once both annotations and the physical type have been heard. */
enum meaning {
	MEANS_BOOLEAN,
	MEANS_INTEGER,
	MEANS_UNSIGNED,
	MEANS_FLOAT,
	MEANS_DOUBLE,
	MEANS_FLOAT16,
	MEANS_DECIMAL,
	MEANS_DATE,
	MEANS_TIME,
	MEANS_TIMESTAMP,
	MEANS_INT96,
	MEANS_UUID,
	MEANS_INTERVAL,
	MEANS_TEXT,
	MEANS_BINARY,
	MEANS_NULL,
	/* of groups */
	MEANS_STRUCT,
	MEANS_LIST,
	MEANS_MAP,
	MEANS_VARIANT
};

/** A footer's SchemaElement, and what follows from where it stands. */
struct schema_node {
	struct ots_bytes stored_name; /* as in the footer; borrowed */
	struct ots_bytes name;        /* UTF-8, unlike its siblings' */
	int32_t type;                 /* enum physical_type; -1: a group */
	int32_t type_length;
	enum repetition repetition;
	int32_t child_count;
	int32_t converted; /* -1: none */
	int32_t scale, precision;
	struct logical logical;

	uint32_t parent;
	uint32_t end;                  /* first node behind the subtree */
	uint32_t first_leaf, leaf_end; /* leaves of the subtree */
	uint8_t depth;
	uint8_t max_def, max_rep; /* at which this node is present; its repetition level */

	enum meaning meaning;
	enum time_unit unit;
	bool utc;
	uint32_t width; /* bytes of a value; 0: they vary */
};

struct schema {
	struct schema_node *nodes; /* 0 is the root */
	uint32_t node_count;
	uint32_t *leaves; /* node of each leaf */
	uint32_t leaf_count;
};

static inline const struct schema_node *schema_leaf(const struct schema *schema, uint32_t leaf)
{
	return &schema->nodes[schema->leaves[leaf]];
}

/** Whether a leaf's entries are its rows, one value or null each. */
static inline bool schema_is_flat(const struct schema_node *leaf)
{
	return leaf->max_rep == 0;
}

/** Fill in what follows from the order of nodes: the tree, levels, leaves, names, meanings.
 *  @return OTS_OK, OTS_CORRUPT, OTS_NO_MEMORY (the arena's cap, too) */
enum ots_status schema_build(struct schema *schema, struct ots_arena *arena,
			     struct ots_error *err) OTS_MUST_USE;

/** Names of siblings made unlike each other, and UTF-8: `name_1` for a second `name`. */
enum ots_status schema_name(struct schema *schema, struct ots_arena *arena,
			    struct ots_error *err) OTS_MUST_USE;

/** meaning, unit, utc, scale, precision and width of one node. */
void schema_resolve(struct schema_node *node);

#endif
