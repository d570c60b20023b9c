/** @file pass.h
 *  One way through records of an object: a decoder, the batch it fills and the buffer the text goes
 *  to, under an allowance that was reserved.
 *  Threads: the caller serialises. */
#ifndef OTSFS_CORE_VIEW_PASS_H
#define OTSFS_CORE_VIEW_PASS_H

#include "rows.h"
#include "state.h"

struct pass {
	const struct allowance *allowance; /* reserved; NULL: closed */
	struct ots_source *source;
	struct rows rows; /* of Parquet, instead of a source */
	struct ots_batch batch;
	struct ots_buffer out;
};

/** Reserve the allowance and open the decoder.
 *  @param pass        zeroed or closed
 *  @param end_offset  0: the object's end
 *  @return OTS_OK, OTS_CANCELLED, or as ots_records_open() */
enum ots_status pass_open(struct pass *pass, struct ots_text *text,
			  const struct allowance *allowance, struct ots_place begin,
			  uint64_t end_offset, struct ots_cancel *cancel,
			  struct ots_error *err) OTS_MUST_USE;

/** Everything it holds goes, the reservation too. A closed one stays so. */
void pass_close(struct pass *pass, struct ots_view *view);

/** As pass_close(), but the reservation stays the caller's. */
void pass_close_keep_reserved(struct pass *pass);

/** How the text of a form is written. */
const struct ots_encoder *pass_encoder(enum ots_node_form form);

/** What decoding the object of @p text is given at first. */
static inline const struct allowance *pass_allowance(const struct ots_text *text)
{
	return text->format == OTS_FORMAT_PARQUET ? &text->view->columns : &text->view->small;
}

/** Whether a larger allowance may help. */
static inline bool pass_needs_more(const struct pass *pass, const struct ots_view *view,
				   enum ots_status status)
{
	return pass->allowance != NULL && pass->allowance != &view->large &&
	       (status == OTS_LIMIT || status == OTS_NO_MEMORY);
}

#endif
