#include <stdlib.h>
#include <string.h>

#include "handle.h"

const char *ots_time_from_word(enum ots_time_from from)
{
	switch (from) {
	case OTS_TIME_FROM_MANIFEST: return "manifest";
	case OTS_TIME_FROM_NAME: return "name";
	case OTS_TIME_FROM_PATH: return "path";
	case OTS_TIME_FROM_MTIME: return "mtime";
	}
	return "";
}

/* With a NUL behind, for messages. */
static char *copy_text(struct ots_bytes text)
{
	char *copy = malloc(text.len + 1);

	if (copy == NULL)
		return NULL;
	if (text.len > 0)
		memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	return copy;
}

static enum ots_status fill(const struct ots_index *index, const struct ots_row *row,
			    struct ots_object *object, struct ots_error *err)
{
	const struct ots_bytes etag = ots_row_etag(row);
	const bool text = ots_row_has_text(row);
	uint8_t key[OTS_KEY_MAX_BYTES];

	*object = (struct ots_object){.size = row->size,
				      .mtime_us = row->mtime_us,
				      .format = ots_row_format(row),
				      .time_us = row->time_us,
				      .time_from = (enum ots_time_from)row->time_from};
	object->key_len = ots_row_key(index, row, key);
	object->key = copy_text((struct ots_bytes){key, object->key_len});
	if (text)
		object->table = copy_text(ots_row_table(index, row));
	if (object->key == NULL || (text && object->table == NULL)) {
		ots_object_release(object);
		return ots_fail(err, OTS_NO_MEMORY, "object of %zu bytes of key", object->key_len);
	}
	memcpy(object->etag, etag.at, etag.len); /* shorter than the field: cut when it was kept */
	return OTS_OK;
}

enum ots_status ots_catalog_object(struct ots_catalog *catalog, uint64_t file,
				   struct ots_object *object, struct ots_error *err)
{
	struct ots_snapshot *tree = ots_catalog_current(catalog);
	struct ots_node node;
	enum ots_status status;

	if (tree == NULL || !ots_snapshot_node(tree, file, &node) || node.kind != OTS_NODE_FILE)
		status = ots_fail(err, OTS_CHANGED,
				  "node %llx: changed or gone since it was looked up",
				  (unsigned long long)file);
	else
		status =
			fill(tree->index, ots_index_row(tree->index, (uint32_t)(file & UINT32_MAX)),
			     object, err);
	ots_snapshot_drop(tree);
	return status;
}

void ots_object_release(struct ots_object *object)
{
	free(object->key);
	free(object->table);
	object->key = NULL;
	object->table = NULL;
}
