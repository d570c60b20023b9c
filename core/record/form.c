#include <otsfs/record/form.h>

#include <stddef.h>

static const struct {
	const char *word;
	bool has_records;
} forms[] = {
	[OTS_FORMAT_UNKNOWN] = {"unknown", false},
	[OTS_FORMAT_EMPTY] = {"empty", false},
	[OTS_FORMAT_TUNNEL_CSV] = {"tunnel-csv", true},
	[OTS_FORMAT_JSONL] = {"jsonl", true},
	[OTS_FORMAT_PARQUET] = {"parquet", false},
	[OTS_FORMAT_ORC] = {"orc", false},
	[OTS_FORMAT_COMPRESSED] = {"compressed", false},
	[OTS_FORMAT_STREAM_CSV] = {"stream-csv", false},
	[OTS_FORMAT_UTF16] = {"utf-16", false},
};

const char *ots_format_word(enum ots_format format)
{
	return (size_t)format < sizeof forms / sizeof *forms ? forms[format].word : "unknown";
}

bool ots_format_has_records(enum ots_format format)
{
	return (size_t)format < sizeof forms / sizeof *forms && forms[format].has_records;
}

bool ots_format_has_text(enum ots_format format)
{
	return format == OTS_FORMAT_PARQUET || ots_format_has_records(format);
}
