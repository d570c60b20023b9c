#include "memory_store.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct item {
	uint8_t *key;
	size_t key_len;
	uint8_t *content;
	size_t size;
	int64_t mtime_us;
	uint64_t version;
	enum ots_status fail_open;
};

struct memory_store {
	pthread_mutex_t mutex;
	struct item *items; /* sorted by key */
	size_t count, capacity;
	uint64_t versions;
	bool gate_shut;
	enum ots_status fail_list;
	unsigned waiting, lists, opens;
	uint64_t bytes_read;
};

struct memory_store *memory_store_new(void)
{
	struct memory_store *store = calloc(1, sizeof *store);

	assert(store != NULL);
	(void)pthread_mutex_init(&store->mutex, NULL);
	return store;
}

static void free_item(struct item *item)
{
	free(item->key);
	free(item->content);
}

static void close_store(void *self)
{
	struct memory_store *store = self;

	for (size_t i = 0; i < store->count; i++)
		free_item(&store->items[i]);
	free(store->items);
	(void)pthread_mutex_destroy(&store->mutex);
	free(store);
}

static void lock(struct memory_store *store)
{
	(void)pthread_mutex_lock(&store->mutex);
}

static void unlock(struct memory_store *store)
{
	(void)pthread_mutex_unlock(&store->mutex);
}

static int compare_keys(const struct item *item, struct ots_bytes key)
{
	const size_t shorter = item->key_len < key.len ? item->key_len : key.len;
	const int order = memcmp(item->key, key.at, shorter);

	return order != 0 ? order : (item->key_len > key.len) - (item->key_len < key.len);
}

/* Where the key is, or would be. */
static size_t place_of(const struct memory_store *store, struct ots_bytes key, bool *found)
{
	size_t low = 0, high = store->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (compare_keys(&store->items[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*found = low < store->count && compare_keys(&store->items[low], key) == 0;
	return low;
}

static uint8_t *copy_of(struct ots_bytes bytes)
{
	uint8_t *copy = malloc(bytes.len + 1);

	assert(copy != NULL);
	if (bytes.len > 0)
		memcpy(copy, bytes.at, bytes.len);
	return copy;
}

static struct ots_bytes text_bytes(const char *text)
{
	return (struct ots_bytes){(const uint8_t *)text, strlen(text)};
}

void memory_store_put_bytes(struct memory_store *store, struct ots_bytes key,
			    struct ots_bytes content, int64_t mtime_us)
{
	bool found;
	size_t at;

	lock(store);
	at = place_of(store, key, &found);
	if (found) {
		free_item(&store->items[at]);
	} else {
		if (store->count == store->capacity) {
			store->capacity = store->capacity * 2 + 16;
			store->items =
				realloc(store->items, store->capacity * sizeof *store->items);
			assert(store->items != NULL);
		}
		memmove(store->items + at + 1, store->items + at,
			(store->count - at) * sizeof *store->items);
		store->count++;
	}
	store->items[at] = (struct item){.key = copy_of(key),
					 .key_len = key.len,
					 .content = copy_of(content),
					 .size = content.len,
					 .mtime_us = mtime_us,
					 .version = ++store->versions};
	unlock(store);
}

void memory_store_put(struct memory_store *store, const char *key, const char *content,
		      int64_t mtime_us)
{
	memory_store_put_bytes(store, text_bytes(key), text_bytes(content), mtime_us);
}

void memory_store_remove(struct memory_store *store, const char *key)
{
	bool found;
	size_t at;

	lock(store);
	at = place_of(store, text_bytes(key), &found);
	if (found) {
		free_item(&store->items[at]);
		memmove(store->items + at, store->items + at + 1,
			(store->count - at - 1) * sizeof *store->items);
		store->count--;
	}
	unlock(store);
}

void memory_store_fail_open(struct memory_store *store, const char *key, enum ots_status status)
{
	bool found;
	size_t at;

	lock(store);
	at = place_of(store, text_bytes(key), &found);
	assert(found);
	store->items[at].fail_open = status;
	unlock(store);
}

void memory_store_fail_list(struct memory_store *store, enum ots_status status)
{
	lock(store);
	store->fail_list = status;
	unlock(store);
}

void memory_store_shut_gate(struct memory_store *store, bool shut)
{
	lock(store);
	store->gate_shut = shut;
	unlock(store);
}

unsigned memory_store_waiting(struct memory_store *store)
{
	unsigned waiting;

	lock(store);
	waiting = store->waiting;
	unlock(store);
	return waiting;
}

unsigned memory_store_lists(struct memory_store *store)
{
	unsigned lists;

	lock(store);
	lists = store->lists;
	unlock(store);
	return lists;
}

unsigned memory_store_opens(struct memory_store *store)
{
	unsigned opens;

	lock(store);
	opens = store->opens;
	unlock(store);
	return opens;
}

uint64_t memory_store_bytes_read(struct memory_store *store)
{
	uint64_t bytes_read;

	lock(store);
	bytes_read = store->bytes_read;
	unlock(store);
	return bytes_read;
}

static void fill_entry(const struct item *item, struct ots_bytes key, struct ots_entry *entry)
{
	*entry = (struct ots_entry){.key = key, .size = item->size, .mtime_us = item->mtime_us};
	(void)snprintf(entry->etag, sizeof entry->etag, "v%llu", (unsigned long long)item->version);
}

/* Waits while the gate is shut. @return false: cancelled */
static bool pass_gate(struct memory_store *store, struct ots_cancel *cancel)
{
	bool shut, cancelled = false;

	lock(store);
	store->waiting++;
	shut = store->gate_shut;
	unlock(store);
	while (shut && !cancelled) { /* ends: the test opens the gate or cancels */
		cancelled = ots_cancel_wait(cancel, 1);
		lock(store);
		shut = store->gate_shut;
		unlock(store);
	}
	lock(store);
	store->waiting--;
	unlock(store);
	return !cancelled;
}

static bool begins_with(const struct item *item, struct ots_bytes prefix)
{
	return item->key_len >= prefix.len &&
	       (prefix.len == 0 || memcmp(item->key, prefix.at, prefix.len) == 0);
}

/* The bytes of a key that an entry shows: up to the first '/' behind the prefix where folders are
 * asked for. @return its length; *folder: it is cut there */
static size_t shown_len(const struct item *item, const struct ots_list_request *request,
			bool *folder)
{
	const uint8_t *slash = NULL;

	if (request->folders && item->key_len > request->prefix.len)
		slash = memchr(item->key + request->prefix.len, '/',
			       item->key_len - request->prefix.len);
	*folder = slash != NULL;
	return slash != NULL ? (size_t)(slash - item->key) + 1 : item->key_len;
}

static bool same_key(struct ots_bytes key, const struct item *item, size_t len)
{
	return key.len == len && memcmp(key.at, item->key, len) == 0;
}

/* Entries as they are at one moment, so that the callback may take its time. */
static enum ots_status list(void *self, const struct ots_list_request *request, ots_list_fn *fn,
			    void *arg, struct ots_error *err)
{
	struct memory_store *store = self;
	struct ots_entry *entries;
	enum ots_status fail;
	size_t count = 0;

	lock(store);
	store->lists++;
	unlock(store);
	if (!pass_gate(store, request->cancel))
		return ots_fail(err, OTS_CANCELLED, "memory: asked to stop");
	lock(store);
	fail = store->fail_list;
	entries = calloc(store->count + 1, sizeof *entries);
	assert(entries != NULL);
	for (size_t i = 0; i < store->count; i++) {
		const struct item *item = &store->items[i];
		size_t len;
		bool folder;

		if (!begins_with(item, request->prefix))
			continue;
		len = shown_len(item, request, &folder);
		if (folder && count > 0 && entries[count - 1].folder &&
		    same_key(entries[count - 1].key, item, len))
			continue;
		fill_entry(item,
			   (struct ots_bytes){copy_of((struct ots_bytes){item->key, len}), len},
			   &entries[count]);
		if (folder)
			entries[count] =
				(struct ots_entry){.key = entries[count].key, .folder = true};
		count++;
	}
	unlock(store);
	for (size_t i = 0; fail == OTS_OK && i < count; i++) {
		if (!fn(arg, &entries[i]))
			break;
	}
	for (size_t i = 0; i < count; i++) {
		uint8_t *key;

		memcpy(&key, &entries[i].key.at, sizeof key); /* ours, though the view is const */
		free(key);
	}
	free(entries);
	return fail == OTS_OK ? OTS_OK : ots_fail(err, fail, "memory: listing fails on cue");
}

static enum ots_status stat_key(void *self, struct ots_bytes key, struct ots_entry *entry,
				struct ots_error *err)
{
	struct memory_store *store = self;
	bool found;
	size_t at;

	lock(store);
	at = place_of(store, key, &found);
	if (found)
		fill_entry(&store->items[at], key, entry);
	unlock(store);
	return found ? OTS_OK : ots_fail(err, OTS_NOT_FOUND, "memory: no such key");
}

/* A handle is a copy of the object as it was. */
static enum ots_status open_key(void *self, const struct ots_open_request *request,
				struct ots_entry *entry, void **handle, struct ots_error *err)
{
	const struct ots_bytes key = request->key;

	struct memory_store *store = self;
	enum ots_status status = OTS_OK;
	bool found;
	size_t at;

	lock(store);
	store->opens++;
	at = place_of(store, key, &found);
	if (!found) {
		status = ots_fail(err, OTS_NOT_FOUND, "memory: no such key");
	} else if (store->items[at].fail_open != OTS_OK) {
		status = ots_fail(err, store->items[at].fail_open, "memory: open fails on cue");
	} else {
		const struct item *item = &store->items[at];

		fill_entry(item, key, entry);
		*handle = copy_of((struct ots_bytes){item->content, item->size});
	}
	unlock(store);
	return status;
}

static enum ots_status read_handle(void *self, void *handle, uint64_t offset, void *buf, size_t len,
				   size_t *got, struct ots_error *err)
{
	struct memory_store *store = self;

	(void)err;
	lock(store);
	store->bytes_read += len;
	unlock(store);
	/* ots_input_read() never asks for more than the entry's size. */
	memcpy(buf, (const uint8_t *)handle + offset, len);
	*got = len;
	return OTS_OK;
}

static void shut(void *self, void *handle)
{
	(void)self;
	free(handle);
}

const struct ots_store_ops memory_store_ops = {
	.list = list,
	.stat = stat_key,
	.open = open_key,
	.read = read_handle,
	.shut = shut,
	.close = close_store,
};
