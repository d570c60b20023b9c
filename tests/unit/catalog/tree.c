#include "tree.h"

#include <criterion/criterion.h>

#include <assert.h>
#include <stdio.h>
#include <string.h>

struct ots_bytes tree_bytes(const char *text)
{
	return (struct ots_bytes){(const uint8_t *)text, strlen(text)};
}

static int64_t wall_us(void *self)
{
	const struct tree *tree = self;

	return 1000 * tree->now_ms;
}

static int64_t monotonic_ms(void *self)
{
	const struct tree *tree = self;

	return tree->now_ms;
}

static enum ots_format recognise(struct ots_bytes head, uint64_t size)
{
	assert(head.len <= size && head.len <= 8192); /* Criterion's leaks on other threads */
	switch (head.at[0]) {
	case 'T': return OTS_FORMAT_TUNNEL_CSV;
	case 'J': return OTS_FORMAT_JSONL;
	case 'O': return OTS_FORMAT_ORC;
	case 'L': return head.len > 4096 ? OTS_FORMAT_TUNNEL_CSV : OTS_FORMAT_UNKNOWN;
	default: return OTS_FORMAT_UNKNOWN;
	}
}

static enum ots_format guess(struct ots_bytes name)
{
	return name.len > 4 && memcmp(name.at + name.len - 4, ".csv", 4) == 0
		       ? OTS_FORMAT_TUNNEL_CSV
		       : OTS_FORMAT_UNKNOWN;
}

static void open_catalog(struct tree *tree, int64_t refresh_ms, bool lazy, bool guessing)
{
	const struct ots_catalog_options options = {.refresh_ms = refresh_ms,
						    .recognise = recognise,
						    .recognise_bytes = 8192,
						    .guess = guessing ? guess : NULL,
						    .lazy = lazy,
						    .list_threads = 3,
						    .layout = tree->layout,
						    .clock = &tree->clock,
						    .log = tree->log};
	struct ots_error err = {0};

	cr_assert_eq(ots_catalog_open(tree->store, &options, &tree->catalog, &err), OTS_OK, "%s",
		     err.text);
}

static void open_tree(struct tree *tree, const struct ots_layout_options *options)
{
	const struct ots_layout_options plain = {.source_table = "src"};
	struct ots_error err = {0};

	*tree = (struct tree){.memory = memory_store_new()};
	tree->clock = (struct ots_clock){wall_us, monotonic_ms, tree};
	tree->now_ms = 1000;
	tree->log = ots_log_new(&tree->clock, NULL, OTS_LOG_INFO);
	cr_assert_not_null(tree->log);
	cr_assert_eq(ots_store_new(&memory_store_ops, tree->memory, "memory", &tree->store, &err),
		     OTS_OK);
	cr_assert_eq(ots_layout_new(options != NULL ? options : &plain, &tree->layout, &err),
		     OTS_OK, "%s", err.text);
}

void tree_open(struct tree *tree, const struct ots_layout_options *options, int64_t refresh_ms)
{
	open_tree(tree, options);
	open_catalog(tree, refresh_ms, false, false);
}

void tree_open_lazy(struct tree *tree, const struct ots_layout_options *options, int64_t refresh_ms,
		    bool guessing)
{
	open_tree(tree, options);
	open_catalog(tree, refresh_ms, true, guessing);
}

void tree_open_beside(struct tree *beside, const struct tree *tree, bool lazy, int64_t refresh_ms)
{
	*beside = *tree;
	beside->clock.self = beside;
	open_catalog(beside, refresh_ms, lazy, false);
}

void tree_close_beside(struct tree *beside)
{
	ots_catalog_free(beside->catalog);
}

void tree_close(struct tree *tree)
{
	ots_catalog_free(tree->catalog);
	ots_layout_free(tree->layout);
	ots_store_free(tree->store);
	ots_log_free(tree->log);
}

struct ots_node tree_node(struct tree *tree, const char *path)
{
	struct ots_node node = {0};
	struct ots_error err = {0};

	cr_assert_eq(ots_catalog_resolve(tree->catalog, tree_bytes(path), NULL, &node, &err),
		     OTS_OK, "%s", err.text);
	return node;
}

bool tree_has(struct tree *tree, const char *path)
{
	struct ots_node node;
	struct ots_error err = {0};
	const enum ots_status status =
		ots_catalog_resolve(tree->catalog, tree_bytes(path), NULL, &node, &err);

	cr_assert(status == OTS_OK || status == OTS_NOT_FOUND, "%s", err.text);
	return status == OTS_OK;
}

void tree_list(struct tree *tree, const char *path, char *out, size_t size)
{
	static const char *const marks[] = {
		[OTS_NODE_FOLDER] = "/", [OTS_NODE_LINK] = "@", [OTS_NODE_FILE] = ""};
	const struct ots_node node = tree_node(tree, path);
	struct ots_folder *folder = NULL;
	struct ots_error err = {0};
	size_t at = 0;

	out[0] = '\0';
	cr_assert_eq(ots_folder_open(tree->catalog, node.number, NULL, &folder, &err), OTS_OK,
		     "%s: %s", path, err.text);
	for (size_t i = 0; i < ots_folder_count(folder); i++) {
		const struct ots_child child = ots_folder_at(folder, i);
		struct ots_node found = {0};
		const int n = snprintf(out + at, size - at, "%s%.*s%s", i > 0 ? " " : "",
				       (int)child.name.len, (const char *)child.name.at,
				       marks[child.kind]);

		cr_assert(n >= 0 && (size_t)n < size - at);
		at += (size_t)n;
		/* What is listed is found by its name, as the same node. */
		cr_assert_eq(ots_catalog_lookup(tree->catalog, node.number, child.name, NULL,
						&found, &err),
			     OTS_OK, "%s: %s", path, err.text);
		cr_assert_eq(found.number, child.number);
		cr_assert_eq(found.kind, child.kind);
	}
	ots_folder_close(folder);
}
