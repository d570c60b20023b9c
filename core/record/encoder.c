#include <otsfs/record/encoder.h>

enum ots_status ots_encode_batch(const struct ots_encoder *encoder, const struct ots_batch *batch,
				 struct ots_buffer *out, struct ots_error *err)
{
	for (size_t i = 0; i < batch->count; i++) {
		const enum ots_status status = encoder->record(&batch->records[i], out, err);

		if (status != OTS_OK)
			return status;
	}
	return OTS_OK;
}
