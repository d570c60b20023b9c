/* otsfs ls: a folder of the tree, without a mount. */
#include "command.h"
#include "walk.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/text/json_write.h>
#include <otsfs/view/view.h>

static const char usage[] =
	"otsfs ls [-l] [-R] [--json]\n         " OSS_USAGE "\n         SOURCE [PATH]";

struct listing {
	struct ots_catalog *catalog;
	bool with_details, json, whole_paths;
	struct ots_buffer line;
};

static uint64_t shown_size(const struct ots_node *node)
{
	if (node->kind != OTS_NODE_FILE)
		return 0;
	return ots_node_form(node->number) == OTS_NODE_FORM_RAW
		       ? node->object_bytes
		       : ots_text_estimate(node->format, node->object_bytes);
}

static enum ots_status print_json(struct listing *listing, const struct walk_entry *entry,
				  struct ots_error *err)
{
	static const char *const types[] = {
		[OTS_NODE_FOLDER] = "folder", [OTS_NODE_LINK] = "link", [OTS_NODE_FILE] = "file"};
	char when[OTS_TIME_TEXT_BYTES];
	struct ots_json_writer w;

	(void)ots_time_print(entry->node.mtime_us, 6, when);
	listing->line.len = 0;
	ots_json_writer_init(&w, &listing->line);
	ots_json_object_begin(&w, NULL);
	ots_json_put_text(&w, "path", entry->path);
	ots_json_put_text(&w, "type", types[entry->node.kind]);
	ots_json_put_unsigned(&w, "size", shown_size(&entry->node));
	ots_json_put_text(&w, "mtime", when);
	ots_json_object_end(&w);
	if (w.failed)
		return ots_buffer_fail(&listing->line, 1, entry->path, err);
	(void)fwrite(listing->line.bytes, 1, listing->line.len, stdout);
	(void)putchar('\n');
	return OTS_OK;
}

static enum ots_status print_entry(void *arg, const struct walk_entry *entry, struct ots_error *err)
{
	struct listing *listing = arg;
	const char *slash = strrchr(entry->path, '/');
	const char *name = listing->whole_paths || slash == NULL ? entry->path : slash + 1;
	char when[OTS_TIME_TEXT_BYTES];

	if (listing->json)
		return print_json(listing, entry, err);
	if (listing->with_details) {
		(void)ots_time_print(entry->node.mtime_us, 0, when);
		(void)printf("%c %12" PRIu64 " %s ", "dl-"[entry->node.kind],
			     shown_size(&entry->node), when);
	}
	(void)printf("%s%s", name, entry->node.kind == OTS_NODE_FOLDER ? "/" : "");
	if (entry->node.kind == OTS_NODE_LINK && listing->with_details) {
		listing->line.len = 0;
		if (ots_catalog_link(listing->catalog, entry->node.number, &listing->line, NULL) ==
		    OTS_OK)
			(void)printf(" -> %.*s", (int)listing->line.len,
				     (const char *)listing->line.bytes);
	}
	(void)putchar('\n');
	return OTS_OK;
}

static enum ots_status list(struct source *source, const char *path, struct listing *listing,
			    bool deep, struct ots_error *err)
{
	struct walk_entry entry = {0};
	enum ots_status status = source_node(source, path, &entry.node, err);

	if (status != OTS_OK)
		return ots_context(err, "%s", path);
	if (entry.node.kind == OTS_NODE_FOLDER)
		return walk(source, entry.node.number, path, deep, print_entry, listing, err);
	entry.path = strdup(path);
	if (entry.path == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "%s", path);
	status = print_entry(listing, &entry, err);
	free(entry.path);
	return status;
}

int command_ls(int argc, char **argv)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'},
						OSS_OPTIONS,
						{"help", no_argument, NULL, 'h'},
						{0}};
	struct listing listing = {0};
	struct oss_words oss = {.endpoint = NULL};
	struct source_options source_options = {.refresh_ms = INT64_MAX, .oss = &oss};
	struct source source = {0};
	struct ots_error err = {0};
	bool deep = false;
	int c, code = EXIT_DONE;

	while ((c = getopt_long(argc, argv, "lR", options, NULL)) != -1) {
		switch (c) {
		case 'l': listing.with_details = true; break;
		case 'R': deep = true; break;
		case 'j': listing.json = true; break;
		case 'h': return usage_help(usage);
		default:
			if (!oss_words_take(&oss, c, optarg))
				return usage_error("ls", usage, "see above");
		}
	}
	if (argc - optind < 1 || argc - optind > 2)
		return usage_error("ls", usage, "a SOURCE and at most one PATH are needed");
	listing.whole_paths = deep;
	ots_buffer_init(&listing.line, (size_t)64 * 1024);
	if (source_open(argv[optind], &source_options, &source, &err) != OTS_OK) {
		code = report("ls", &err);
		goto out;
	}
	listing.catalog = source.catalog;
	if (list(&source, argc - optind == 2 ? argv[optind + 1] : "", &listing, deep, &err) !=
	    OTS_OK)
		code = report("ls", &err);
out:
	ots_buffer_release(&listing.line);
	source_release(&source);
	return code;
}
