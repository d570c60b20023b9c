/** @file decode.h
 *  From the bytes of one line of tunnel CSV to one record. Three ways lead there: fast.c takes the
 *  canonical spelling and Gson's (backup-formats 1.5 A and B) and gives up at the first byte that
 * is anything else; straight.c takes every spelling in one pass and gives up at whatever is wrong;
 *  line.c takes every spelling of backup-formats 1.3 to 1.8 and is the one that refuses and
 *  explains. What one of the first two takes, line.c takes with the same result. Threads: the
 * caller serialises. */
#ifndef OTSFS_CORE_FORMAT_TUNNEL_CSV_DECODE_H
#define OTSFS_CORE_FORMAT_TUNNEL_CSV_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <otsfs/base/arena.h>
#include <otsfs/base/error.h>
#include <otsfs/record/batch.h>
#include <otsfs/record/schema.h>
#include <otsfs/text/json.h>

/* Source: backup-formats 1.8. */
#define TUNNEL_DEPTH_MAX 8

/** What one record is decoded with. */
struct tunnel_decoder {
	const struct ots_schema *schema; /**< NULL: none */
	struct ots_arena *arena;         /**< the batch's */
	struct ots_record *record;       /**< being filled */
	struct ots_error *err;           /**< may be NULL */
	const uint8_t *line_at;          /**< the record's first byte */
	struct ots_place place;          /**< of line_at */
	bool sequence_column;            /**< the object's header has a fifth column */
	size_t cell_cap;                 /**< room behind record->cells */
	size_t cell_guess;               /**< cells of the record before */
	/* for messages */
	const char *field; /**< the CSV column being read */
	const uint8_t *field_end;
	struct ots_bytes column; /**< name of the key column or cell being read; empty: none */
	bool in_csv;             /**< that field is quoted */
	bool split;              /**< that field is bare JSON, so that commas may have split it */
};

enum tunnel_result {
	TUNNEL_RECORD, /**< decoder->record is filled */
	TUNNEL_PASSED, /**< a header or a blank line */
	TUNNEL_SHORT,  /**< more bytes are needed (never when told that the data ends here) */
	TUNNEL_FAILED  /**< err says why */
};

/** What a line took. */
struct tunnel_used {
	size_t bytes;
	size_t line_feeds;
};

/** The general way. @param at_end  nothing comes behind @p bytes */
enum tunnel_result tunnel_line(struct tunnel_decoder *d, struct ots_bytes bytes, bool at_end,
			       struct tunnel_used *used);

/** The general way without its look ahead for the fields' ends: any line that lies between two line
 *  ends, and is a record.
 *  @return bytes taken, with the line end (line_feeds is 1 then); 0: not that, nothing is decided
 */
size_t tunnel_straight(struct tunnel_decoder *d, struct ots_bytes bytes);

/** The fast way: a canonical line, or one of shape B, with its line end (line_feeds is 1 then).
 *  @return bytes taken; 0: not that, or not whole, and nothing is decided */
size_t tunnel_fast(struct tunnel_decoder *d, struct ots_bytes bytes);

/** Whether the fields of a header stand at the front of @p bytes, five of them. */
bool tunnel_header_has_sequence(struct ots_bytes bytes);

/* --- messages: all fill err with field, place, what was expected and what was found */

/** @param at  the byte that is wrong. `expected EXPECTED, found …`. @return @p status */
enum ots_status tunnel_expected(struct tunnel_decoder *d, enum ots_status status, const uint8_t *at,
				const char *expected);
/** Any other sentence. */
enum ots_status tunnel_refuse(struct tunnel_decoder *d, enum ots_status status, const uint8_t *at,
			      const char *format, ...) OTS_PRINTF(4, 5);
/** For a token SHORT or BAD. */
enum ots_status tunnel_json_fail(struct tunnel_decoder *d, const struct ots_json *json,
				 enum ots_json_token token);
enum ots_status tunnel_no_memory(struct tunnel_decoder *d);

/* --- JSON objects of members */

/** One member's value as it stands. */
struct tunnel_item {
	enum ots_json_token token; /**< OTS_JSON_END: absent */
	struct ots_json_text text; /**< of STRING, NUMBER, NONFINITE */
	const uint8_t *at;         /**< of the value; of the object when absent */
	struct ots_json array;     /**< of ARRAY: the scanner behind its bracket */
};

enum tunnel_slot {
	SLOT_NAME,
	SLOT_TYPE,
	SLOT_BOX_TYPE, /* type inside a value's box; it wins */
	SLOT_VALUE,
	SLOT_RAW,
	SLOT_BITS,
	SLOT_STAMP,
	SLOT_STAMP_SET, /* isSet */
	SLOT_ACTION,
	SLOT_COUNT
};

struct tunnel_items {
	const uint8_t *at; /**< of the object */
	struct tunnel_item slot[SLOT_COUNT];
};

/** All slots absent. */
void tunnel_items_init(struct tunnel_items *items, const uint8_t *at);

/** Read the members of a key column (@p cell false) or of a changed column, boxes within boxes laid
 *  flat. The object's opening brace was just read. */
enum ots_status tunnel_members(struct tunnel_decoder *d, struct ots_json *json, bool cell,
			       struct tunnel_items *items);

/** Absent, or null, which is the same. */
static inline bool tunnel_absent(const struct tunnel_item *item)
{
	return item->token == OTS_JSON_END || item->token == OTS_JSON_NULL;
}

/** A name of 1 to 255 bytes from SLOT_NAME. */
enum ots_status tunnel_name(struct tunnel_decoder *d, const struct tunnel_items *items,
			    struct ots_bytes *out);
/** A name of 1 to 255 bytes from a text. */
enum ots_status tunnel_name_from(struct tunnel_decoder *d, const struct ots_json_text *text,
				 struct ots_bytes *out);

/* --- values: backup-formats 1.6 */

/** The value in the items, by its own type, else by the schema's for d->column, else guessed (the
 *  record is flagged then). */
enum ots_status tunnel_value(struct tunnel_decoder *d, const struct tunnel_items *items,
			     struct ots_value *out);
/** An integer item, number or text. @param what  for messages, such as `an INTEGER` */
enum ots_status tunnel_integer(struct tunnel_decoder *d, const struct tunnel_item *item,
			       const char *what, int64_t *out);
/** The text of a STRING, unescaped. */
enum ots_status tunnel_text(struct tunnel_decoder *d, const struct tunnel_item *item,
			    struct ots_bytes *out);

/* --- the two JSON fields: the scanner stands before the value */

enum ots_status tunnel_key(struct tunnel_decoder *d, struct ots_json *json);
enum ots_status tunnel_cells(struct tunnel_decoder *d, struct ots_json *json);

/** A new cell at the end of the record's. @return NULL without memory */
struct ots_cell *tunnel_cell_add(struct tunnel_decoder *d);

#endif
