#include "listing.h"

#include <stdlib.h>
#include <string.h>

/* A listing under way. */
struct listing {
	struct ots_lister *lister;
	uint64_t *alive; /* one bit a row */
	size_t words;
	uint8_t dir[OTS_KEY_MAX_BYTES]; /* path of the key before, up to its last '/', and its
					   folder: */
	size_t dir_len;
	uint32_t dir_folder; /* keys of one folder come in a row */
	enum ots_status status;
};

/* Make the bits reach @p words, zeroed behind what there was. */
static bool widen(struct listing *l, size_t words)
{
	uint64_t *larger;

	if (words <= l->words)
		return true;
	larger = realloc(l->alive, words * sizeof *l->alive);
	if (larger == NULL)
		return false;
	memset(larger + l->words, 0, (words - l->words) * sizeof *larger);
	l->alive = larger;
	l->words = words;
	return true;
}

static bool set_alive(struct listing *l, uint32_t row)
{
	const size_t word = row / 64;

	if (word >= l->words && !widen(l, word * 2 + 64))
		return false;
	l->alive[word] |= (uint64_t)1 << (row % 64);
	return true;
}

/* The folder of a path that ends in '/' or is empty. */
static uint32_t raw_folder(struct listing *l, struct ots_bytes dir)
{
	uint32_t folder = OTS_FOLDER_RAW_TOP;

	if (l->dir_folder != OTS_FOLDER_NONE && dir.len == l->dir_len &&
	    memcmp(l->dir, dir.at, dir.len) == 0)
		return l->dir_folder;
	for (size_t at = 0; at < dir.len && folder != OTS_FOLDER_NONE;) { /* ends: each has a '/' */
		const uint8_t *slash = memchr(dir.at + at, '/', dir.len - at);
		const size_t len = (size_t)(slash - (dir.at + at));

		folder = ots_index_folder_at(&l->lister->index, folder, OTS_FOLDER_RAW,
					     (struct ots_bytes){dir.at + at, len});
		at += len + 1;
	}
	memcpy(l->dir, dir.at, dir.len);
	l->dir_len = dir.len;
	l->dir_folder = folder;
	return folder;
}

static bool is_key(struct ots_bytes key)
{
	return key.len > 0 && key.len <= OTS_KEY_MAX_BYTES && memchr(key.at, '\0', key.len) == NULL;
}

static bool list_entry(void *arg, const struct ots_entry *entry)
{
	struct listing *l = arg;
	const struct ots_bytes key = entry->key;
	size_t dir_len = key.len;
	uint32_t folder, row = OTS_ROW_NONE;

	if (entry->folder || !is_key(key))
		return true;
	while (dir_len > 0 && key.at[dir_len - 1] != '/')
		dir_len--;
	folder = raw_folder(l, (struct ots_bytes){key.at, dir_len});
	if (folder != OTS_FOLDER_NONE)
		row = ots_lister_row(l->lister, folder,
				     (struct ots_bytes){key.at + dir_len, key.len - dir_len},
				     entry);
	if (row == OTS_ROW_NONE || !set_alive(l, row))
		l->status = l->lister->index.rows.count < OTS_SLAB_ITEMS_MAX ? OTS_NO_MEMORY
									     : OTS_LIMIT;
	return l->status == OTS_OK;
}

/* The same rows live as before. */
static bool is_unchanged(const struct listing *l, const struct ots_snapshot *before)
{
	if (before == NULL || before->row_count != l->lister->index.rows.count)
		return false;
	return before->row_count == 0 ||
	       memcmp(before->alive, l->alive, ((size_t)before->row_count + 63) / 64 * 8) == 0;
}

static enum ots_status list_all(struct listing *l, struct ots_cancel *cancel, struct ots_error *err)
{
	const struct ots_list_request request = {.cancel = cancel};
	const enum ots_status status =
		ots_store_list(l->lister->store, &request, list_entry, l, err);

	if (status != OTS_OK)
		return status;
	if (l->status == OTS_LIMIT)
		return ots_fail(err, OTS_LIMIT, "more than %u objects seen", OTS_SLAB_ITEMS_MAX);
	if (l->status != OTS_OK)
		return ots_fail(err, l->status, "row %u", l->lister->index.rows.count);
	/* Rows that do not live have bits, too. */
	if (!widen(l, (size_t)l->lister->index.rows.count / 64 + 1))
		return ots_fail(err, OTS_NO_MEMORY, "bits of %u rows", l->lister->index.rows.count);
	return OTS_OK;
}

enum ots_status ots_lister_run(struct ots_lister *lister, struct ots_cancel *cancel,
			       struct ots_snapshot *before, struct ots_snapshot **out,
			       struct ots_error *err)
{
	struct listing l = {.lister = lister};
	bool changed = false;
	enum ots_status status = list_all(&l, cancel, err);

	if (status == OTS_OK)
		status = ots_lister_recognise(lister, l.alive, cancel, &changed, err);
	if (status == OTS_OK && !changed && is_unchanged(&l, before)) {
		*out = ots_snapshot_hold(before);
	} else if (status == OTS_OK) {
		status = ots_snapshot_build(&lister->index, l.alive, out, err);
		if (status == OTS_OK)
			l.alive = NULL; /* the snapshot's */
	}
	free(l.alive);
	return status == OTS_OK ? OTS_OK
				: ots_context(err, "list %s", ots_store_name(lister->store));
}
