#include "listing.h"

#include <stdlib.h>
#include <string.h>

#include "tree/place.h"
#include "tree/take.h"

/* A listing under way. */
struct listing {
	struct ots_catalog *catalog;
	uint32_t folder;
	bool whole;
	struct ots_list folders, rows;
	uint8_t path[OTS_KEY_MAX_BYTES]; /* of the folder; of the whole: of the key before, up to
					    its last '/' */
	size_t path_len;
	uint32_t path_folder; /* the folder of that path */
	enum ots_status status;
};

static bool is_key(struct ots_bytes key)
{
	return key.len > 0 && key.len <= OTS_KEY_MAX_BYTES && memchr(key.at, '\0', key.len) == NULL;
}

/* The folder of a part below another. Its place is asked of the layout once, where folders are
 * listed one by one: a whole listing has the keys to say. */
static uint32_t folder_locked(struct listing *l, uint32_t parent, struct ots_bytes name)
{
	struct ots_tree *tree = &l->catalog->locked.tree;
	const uint32_t known = tree->index.folders.count;
	const uint32_t folder = ots_tree_folder_at(tree, parent, OTS_FOLDER_RAW, name);

	if (folder == OTS_FOLDER_NONE || folder < known || l->whole)
		return folder;
	return ots_place_path(tree, &l->catalog->options, folder) ? folder : OTS_FOLDER_NONE;
}

/* The folder of a path that ends in '/' or is empty; keys of one folder come in a row. */
static uint32_t path_locked(struct listing *l, struct ots_bytes dir)
{
	uint32_t folder = OTS_FOLDER_RAW_TOP;

	if (l->path_folder != OTS_FOLDER_NONE && dir.len == l->path_len &&
	    (dir.len == 0 || memcmp(l->path, dir.at, dir.len) == 0))
		return l->path_folder;
	for (size_t at = 0; at < dir.len && folder != OTS_FOLDER_NONE;) { /* ends: each has a '/' */
		const uint8_t *slash = memchr(dir.at + at, '/', dir.len - at);
		const size_t len = (size_t)(slash - (dir.at + at));

		folder = folder_locked(l, folder, (struct ots_bytes){dir.at + at, len});
		at += len + 1;
	}
	memcpy(l->path, dir.at, dir.len);
	l->path_len = dir.len;
	l->path_folder = folder;
	return folder;
}

static bool object_locked(struct listing *l, const struct ots_entry *entry)
{
	const struct ots_bytes key = entry->key;
	uint32_t folder = l->folder, row;
	size_t dir_len = l->path_len;

	if (l->whole) {
		for (dir_len = key.len; dir_len > 0 && key.at[dir_len - 1] != '/'; dir_len--)
			continue; /* ends: counts down */
		folder = path_locked(l, (struct ots_bytes){key.at, dir_len});
	}
	if (folder == OTS_FOLDER_NONE)
		return false;
	row = ots_place_row(&l->catalog->locked.tree, &l->catalog->options, folder,
			    (struct ots_bytes){key.at + dir_len, key.len - dir_len}, entry);
	return row != OTS_ROW_NONE && ots_list_add(&l->rows, row);
}

static bool subfolder_locked(struct listing *l, struct ots_bytes key)
{
	const struct ots_bytes name = {key.at + l->path_len, key.len - l->path_len - 1};
	const uint32_t folder = folder_locked(l, l->folder, name);

	return folder != OTS_FOLDER_NONE && ots_list_add(&l->folders, folder);
}

/* What a store lists that is not below the prefix, or a folder in a listing of keys, is its mistake
 * and passed over. */
static bool belongs(const struct listing *l, const struct ots_entry *entry)
{
	const struct ots_bytes key = entry->key;

	if (!is_key(key))
		return false;
	if (l->whole)
		return !entry->folder;
	if (key.len < l->path_len || memcmp(key.at, l->path, l->path_len) != 0)
		return false;
	if (entry->folder)
		return key.len > l->path_len && key.at[key.len - 1] == '/' &&
		       memchr(key.at + l->path_len, '/', key.len - l->path_len - 1) == NULL;
	return memchr(key.at + l->path_len, '/', key.len - l->path_len) == NULL;
}

static bool take_entry(void *arg, const struct ots_entry *entry)
{
	struct listing *l = arg;
	struct ots_catalog *catalog = l->catalog;
	bool good;

	if (!belongs(l, entry))
		return true;
	(void)pthread_mutex_lock(&catalog->locked.mutex);
	good = entry->folder ? subfolder_locked(l, entry->key) : object_locked(l, entry);
	if (!good)
		l->status = catalog->locked.tree.index.rows.count < OTS_SLAB_ITEMS_MAX
				    ? OTS_NO_MEMORY
				    : OTS_LIMIT;
	(void)pthread_mutex_unlock(&catalog->locked.mutex);
	return good;
}

static enum ots_status list(struct listing *l, struct ots_cancel *cancel, struct ots_error *err)
{
	const struct ots_list_request request = {.prefix = {l->path, l->whole ? 0 : l->path_len},
						 .folders = !l->whole,
						 .cancel = cancel};
	uint8_t prefix[OTS_KEY_MAX_BYTES];
	struct ots_list_request copy = request;
	enum ots_status status;

	/* The path moves along while the whole is listed. */
	memcpy(prefix, l->path, sizeof prefix);
	copy.prefix.at = prefix;
	status = ots_store_list(l->catalog->store, &copy, take_entry, l, err);
	if (status != OTS_OK)
		return status;
	if (l->status == OTS_LIMIT)
		return ots_fail(err, OTS_LIMIT, "more than %u objects seen", OTS_SLAB_ITEMS_MAX);
	if (l->status != OTS_OK)
		return ots_fail(err, l->status, "%u rows and %u folders", l->rows.count,
				l->folders.count);
	return OTS_OK;
}

static enum ots_status take(struct listing *l, struct ots_error *err)
{
	struct ots_catalog *catalog = l->catalog;
	bool good;

	(void)pthread_mutex_lock(&catalog->locked.mutex);
	good = l->whole ? ots_take_all(&catalog->locked.tree, l->rows.items, l->rows.count)
			: ots_take_folder(&catalog->locked.tree, l->folder, l->folders.items,
					  l->folders.count, l->rows.items, l->rows.count);
	(void)pthread_mutex_unlock(&catalog->locked.mutex);
	return good ? OTS_OK : ots_fail(err, OTS_NO_MEMORY, "tree of %u objects", l->rows.count);
}

static bool has_unseen(struct ots_catalog *catalog, const struct ots_list *rows)
{
	bool unseen = false;

	(void)pthread_mutex_lock(&catalog->locked.mutex);
	for (uint32_t i = 0; i < rows->count && !unseen; i++)
		unseen = ots_index_row(&catalog->locked.tree.index, rows->items[i])->format ==
			 OTS_FORMAT_RETRY;
	(void)pthread_mutex_unlock(&catalog->locked.mutex);
	return unseen;
}

enum ots_status ots_listing_run(struct ots_catalog *catalog, uint32_t folder, bool whole,
				bool looks, struct ots_cancel *cancel, bool *unseen,
				struct ots_error *err)
{
	struct listing l = {.catalog = catalog, .folder = folder, .whole = whole};
	enum ots_status status;

	if (!whole) {
		(void)pthread_mutex_lock(&catalog->locked.mutex);
		l.path_len = ots_folder_path(&catalog->locked.tree.index, folder, l.path);
		(void)pthread_mutex_unlock(&catalog->locked.mutex);
	}
	status = list(&l, cancel, err);
	if (status == OTS_OK)
		status = ots_recognise_rows(catalog, &l.rows, looks, cancel, err);
	*unseen = status == OTS_OK && !looks && has_unseen(catalog, &l.rows);
	if (status == OTS_OK)
		status = take(&l, err);
	free(l.folders.items);
	free(l.rows.items);
	return status == OTS_OK ? OTS_OK
				: ots_context(err, "list %s", ots_store_name(catalog->store));
}
