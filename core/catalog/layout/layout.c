#include <otsfs/catalog/layout.h>

#include <stdlib.h>
#include <string.h>

#include "standard.h"
#include "template.h"
#include "zone.h"

struct ots_layout {
	struct ots_zone zone;
	char *source_table; /* NULL: keys that name no table are below raw/ only */
	size_t template_count;
	struct ots_template templates[];
};

enum ots_status ots_layout_new(const struct ots_layout_options *options, struct ots_layout **out,
			       struct ots_error *err)
{
	const size_t count = options->template_count;
	struct ots_layout *layout = NULL;
	enum ots_status status;

	if (count <= SIZE_MAX / sizeof layout->templates[0] - 1)
		layout = calloc(1, sizeof *layout + count * sizeof layout->templates[0]);
	if (layout == NULL) {
		status = ots_fail(err, OTS_NO_MEMORY, "layout of %zu templates", count);
		goto out;
	}
	if (options->source_table != NULL && options->source_table[0] != '\0') {
		layout->source_table = strdup(options->source_table);
		if (layout->source_table == NULL) {
			status = ots_fail(err, OTS_NO_MEMORY, "layout");
			goto out;
		}
	}
	status = ots_zone_open(options->timezone, &layout->zone, err);
	for (size_t i = 0; status == OTS_OK && i < count; i++) {
		status = ots_template_parse(options->templates[i], &layout->templates[i], err);
		if (status == OTS_OK)
			layout->template_count = i + 1;
	}
	if (status == OTS_OK) {
		*out = layout; /* handed over */
		layout = NULL;
	}
out:
	ots_layout_free(layout);
	return status;
}

void ots_layout_free(struct ots_layout *layout)
{
	if (layout == NULL)
		return;
	for (size_t i = 0; i < layout->template_count; i++)
		ots_template_release(&layout->templates[i]);
	ots_zone_release(&layout->zone);
	free(layout->source_table);
	free(layout);
}

/* The last folder before @p end that is no partition (`region=eu`) and not empty. */
static struct ots_bytes folder_before(struct ots_bytes key, size_t end)
{
	while (end > 0) { /* ends: end moves to the start of a part, and behind its '/' */
		size_t start = --end;

		while (start > 0 && key.at[start - 1] != '/')
			start--;
		if (end > start && memchr(key.at + start, '=', end - start) == NULL)
			return (struct ots_bytes){key.at + start, end - start};
		end = start;
	}
	return (struct ots_bytes){NULL, 0};
}

/* Where the layout names no table: the folder before, else that of the source. */
static bool find_table(const struct ots_layout *layout, struct ots_bytes key, size_t table_end,
		       struct ots_placement *placement)
{
	if (placement->table.len == 0)
		placement->table = folder_before(key, table_end);
	if (placement->table.len == 0 && layout->source_table != NULL)
		placement->table = (struct ots_bytes){(const uint8_t *)layout->source_table,
						      strlen(layout->source_table)};
	return placement->table.len > 0;
}

bool ots_layout_place(const struct ots_layout *layout, struct ots_bytes key,
		      struct ots_placement *placement)
{
	size_t table_end = 0;
	bool fits = false;

	if (layout->template_count == 0)
		fits = ots_standard_match(&layout->zone, key, placement, &table_end);
	for (size_t i = 0; !fits && i < layout->template_count; i++)
		fits = ots_template_match(&layout->templates[i], &layout->zone, key, placement,
					  &table_end);
	return fits && find_table(layout, key, table_end, placement);
}

enum ots_path_tells ots_layout_path(const struct ots_layout *layout, struct ots_bytes path,
				    struct ots_placement *placement)
{
	enum ots_path_tells tells = OTS_PATH_OUTSIDE;
	size_t table_end = 0;

	if (layout->template_count == 0)
		tells = ots_standard_path(&layout->zone, path, placement, &table_end);
	for (size_t i = 0; i < layout->template_count; i++) {
		struct ots_placement found;
		size_t end = 0;
		const enum ots_path_tells by_this =
			ots_template_path(&layout->templates[i], &layout->zone, path, &found, &end);

		if (by_this == OTS_PATH_OUTSIDE)
			continue;
		if (by_this == OTS_PATH_OPEN || tells != OTS_PATH_OUTSIDE)
			return OTS_PATH_OPEN; /* two may fit: which one does is the key's to say */
		tells = by_this;
		*placement = found;
		table_end = end;
	}
	if (tells == OTS_PATH_PLACED && !find_table(layout, path, table_end, placement))
		return OTS_PATH_OUTSIDE;
	return tells;
}
