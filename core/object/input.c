#include <otsfs/object/input.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"

struct ots_input {
	struct ots_store *store;   /* NULL: over bytes in memory */
	void *handle;              /* the backend's */
	struct ahead *ahead;       /* where the backend has fetch */
	struct ots_bytes memory;   /* borrowed */
	struct ots_entry entry;    /* its key is the bytes below */
	struct ots_cancel *cancel; /* of reads that have none of their own */
	uint8_t key[];
};

static struct ots_input *input_new(struct ots_bytes key)
{
	struct ots_input *input = calloc(1, sizeof *input + key.len);

	if (input != NULL && key.len > 0)
		memcpy(input->key, key.at, key.len);
	return input;
}

static enum ots_status fail_changed(const struct ots_input *input, const char *etag,
				    const char *expected, struct ots_error *err)
{
	return ots_fail(err, OTS_CHANGED, "%s/%.*s: changed: its ETag is %s, expected %s",
			input->store->name, (int)input->entry.key.len,
			(const char *)input->entry.key.at, etag, expected);
}

enum ots_status ots_input_open_as(struct ots_store *store, const struct ots_open_request *request,
				  struct ots_input **out, struct ots_error *err)
{
	const struct ots_bytes key = request->key;
	struct ots_input *input = NULL;
	enum ots_status status = ots_store_check_key(store, key, err);

	if (status != OTS_OK)
		goto out;
	input = input_new(key);
	if (input == NULL) {
		status = ots_fail(err, OTS_NO_MEMORY, "%s/%.*s: no memory to open it", store->name,
				  (int)key.len, (const char *)key.at);
		goto out;
	}
	status = store->ops->open(store->self, request, &input->entry, &input->handle, err);
	if (status != OTS_OK)
		goto out;
	input->store = store; /* from here on closing shuts the handle */
	input->entry.key = (struct ots_bytes){input->key, key.len};
	if (request->etag != NULL && strcmp(request->etag, input->entry.etag) != 0) {
		status = fail_changed(input, input->entry.etag, request->etag, err);
		goto out;
	}
	if (store->pool != NULL) {
		const struct ahead_options ahead = {.ops = store->ops,
						    .self = store->self,
						    .handle = input->handle,
						    .entry = &input->entry,
						    .store_name = store->name,
						    .sparse = request->sparse};

		status = ahead_open(store->pool, &ahead, &input->ahead, err);
		if (status != OTS_OK)
			goto out;
	}
	*out = input;
	input = NULL;
out:
	ots_input_close(input);
	return status;
}

enum ots_status ots_input_open(struct ots_store *store, struct ots_bytes key, const char *etag,
			       struct ots_input **out, struct ots_error *err)
{
	return ots_input_open_as(store, &(struct ots_open_request){.key = key, .etag = etag}, out,
				 err);
}

enum ots_status ots_input_from_memory(struct ots_bytes bytes, const char *name,
				      struct ots_input **out, struct ots_error *err)
{
	struct ots_bytes key = {(const uint8_t *)name, strlen(name)};
	struct ots_input *input;

	if (key.len > OTS_KEY_MAX_BYTES)
		key.len = OTS_KEY_MAX_BYTES;
	input = input_new(key);
	if (input == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "%s: no memory to open it", name);
	input->memory = bytes;
	input->entry = (struct ots_entry){.key = {input->key, key.len}, .size = bytes.len};
	memcpy(input->entry.etag, "memory", sizeof "memory");
	*out = input;
	return OTS_OK;
}

void ots_input_close(struct ots_input *input)
{
	if (input == NULL)
		return;
	ahead_close(input->ahead);
	if (input->store != NULL)
		input->store->ops->shut(input->store->self, input->handle);
	free(input);
}

const struct ots_entry *ots_input_entry(const struct ots_input *input)
{
	return &input->entry;
}

enum ots_status ots_input_read(struct ots_input *input, uint64_t offset, void *buf, size_t len,
			       size_t *got, struct ots_error *err)
{
	return ots_input_read_until(input, offset, buf, len, got, input->cancel, err);
}

enum ots_status ots_input_check(struct ots_input *input, struct ots_error *err)
{
	struct ots_entry now = {0};
	enum ots_status status;

	if (input->store == NULL)
		return OTS_OK;
	status = ots_store_stat(input->store, input->entry.key, &now, err);
	if (status == OTS_NOT_FOUND)
		return ots_fail(err, OTS_CHANGED, "%s/%.*s: gone since it was opened",
				input->store->name, (int)input->entry.key.len,
				(const char *)input->entry.key.at);
	if (status == OTS_OK && strcmp(now.etag, input->entry.etag) != 0)
		status = fail_changed(input, now.etag, input->entry.etag, err);
	return status;
}

void ots_input_set_cancel(struct ots_input *input, struct ots_cancel *cancel)
{
	input->cancel = cancel;
}

bool ots_input_is_remote(const struct ots_input *input)
{
	return input->ahead != NULL;
}

void ots_input_begin(struct ots_input *input, uint64_t offset, size_t len, ots_input_done_fn *done,
		     void *arg, struct ots_input_read **out)
{
	const uint64_t size = input->entry.size;
	const struct ots_error none = {0};

	*out = NULL;
	if (offset >= size || len == 0) {
		done(arg, OTS_OK, NULL, 0, &none);
		return;
	}
	if (len > size - offset)
		len = (size_t)(size - offset);
	ahead_begin(input->ahead, offset, len, done, arg, out);
}

enum ots_status ots_input_read_until(struct ots_input *input, uint64_t offset, void *buf,
				     size_t len, size_t *got, struct ots_cancel *cancel,
				     struct ots_error *err)
{
	struct ots_store *store = input->store;
	enum ots_status status;

	*got = 0;
	if (offset >= input->entry.size)
		return OTS_OK;
	if (len > input->entry.size - offset)
		len = (size_t)(input->entry.size - offset);
	if (len == 0)
		return OTS_OK;
	if (store == NULL) {
		memcpy(buf, input->memory.at + offset, len);
		*got = len;
		return OTS_OK;
	}
	if (input->ahead != NULL) {
		status = ahead_read(input->ahead, offset, buf, len, cancel, err);
		*got = status == OTS_OK ? len : 0;
		return status;
	}
	status = store->ops->read(store->self, input->handle, offset, buf, len, got, err);
	if (status != OTS_OK) {
		*got = 0;
		return status;
	}
	if (*got < len) { /* whatever the backend thinks: the pinned size promised more */
		const uint64_t end = offset + *got;

		*got = 0;
		return ots_fail(err, OTS_CHANGED,
				"%s/%.*s: changed: it ends at byte %" PRIu64 ", expected %" PRIu64
				" bytes",
				store->name, (int)input->entry.key.len,
				(const char *)input->entry.key.at, end, input->entry.size);
	}
	return OTS_OK;
}
