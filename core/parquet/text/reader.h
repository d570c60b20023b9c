/** @file reader.h
 *  What a reader of rows is made of. The loop over rows stands in rows.h, compiled once for each
 *  set of instructions; what nested columns need beside it in nested.c. */
#ifndef OTSFS_CORE_PARQUET_TEXT_READER_H
#define OTSFS_CORE_PARQUET_TEXT_READER_H

#include "plan.h"
#include "strip.h"

/** Where text is written: behind out->len up to `limit`, which is all of out's room. */
struct pen {
	struct ots_buffer *out;
	char *limit;
	struct ots_error *err;
	enum ots_status status; /* why there is no more room, or no more rows */
	size_t row_begin;       /* place in out of the row at hand */
	size_t quote_begin;     /* of STEP_QUOTE_BEGIN */
};

/** Make room for @p need bytes at @p to. @return where @p to is now; NULL: pen->status says why */
char *pen_grow(struct pen *pen, char *to, size_t need);

static inline char *pen_room(struct pen *pen, char *to, size_t need)
{
	return (size_t)(pen->limit - to) >= need ? to : pen_grow(pen, to, need);
}

struct ots_parquet_reader;

/** Print @p rows rows, at most as many as every flat strip has entries left.
 *  @return rows printed whole; fewer: pen->status says why */
typedef uint32_t rows_print_fn(struct ots_parquet_reader *reader, struct pen *pen, uint32_t rows);
rows_print_fn rows_print_base, rows_print_avx2;

/** Whether this build has AVX2 code at all. */
extern const bool rows_have_avx2;

/** A column of a flat table while a batch of rows is printed: all that a cell needs, side by side.
 */
struct lane {
	struct ots_bytes text; /* in front of the cell; readable for STEP_SLACK_BYTES more */
	const uint8_t *defs;   /* of the next entry; NULL: all have values */
	const uint8_t *fixed;  /* the next value, in one of these */
	const struct ots_bytes *bytes;
	const uint32_t *indices;
	const uint8_t *slots;
	struct strip *strip;
	int code;
	uint8_t max_def;
	bool json;
};

struct ots_parquet_reader {
	const struct ots_parquet_plan *plan;
	struct lane *lanes; /* NULL: a column is nested */
	size_t lane_bytes;  /* what a row takes beside text, binary and decimals */
	rows_print_fn *print;
	struct account account;
	struct ots_decompressor *decompressor;
	struct room payload; /* compressed bytes of whichever page is being opened */
	struct strip *strips;
	size_t group;
	uint64_t rows_left;
	bool begun;
};

/** The steps of nested columns. Each takes the step at hand and gives the next, or NULL with
 *  pen->status set. *to moves with what is written. */
const struct step *step_column(struct ots_parquet_reader *reader, struct pen *pen,
			       const struct step *step);
const struct step *step_option(struct ots_parquet_reader *reader, struct pen *pen,
			       const struct step *step, char **to);
const struct step *step_list(struct ots_parquet_reader *reader, struct pen *pen,
			     const struct step *step, char **to);
const struct step *step_next(struct ots_parquet_reader *reader, struct pen *pen,
			     const struct step *step, char **to);
const struct step *step_key(struct ots_parquet_reader *reader, struct pen *pen,
			    const struct step *step, char **to);
const struct step *step_quote_end(struct pen *pen, const struct step *step, char **to);

/** Fill a nested strip whose window is consumed; its chunk must not be at its end.
 *  @return false: pen->status says why */
bool strip_need(struct strip *strip, struct pen *pen);

#endif
