#include <otsfs/object/store.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/base/checked.h>
#include <otsfs/object/input.h>

#include "backend.h"

/* Of a store behind a network: fewer than its transfers at once (net/transfer.h). */
#define PARALLEL_OPENS ((size_t)24)

enum ots_status ots_store_new(const struct ots_store_ops *ops, void *self, const char *name,
			      struct ots_store **out, struct ots_error *err)
{
	struct ots_store *store = calloc(1, sizeof *store);
	char *copy = strdup(name);

	if (store == NULL || copy == NULL) {
		free(store);
		free(copy);
		return ots_fail(err, OTS_NO_MEMORY, "%s: no memory for a store", name);
	}
	if (ops->fetch != NULL && ahead_pool_new(&store->pool, err) != OTS_OK) {
		free(store);
		free(copy);
		return OTS_NO_MEMORY;
	}
	store->ops = ops;
	store->self = self;
	store->name = copy;
	*out = store;
	return OTS_OK;
}

void ots_store_free(struct ots_store *store)
{
	if (store == NULL)
		return;
	ahead_pool_free(store->pool); /* waits for what was cancelled */
	if (store->ops->close != NULL)
		store->ops->close(store->self);
	free(store->name);
	free(store);
}

void ots_store_set_memory(struct ots_store *store, size_t bytes)
{
	if (store->pool != NULL)
		ahead_pool_set_limit(store->pool, bytes);
}

size_t ots_store_parallel(const struct ots_store *store)
{
	return store->pool != NULL ? PARALLEL_OPENS : 1;
}

const char *ots_store_name(const struct ots_store *store)
{
	return store->name;
}

void ots_store_counts(struct ots_store *store, struct ots_store_counts *counts)
{
	*counts = (struct ots_store_counts){0};
	if (store->ops->counts != NULL)
		store->ops->counts(store->self, counts);
}

enum ots_status ots_store_check_key(const struct ots_store *store, struct ots_bytes key,
				    struct ots_error *err)
{
	if (key.len == 0)
		return ots_fail(err, OTS_NOT_FOUND, "%s: no object has an empty key", store->name);
	if (key.len > OTS_KEY_MAX_BYTES)
		return ots_fail(err, OTS_NOT_FOUND, "%s: a key of %zu bytes, expected at most %d",
				store->name, key.len, OTS_KEY_MAX_BYTES);
	if (memchr(key.at, '\0', key.len) != NULL)
		return ots_fail(err, OTS_NOT_FOUND, "%s: a key with a NUL byte", store->name);
	return OTS_OK;
}

enum ots_status ots_store_list(struct ots_store *store, const struct ots_list_request *request,
			       ots_list_fn *fn, void *arg, struct ots_error *err)
{
	if (ots_cancel_asked(request->cancel))
		return ots_fail(err, OTS_CANCELLED, "%s: listing was cancelled", store->name);
	return store->ops->list(store->self, request, fn, arg, err);
}

enum ots_status ots_store_stat(struct ots_store *store, struct ots_bytes key,
			       struct ots_entry *entry, struct ots_error *err)
{
	const enum ots_status status = ots_store_check_key(store, key, err);

	return status == OTS_OK ? store->ops->stat(store->self, key, entry, err) : status;
}

enum ots_status ots_store_stat_until(struct ots_store *store, struct ots_bytes key,
				     struct ots_cancel *cancel, struct ots_entry *entry,
				     struct ots_error *err)
{
	enum ots_status status;

	if (store->ops->stat_until == NULL)
		return ots_store_stat(store, key, entry, err);
	status = ots_store_check_key(store, key, err);
	return status == OTS_OK ? store->ops->stat_until(store->self, key, cancel, entry, err)
				: status;
}

/* The object whole, and one NUL behind it. */
static enum ots_status read_whole(struct ots_input *input, size_t limit_bytes, uint8_t **bytes,
				  size_t *len, struct ots_error *err)
{
	const struct ots_entry *entry = ots_input_entry(input);
	enum ots_status status;
	uint8_t *buf = NULL;
	size_t size, room, got = 0;

	if (entry->size > limit_bytes)
		return ots_fail(
			err, OTS_LIMIT, "%.*s: %" PRIu64 " bytes, above the limit of %zu bytes",
			(int)entry->key.len, (const char *)entry->key.at, entry->size, limit_bytes);
	if (ots_to_size(entry->size, &size) && ots_size_add(size, 1, &room))
		buf = malloc(room);
	if (buf == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "%.*s: no memory for %" PRIu64 " bytes",
				(int)entry->key.len, (const char *)entry->key.at, entry->size);
	status = ots_input_read(input, 0, buf, size, &got, err);
	if (status != OTS_OK) {
		free(buf);
		return status;
	}
	buf[got] = '\0';
	*bytes = buf;
	*len = got;
	return OTS_OK;
}

enum ots_status ots_store_slurp(struct ots_store *store, struct ots_bytes key, size_t limit_bytes,
				uint8_t **bytes, size_t *len, struct ots_error *err)
{
	struct ots_input *input = NULL;
	enum ots_status status = ots_input_open(store, key, NULL, &input, err);

	if (status == OTS_OK)
		status = read_whole(input, limit_bytes, bytes, len, err);
	ots_input_close(input);
	return status;
}
