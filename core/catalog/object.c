#include <stdlib.h>
#include <string.h>

#include "listing.h"

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
				      .is_unseen = row->format == OTS_FORMAT_RETRY,

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

static enum ots_status gone(uint64_t file, struct ots_error *err)
{
	return ots_fail(err, OTS_CHANGED, "node %llx: changed or gone since it was looked up",
			(unsigned long long)file);
}

/* Whether the row behind a file node is there, and whether anybody has looked at it. */
static bool find_row(struct ots_catalog *catalog, uint64_t file, uint32_t *row, bool *guessed)
{
	const struct ots_tree *tree = &catalog->locked.tree;
	struct ots_node node;
	bool found;

	(void)pthread_mutex_lock(&catalog->locked.mutex);
	found = ots_tree_node(tree, file, &node) && node.kind == OTS_NODE_FILE;
	*row = (uint32_t)(file & UINT32_MAX);
	*guessed = found && ots_node_form(file) != OTS_NODE_FORM_RAW &&
		   ots_index_row(&tree->index, *row)->guessed;
	(void)pthread_mutex_unlock(&catalog->locked.mutex);
	return found;
}

/* The name has said what the object is; now the object does. */
static enum ots_status confirm(struct ots_catalog *catalog, uint32_t row, struct ots_cancel *cancel,
			       struct ots_error *err)
{
	enum ots_format format = OTS_FORMAT_UNKNOWN;
	enum ots_status status = ots_recognise_row(catalog, row, cancel, &format, err);
	bool good;

	if (status != OTS_OK)
		return status;
	(void)pthread_mutex_lock(&catalog->locked.mutex);
	good = ots_tree_row_is(&catalog->locked.tree, row, (unsigned)format, false);
	(void)pthread_mutex_unlock(&catalog->locked.mutex);
	if (!good)
		return ots_fail(err, OTS_NO_MEMORY, "row %u", row);
	if (!ots_format_has_text(format))
		return ots_fail(err, OTS_UNSUPPORTED,
				"its name looks like records, its content is %s: below raw/ only",
				ots_format_word(format));
	return OTS_OK;
}

enum ots_status ots_catalog_object(struct ots_catalog *catalog, uint64_t file,
				   struct ots_object *object, struct ots_error *err)
{
	return ots_catalog_object_until(catalog, file, NULL, object, err);
}

enum ots_status ots_catalog_object_until(struct ots_catalog *catalog, uint64_t file,
					 struct ots_cancel *cancel, struct ots_object *object,
					 struct ots_error *err)
{
	const struct ots_tree *tree = &catalog->locked.tree;
	enum ots_status status = OTS_OK;
	struct ots_node node;
	uint32_t row;
	bool guessed;

	if (!find_row(catalog, file, &row, &guessed))
		return gone(file, err);
	if (guessed)
		status = confirm(catalog, row, cancel, err);
	if (status != OTS_OK)
		return status;
	(void)pthread_mutex_lock(&catalog->locked.mutex);
	if (!ots_tree_node(tree, file, &node))
		status = gone(file, err);
	else
		status = fill(&tree->index, ots_index_row(&tree->index, row), object, err);
	(void)pthread_mutex_unlock(&catalog->locked.mutex);
	return status;
}

enum ots_status ots_catalog_look_at(struct ots_catalog *catalog, uint64_t file,
				    struct ots_object *object, struct ots_error *err)
{
	enum ots_status status;

	if (!object->is_unseen)
		return OTS_OK;
	/* The tree learns of it when a folder below tables/ asks: that is a listing's to settle. */
	status = ots_recognise_row(catalog, (uint32_t)(file & UINT32_MAX), NULL, &object->format,
				   err);
	object->is_unseen = status != OTS_OK;
	return status;
}

void ots_object_release(struct ots_object *object)
{
	free(object->key);
	free(object->table);
	object->key = NULL;
	object->table = NULL;
}
