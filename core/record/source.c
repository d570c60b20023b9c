#include <otsfs/record/source.h>

#include <stdlib.h>

struct ots_source {
	const struct ots_source_ops *ops;
	void *self;
	bool ended;
	bool failed;
	enum ots_status status; /* of the failed call */
	struct ots_error error; /* of the call that failed: said again by every later one */
};

enum ots_status ots_source_new(const struct ots_source_ops *ops, void *self,
			       struct ots_source **out, struct ots_error *err)
{
	struct ots_source *source = calloc(1, sizeof *source);

	if (source == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "source");
	source->ops = ops;
	source->self = self;
	*out = source;
	return OTS_OK;
}

enum ots_status ots_source_next(struct ots_source *source, struct ots_batch *batch,
				struct ots_error *err)
{
	enum ots_status status = OTS_OK;

	ots_batch_reset(batch);
	if (!source->failed && !source->ended) {
		status = source->ops->next(source->self, batch, &source->error);
		source->status = status;
		source->failed = status != OTS_OK;
		source->ended = status == OTS_OK && batch->count == 0;
	}
	if (!source->failed)
		return OTS_OK;
	/* No half of a batch is handed out beside an error. */
	ots_batch_reset(batch);
	if (err != NULL)
		*err = source->error;
	return source->status;
}

void ots_source_close(struct ots_source *source)
{
	if (source == NULL)
		return;
	if (source->ops->close != NULL)
		source->ops->close(source->self);
	free(source);
}
