#include "pass.h"

#include <otsfs/format/jsonl.h>

#include "memory.h"

const struct ots_encoder *pass_encoder(enum ots_node_form form)
{
	(void)form; /* RAW never comes here, and there is one other form */
	return &ots_jsonl;
}

enum ots_status pass_open(struct pass *pass, struct ots_text *text,
			  const struct allowance *allowance, struct ots_place begin,
			  uint64_t end_offset, struct ots_cancel *cancel, struct ots_error *err)
{
	const struct ots_records_options options = {
		.schema = text->schema,
		.begin = begin,
		.end_offset = end_offset,
		.batch_bytes = allowance->batch_bytes,
		.memory_bytes = allowance->decode_bytes,
	};
	const bool is_long = text->count != NULL &&
			     ots_text_is_long(text->form, ots_input_entry(text->input)->size);
	enum ots_status status = memory_reserve(text->view, allowance, is_long, cancel, err);

	if (status != OTS_OK)
		return status;
	pass->allowance = allowance;
	ots_batch_init(&pass->batch,
		       allowance->decode_bytes / 2); /* a window takes the other half */
	ots_buffer_init(&pass->out, allowance->text_bytes);
	if (text->format == OTS_FORMAT_PARQUET)
		status = rows_open(&pass->rows, text->input, allowance->decode_bytes, begin, err);
	else
		status = ots_records_open(text->input, text->format, &options, &pass->source, err);
	if (status != OTS_OK)
		pass_close(pass, text->view);
	return status;
}

void pass_close_keep_reserved(struct pass *pass)
{
	ots_source_close(pass->source);
	rows_close(&pass->rows);
	ots_batch_release(&pass->batch);
	ots_buffer_release(&pass->out);
	*pass = (struct pass){0};
}

void pass_close(struct pass *pass, struct ots_view *view)
{
	const struct allowance *allowance = pass->allowance;

	if (allowance == NULL)
		return;
	pass_close_keep_reserved(pass); /* first the memory, then the account */
	memory_release(view, allowance);
}
