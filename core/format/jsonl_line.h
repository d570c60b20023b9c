/** @file jsonl_line.h
 *  One line of record JSONL on its way to a record. Shared by the files of the decoder:
 *  jsonl_decode.c (lines out of the window), jsonl_line.c (members of a line), jsonl_token.c
 * (tokens and errors), jsonl_cells.c (the forms of a column), jsonl_value.c (values),
 * jsonl_exact.c. */
#ifndef OTSFS_CORE_FORMAT_JSONL_LINE_H
#define OTSFS_CORE_FORMAT_JSONL_LINE_H

#include <string.h>

#include <otsfs/base/arena.h>
#include <otsfs/record/batch.h>
#include <otsfs/text/json.h>

/** What a value was in the line, until `v` and `exact` have had their say. */
struct ots_jsonl_mark {
	const uint8_t *at; /**< where it stands, for messages */
	bool plain;        /**< a plain value: `v` is its version */
	bool first;        /**< the first cell of its column */
	bool beyond; /**< an integer beyond 64 bits, kept as DOUBLE: only `exact` can save it */
};

struct ots_jsonl_line {
	struct ots_bytes object; /**< what messages call the object; borrowed */
	struct ots_bytes text;   /**< the line without its end */
	struct ots_place place;  /**< of text.at */
	struct ots_json json;
	struct ots_arena *arena;
	struct ots_error *err;
	bool arena_full; /**< the failure was the arena's: with an empty one it may succeed */
	struct ots_jsonl_mark key_marks[OTS_KEY_COLUMNS_MAX];
	/* The cells of the line; kept between lines, freed by ots_jsonl_line_release(). */
	struct ots_cell *cells;
	struct ots_jsonl_mark *marks;
	size_t cell_count;
	size_t cell_cap;
	size_t cell_limit; /**< no more: the memory allowed */
};

void ots_jsonl_line_release(struct ots_jsonl_line *l);

/** Decode the line into the zeroed @p record; cells and decoded strings are the arena's, the rest
 *  borrows from the line.
 *  @return OTS_OK, OTS_CORRUPT, OTS_LIMIT, OTS_NO_MEMORY */
enum ots_status ots_jsonl_line_decode(struct ots_jsonl_line *l, struct ots_record *record);

/** The error for what stands at @p at: `<object>: expected <expected> at line …`.
 *  @return OTS_CORRUPT */
enum ots_status ots_jsonl_expected(struct ots_jsonl_line *l, const uint8_t *at,
				   const char *expected);
/** The error for a line that ends inside its record. @return OTS_CORRUPT */
enum ots_status ots_jsonl_cut_short(struct ots_jsonl_line *l);
enum ots_status ots_jsonl_no_memory(struct ots_jsonl_line *l);

/** The next token; a line that is not JSON is an error here.
 *  @param at  where it begins */
enum ots_status ots_jsonl_next(struct ots_jsonl_line *l, enum ots_json_token *token,
			       struct ots_json_text *text, const uint8_t **at);

/** The next token, which must be @p want; else an error that @p expected words. */
enum ots_status ots_jsonl_take(struct ots_jsonl_line *l, enum ots_json_token want,
			       struct ots_json_text *text, const char *expected);

/** A NAME or STRING decoded. */
enum ots_status ots_jsonl_string(struct ots_jsonl_line *l, const struct ots_json_text *text,
				 struct ots_bytes *out);

/** A column's name: 1 to OTS_NAME_MAX_BYTES. */
enum ots_status ots_jsonl_column_name(struct ots_jsonl_line *l, const struct ots_json_text *text,
				      struct ots_bytes *out);

/** An integer within int64. What a tool spelt with an exponent or `.0` passes up to 2^53.
 *  @return false when it is none */
bool ots_jsonl_integer(const struct ots_json_text *text, int64_t *out);

/** A value whose first token was just read; for an object (`$bin`, `$str`, `$dbl`) the first name
 *  too, as @p name.
 *  @param mark  filled */
enum ots_status ots_jsonl_scalar(struct ots_jsonl_line *l, enum ots_json_token token,
				 const struct ots_json_text *text, const uint8_t *at,
				 struct ots_value *value, struct ots_jsonl_mark *mark);
enum ots_status ots_jsonl_value_object(struct ots_jsonl_line *l, struct ots_bytes name,
				       const uint8_t *at, struct ots_value *value,
				       struct ots_jsonl_mark *mark);
/** A whole value, from its first token on. */
enum ots_status ots_jsonl_value(struct ots_jsonl_line *l, struct ots_value *value,
				struct ots_jsonl_mark *mark);

/** The object `cols`, whose first token was just read: appends to l->cells. */
enum ots_status ots_jsonl_cells(struct ots_jsonl_line *l);

/** The object `exact` in @p text: restores the numbers of key and cells. */
enum ots_status ots_jsonl_apply_exact(struct ots_jsonl_line *l, struct ots_bytes text,
				      struct ots_record *record);

#endif
