#include <otsfs/format/records.h>

#include <otsfs/format/jsonl.h>
#include <otsfs/format/tunnel_csv.h>

enum ots_status ots_records_open(struct ots_input *input, enum ots_format format,
				 const struct ots_records_options *options, struct ots_source **out,
				 struct ots_error *err)
{
	const struct ots_bytes key = ots_input_entry(input)->key;

	switch (format) {
	case OTS_FORMAT_TUNNEL_CSV: return ots_tunnel_csv_open(input, options, out, err);
	case OTS_FORMAT_JSONL: return ots_jsonl_open(input, options, out, err);
	case OTS_FORMAT_EMPTY:
	case OTS_FORMAT_UNKNOWN:
	case OTS_FORMAT_PARQUET:
	case OTS_FORMAT_ORC:
	case OTS_FORMAT_COMPRESSED:
	case OTS_FORMAT_STREAM_CSV:
	case OTS_FORMAT_UTF16: break;
	}
	return ots_fail(
		err, OTS_UNSUPPORTED,
		"%.*s: expected tunnel-csv or jsonl, found %s: it can be read as it is, below "
		"raw/",
		(int)key.len, (const char *)key.at, ots_format_word(format));
}
