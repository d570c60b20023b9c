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

static enum ots_node_kind kind_of(const struct ots_index *index, uint64_t number)
{
	if (ots_node_form(number) != OTS_NODE_FORM_FOLDER)
		return OTS_NODE_FILE;
	return ots_index_folder(index, (uint32_t)(number & UINT32_MAX))->kind == OTS_FOLDER_LATEST
		       ? OTS_NODE_LINK
		       : OTS_NODE_FOLDER;
}

/* Without the lock: children are immutable, and names in the index do not change. */
static bool copy_children(const struct ots_index *index, const struct ots_children *children,
			  struct ots_folder *folder)
{
	for (uint32_t i = 0; i < children->count; i++) {
		struct shown *child = &folder->children[i];
		char name[OTS_FILE_NAME_MAX_BYTES + 1];

		child->number = ots_child_number(children, index, i);
		child->kind = kind_of(index, child->number);
		child->name_offset = folder->names.len;
		child->name_len = (uint16_t)ots_child_shown(children, index, i, name);
		if (!ots_buffer_put(&folder->names, name, child->name_len))
			return false;
	}
	folder->count = children->count;
	return true;
}

static enum ots_status copy_folder(const struct ots_index *index,
				   const struct ots_children *children, struct ots_folder **out,
				   struct ots_error *err)
{
	struct ots_folder *folder =
		calloc(1, sizeof *folder + children->count * sizeof folder->children[0]);

	if (folder == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "folder of %u names", children->count);
	ots_buffer_init(&folder->names, SIZE_MAX / 2);
	if (!copy_children(index, children, folder)) {
		ots_folder_close(folder);
		return ots_fail(err, OTS_NO_MEMORY, "folder of %u names", children->count);
	}
	*out = folder;
	return OTS_OK;
}

/* The children as they are now, held. */
static enum ots_status hold_children_locked(struct ots_catalog *catalog, uint64_t number,
					    struct ots_cancel *cancel, struct ots_children **out,
					    struct ots_error *err)
{
	struct ots_tree *tree = &catalog->locked.tree;
	uint32_t id = ots_tree_folder(tree, number);
	struct ots_children *children;
	/* A number whose folder is gone says so after a listing only: it may be back. */
	const enum ots_status status = ots_catalog_ready_locked(
		catalog, id != OTS_FOLDER_NONE ? id : OTS_FOLDER_RAW_TOP, cancel, err);

	if (status != OTS_OK)
		return status;
	id = ots_tree_folder(tree, number);
	if (id == OTS_FOLDER_NONE)
		return ots_fail(err, OTS_CHANGED, "folder %llx: gone since it was looked up",
				(unsigned long long)number);
	children = ots_tree_children(tree, id);
	if (children == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "folder of %u names",
				ots_tree_dir(tree, id)->rows.count);
	*out = ots_children_hold(children);
	return OTS_OK;
}

enum ots_status ots_folder_open(struct ots_catalog *catalog, uint64_t folder,
				struct ots_cancel *cancel, struct ots_folder **out,
				struct ots_error *err)
{
	struct ots_children *children = NULL;
	enum ots_status status;

	(void)pthread_mutex_lock(&catalog->locked.mutex);
	status = hold_children_locked(catalog, folder, cancel, &children, err);
	(void)pthread_mutex_unlock(&catalog->locked.mutex);
	if (status == OTS_OK)
		status = copy_folder(&catalog->locked.tree.index, children, out, err);
	ots_children_drop(children);
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
