/* otsfs cat: records of objects as text, or objects as they are. */
#define _GNU_SOURCE /* reallocarray, asprintf */
#include "cat_parquet.h"
#include "command.h"
#include "oss/output.h"
#include "sidecar.h"
#include "walk.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/format/jsonl.h>
#include <otsfs/format/records.h>
#include <otsfs/format/schema_find.h>
#include <otsfs/format/tunnel_csv.h>
#include <otsfs/object/input.h>
#include <otsfs/text/number.h>
#include <otsfs/base/bytes.h>

static const char usage[] =
	"otsfs cat [--as jsonl|rows|csv|schema|canonical-csv|raw] "
	"[--columns A,B…] [--memory SIZE] [-o FILE|oss://…]\n         " OSS_USAGE "\n"
	"         SOURCE [PATH…]";

#define PIECE_BYTES ((size_t)1024 * 1024)
#define RENDER_LIMIT_BYTES ((size_t)1024 * 1024 * 1024)

struct printer {
	struct source *source;
	const struct ots_encoder *encoder; /* NULL: raw */
	bool as_given;   /* --as was: else raw/ shows bytes and the rest records, as a mount does */
	bool begun;      /* the header line is out */
	bool as_records; /* the form is one of records only: those of Parquet are none */
	bool as_rows;    /* the form is one of rows, which records do not have */
	struct cat_parquet parquet;
	struct output output;
	struct ots_buffer text;
	struct ots_batch batch;
};

struct part {
	char *path;
	uint64_t number;
	int64_t time_us;
};

/* Files to print, in the order they go out. */
struct parts {
	struct printer *printer;
	bool of_folder; /* what has no such form is passed over; a file that was named is not */
	struct part *items;
	size_t count, cap;
};

static enum ots_status flush_text(struct printer *printer, struct ots_error *err)
{
	const enum ots_status status = printer->text.len == 0
					       ? OTS_OK
					       : output_write(&printer->output, printer->text.bytes,
							      printer->text.len, err);

	printer->text.len = 0;
	return status;
}

static enum ots_status print_raw(struct printer *printer, struct ots_input *input,
				 struct ots_error *err)
{
	const uint64_t size = ots_input_entry(input)->size;
	enum ots_status status = OTS_OK;
	uint64_t at = 0;

	if (!ots_buffer_reserve(&printer->text, PIECE_BYTES))
		return ots_buffer_fail(&printer->text, PIECE_BYTES, "cat", err);
	while (at < size) { /* ends: a read that brings nothing is an error */
		size_t got = 0;

		status = ots_input_read(input, at, printer->text.bytes, PIECE_BYTES, &got, err);
		if (status == OTS_OK && got == 0)
			status = ots_fail(err, OTS_CHANGED, "the object became shorter");
		if (status == OTS_OK)
			status = output_write(&printer->output, printer->text.bytes, got, err);
		if (status != OTS_OK)
			break;
		at += got;
	}
	return status;
}

static enum ots_status print_records(struct printer *printer, struct ots_input *input,
				     enum ots_format format, const struct ots_schema *schema,
				     struct ots_error *err)
{
	const struct ots_records_options options = {.schema = schema, .begin = {0, 1}};
	struct ots_source *records = NULL;
	enum ots_status status = ots_records_open(input, format, &options, &records, err);

	if (status == OTS_OK && !printer->begun && printer->encoder->begin != NULL)
		status = printer->encoder->begin(&printer->text, err);
	printer->begun = true;
	while (status == OTS_OK) { /* ends: a batch without records is the object's end */
		status = ots_source_next(records, &printer->batch, err);
		if (status != OTS_OK || printer->batch.count == 0)
			break;
		status = ots_encode_batch(printer->encoder, &printer->batch, &printer->text, err);
		if (status == OTS_OK)
			status = flush_text(printer, err);
	}
	ots_source_close(records);
	if (status == OTS_OK)
		status = flush_text(printer, err);
	else
		(void)flush_text(printer, NULL); /* the good part, before the message */
	return status;
}

/* What schema.json tells of an object. A source that is one file has it beside that file. */
static enum ots_status find_schema(const struct printer *printer, const struct ots_object *object,
				   struct ots_schema *schema, bool *found, struct ots_error *err)
{
	const struct ots_bytes key = {(const uint8_t *)object->key, object->key_len};
	struct ots_schema_place place;
	enum ots_status status;

	*found = false;
	if (!ots_schema_tells_of(object->format))
		return OTS_OK;
	if (printer->source->is_file)
		return sidecar_find(printer->source, schema, found, err);
	status = ots_schema_find(printer->source->store, key, schema, &place, err);
	*found = place.found;
	return status;
}

static enum ots_status print_object(struct printer *printer, const struct ots_object *object,
				    struct ots_input *input, struct ots_error *err)
{
	struct ots_schema schema;
	bool found = false;
	enum ots_status status;

	if (object->format == OTS_FORMAT_PARQUET && !printer->as_records)
		return cat_parquet_print(&printer->parquet, input, err);
	if (printer->as_rows)
		return ots_fail(err, OTS_UNSUPPORTED,
				"--as rows, csv and schema are of Parquet, this is %s",
				ots_format_word(object->format));
	ots_schema_init(&schema);
	status = find_schema(printer, object, &schema, &found, err);
	if (status == OTS_OK)
		status = print_records(printer, input, object->format, found ? &schema : NULL, err);
	ots_schema_release(&schema);
	return status;
}

static bool shows_bytes(const struct printer *printer, uint64_t number)
{
	return printer->encoder == NULL ||
	       (!printer->as_given && ots_node_form(number) == OTS_NODE_FORM_RAW);
}

/* @param of_folder  a file whose name looked like records and whose content is none is no error: it
 *                   is below raw/ only */
static enum ots_status print_file(struct printer *printer, const struct part *part, bool of_folder,
				  struct ots_error *err)
{
	struct ots_object object = {0};
	struct ots_input *input = NULL;
	enum ots_status status =
		ots_catalog_object(printer->source->catalog, part->number, &object, err);

	if (status == OTS_UNSUPPORTED && of_folder)
		return OTS_OK;
	if (status == OTS_OK && object.is_unseen && !shows_bytes(printer, part->number)) {
		status = ots_catalog_look_at(printer->source->catalog, part->number, &object, err);
		if (status == OTS_OK && of_folder && !ots_format_has_text(object.format))
			goto out;
	}
	if (status == OTS_OK)
		status = ots_input_open(
			printer->source->store,
			(struct ots_bytes){(const uint8_t *)object.key, object.key_len},
			object.etag, &input, err);
	if (status == OTS_OK && shows_bytes(printer, part->number))
		status = print_raw(printer, input, err);
	else if (status == OTS_OK)
		status = print_object(printer, &object, input, err);
out:
	ots_input_close(input);
	ots_object_release(&object);
	return status == OTS_OK ? status : ots_context(err, "%s", part->path);
}

/* What a file below raw/ holds may not be known yet. */
static bool is_unseen(const struct parts *parts, uint64_t number)
{
	struct ots_object object = {0};
	const bool found = ots_node_form(number) == OTS_NODE_FORM_RAW &&
			   ots_catalog_object(parts->printer->source->catalog, number, &object,
					      NULL) == OTS_OK;

	ots_object_release(&object);
	return found && object.is_unseen;
}

static enum ots_status collect(void *arg, const struct walk_entry *entry, struct ots_error *err)
{
	struct parts *parts = arg;
	struct ots_object object = {0};
	struct part *item;

	if (entry->node.kind != OTS_NODE_FILE ||
	    (parts->of_folder && !shows_bytes(parts->printer, entry->node.number) &&
	     !ots_format_has_text(entry->node.format) && !is_unseen(parts, entry->node.number)))
		return OTS_OK;
	if (parts->count == parts->cap) {
		const size_t cap = parts->cap == 0 ? 64 : parts->cap * 2;
		struct part *grown = reallocarray(parts->items, cap, sizeof *parts->items);

		if (grown == NULL)
			return ots_fail(err, OTS_NO_MEMORY, "%s", entry->path);
		parts->items = grown;
		parts->cap = cap;
	}
	item = &parts->items[parts->count];
	*item = (struct part){.path = strdup(entry->path), .number = entry->node.number};
	if (item->path == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "%s", entry->path);
	parts->count++;
	item->time_us = entry->node.mtime_us;
	if (ots_node_form(item->number) == OTS_NODE_FORM_RAW &&
	    ots_catalog_object(parts->printer->source->catalog, item->number, &object, NULL) ==
		    OTS_OK)
		item->time_us = object.time_us;
	ots_object_release(&object);
	return OTS_OK;
}

static int by_time(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	if (x->time_us != y->time_us)
		return x->time_us < y->time_us ? -1 : 1;
	return strcmp(x->path, y->path);
}

/* Why a source that is one file has no records. */
static enum ots_status nothing_to_read(const struct printer *printer, struct ots_error *err)
{
	struct ots_folder *folder = NULL;
	struct ots_object object = {0};
	enum ots_status status =
		ots_folder_open(printer->source->catalog, OTS_NODE_RAW, NULL, &folder, err);

	if (status == OTS_OK && ots_folder_count(folder) > 0)
		status = ots_catalog_object(printer->source->catalog,
					    ots_folder_at(folder, 0).number, &object, err);
	if (status == OTS_OK && object.format == OTS_FORMAT_EMPTY)
		goto out; /* nothing in it, nothing to print */
	if (status == OTS_OK)
		status = ots_fail(err, OTS_UNSUPPORTED,
				  "%s: no records can be read from it (format: %s)",
				  printer->source->path, ots_format_word(object.format));
out:
	ots_object_release(&object);
	ots_folder_close(folder);
	return status;
}

/* Print one PATH. A damaged object is reported and the others still come, as cat(1) does. */
static int print_path(struct printer *printer, const char *path)
{
	struct parts parts = {.printer = printer, .of_folder = true};
	struct walk_entry at = {0};
	struct ots_error err = {0};
	int code = EXIT_DONE;
	enum ots_status status = source_node(printer->source, path, &at.node, &err);

	if (status == OTS_OK && at.node.kind == OTS_NODE_FOLDER) {
		status = walk(printer->source, at.node.number, path, true, collect, &parts, &err);
	} else if (status == OTS_OK) {
		at.path = strdup(path);
		parts.of_folder = false;
		status = at.path == NULL ? ots_fail(&err, OTS_NO_MEMORY, "%s", path)
					 : collect(&parts, &at, &err);
		free(at.path);
	}
	if (status == OTS_OK && parts.count == 0 && printer->source->is_file)
		status = nothing_to_read(printer, &err);
	if (status != OTS_OK) {
		(void)ots_context(&err, "%s", path);
		code = report("cat", &err);
	}
	if (parts.count > 1)
		qsort(parts.items, parts.count, sizeof *parts.items, by_time);
	for (size_t i = 0; i < parts.count; i++) {
		if (status == OTS_OK && ferror(stdout) == 0 &&
		    print_file(printer, &parts.items[i], parts.of_folder, &err) != OTS_OK)
			code = report("cat", &err);
		free(parts.items[i].path);
	}
	free(parts.items);
	return code;
}

/* Of the whole source: every record once, or with --as raw every object. */
static const char *whole_path(const struct printer *printer)
{
	return printer->encoder == NULL ? "raw" : "tables";
}

static bool is_root(const char *path)
{
	return path[strspn(path, "/")] == '\0';
}

static bool form_parse(const char *word, struct printer *printer)
{
	static const struct {
		const char *word;
		const struct ots_encoder *encoder; /* NULL: raw */
		bool as_records, as_rows;
		bool schema;
		enum ots_parquet_form form;
	} forms[] = {
		{"jsonl", &ots_jsonl, false, false, false, OTS_PARQUET_ROWS},
		{"rows", &ots_jsonl, false, true, false, OTS_PARQUET_ROWS},
		{"csv", &ots_jsonl, false, true, false, OTS_PARQUET_CSV},
		{"schema", &ots_jsonl, false, true, true, OTS_PARQUET_ROWS},
		{"canonical-csv", &ots_canonical_csv, true, false, false, OTS_PARQUET_ROWS},
		{"raw", NULL, false, false, false, OTS_PARQUET_ROWS},
	};

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		if (strcmp(word, forms[i].word) != 0)
			continue;
		printer->encoder = forms[i].encoder;
		printer->as_records = forms[i].as_records;
		printer->as_rows = forms[i].as_rows;
		printer->parquet.schema = forms[i].schema;
		printer->parquet.form = forms[i].form;
		return true;
	}
	return false;
}

/* One option. @return EXIT_DONE, or how the command ends at once; *over is set then */
static int take_option(int c, struct printer *printer, bool *over)
{
	struct ots_error err = {0};

	*over = true;
	switch (c) {
	case 'a':
		if (!form_parse(optarg, printer))
			return usage_error("cat", usage, "no form '%s'", optarg);
		printer->as_given = true;
		break;
	case 'c':
		if (cat_parquet_columns(&printer->parquet, optarg, &err) != OTS_OK)
			return usage_error("cat", usage, "%s", err.text);
		break;
	case 'm':
		if (!ots_parse_size(ots_bytes_of(optarg), &printer->parquet.memory_bytes) ||
		    printer->parquet.memory_bytes == 0)
			return usage_error("cat", usage, "--memory: no size '%s'", optarg);
		break;
	case 'h': return usage_help(usage);
	default: return usage_error("cat", usage, "see above");
	}
	*over = false;
	return EXIT_DONE;
}

int command_cat(int argc, char **argv)
{
	static const struct option options[] = {
		{"as", required_argument, NULL, 'a'},     {"columns", required_argument, NULL, 'c'},
		{"memory", required_argument, NULL, 'm'}, OSS_OPTIONS,
		{"help", no_argument, NULL, 'h'},         {0}};
	struct oss_words oss = {.endpoint = NULL};
	const char *output = NULL;
	struct source_options source_options = {.refresh_ms = INT64_MAX, .oss = &oss};
	struct source source = {0};
	struct printer printer = {.source = &source, .encoder = &ots_jsonl, .output = {.fd = -1}};
	struct ots_error err = {0};
	int c, code = EXIT_DONE;
	bool over = false;

	while ((c = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		if (oss_words_take(&oss, c, optarg))
			continue;
		if (c == 'o') {
			output = optarg;
			continue;
		}
		code = take_option(c, &printer, &over);
		if (over)
			goto out;
	}
	if (optind >= argc) {
		code = usage_error("cat", usage, "a SOURCE is needed");
		goto out;
	}
	printer.parquet.output = &printer.output;
	ots_buffer_init(&printer.text, RENDER_LIMIT_BYTES);
	ots_batch_init(&printer.batch, RENDER_LIMIT_BYTES);
	if (source_open(argv[optind], &source_options, &source, &err) != OTS_OK) {
		code = report("cat", &err);
		goto out;
	}
	if (output_open(output, &oss, &printer.output, &err) != OTS_OK) {
		code = report("cat", &err);
		goto out;
	}
	if (optind + 1 == argc)
		code = print_path(&printer, whole_path(&printer));
	for (int i = optind + 1; i < argc; i++) {
		const char *path = is_root(argv[i]) ? whole_path(&printer) : argv[i];
		const int one = print_path(&printer, path);

		code = one != EXIT_DONE ? one : code;
	}
	/* What is not whole does not appear. */
	if (code == EXIT_DONE && output_finish(&printer.output, &err) != OTS_OK)
		code = report("cat", &err);
out:
	output_close(&printer.output);
	cat_parquet_release(&printer.parquet);
	ots_batch_release(&printer.batch);
	ots_buffer_release(&printer.text);
	source_release(&source);
	return code;
}
