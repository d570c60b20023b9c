#include "snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "child_name.h"

#define ID_MASK (((uint64_t)1 << OTS_NODE_FORM_SHIFT) - 1)

struct ots_snapshot *ots_snapshot_hold(struct ots_snapshot *snapshot)
{
	(void)atomic_fetch_add_explicit(&snapshot->users, 1, memory_order_relaxed);
	return snapshot;
}

void ots_snapshot_drop(struct ots_snapshot *snapshot)
{
	if (snapshot == NULL ||
	    atomic_fetch_sub_explicit(&snapshot->users, 1, memory_order_acq_rel) > 1)
		return;
	free(snapshot->alive);
	free(snapshot->dirs);
	free(snapshot->children);
	free(snapshot->renames);
	ots_arena_release(&snapshot->names);
	free(snapshot);
}

static bool is_top(uint64_t folder)
{
	return folder >= OTS_FOLDER_TABLES && folder <= OTS_FOLDER_RAW_TOP;
}

static unsigned kind_of(const struct ots_snapshot *snapshot, uint32_t folder)
{
	return ots_index_folder(snapshot->index, folder)->kind;
}

uint32_t ots_snapshot_folder(const struct ots_snapshot *snapshot, uint64_t number)
{
	const uint64_t id = number & ID_MASK;

	if (ots_node_form(number) != OTS_NODE_FORM_FOLDER || id >= snapshot->folder_count)
		return OTS_FOLDER_NONE;
	if (!is_top(id) && snapshot->dirs[id].count == 0)
		return OTS_FOLDER_NONE;
	return (uint32_t)id;
}

static bool link_node(const struct ots_snapshot *snapshot, uint32_t link, struct ots_node *node)
{
	const uint32_t table = ots_index_folder(snapshot->index, link)->parent;

	node->kind = OTS_NODE_LINK;
	node->mtime_us = snapshot->dirs[table].newest_us;
	return snapshot->dirs[table].count > 0;
}

bool ots_snapshot_node(const struct ots_snapshot *snapshot, uint64_t number, struct ots_node *node)
{
	const uint64_t id = number & ID_MASK;
	const unsigned form = ots_node_form(number);
	const struct ots_row *row;
	uint32_t folder;

	*node = (struct ots_node){.number = number, .kind = OTS_NODE_FOLDER};
	if (form == OTS_NODE_FORM_FOLDER) {
		if (id < snapshot->folder_count &&
		    kind_of(snapshot, (uint32_t)id) == OTS_FOLDER_LATEST)
			return link_node(snapshot, (uint32_t)id, node);
		folder = ots_snapshot_folder(snapshot, number);
		if (folder == OTS_FOLDER_NONE)
			return false;
		node->mtime_us = snapshot->dirs[folder].newest_us;
		return true;
	}
	if ((form != OTS_NODE_FORM_RAW && form != OTS_NODE_FORM_JSONL) ||
	    !ots_snapshot_lives(snapshot, id))
		return false;
	row = ots_index_row(snapshot->index, (uint32_t)id);
	if (form == OTS_NODE_FORM_JSONL && !ots_row_has_text(row))
		return false;
	node->kind = OTS_NODE_FILE;
	node->object_bytes = row->size;
	node->format = ots_row_format(row);
	node->mtime_us = form == OTS_NODE_FORM_RAW ? row->mtime_us : row->time_us;
	return true;
}

uint64_t ots_snapshot_number(const struct ots_snapshot *snapshot, uint32_t folder, uint32_t ref)
{
	const unsigned kind = kind_of(snapshot, folder);
	uint64_t form = OTS_NODE_FORM_FOLDER;

	if ((ref & OTS_REF_KIND) == OTS_REF_RENAME)
		ref = snapshot->renames[ref & ~OTS_REF_KIND].ref;
	if ((ref & OTS_REF_KIND) == OTS_REF_FILE)
		form = kind == OTS_FOLDER_RAW || kind == OTS_FOLDER_TOP ? OTS_NODE_FORM_RAW
									: OTS_NODE_FORM_JSONL;
	return form << OTS_NODE_FORM_SHIFT | (ref & ~OTS_REF_KIND);
}

size_t ots_snapshot_name(const struct ots_snapshot *snapshot, uint32_t folder, uint32_t ref,
			 char out[OTS_FILE_NAME_MAX_BYTES + 1])
{
	if ((ref & OTS_REF_KIND) == OTS_REF_RENAME) {
		const struct ots_rename *rename = &snapshot->renames[ref & ~OTS_REF_KIND];

		memcpy(out, rename->name, rename->len);
		out[rename->len] = '\0';
		return rename->len;
	}
	return ots_child_name(snapshot->index, folder, ref, 0, out);
}

static int compare_names(const void *a, size_t a_len, const void *b, size_t b_len)
{
	const size_t shorter = a_len < b_len ? a_len : b_len;
	const int order = shorter > 0 ? memcmp(a, b, shorter) : 0;

	return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

bool ots_snapshot_find(const struct ots_snapshot *snapshot, uint32_t folder, struct ots_bytes name,
		       uint64_t *number)
{
	const struct ots_dir *dir = &snapshot->dirs[folder];
	uint32_t low = 0, high = dir->count;

	while (low < high) { /* ends: the range halves */
		const uint32_t middle = low + (high - low) / 2;
		const uint32_t ref = snapshot->children[dir->first + middle];
		char shown[OTS_FILE_NAME_MAX_BYTES + 1];
		const size_t len = ots_snapshot_name(snapshot, folder, ref, shown);
		const int order = compare_names(name.at, name.len, shown, len);

		if (order == 0) {
			*number = ots_snapshot_number(snapshot, folder, ref);
			return true;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

uint32_t ots_snapshot_latest(const struct ots_snapshot *snapshot, uint32_t link)
{
	uint32_t folder = ots_index_folder(snapshot->index, link)->parent;

	while (snapshot->dirs[folder].last_time !=
	       OTS_FOLDER_NONE) /* ends: children's indexes grow */
		folder = snapshot->dirs[folder].last_time;
	return folder;
}
