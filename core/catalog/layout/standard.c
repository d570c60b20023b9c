#include "standard.h"

#include <string.h>
#include <strings.h>

#include "moment.h"

/* A folder of digits alone is a year only here: outside, it is likelier a shard or a number. */
#define YEAR_MIN 1970
#define YEAR_MAX 2199
#define UUID_HEX_BYTES 32

/* Names of partition folders (`year=2026`) that each level of time has. Case does not count. */
static const char *const level_names[OTS_TIME_PARTS_MAX][4] = {
	{"year", "yyyy", "y"}, {"month", "mm", "m"},    {"day", "dd", "d"},
	{"hour", "hh", "h"},   {"minute", "min", "mm"},
};
/* And those of a whole date (`pt=20261121`). */
static const char *const date_names[] = {"pt", "ds", "dt", "date", "day", "p_date"};

/* Time folders in a row: how deep, and where the first begins. */
struct run {
	unsigned depth;
	char labels[OTS_TIME_PARTS_MAX][8];
	size_t start;
};

static bool is_name(struct ots_bytes name, const char *const *known, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (known[i] != NULL && strlen(known[i]) == name.len &&
		    strncasecmp(known[i], (const char *)name.at, name.len) == 0)
			return true;
	}
	return false;
}

/* `name=value` in two; without '=' the name is empty. */
static void split_partition(struct ots_bytes part, struct ots_bytes *name, struct ots_bytes *value)
{
	const uint8_t *equals = part.len > 0 ? memchr(part.at, '=', part.len) : NULL;

	*name = (struct ots_bytes){part.at, 0};
	*value = part;
	if (equals != NULL) {
		name->len = (size_t)(equals - part.at);
		*value = (struct ots_bytes){equals + 1, part.len - name->len - 1};
	}
}

static bool put_label(struct run *run, struct ots_bytes digits, int64_t low, int64_t high)
{
	char *label = run->labels[run->depth];
	int64_t value;

	if (!ots_digits(digits, &value) || value < low || value > high)
		return false;
	memset(label, 0, sizeof run->labels[0]);
	if (digits.len == 1) /* `month=8`: shown as 08, so that folders sort by time */
		label[0] = '0';
	memcpy(label + (digits.len == 1), digits.at, digits.len);
	run->depth++;
	return true;
}

static bool put_year(struct run *run, struct ots_bytes digits)
{
	return digits.len == 4 && put_label(run, digits, YEAR_MIN, YEAR_MAX);
}

/* `20261121` or `2026-11-21` */
static bool put_date(struct run *run, struct ots_bytes text)
{
	const size_t dash = text.len == 10;

	if (text.len != 8 && text.len != 10)
		return false;
	if (dash && (text.at[4] != '-' || text.at[7] != '-'))
		return false;
	return put_year(run, (struct ots_bytes){text.at, 4}) &&
	       put_label(run, (struct ots_bytes){text.at + 4 + dash, 2}, 1, 12) &&
	       put_label(run, (struct ots_bytes){text.at + 6 + 2 * dash, 2}, 1, 31);
}

static bool run_is_date(const struct run *run)
{
	const struct ots_zone utc = {0};
	struct ots_placement probe = {.depth = run->depth};

	memcpy(probe.labels, run->labels, sizeof probe.labels);
	return ots_moment_from_labels(&utc, &probe);
}

/* The folder a run begins with. */
static bool begin_run(struct ots_bytes part, size_t start, struct run *run)
{
	struct ots_bytes name, value;

	*run = (struct run){.start = start};
	split_partition(part, &name, &value);
	if (name.len > 0 && is_name(name, level_names[0], 4))
		return put_year(run, value);
	if (name.len > 0 && !is_name(name, date_names, sizeof date_names / sizeof date_names[0]))
		return false;
	if (name.len == 0 && value.len == part.len && put_year(run, value))
		return true;
	return put_date(run, value) && run_is_date(run);
}

/* The folder behind a run of at least a year. */
static bool extend_run(struct ots_bytes part, struct run *run)
{
	static const int64_t low[] = {0, 1, 1, 0, 0}, high[] = {0, 12, 31, 23, 59};
	struct run longer = *run;
	struct ots_bytes name, value;

	if (run->depth == OTS_TIME_PARTS_MAX)
		return false;
	split_partition(part, &name, &value);
	if (value.len == part.len
		    ? value.len != 2
		    : value.len < 1 || value.len > 2 || !is_name(name, level_names[run->depth], 4))
		return false;
	if (!put_label(&longer, value, low[run->depth], high[run->depth]) || !run_is_date(&longer))
		return false;
	*run = longer;
	return true;
}

/* A year alone is time only where it says so: `year=2026`. */
static bool run_counts(const struct run *run, struct ots_bytes key)
{
	return run->depth > 1 || (run->depth == 1 && key.at[run->start] > '9');
}

/* `<name>__` and 32 hex digits, or five groups of them with '_' between (backup-formats 2.8). */
static bool ends_in_uuid(struct ots_bytes part)
{
	size_t digits = 0, at = part.len, groups = 1;

	while (at > 0 && digits < UUID_HEX_BYTES) { /* ends: takes a byte or leaves */
		const uint8_t c = part.at[at - 1];

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
			digits++;
		else if (c == '_' && (digits == 12 || digits == 16 || digits == 20 || digits == 24))
			groups++;
		else
			return false;
		at--;
	}
	return digits == UUID_HEX_BYTES && (groups == 1 || groups == 5) && at >= 2 &&
	       part.at[at - 1] == '_' && part.at[at - 2] == '_';
}

/* Walk the folders: the deepest run of time counts, the first of equals.
 * @param last  the run that the last folder is in, deep or not
 * @return false: a folder of work in progress */
static bool scan_folders(struct ots_bytes key, size_t name_start, struct run *best,
			 struct run *last)
{
	struct run run = {0};

	*best = run;
	for (size_t start = 0; start < name_start;) { /* ends: a part has at least its '/' */
		const uint8_t *slash = memchr(key.at + start, '/', key.len - start);
		const struct ots_bytes part = {key.at + start, (size_t)(slash - (key.at + start))};

		if (ends_in_uuid(part))
			return false;
		if ((run.depth == 0 || !extend_run(part, &run)) && !begin_run(part, start, &run))
			run.depth = 0;
		if (run.depth > best->depth && run_counts(&run, key))
			*best = run;
		start += part.len + 1;
	}
	*last = run;
	return true;
}

static bool starts_with(struct ots_bytes *name, const char *prefix)
{
	const size_t len = strlen(prefix);

	if (name->len < len || memcmp(name->at, prefix, len) != 0)
		return false;
	name->at += len;
	name->len -= len;
	return true;
}

/* The digits up to @p end, which is taken too. */
static bool take_number(struct ots_bytes *name, uint8_t end, size_t max_digits, int64_t *out)
{
	const uint8_t *at = name->len > 0 ? memchr(name->at, end, name->len) : NULL;
	struct ots_bytes digits;

	if (at == NULL)
		return false;
	digits = (struct ots_bytes){name->at, (size_t)(at - name->at)};
	if (digits.len > max_digits || !ots_digits(digits, out))
		return false;
	name->len -= digits.len + 1;
	name->at = at + 1;
	return true;
}

/* `FullData-<ms>.csv`, `IncData-<ms>.csv`, also compressed (`.csv.gz`). */
static bool data_name(struct ots_bytes name, int64_t *us)
{
	if (!starts_with(&name, "FullData-") && !starts_with(&name, "IncData-"))
		return false;
	if (!take_number(&name, '.', 15, us) || !starts_with(&name, "csv") ||
	    (name.len > 0 && name.at[0] != '.'))
		return false;
	*us *= 1000;
	return true;
}

/* Our own: `<start>-<end>.<channel>.<seq>.<suffix>`, both ends in microseconds of 16 digits. */
static bool own_name(struct ots_bytes name, int64_t *us)
{
	const size_t before = name.len;
	const uint8_t *dot;
	int64_t end, sequence;

	if (!take_number(&name, '-', 16, us) || before - name.len != 17 || name.len < 17 ||
	    name.at[16] != '.' || !take_number(&name, '.', 16, &end) || *us > end)
		return false;
	dot = name.len > 0 ? memchr(name.at, '.', name.len) : NULL;
	if (dot == NULL || dot == name.at)
		return false;
	name.len -= (size_t)(dot - name.at) + 1;
	name.at = dot + 1;
	return take_number(&name, '.', 18, &sequence) && name.len > 0;
}

bool ots_standard_match(const struct ots_zone *zone, struct ots_bytes key,
			struct ots_placement *placement, size_t *table_end)
{
	size_t name_start = key.len;
	struct ots_bytes name;
	struct run run, last;
	int64_t us;

	while (name_start > 0 && key.at[name_start - 1] != '/')
		name_start--;
	name = (struct ots_bytes){key.at + name_start, key.len - name_start};
	*placement = (struct ots_placement){0};
	if (name.len == 0 || !scan_folders(key, name_start, &run, &last))
		return false;
	*table_end = name_start;
	if (run.depth > 0) {
		*table_end = run.start;
		placement->depth = run.depth;
		memcpy(placement->labels, run.labels, sizeof run.labels);
		if (!ots_moment_from_labels(zone, placement))
			return false;
	}
	if (data_name(name, &us) || own_name(name, &us))
		return ots_moment_from_name(us, placement);
	return true;
}

enum ots_path_tells ots_standard_path(const struct ots_zone *zone, struct ots_bytes path,
				      struct ots_placement *placement, size_t *table_end)
{
	struct run run, last;

	*placement = (struct ots_placement){0};
	if (!scan_folders(path, path.len, &run, &last))
		return OTS_PATH_OUTSIDE;
	if (run.depth == 0)
		run = last;
	if (run.depth == 0)
		return OTS_PATH_OPEN;
	*table_end = run.start;
	placement->depth = run.depth;
	memcpy(placement->labels, run.labels, sizeof run.labels);
	return ots_moment_from_labels(zone, placement) ? OTS_PATH_PLACED : OTS_PATH_OUTSIDE;
}
