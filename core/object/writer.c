#include <otsfs/object/writer.h>

#include <stdlib.h>

#include "backend.h"

struct ots_writer {
	struct ots_store *store;
	void *handle; /* the backend's */
};

static enum ots_status cannot(const struct ots_store *store, const char *what,
			      struct ots_error *err)
{
	return ots_fail(err, OTS_UNSUPPORTED, "%s: %s is not possible there", store->name, what);
}

enum ots_status ots_store_write(struct ots_store *store, const struct ots_write_request *request,
				struct ots_writer **out, struct ots_error *err)
{
	struct ots_writer *writer;
	enum ots_status status = ots_store_check_key(store, request->key, err);

	if (status != OTS_OK)
		return status;
	if (store->ops->write == NULL)
		return cannot(store, "writing", err);
	writer = calloc(1, sizeof *writer);
	if (writer == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "%s: writing an object", store->name);
	writer->store = store;
	status = store->ops->write(store->self, request, &writer->handle, err);
	if (status == OTS_OK)
		*out = writer;
	else
		free(writer);
	return status;
}

enum ots_status ots_writer_put(struct ots_writer *writer, const void *bytes, size_t len,
			       struct ots_error *err)
{
	return writer->store->ops->put(writer->handle, bytes, len, err);
}

enum ots_status ots_writer_finish(struct ots_writer *writer, struct ots_error *err)
{
	const enum ots_status status = writer->store->ops->finish(writer->handle, err);

	free(writer);
	return status;
}

void ots_writer_abort(struct ots_writer *writer)
{
	if (writer == NULL)
		return;
	writer->store->ops->abort(writer->handle);
	free(writer);
}

enum ots_status ots_store_delete(struct ots_store *store, struct ots_bytes key,
				 struct ots_error *err)
{
	const enum ots_status status = ots_store_check_key(store, key, err);

	if (status != OTS_OK)
		return status;
	if (store->ops->delete_key == NULL)
		return cannot(store, "deleting", err);
	return store->ops->delete_key(store->self, key, err);
}

enum ots_status ots_store_thaw(struct ots_store *store, struct ots_bytes key, unsigned days,
			       const char *tier, enum ots_thaw *outcome, struct ots_error *err)
{
	enum ots_status status = ots_store_check_key(store, key, err);
	int told = OTS_THAW_NOT_COLD;

	if (status != OTS_OK)
		return status;
	if (store->ops->thaw != NULL) /* elsewhere nothing is cold */
		status = store->ops->thaw(store->self, key, days, tier, &told, err);
	*outcome = (enum ots_thaw)told;
	return status;
}
