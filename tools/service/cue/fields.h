/** @file fields.h
 *  The members of a JSON object by a table: name, kind, limits and where the value goes.
 *  Threads: the caller serialises. */
#ifndef OTSFS_SERVICE_CUE_FIELDS_H
#define OTSFS_SERVICE_CUE_FIELDS_H

#include <otsfs/text/json.h>

#include "plan.h"

/** One line while it is read. */
struct ots_cue_reader {
	struct ots_json json;
	struct ots_arena *arena;
	uint64_t line;
	const uint8_t *text; /**< of the whole file, for offsets */
	struct ots_error *err;
};

struct ots_cue_field;

enum ots_cue_field_kind {
	OTS_CUE_FIELD_INTEGER, /**< int64_t, low to high */
	OTS_CUE_FIELD_REAL,    /**< double, low to high */
	OTS_CUE_FIELD_FLAG,    /**< no value: `true` sets its bit */
	OTS_CUE_FIELD_TEXT,    /**< struct ots_bytes, low to high bytes, no NUL in it */
	OTS_CUE_FIELD_BYTES,   /**< the same with any character */
	OTS_CUE_FIELD_OTHER,   /**< read() does it */
};

/** @param first  the first token of the value, @p text with it */
typedef enum ots_status ots_cue_field_fn(struct ots_cue_reader *reader,
					 const struct ots_cue_field *field,
					 enum ots_json_token first,
					 const struct ots_json_text *text, void *base);

struct ots_cue_field {
	const char *name;
	enum ots_cue_field_kind kind;
	unsigned bit;
	size_t target; /**< offset in what the table fills */
	int64_t low, high;
	const char *expected; /**< of OTHER and TEXT: how errors call a right value */
	ots_cue_field_fn *read;
};

struct ots_cue_fields {
	const char *where; /**< in front of names in errors: `do.` */
	const struct ots_cue_field *fields;
	size_t count;
	size_t has; /**< offset of the uint32_t that holds the bits */
};

/** Read the members of an object whose OTS_JSON_OBJECT was taken, into the struct at @p base.
 *  @return OTS_OK; OTS_USAGE: no JSON, an unknown member, one twice, a wrong value; OTS_NO_MEMORY
 */
enum ots_status ots_cue_fields_read(struct ots_cue_reader *reader,
				    const struct ots_cue_fields *fields, void *base) OTS_MUST_USE;

/** A value that is not what its member takes, with what was found. @return OTS_USAGE */
enum ots_status ots_cue_field_wrong(struct ots_cue_reader *reader, const char *where,
				    const char *name, const char *expected,
				    enum ots_json_token found, const struct ots_json_text *text);

/** No JSON at all. @return OTS_USAGE */
enum ots_status ots_cue_field_bad_json(struct ots_cue_reader *reader, enum ots_json_token found);

/** Convert a value whose first token is at hand. @return false: it is none, or out of its limits */
bool ots_cue_take_integer(enum ots_json_token first, const struct ots_json_text *text, int64_t low,
			  int64_t high, int64_t *out);
bool ots_cue_take_real(enum ots_json_token first, const struct ots_json_text *text, double low,
		       double high, double *out);

/** A string, decoded into the arena with a NUL behind it. @param good  whether it is one
 *  @return OTS_OK, OTS_NO_MEMORY */
enum ots_status ots_cue_take_text(struct ots_cue_reader *reader, enum ots_json_token first,
				  const struct ots_json_text *text, struct ots_bytes *out,
				  bool *good);

#endif
