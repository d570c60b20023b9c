#include "operations.h"

#include <errno.h>

#include "../shown/generated.h"
#include "../node/nodes.h"

struct open_folder {
	struct pending pending;
	uint64_t number;
	struct fuse_file_info fi;
};

static uint64_t parent_of(struct mount *mount, uint64_t number)
{
	switch (ots_node_class(number)) {
	case NODE_CATALOG_FOLDER: {
		const uint64_t parent = ots_catalog_parent(mount->options.catalog, number);

		return parent == number ? FUSE_ROOT_ID : parent;
	}
	case NODE_JOBS: return ots_node_single(NODE_STATUS);
	case NODE_JOB: return ots_node_single(NODE_JOBS);
	case NODE_TABLE: return ots_node_single(NODE_RESTORE);
	case NODE_UNKNOWN:
	case NODE_ROOT:
	case NODE_CATALOG_FILE:
	case NODE_README:
	case NODE_STATUS:
	case NODE_MOUNT_JSON:
	case NODE_METRICS:
	case NODE_LOG:
	case NODE_JOB_FILE:
	case NODE_JOB_DEAD:
	case NODE_JOB_CONTROL:
	case NODE_RESTORE:
	case NODE_ENTRY: break;
	}
	return FUSE_ROOT_ID;
}

static bool list_root(struct mount *mount, struct listing *l)
{
	bool ok = ots_listing_add(l, "README.txt", ots_node_single(NODE_README), OTS_NODE_FILE) &&
		  ots_listing_add(l, "by-time", OTS_NODE_BY_TIME, OTS_NODE_FOLDER) &&
		  ots_listing_add(l, "raw", OTS_NODE_RAW, OTS_NODE_FOLDER);

	if (mount->tree != NULL)
		ok = ok &&
		     ots_listing_add(l, "restore", ots_node_single(NODE_RESTORE), OTS_NODE_FOLDER);
	return ok && ots_listing_add(l, "status", ots_node_single(NODE_STATUS), OTS_NODE_FOLDER) &&
	       ots_listing_add(l, "tables", OTS_NODE_TABLES, OTS_NODE_FOLDER);
}

static bool list_status(struct mount *mount, struct listing *l)
{
	bool ok = true;

	if (mount->options.state_dir != NULL)
		ok = ots_listing_add(l, "jobs", ots_node_single(NODE_JOBS), OTS_NODE_FOLDER);
	return ok && ots_listing_add(l, "log", ots_node_single(NODE_LOG), OTS_NODE_FILE) &&
	       ots_listing_add(l, "metrics.prom", ots_node_single(NODE_METRICS), OTS_NODE_FILE) &&
	       ots_listing_add(l, "mount.json", ots_node_single(NODE_MOUNT_JSON), OTS_NODE_FILE);
}

static bool add_entry(void *arg, const char *name, uint64_t number, bool link)
{
	return ots_listing_add(arg, name, number, link ? OTS_NODE_LINK : OTS_NODE_FILE);
}

static enum ots_status fill(struct mount *mount, uint64_t number, struct ots_cancel *cancel,
			    struct listing *listing, struct ots_error *err)
{
	struct ots_folder *folder = NULL;
	enum ots_status status = OTS_OK;
	bool ok = true;

	switch (ots_node_class(number)) {
	case NODE_CATALOG_FOLDER:
		status = ots_folder_open(mount->options.catalog, number, cancel, &folder, err);
		if (status == OTS_OK)
			ots_listing_set_folder(listing, folder);
		return status;
	case NODE_ROOT: ok = list_root(mount, listing); break;
	case NODE_STATUS: ok = list_status(mount, listing); break;
	case NODE_JOBS: return ots_job_folders_list(mount, listing, err);
	case NODE_JOB: return ots_job_parts_list(mount, number, listing, err);
	case NODE_RESTORE: return ots_restore_tables_list(mount->tables, cancel, listing, err);
	case NODE_TABLE:
		ok = ots_restore_tree_list(mount->tree, ots_node_table_index(number), add_entry,
					   listing);
		ots_listing_sort(listing);
		break;
	case NODE_UNKNOWN:
	case NODE_CATALOG_FILE:
	case NODE_README:
	case NODE_MOUNT_JSON:
	case NODE_METRICS:
	case NODE_LOG:
	case NODE_JOB_FILE:
	case NODE_JOB_DEAD:
	case NODE_JOB_CONTROL:
	case NODE_ENTRY: return ots_fail(err, OTS_USAGE, "not a folder");
	}
	return ok ? OTS_OK : ots_fail(err, OTS_NO_MEMORY, "listing a folder");
}

static enum ots_status open_listing(struct mount *mount, uint64_t number, struct ots_cancel *cancel,
				    struct handle **out, struct ots_error *err)
{
	struct listing *listing = ots_listing_new(number, parent_of(mount, number));
	struct handle *handle;
	enum ots_status status;

	if (listing == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "listing a folder");
	status = fill(mount, number, cancel, listing, err);
	if (status != OTS_OK)
		goto out;
	handle = ots_handle_new(HANDLE_FOLDER, number);
	if (handle == NULL) {
		status = ots_fail(err, OTS_NO_MEMORY, "listing a folder");
		goto out;
	}
	handle->listing = listing;
	ots_handle_add(&mount->handles, handle);
	listing = NULL;
	*out = handle;
out:
	ots_listing_free(listing);
	return status;
}

static void answer(fuse_req_t request, struct mount *mount, enum ots_status status,
		   struct handle *handle, struct fuse_file_info *fi, const struct ots_error *err)
{
	if (status != OTS_OK) {
		ots_reply_failure(request, mount, "listing", ERRNO_AT_LOOKUP, err);
		return;
	}
	fi->fh = (uintptr_t)handle;
	if (fuse_reply_open(request, fi) == -ENOENT)
		ots_handle_free(&mount->handles, handle);
}

static void opendir_run(struct pending *pending)
{
	struct open_folder *open = (struct open_folder *)pending;
	struct mount *mount = pending->mount;
	struct fuse_file_info fi = open->fi;
	struct handle *handle = NULL;
	struct ots_error err = {0};
	const enum ots_status status =
		open_listing(mount, open->number, &pending->cancel, &handle, &err);

	answer(ots_pending_take(pending), mount, status, handle, &fi, &err);
}

static bool is_inline(struct mount *mount, uint64_t number)
{
	const enum ots_node_class class = ots_node_class(number);

	if (class == NODE_CATALOG_FOLDER)
		return ots_catalog_is_fresh(mount->options.catalog, number);
	return class == NODE_ROOT || class == NODE_STATUS || class == NODE_TABLE;
}

void ots_op_opendir(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *fi)
{
	struct mount *mount = fuse_req_userdata(request);
	struct open_folder *open;

	if (is_inline(mount, number)) {
		struct handle *handle = NULL;
		struct ots_error err = {0};
		const enum ots_status status = open_listing(mount, number, NULL, &handle, &err);

		answer(request, mount, status, handle, fi, &err);
		return;
	}
	open = ots_pending_new(request, sizeof *open);
	if (open == NULL)
		return;
	open->number = number;
	open->fi = *fi;
	ots_pending_start_recallable(&open->pending, mount->names, opendir_run);
}

void ots_op_releasedir(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *fi)
{
	struct mount *mount = fuse_req_userdata(request);

	(void)number;
	ots_handle_free(&mount->handles, ots_handle_of(fi));
	(void)fuse_reply_err(request, 0);
}
