/* Record JSONL: what decodes, encodes; and the text reads back to equal records, with borrowed
 * strings inside the batch's arena or the decoder's window (ASan watches both). */
#include <otsfs/format/jsonl.h>

#include <stdlib.h>

#define ARENA_BYTES ((size_t)16 * 1024 * 1024)
#define OUT_BYTES ((size_t)64 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All records of @p bytes, copied into @p all. @return the status of the end */
static enum ots_status decode(struct ots_bytes bytes, struct ots_batch *all)
{
	/* A small batch and window: records and refills meet everywhere. */
	const struct ots_records_options options = {
		.begin = {0, 1}, .batch_bytes = 16, .memory_bytes = 1 << 20};
	struct ots_source *source = NULL;
	struct ots_input *input = NULL;
	struct ots_error err = {0};
	struct ots_batch batch;
	enum ots_status status;

	ots_batch_init(&batch, ARENA_BYTES);
	status = ots_input_from_memory(bytes, "fuzz", &input, &err);
	if (status == OTS_OK)
		status = ots_jsonl_open(input, &options, &source, &err);
	while (status == OTS_OK) { /* ends: the source does */
		status = ots_source_next(source, &batch, &err);
		if ((status == OTS_OK) != (err.text[0] == '\0'))
			abort(); /* a refusal says why, a success says nothing */
		if (status != OTS_OK || batch.count == 0)
			break;
		for (size_t i = 0; i < batch.count; i++) {
			if (ots_batch_add_copy(all, &batch.records[i], &err) != OTS_OK)
				abort();
		}
	}
	ots_source_close(source);
	ots_input_close(input);
	ots_batch_release(&batch);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ots_batch first, second;
	struct ots_error err = {0};
	struct ots_buffer out;

	if (size > 1 << 16)
		return 0;
	ots_batch_init(&first, OUT_BYTES);
	ots_batch_init(&second, OUT_BYTES);
	ots_buffer_init(&out, OUT_BYTES);
	(void)decode((struct ots_bytes){data, size}, &first);
	if (ots_encode_batch(&ots_jsonl, &first, &out, &err) != OTS_OK)
		abort();
	if (decode((struct ots_bytes){out.bytes, out.len}, &second) != OTS_OK ||
	    first.count != second.count)
		abort();
	for (size_t i = 0; i < first.count; i++) {
		if (!ots_record_equal(&first.records[i], &second.records[i]))
			abort();
	}
	ots_buffer_release(&out);
	ots_batch_release(&first);
	ots_batch_release(&second);
	return 0;
}
