/* The examples of README.txt: a table and a file that there are. */
#include "generated.h"

#include <stdlib.h>
#include <string.h>

#include "../drop/drop_rules.h"
#include "readme.h"

#define PATH_LIMIT_BYTES 4096
#define DEPTH_MAX 16 /* table, five parts of time, object: far fewer */

/* Walk down from tables/, each time to the first child, until a file. An empty tree is no failure.
 */
static enum ots_status find_example(struct mount *mount, struct ots_cancel *cancel,
				    struct ots_buffer *table, struct ots_buffer *file,
				    struct ots_error *err)
{
	uint64_t folder = OTS_NODE_TABLES;

	if (!ots_buffer_puts(file, "tables"))
		return ots_buffer_fail(file, 1, "README.txt", err);
	for (unsigned depth = 0; depth < DEPTH_MAX; depth++) {
		struct ots_folder *open = NULL;
		struct ots_child child = {.kind = OTS_NODE_LINK};
		bool ok;
		enum ots_status status =
			ots_folder_open(mount->options.catalog, folder, cancel, &open, err);

		if (status != OTS_OK)
			return status;
		for (size_t i = 0; i < ots_folder_count(open) && child.kind == OTS_NODE_LINK; i++)
			child = ots_folder_at(open, i);
		ok = child.kind == OTS_NODE_LINK ||
		     (ots_buffer_put_byte(file, '/') &&
		      ots_buffer_put(file, child.name.at, child.name.len) &&
		      (depth > 0 || ots_buffer_put(table, child.name.at, child.name.len)));
		ots_folder_close(open);
		if (!ok)
			return ots_buffer_fail(file, 1, "README.txt", err);
		if (child.kind == OTS_NODE_FILE)
			return OTS_OK;
		if (child.kind == OTS_NODE_LINK)
			break;
		folder = child.number;
	}
	file->len = 0; /* no file was found */
	return OTS_OK;
}

/* "tables/x" or "restore/x", NUL-terminated, where @p table has a name. */
static const char *below(struct ots_buffer *out, const char *folder, const struct ots_buffer *table)
{
	if (table->len == 0 || !ots_buffer_puts(out, folder) || !ots_buffer_put_byte(out, '/') ||
	    !ots_buffer_put(out, table->bytes, table->len) || !ots_buffer_put_byte(out, '\0'))
		return NULL;
	return (const char *)out->bytes;
}

enum ots_status ots_generated_readme(struct mount *mount, struct ots_cancel *cancel,
				     struct ots_buffer *out, struct ots_error *err)
{
	const bool restores = mount->tree != NULL;
	struct ots_buffer table, file, table_path, restore_path;
	struct readme_facts facts = {
		.mountpoint = mount->options.mountpoint,
		.source = mount->options.source_name,
		.target = restores ? ots_target_name(mount->options.target) : NULL,
		.restore_wait = mount->options.restore_wait,
	};
	enum ots_status status;

	ots_buffer_init(&table, PATH_LIMIT_BYTES);
	ots_buffer_init(&file, PATH_LIMIT_BYTES);
	ots_buffer_init(&table_path, PATH_LIMIT_BYTES);
	ots_buffer_init(&restore_path, PATH_LIMIT_BYTES);
	status = find_example(mount, cancel, &table, &file, err);
	if (status == OTS_CANCELLED || status == OTS_NO_MEMORY)
		goto out;
	/* The page must be there when the source is not, most of all then: without examples. What
	 * is wrong stands in the log as soon as somebody looks below tables/. */
	if (status != OTS_OK)
		table.len = file.len = 0;
	status = OTS_OK;
	facts.table = below(&table_path, "tables", &table);
	if (file.len > 0 && ots_buffer_put_byte(&file, '\0'))
		facts.file = (const char *)file.bytes;
	if (restores && ots_buffer_reserve(&table, 1)) {
		table.bytes[table.len] = '\0';
		if (ots_drop_table_name_is_valid((const char *)table.bytes))
			facts.restore_to = below(&restore_path, "restore", &table);
	}
	if (!ots_readme_write(out, &facts))
		status = ots_buffer_fail(out, 1, "README.txt", err);
out:
	ots_buffer_release(&table);
	ots_buffer_release(&file);
	ots_buffer_release(&table_path);
	ots_buffer_release(&restore_path);
	return status;
}
