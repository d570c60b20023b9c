/** @file file.h
 *  What an opened file is inside the room. */
#ifndef OTSFS_CORE_PARQUET_FILE_H
#define OTSFS_CORE_PARQUET_FILE_H

#include <otsfs/parquet/file.h>

#include "meta/footer.h"

struct ots_parquet {
	struct ots_input *input; /* borrowed */
	uint8_t *tail;           /* the footer's bytes, which names and statistics borrow */
	struct ots_arena arena;
	struct footer footer;
	uint64_t data_end; /* where the footer begins */
};

#endif
