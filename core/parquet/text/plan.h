/** @file plan.h
 *  A schema compiled into the steps that print one row: no tree is walked, and nothing recurses,
 *  while rows are printed.
 *  Source: parquet-format, sections 4.7 to 4.9.
 *  Threads: immutable once made. */
#ifndef OTSFS_CORE_PARQUET_TEXT_PLAN_H
#define OTSFS_CORE_PARQUET_TEXT_PLAN_H

#include <otsfs/parquet/text.h>

#include "../file.h"

/** Each step begins by appending its text. */
enum step_code {
	STEP_CELL,   /* the next entry of a leaf: a value or a null */
	STEP_TEXT,   /* nothing more */
	STEP_COLUMN, /* a row of a nested column begins: its leaves agree on that */
	STEP_OPTION, /* an optional group: where it is absent, other, then go to jump */
	STEP_LIST,   /* a repeated level: where it is empty, other, then go to jump; else open */
	STEP_NEXT,   /* behind an element: a comma and back to jump, or close */
	STEP_KEY,    /* a leaf's entry as a key of a JSON object */
	STEP_QUOTE_BEGIN, /* CSV: what follows is JSON, to be one field */
	STEP_QUOTE_END,
	STEP_END /* of the row */
};

struct step {
	enum step_code code;
	uint8_t def;         /* level at which the node is present */
	uint8_t rep;         /* its repetition level */
	char open, close;    /* of STEP_LIST and STEP_NEXT; 0: nothing */
	uint32_t first, end; /* strips below the node */
	uint32_t jump;
	struct ots_bytes text; /* readable for STEP_SLACK_BYTES behind its end */
	struct ots_bytes other;
};

#define STEP_SLACK_BYTES ((size_t)32)

/** A selected leaf. */
struct strip_plan {
	uint32_t leaf;
	bool json; /* how its cells are printed */
};

struct ots_parquet_plan {
	const struct ots_parquet *file;
	enum ots_parquet_form form;
	struct ots_arena arena;
	struct step *steps;
	size_t step_count;
	struct strip_plan *strips;
	uint32_t strip_count;
	uint32_t *columns; /* nodes of the top-level columns that are printed */
	uint32_t column_count;
};

#endif
