/* READDIR and READDIRPLUS: from the listing that the handle holds, so from memory. */
#include "operations.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../node/nodes.h"

/* No reply is larger than what the kernel asks for, which is a few pages; this bounds a request
 * that is not the kernel's. */
#define REPLY_MAX_BYTES ((size_t)1 << 20)

static mode_t type_of(enum ots_node_kind kind)
{
	switch (kind) {
	case OTS_NODE_FOLDER: return S_IFDIR;
	case OTS_NODE_LINK: return S_IFLNK;
	case OTS_NODE_FILE: return S_IFREG;
	}
	return 0;
}

/* Attributes only of the catalog's nodes. Others are left to a LOOKUP when somebody wants them (the
 * number 0 tells the kernel so): some must be made first, and those of restore/ would have to be
 * counted. */
static void fill_plus(struct mount *mount, const struct listing_item *item, size_t index,
		      double timeout_s, struct fuse_entry_param *entry)
{
	const enum ots_node_class class = ots_node_class(item->number);
	struct ots_node node;
	struct attr attr;

	*entry = (struct fuse_entry_param){0};
	entry->attr.st_ino = item->number;
	entry->attr.st_mode = type_of(item->kind);
	if (index < 2 || (class != NODE_CATALOG_FILE && class != NODE_CATALOG_FOLDER) ||
	    ots_catalog_node(mount->options.catalog, item->number, &node, NULL) != OTS_OK)
		return;
	ots_attr_of_catalog(mount, &node, timeout_s, &attr);
	*entry = ots_entry_param(&attr, item->kind == OTS_NODE_LINK ? attr.timeout_s : timeout_s);
}

/* One entry into what is left of the reply. @return its bytes; above @p left: it does not fit */
static size_t put_item(fuse_req_t request, const struct listing_item *item, size_t index, bool plus,
		       double timeout_s, char *at, size_t left)
{
	char name[NAME_MAX + 1];
	const off_t next = (off_t)index + 1;
	struct fuse_entry_param entry;
	struct stat st = {.st_ino = item->number, .st_mode = type_of(item->kind)};
	const size_t len = item->name.len < sizeof name ? item->name.len : sizeof name - 1;

	memcpy(name, item->name.at, len);
	name[len] = '\0';
	if (!plus)
		return fuse_add_direntry(request, at, left, name, &st, next);
	fill_plus(fuse_req_userdata(request), item, index, timeout_s, &entry);
	return fuse_add_direntry_plus(request, at, left, name, &entry, next);
}

static void reply_items(fuse_req_t request, uint64_t folder, const struct listing *listing,
			size_t size, off_t offset, bool plus)
{
	struct mount *mount = fuse_req_userdata(request);
	const size_t room = size < REPLY_MAX_BYTES ? size : REPLY_MAX_BYTES;
	const size_t count = ots_listing_count(listing);
	const double timeout_s = plus ? ots_attr_catalog_timeout_s(mount, folder) : 0;
	char *buf = malloc(room == 0 ? 1 : room);
	size_t used = 0;

	if (buf == NULL) {
		(void)fuse_reply_err(request, ENOMEM);
		return;
	}
	for (size_t i = offset < 0 ? count : (size_t)offset; i < count; i++) {
		const struct listing_item item = ots_listing_at(listing, i);
		const size_t bytes =
			put_item(request, &item, i, plus, timeout_s, buf + used, room - used);

		if (bytes > room - used)
			break;
		used += bytes;
	}
	(void)fuse_reply_buf(request, buf, used);
	free(buf);
}

void ots_op_readdir(fuse_req_t request, fuse_ino_t number, size_t size, off_t offset,
		    struct fuse_file_info *fi)
{
	reply_items(request, number, ots_handle_of(fi)->listing, size, offset, false);
}

void ots_op_readdirplus(fuse_req_t request, fuse_ino_t number, size_t size, off_t offset,
			struct fuse_file_info *fi)
{
	reply_items(request, number, ots_handle_of(fi)->listing, size, offset, true);
}
