/* otsfs stat: what a path of the tree is, and of a file also what is known of its object. */
#include "command.h"
#include "source.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/text/json_write.h>
#include <otsfs/view/view.h>

static const char usage[] = "otsfs stat [--json]\n         " OSS_USAGE "\n         SOURCE [PATH]";

#define VIEW_MEMORY_BYTES ((size_t)64 * 1024 * 1024)

struct facts {
	const char *path;
	struct ots_node node;
	struct ots_object object; /* files only */
	uint64_t exact_size;
	uint64_t records;
	bool damaged;
	bool archived; /* nothing of it can be read before it is thawed */
	struct ots_error why;
};

/* The exact size of a text is known once it was counted, so it is counted here. */
static enum ots_status facts_count(struct source *source, struct facts *facts,
				   struct ots_error *err)
{
	const struct ots_view_options options = {.memory_bytes = VIEW_MEMORY_BYTES};
	struct ots_view *view = NULL;
	struct ots_text *text = NULL;
	const struct ots_error *damage;
	enum ots_status status = ots_view_new(source->store, &options, &view, err);

	if (status == OTS_OK)
		status = ots_text_open(view, &facts->object,
				       (enum ots_node_form)ots_node_form(facts->node.number), NULL,
				       &text, err);
	if (status == OTS_CORRUPT || status == OTS_REFUSED) {
		facts->damaged = status == OTS_CORRUPT;
		facts->archived = status == OTS_REFUSED;
		facts->why = *err;
		facts->exact_size = facts->node.object_bytes;
		status = OTS_OK;
	} else if (status == OTS_OK) {
		facts->exact_size = ots_text_size(text);
		facts->records = ots_text_records(text);
		damage = ots_text_damage(text);
		facts->damaged = damage != NULL;
		if (damage != NULL)
			facts->why = *damage;
	}
	ots_text_close(text);
	ots_view_free(view);
	return status;
}

static enum ots_status facts_gather(struct source *source, const char *path, struct facts *facts,
				    struct ots_error *err)
{
	enum ots_status status = source_node(source, path, &facts->node, err);

	facts->path = path;
	if (status != OTS_OK || facts->node.kind != OTS_NODE_FILE)
		return status;
	status = ots_catalog_object(source->catalog, facts->node.number, &facts->object, err);
	if (status == OTS_OK)
		status = ots_catalog_look_at(source->catalog, facts->node.number, &facts->object,
					     err);
	/* An archived one cannot be looked at; counting it says so. */
	return status != OTS_OK && status != OTS_REFUSED ? status : facts_count(source, facts, err);
}

static void object_json(struct ots_json_writer *w, const struct facts *facts)
{
	const struct ots_object *object = &facts->object;
	const bool records = ots_node_form(facts->node.number) == OTS_NODE_FORM_JSONL;
	char when[OTS_TIME_TEXT_BYTES];

	(void)ots_time_print(object->time_us, 6, when);
	ots_json_put_optional(w, "table", object->table);
	ots_json_put_text(w, "format", ots_format_word(object->format));
	ots_json_put_text(w, "time", when);
	ots_json_put_text(w, "time_from", ots_time_from_word(object->time_from));
	ots_json_put_bytes(w, "key",
			   (struct ots_bytes){(const uint8_t *)object->key, object->key_len});
	ots_json_put_text(w, "etag", object->etag);
	if (facts->damaged || facts->archived)
		ots_json_put_null(w, "exact_size");
	else
		ots_json_put_unsigned(w, "exact_size", facts->exact_size);
	if (records && !facts->archived)
		ots_json_put_unsigned(w, "records", facts->records);
	if (facts->damaged || facts->archived)
		ots_json_put_text(w, facts->archived ? "archived" : "damage", facts->why.text);
}

static int print_json(const struct facts *facts)
{
	static const char *const types[] = {
		[OTS_NODE_FOLDER] = "folder", [OTS_NODE_LINK] = "link", [OTS_NODE_FILE] = "file"};
	struct ots_buffer out;
	struct ots_json_writer w;
	char when[OTS_TIME_TEXT_BYTES];
	int code = EXIT_DONE;

	ots_buffer_init(&out, (size_t)64 * 1024);
	(void)ots_time_print(facts->node.mtime_us, 6, when);
	ots_json_writer_init(&w, &out);
	ots_json_object_begin(&w, NULL);
	ots_json_put_text(&w, "path", facts->path);
	ots_json_put_text(&w, "type", types[facts->node.kind]);
	ots_json_put_unsigned(&w, "size", facts->exact_size);
	ots_json_put_text(&w, "mtime", when);
	if (facts->node.kind == OTS_NODE_FILE)
		object_json(&w, facts);
	ots_json_object_end(&w);
	if (w.failed) {
		(void)fprintf(stderr, "otsfs stat: no memory\n");
		code = EXIT_FAILED;
	} else {
		(void)printf("%.*s\n", (int)out.len, (const char *)out.bytes);
	}
	ots_buffer_release(&out);
	return code;
}

static void print_text(const struct facts *facts)
{
	static const char *const types[] = {
		[OTS_NODE_FOLDER] = "folder", [OTS_NODE_LINK] = "link", [OTS_NODE_FILE] = "file"};
	const struct ots_object *object = &facts->object;
	char when[OTS_TIME_TEXT_BYTES];

	(void)ots_time_print(facts->node.mtime_us, 0, when);
	(void)printf("path      %s\ntype      %s\nmodified  %s\n", facts->path,
		     types[facts->node.kind], when);
	if (facts->node.kind != OTS_NODE_FILE)
		return;
	(void)ots_time_print(object->time_us, 6, when);
	(void)printf("size      %" PRIu64 "\ntable     %s\nformat    %s\ntime      %s (from %s)\n"
		     "key       %.*s\netag      %s\n",
		     facts->exact_size, object->table != NULL ? object->table : "-",
		     ots_format_word(object->format), when, ots_time_from_word(object->time_from),
		     (int)object->key_len, object->key, object->etag);
	if (ots_node_form(facts->node.number) == OTS_NODE_FORM_JSONL && !facts->archived)
		(void)printf("records   %" PRIu64 "\n", facts->records);
	if (facts->damaged || facts->archived)
		(void)printf("%s  %s\n", facts->archived ? "archived" : "damage  ",
			     facts->why.text);
}

int command_stat(int argc, char **argv)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'},
						OSS_OPTIONS,
						{"help", no_argument, NULL, 'h'},
						{0}};
	struct oss_words oss = {.endpoint = NULL};
	struct source_options source_options = {.refresh_ms = INT64_MAX, .oss = &oss};
	struct facts facts = {0};
	struct source source = {0};
	struct ots_error err = {0};
	bool json = false;
	int c, code = EXIT_DONE;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'j': json = true; break;
		case 'h': return usage_help(usage);
		default:
			if (!oss_words_take(&oss, c, optarg))
				return usage_error("stat", usage, "see above");
		}
	}
	if (argc - optind < 1 || argc - optind > 2)
		return usage_error("stat", usage, "a SOURCE and at most one PATH are needed");
	if (source_open(argv[optind], &source_options, &source, &err) != OTS_OK ||
	    facts_gather(&source, argc - optind == 2 ? argv[optind + 1] : "", &facts, &err) !=
		    OTS_OK)
		code = report("stat", &err);
	else if (json)
		code = print_json(&facts);
	else
		print_text(&facts);
	ots_object_release(&facts.object);
	source_release(&source);
	return code;
}
