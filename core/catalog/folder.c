#include <stdlib.h>

#include <otsfs/base/buffer.h>

#include "handle.h"

/* A copy: names and numbers stay as they are whatever is listed meanwhile. */
struct ots_folder {
	struct ots_buffer names; /* one behind the other */
	size_t count;
	struct shown {
		uint64_t number;
		size_t name_offset;
		uint16_t name_len;
		enum ots_node_kind kind;
	} children[];
};

static enum ots_node_kind kind_of(const struct ots_snapshot *tree, uint64_t number)
{
	if (ots_node_form(number) != OTS_NODE_FORM_FOLDER)
		return OTS_NODE_FILE;
	return ots_index_folder(tree->index, (uint32_t)(number & UINT32_MAX))->kind ==
			       OTS_FOLDER_LATEST
		       ? OTS_NODE_LINK
		       : OTS_NODE_FOLDER;
}

static bool copy_children(const struct ots_snapshot *tree, uint32_t id, struct ots_folder *folder)
{
	for (size_t i = 0; i < folder->count; i++) {
		const uint32_t ref = tree->children[tree->dirs[id].first + i];
		struct shown *child = &folder->children[i];
		char name[OTS_FILE_NAME_MAX_BYTES + 1];

		child->number = ots_snapshot_number(tree, id, ref);
		child->kind = kind_of(tree, child->number);
		child->name_offset = folder->names.len;
		child->name_len = (uint16_t)ots_snapshot_name(tree, id, ref, name);
		if (!ots_buffer_put(&folder->names, name, child->name_len))
			return false;
	}
	return true;
}

static enum ots_status copy_folder(const struct ots_snapshot *tree, uint64_t number,
				   struct ots_folder **out, struct ots_error *err)
{
	const uint32_t id = ots_snapshot_folder(tree, number);
	struct ots_folder *folder;
	size_t count;

	if (id == OTS_FOLDER_NONE)
		return ots_fail(err, OTS_CHANGED, "folder %llx: gone since it was looked up",
				(unsigned long long)number);
	count = tree->dirs[id].count;
	folder = calloc(1, sizeof *folder + count * sizeof folder->children[0]);
	if (folder == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "folder of %zu names", count);
	ots_buffer_init(&folder->names, SIZE_MAX / 2);
	folder->count = count;
	if (!copy_children(tree, id, folder)) {
		ots_folder_close(folder);
		return ots_fail(err, OTS_NO_MEMORY, "folder of %zu names", count);
	}
	*out = folder;
	return OTS_OK;
}

enum ots_status ots_folder_open(struct ots_catalog *catalog, uint64_t folder,
				struct ots_cancel *cancel, struct ots_folder **out,
				struct ots_error *err)
{
	struct ots_snapshot *tree = NULL;
	enum ots_status status = ots_catalog_fresh(catalog, cancel, &tree, err);

	if (status == OTS_OK)
		status = copy_folder(tree, folder, out, err);
	ots_snapshot_drop(tree);
	return status;
}

size_t ots_folder_count(const struct ots_folder *folder)
{
	return folder->count;
}

struct ots_child ots_folder_at(const struct ots_folder *folder, size_t index)
{
	const struct shown *child = &folder->children[index];

	return (struct ots_child){
		.name = {folder->names.bytes + child->name_offset, child->name_len},
		.number = child->number,
		.kind = child->kind};
}

void ots_folder_close(struct ots_folder *folder)
{
	if (folder == NULL)
		return;
	ots_buffer_release(&folder->names);
	free(folder);
}
