#include "compress.h"

#include <otsfs/base/bytes.h>

#include "../limits.h"

bool ots_request_inflate(const struct ots_request *request, struct ots_buffer *room,
			 struct ots_bytes *body, struct ots_fault *fault)
{
	struct ots_error err = {.status = OTS_OK};
	struct ots_bytes type, told;
	enum ots_status status;
	size_t size = 0;

	*body = request->body;
	if (!ots_request_header(request, "x-ots-request-compress-type", &type))
		return true;
	if (!ots_bytes_are(type, "deflate"))
		return ots_refuse(fault, OTS_FAULT_PARAMETER, "Unsupported compress type: %.*s.",
				  type.len < 64 ? (int)type.len : 64, (const char *)type.at);
	if (!ots_request_header(request, "x-ots-request-compress-size", &told) ||
	    !ots_deflate_size(told, &size))
		return ots_refuse(fault, OTS_FAULT_PARAMETER,
				  "x-ots-request-compress-size is missing or no number above 0.");
	ots_buffer_init(room, OTS_LIMIT_BODY_BYTES);
	status = ots_inflate(request->body, size, room, &err);
	*body = (struct ots_bytes){room->bytes, room->len};
	if (status == OTS_OK)
		return true;
	if (status == OTS_LIMIT)
		return ots_refuse(fault, OTS_FAULT_BODY_TOO_LARGE,
				  "The size of POST data is too large.");
	if (status == OTS_NO_MEMORY)
		return ots_refuse_error(fault, &err);
	return ots_refuse(fault, OTS_FAULT_PARAMETER, "The request cannot be inflated: %s.",
			  err.text);
}

bool ots_reply_deflate(const struct ots_request *request, struct ots_bytes body,
		       struct ots_buffer *packed)
{
	struct ots_bytes type;

	if (body.len < OTS_COMPRESS_FROM_BYTES ||
	    !ots_request_header(request, "x-ots-response-compress-type", &type) ||
	    !ots_bytes_are(type, "deflate"))
		return false;
	ots_buffer_init(packed, body.len + body.len / 8 + 1024);
	if (ots_deflate(body, packed) && packed->len < body.len)
		return true;
	ots_buffer_release(packed);
	return false;
}
