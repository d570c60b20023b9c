/* What the headers of an object tell, and HeadObject. Source: oss-protocol 3.3. */
#include "client.h"

#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/text/http_date.h>
#include <otsfs/text/number.h>

static enum ots_status lacks(const struct oss_call *call, const char *name, struct ots_error *err)
{
	return ots_fail(err, OTS_SERVER, "oss://%s/%.*s: %s answered without a usable %s",
			call->oss->bucket, (int)call->key.len, (const char *)call->key.at,
			call->method, name);
}

enum ots_status oss_head_read(const struct oss_call *call, const struct ots_http_response *response,
			      uint64_t size, struct oss_object_head *out, struct ots_error *err)
{
	struct ots_bytes value;

	*out = (struct oss_object_head){.entry = {.size = size}};
	if (!ots_http_response_header(response, "ETag", &value))
		return lacks(call, "ETag", err);
	if (value.len >= 2 && value.at[0] == '"' && value.at[value.len - 1] == '"')
		value = (struct ots_bytes){value.at + 1, value.len - 2};
	if (value.len == 0 || value.len >= OTS_ETAG_BYTES)
		return lacks(call, "ETag", err);
	memcpy(out->entry.etag, value.at, value.len);
	out->entry.etag[value.len] = '\0';
	if (!ots_http_response_header(response, "Last-Modified", &value) ||
	    !ots_http_date_parse(value, &out->entry.mtime_us))
		return lacks(call, "Last-Modified", err);
	out->has_crc = ots_http_response_header(response, "x-oss-hash-crc64ecma", &value) &&
		       ots_parse_u64(value, &out->crc);
	return OTS_OK;
}

struct asking {
	struct oss_call call;
	struct oss_object_head *out;
};

static enum ots_status on_answer(void *arg, const struct ots_http_response *response,
				 struct ots_error *err)
{
	struct asking *asking = arg;
	struct ots_bytes value;
	uint64_t size;

	if (!ots_http_response_header(response, "Content-Length", &value) ||
	    !ots_parse_u64(value, &size))
		return lacks(&asking->call, "Content-Length", err);
	return oss_head_read(&asking->call, response, size, asking->out, err);
}

enum ots_status oss_head(struct oss *oss, struct ots_bytes key, unsigned attempts,
			 struct ots_cancel *cancel, struct oss_object_head *out,
			 struct ots_error *err)
{
	struct asking asking = {.out = out};
	enum ots_status status;

	oss_call_init(&asking.call, oss, "HEAD", key);
	status = oss_call_run(&asking.call, on_answer, &asking, attempts, cancel, err);
	oss_call_release(&asking.call);
	return status;
}
