#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/text/base64.h>

#include "../xml/xml_write.h"
#include "calls.h"
#include "listed.h"

/* What a plain listing asks for. */
struct asked {
	struct ots_oss_list list;
	bool encoded, owner;
	uint64_t most;
};

static bool read_common(struct ots_oss_call *call, struct asked *asked)
{
	*asked = (struct asked){.owner = false};
	if (!ots_oss_query_number(call, "max-keys", 1, 1000, 100, &asked->most) ||
	    !ots_oss_encoding(call, &asked->encoded))
		return false;
	asked->list.query.prefix = ots_oss_query(call, "prefix");
	asked->list.query.delimiter = ots_oss_query(call, "delimiter");
	asked->list.most = (size_t)asked->most;
	if (call->act != NULL && OTS_CUE_SAYS(call->act, OTS_CUE_PAGE_KEYS) &&
	    (uint64_t)call->act->page_keys < asked->most)
		asked->list.most = (size_t)call->act->page_keys;
	return ots_oss_check_names(call);
}

bool ots_oss_check_names(struct ots_oss_call *call)
{
	static const char *const names[] = {"prefix",      "delimiter",  "marker",
					    "start-after", "key-marker", "version-id-marker"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const struct ots_bytes value = ots_oss_query(call, names[i]);

		if (value.len > 1023)
			return ots_oss_bad_argument(call, names[i], value,
						    "A name is longer than 1023 bytes.");
	}
	return true;
}

void ots_oss_put_entry(struct ots_oss_call *call, struct ots_oss_xml *xml,
		       const struct ots_oss_object *object, bool encoded, bool owner)
{
	static const char *const types[] = {"Normal", "Multipart", "Appendable", "Symlink"};
	char text[OTS_OSS_RESTORE_TEXT_BYTES];

	ots_oss_xml_name(xml, "Key", object->facts.key, encoded);
	ots_oss_xml_time(xml, "LastModified", object->facts.mtime_us);
	ots_oss_xml_open(xml, "ETag");
	xml->failed = xml->failed || !ots_buffer_printf(xml->out, "\"%s\"", object->facts.etag);
	ots_oss_xml_close(xml, "ETag");
	ots_oss_xml_text(xml, "Type", types[object->facts.type]);
	ots_oss_xml_number(xml, "Size", object->facts.size);
	ots_oss_xml_text(xml, "StorageClass", ots_oss_class_of(call, object));
	ots_oss_restore_text(call, object, text);
	if (text[0] != '\0')
		ots_oss_xml_text(xml, "RestoreInfo", text);
	if (owner)
		ots_oss_put_owner(xml);
}

void ots_oss_put_owner(struct ots_oss_xml *xml)
{
	ots_oss_xml_open(xml, "Owner");
	ots_oss_xml_text(xml, "ID", "otsfs-local");
	ots_oss_xml_text(xml, "DisplayName", "otsfs-local");
	ots_oss_xml_close(xml, "Owner");
}

static void put_lines(struct ots_oss_call *call, struct ots_oss_xml *xml, const struct asked *asked,
		      const struct ots_oss_listing *listing)
{
	for (size_t i = 0; i < listing->count; i++) {
		const struct ots_oss_line *line = &listing->lines[i];

		if (line->object == NULL)
			continue;
		ots_oss_xml_open(xml, "Contents");
		ots_oss_put_entry(call, xml, line->object, asked->encoded, asked->owner);
		ots_oss_xml_close(xml, "Contents");
	}
	ots_oss_put_prefixes(xml, listing, asked->encoded);
}

void ots_oss_put_prefixes(struct ots_oss_xml *xml, const struct ots_oss_listing *listing,
			  bool encoded)
{
	for (size_t i = 0; i < listing->count; i++) {
		if (listing->lines[i].object != NULL)
			continue;
		ots_oss_xml_open(xml, "CommonPrefixes");
		ots_oss_xml_name(xml, "Prefix", listing->lines[i].prefix, encoded);
		ots_oss_xml_close(xml, "CommonPrefixes");
	}
}

static void put_head(struct ots_oss_call *call, struct ots_oss_xml *xml, const struct asked *asked,
		     const struct ots_oss_listing *listing)
{
	ots_oss_xml_bytes(xml, "Name", call->request.bucket);
	ots_oss_xml_name(xml, "Prefix", asked->list.query.prefix, asked->encoded);
	ots_oss_xml_number(xml, "MaxKeys", asked->most);
	ots_oss_xml_name(xml, "Delimiter", asked->list.query.delimiter, asked->encoded);
	ots_oss_xml_bool(xml, "IsTruncated", listing->truncated);
	if (asked->encoded)
		ots_oss_xml_text(xml, "EncodingType", "url");
}

/* Where the next page begins: the name that was shown last. An empty page begins again. */
static struct ots_bytes last_of(const struct ots_oss_listing *listing, struct ots_bytes otherwise)
{
	const struct ots_oss_line *last;

	if (listing->count == 0)
		return otherwise;
	last = &listing->lines[listing->count - 1];
	return last->object != NULL ? last->object->facts.key : last->prefix;
}

bool ots_oss_list_objects(struct ots_oss_call *call)
{
	const struct ots_bytes marker = ots_oss_query(call, "marker");
	struct ots_oss_listing listing = {.count = 0};
	struct ots_oss_xml xml;
	struct asked asked;
	bool good;

	if (!read_common(call, &asked))
		return false;
	asked.owner = true;
	asked.list.query.after = marker;
	if (!ots_oss_bucket_list(call->bucket, &asked.list, &call->arena, &listing, &call->fault))
		return false;
	if (asked.list.most == 0)
		listing.truncated = true;
	ots_oss_begin_xml(call, &xml, "ListBucketResult");
	put_head(call, &xml, &asked, &listing);
	ots_oss_xml_name(&xml, "Marker", marker, asked.encoded);
	if (listing.truncated)
		ots_oss_xml_name(&xml, "NextMarker",
				 ots_oss_repeats(call) ? marker : last_of(&listing, marker),
				 asked.encoded);
	put_lines(call, &xml, &asked, &listing);
	good = ots_oss_reply_xml(call, &xml, "ListBucketResult");
	ots_oss_listing_release(&listing);
	return good;
}

bool ots_oss_repeats(const struct ots_oss_call *call)
{
	return call->act != NULL && OTS_CUE_SAYS(call->act, OTS_CUE_REPEAT_TOKEN);
}

/* A token is the last name of the page before: in base64 with the letters that URLs keep, after a
 * letter that shows that it is one of ours. */
#define TOKEN_MARK 'C'

static bool write_token(struct ots_oss_call *call, struct ots_bytes name, struct ots_bytes *out)
{
	const size_t len = ots_base64_length(name.len);
	char *text = ots_arena_alloc(&call->arena, len + 1);

	if (text == NULL)
		return ots_oss_refuse(&call->fault, OTS_OSS_INTERNAL_ERROR, "No memory.");
	text[0] = TOKEN_MARK;
	ots_base64_encode(name.at, name.len, text + 1);
	out->len = len + 1;
	out->at = (const uint8_t *)text;
	for (size_t i = 1; i < out->len; i++)
		text[i] = (char)(text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i]);
	while (out->len > 1 && text[out->len - 1] == '=') /* ends: it falls */
		out->len--;
	return true;
}

static bool read_token(struct ots_oss_call *call, struct ots_bytes token, struct ots_bytes *out)
{
	uint8_t *name = ots_arena_alloc(&call->arena, token.len / 4 * 3 + 3);

	/* Of an empty name too: what a page of no entries gave. */
	if (name != NULL && token.len > 0 && token.len < 2048 && token.at[0] == TOKEN_MARK &&
	    ots_base64_decode((struct ots_bytes){token.at + 1, token.len - 1}, name, &out->len)) {
		out->at = name;
		return true;
	}
	return ots_oss_bad_argument(call, "continuation-token", token,
				    "The continuation token you provided is incorrect.");
}

static bool put_v2(struct ots_oss_call *call, const struct asked *asked,
		   const struct ots_oss_listing *listing, struct ots_bytes next)
{
	struct ots_oss_xml xml;

	ots_oss_begin_xml(call, &xml, "ListBucketResult");
	put_head(call, &xml, asked, listing);
	if (ots_oss_has(call, "start-after"))
		ots_oss_xml_name(&xml, "StartAfter", ots_oss_query(call, "start-after"),
				 asked->encoded);
	if (ots_oss_query(call, "continuation-token").len > 0)
		ots_oss_xml_name(&xml, "ContinuationToken",
				 ots_oss_query(call, "continuation-token"), asked->encoded);
	if (next.len > 0)
		ots_oss_xml_name(&xml, "NextContinuationToken", next, asked->encoded);
	ots_oss_xml_number(&xml, "KeyCount", listing->count);
	put_lines(call, &xml, asked, listing);
	return ots_oss_reply_xml(call, &xml, "ListBucketResult");
}

bool ots_oss_list_objects_v2(struct ots_oss_call *call)
{
	const struct ots_bytes token = ots_oss_query(call, "continuation-token");
	struct ots_bytes after = ots_oss_query(call, "start-after"), next = {NULL, 0};
	struct ots_oss_listing listing = {.count = 0};
	struct asked asked;
	bool good = true;

	if (!read_common(call, &asked))
		return false;
	asked.owner = ots_bytes_are(ots_oss_query(call, "fetch-owner"), "true");
	if (token.len > 0 && !read_token(call, token, &after))
		return false;
	asked.list.query.after = after;
	if (!ots_oss_bucket_list(call->bucket, &asked.list, &call->arena, &listing, &call->fault))
		return false;
	if (asked.list.most == 0)
		listing.truncated = true;
	if (listing.truncated && ots_oss_repeats(call) && token.len > 0)
		next = token;
	else if (listing.truncated)
		good = write_token(call, ots_oss_repeats(call) ? after : last_of(&listing, after),
				   &next);
	good = good && put_v2(call, &asked, &listing, next);
	ots_oss_listing_release(&listing);
	return good;
}
