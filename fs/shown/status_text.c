/* status/mount.json and status/metrics.prom: the same numbers in two forms. */
#include "generated.h"

#include <inttypes.h>
#include <unistd.h>

#include <otsfs/base/version.h>
#include <otsfs/text/json_write.h>

static void put_time(struct ots_json_writer *w, const char *name, int64_t us)
{
	char text[OTS_TIME_TEXT_BYTES];

	if (us == 0) {
		ots_json_put_null(w, name);
		return;
	}
	(void)ots_time_print(us, 3, text);
	ots_json_put_text(w, name, text);
}

static void put_counts(struct ots_json_writer *w, const struct ots_catalog_counts *counts)
{
	put_time(w, "listed", counts->listed_us);
	ots_json_put_unsigned(w, "objects", counts->objects);
	ots_json_put_unsigned(w, "tables", counts->tables);
	ots_json_put_unsigned(w, "bytes", counts->bytes);
	ots_json_put_unsigned(w, "unrecognised", counts->unrecognised);
	ots_json_put_unsigned(w, "known_unread", counts->known_unread);
	ots_json_put_unsigned(w, "empty", counts->empty);
	ots_json_object_begin(w, "passed_over");
	ots_json_put_unsigned(w, "links", counts->passed_over.links);
	ots_json_put_unsigned(w, "special", counts->passed_over.special);
	ots_json_put_unsigned(w, "unnamed", counts->passed_over.unnamed);
	ots_json_object_end(w);
}

static void put_options(struct ots_json_writer *w, const struct ots_mount_options *options)
{
	ots_json_object_begin(w, "options");
	if (options->fuse_options != NULL)
		ots_json_put_text(w, "fuse", options->fuse_options);
	if (options->state_dir != NULL)
		ots_json_put_text(w, "state", options->state_dir);
	ots_json_put_integer(w, "refresh_ms", options->refresh_ms);
	ots_json_put_integer(w, "timeout_ms", options->timeout_ms);
	ots_json_put_bool(w, "restore_wait", options->restore_wait);
	ots_json_object_end(w);
}

bool ots_generated_mount_json(struct mount *mount, struct ots_buffer *out)
{
	const struct ots_mount_options *options = &mount->options;
	struct ots_catalog_counts counts;
	struct ots_json_writer w;

	ots_catalog_counts(options->catalog, &counts);
	ots_json_writer_init(&w, out);
	ots_json_object_begin(&w, NULL);
	ots_json_put_text(&w, "version", OTS_VERSION);
	ots_json_put_integer(&w, "pid", (int64_t)getpid()); /* what `otsfs umount` waits for */
	ots_json_put_text(&w, "source", options->source_name);
	ots_json_put_text(&w, "mountpoint", options->mountpoint);
	if (mount->tree != NULL)
		ots_json_put_text(&w, "target", ots_target_name(options->target));
	put_time(&w, "started", mount->started_us);
	put_options(&w, options);
	put_counts(&w, &counts);
	ots_json_put_unsigned(&w, "view_memory_bytes", ots_view_memory_bytes(options->view));
	ots_json_object_end(&w);
	return !w.failed && ots_buffer_put_byte(out, '\n');
}

struct metric {
	const char *name, *type, *help;
	uint64_t value;
};

bool ots_generated_metrics(struct mount *mount, struct ots_buffer *out)
{
	struct ots_catalog_counts counts;
	bool ok = true;

	ots_catalog_counts(mount->options.catalog, &counts);
	const struct metric metrics[] = {
		{"objects", "gauge", "Objects listed.", counts.objects},
		{"tables", "gauge", "Tables found.", counts.tables},
		{"bytes", "gauge", "Bytes of all objects listed.", counts.bytes},
		{"unrecognised_objects", "gauge", "Objects under raw/ only.", counts.unrecognised},
		{"known_unread_objects", "gauge", "Objects of formats known and not read.",
		 counts.known_unread},
		{"empty_objects", "gauge", "Objects without bytes.", counts.empty},
		{"passed_over_links", "gauge", "Symbolic links in the source.",
		 counts.passed_over.links},
		{"passed_over_special", "gauge", "Sockets, devices and pipes in the source.",
		 counts.passed_over.special},
		{"passed_over_unnamed", "gauge", "Names that cannot be keys.",
		 counts.passed_over.unnamed},
		{"view_memory_bytes", "gauge", "Memory of decoded texts.",
		 ots_view_memory_bytes(mount->options.view)},
		{"start_time_seconds", "gauge", "When the mount began.",
		 (uint64_t)(mount->started_us / 1000000)},
		{"listed_time_seconds", "gauge", "When the source was listed last; 0 never.",
		 (uint64_t)(counts.listed_us / 1000000)},
	};

	for (size_t i = 0; ok && i < sizeof metrics / sizeof metrics[0]; i++)
		ok = ots_buffer_printf(
			out, "# HELP otsfs_%s %s\n# TYPE otsfs_%s %s\notsfs_%s %" PRIu64 "\n",
			metrics[i].name, metrics[i].help, metrics[i].name, metrics[i].type,
			metrics[i].name, metrics[i].value);
	return ok;
}
