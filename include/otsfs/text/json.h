/** @file json.h
 *  A pull scanner for JSON without a tree and without recursion: one token a call, strings borrowed
 *  from the input. It also reads JSON inside a quoted CSV field, where every quote is doubled, in
 *  the same single pass (a `""` is one token there).
 *  The room `text`: JSON and CSV scanning and writing, numbers to and from text (number.h), base64,
 *  UTF-8. Threads: a scanner is a plain value; the caller serialises. */
#ifndef OTSFS_TEXT_JSON_H
#define OTSFS_TEXT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <otsfs/base/arena.h>
#include <otsfs/base/cursor.h>

#define OTS_JSON_DEPTH_MAX 32

/** `why` of a container nested deeper than the limit, to tell a limit from damage (same address).
 */
extern const char ots_json_too_deep[];

enum ots_json_token {
	OTS_JSON_OBJECT,
	OTS_JSON_OBJECT_END,
	OTS_JSON_ARRAY,
	OTS_JSON_ARRAY_END,
	OTS_JSON_NAME, /**< a member's name; its value is the next token */
	OTS_JSON_STRING,
	OTS_JSON_NUMBER, /**< text checked against the grammar, not converted */
	OTS_JSON_TRUE,
	OTS_JSON_FALSE,
	OTS_JSON_NULL,
	OTS_JSON_NONFINITE, /**< bare NaN, Infinity, -Infinity, where allowed */
	OTS_JSON_END,       /**< the one value is complete; `at` stands behind it */
	OTS_JSON_SHORT,     /**< the bytes ran out inside the value: more may mend it */
	OTS_JSON_BAD        /**< not JSON; `why` says what was expected */
};

/** Text of a NAME, STRING, NUMBER or NONFINITE, borrowed from the input. For strings: what stands
 *  between the quotes. When @p escaped is false it is the string itself. */
struct ots_json_text {
	const uint8_t *at;
	size_t len;
	bool escaped; /**< holds backslashes (or, in CSV, doubled quotes): see ots_json_unescape()
		       */
};

struct ots_json_options {
	bool in_csv;         /**< inside a quoted CSV field: each quote stands doubled */
	bool nonfinite;      /**< bare NaN, Infinity, -Infinity are tokens */
	uint8_t depth_limit; /**< 1 to OTS_JSON_DEPTH_MAX */
};

/** Fields are the scanner's own, but `at` and `why` may be read. */
struct ots_json {
	const uint8_t *at;
	const uint8_t *end;
	const char *why; /**< after BAD: static text, such as "a comma or ]" */
	struct ots_json_options options;
	uint8_t depth;
	uint8_t state;
	uint32_t objects; /**< bit d: the container at depth d is an object */
};

/** @param bytes  borrowed while the scanner and the texts it gave are in use */
void ots_json_init(struct ots_json *json, const uint8_t *bytes, size_t len,
		   struct ots_json_options options);

/** The next token. Blanks between tokens are skipped. After END, SHORT or BAD it answers the same
 *  again. Raw control bytes in strings are BAD; bytes above 0x7f pass unchecked.
 *  @param text  filled for NAME, STRING, NUMBER, NONFINITE; may be NULL */
enum ots_json_token ots_json_next(struct ots_json *json, struct ots_json_text *text);

/** After END: whether nothing but blanks stands behind the value. */
bool ots_json_rest_is_blank(const struct ots_json *json);

/** Skip one whole value: call after NAME, or where an element is expected.
 *  @return OTS_JSON_NULL when a value was skipped, else OTS_JSON_SHORT or OTS_JSON_BAD */
enum ots_json_token ots_json_skip(struct ots_json *json);

/** Skip the rest of a value whose first token @p first was just read (nothing for scalars). */
enum ots_json_token ots_json_skip_from(struct ots_json *json, enum ots_json_token first);

/** Decode a NAME or STRING: escapes, surrogate pairs, doubled quotes. A lone surrogate is an error.
 *  `\u0000` is legal. Borrows when nothing is escaped, else the bytes are the arena's.
 *  @return false: a bad escape (arena untouched but for waste), or no memory (@p no_memory set) */
bool ots_json_unescape(const struct ots_json_text *text, bool in_csv, struct ots_arena *arena,
		       struct ots_bytes *out, bool *no_memory);

/** Compare a NAME with an ASCII word without case, escapes decoded on the way. */
bool ots_json_name_is(const struct ots_json_text *text, const char *word);

#endif
