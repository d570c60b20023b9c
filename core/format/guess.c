/* Which format an object has, by its name. A name is a guess: whoever opens the object looks at its
 * content. Source: backup-formats, sections 1.9 (FullData, IncData) and 6.1. */
#include <otsfs/format/records.h>

#include <string.h>

static bool ends_with(struct ots_bytes name, const char *end)
{
	const size_t len = strlen(end);

	return name.len > len && memcmp(name.at + name.len - len, end, len) == 0;
}

static bool all_digits(struct ots_bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
	}
	return text.len > 0;
}

/* `FullData-<digits>.csv`, `IncData-<digits>.csv`: what the tunnel programs write. */
static bool is_tunnel_csv(struct ots_bytes name)
{
	static const char *const fronts[] = {"FullData-", "IncData-"};

	for (size_t i = 0; i < sizeof fronts / sizeof *fronts; i++) {
		const size_t front = strlen(fronts[i]);

		if (name.len > front + 4 && memcmp(name.at, fronts[i], front) == 0 &&
		    ends_with(name, ".csv") &&
		    all_digits((struct ots_bytes){name.at + front, name.len - front - 4}))
			return true;
	}
	return false;
}

enum ots_format ots_format_guess(struct ots_bytes name)
{
	if (is_tunnel_csv(name))
		return OTS_FORMAT_TUNNEL_CSV;
	if (ends_with(name, ".jsonl"))
		return OTS_FORMAT_JSONL;
	if (ends_with(name, ".parquet"))
		return OTS_FORMAT_PARQUET;
	if (ends_with(name, ".orc"))
		return OTS_FORMAT_ORC;
	return OTS_FORMAT_UNKNOWN;
}
