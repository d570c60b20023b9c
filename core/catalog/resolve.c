#include <string.h>

#include <otsfs/base/bytes.h>

#include "handle.h"

/* Move *path behind its first part that is not empty. @return false at the end */
static bool next_part(struct ots_bytes *path, struct ots_bytes *part)
{
	const uint8_t *slash;

	while (path->len > 0 && path->at[0] == '/') { /* ends: takes a byte */
		path->at++;
		path->len--;
	}
	if (path->len == 0)
		return false;
	slash = memchr(path->at, '/', path->len);
	*part = (struct ots_bytes){path->at,
				   slash != NULL ? (size_t)(slash - path->at) : path->len};
	path->at += part->len;
	path->len -= part->len;
	return true;
}

static bool top_of(struct ots_bytes part, uint64_t *number)
{
	if (ots_bytes_are(part, "tables"))
		*number = OTS_NODE_TABLES;
	else if (ots_bytes_are(part, "by-time"))
		*number = OTS_NODE_BY_TIME;
	else if (ots_bytes_are(part, "raw"))
		*number = OTS_NODE_RAW;
	else
		return false;
	return true;
}

/* One step down; `latest` is followed to its folder. */
static bool step(const struct ots_snapshot *tree, struct ots_bytes part, uint64_t *number)
{
	const uint32_t folder = ots_snapshot_folder(tree, *number);
	struct ots_node node;

	if (folder == OTS_FOLDER_NONE || !ots_snapshot_find(tree, folder, part, number) ||
	    !ots_snapshot_node(tree, *number, &node))
		return false;
	if (node.kind == OTS_NODE_LINK)
		*number = (uint64_t)OTS_NODE_FORM_FOLDER << OTS_NODE_FORM_SHIFT |
			  ots_snapshot_latest(tree, (uint32_t)(*number & UINT32_MAX));
	return true;
}

enum ots_status ots_catalog_resolve(struct ots_catalog *catalog, struct ots_bytes path,
				    struct ots_cancel *cancel, struct ots_node *node,
				    struct ots_error *err)
{
	struct ots_bytes left = path, part;
	struct ots_snapshot *tree = NULL;
	uint64_t number = 0;
	enum ots_status status;
	bool found;

	if (!next_part(&left, &part))
		return ots_fail(err, OTS_USAGE,
				"an empty path: one below tables/, by-time/ or raw/ is expected");
	status = ots_catalog_fresh(catalog, cancel, &tree, err);
	if (status != OTS_OK)
		return status;
	found = top_of(part, &number);
	while (found && next_part(&left, &part)) /* ends: each turn takes a part */
		found = step(tree, part, &number);
	if (!found || !ots_snapshot_node(tree, number, node))
		status = ots_fail(err, OTS_NOT_FOUND, "%.*s: no such path",
				  path.len < 900 ? (int)path.len : 900, (const char *)path.at);
	ots_snapshot_drop(tree);
	return status;
}
