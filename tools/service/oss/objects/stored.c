#include "stored.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <otsfs/base/bytes.h>
#include <otsfs/base/digest.h>
#include <otsfs/text/base64.h>
#include <otsfs/text/http_date.h>
#include <otsfs/text/percent.h>
#include <otsfs/text/utf8.h>

#define HEADERS_MAX_BYTES ((size_t)64 * 1024)
#define KEY_MAX_BYTES 1023

/* Headers of a request that stay with the object. */
static const char *const kept[] = {
	"content-type",
	"cache-control",
	"content-disposition",
	"content-encoding",
	"content-language",
	"expires",
	"x-oss-storage-class",
	"x-oss-object-acl",
	"x-oss-server-side-encryption",
	"x-oss-server-side-encryption-key-id",
	"x-oss-server-side-data-encryption",
	"x-oss-tagging",
	"x-oss-symlink-target",
};

static const char *const classes[] = {"Standard", "IA", "Archive", "ColdArchive",
				      "DeepColdArchive"};

bool ots_oss_is_class(struct ots_bytes word)
{
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
		if (ots_bytes_are(word, classes[i]))
			return true;
	return false;
}

bool ots_oss_is_cold(const char *word)
{
	return strstr(word, "Archive") != NULL;
}

static bool one_of(struct ots_bytes value, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (ots_bytes_are(value, words[i]))
			return true;
	return value.len == 0;
}

static bool check_values(struct ots_oss_call *call)
{
	static const char *const ciphers[] = {"AES256", "KMS", "SM4"};
	static const char *const acls[] = {"default", "private", "public-read",
					   "public-read-write"};
	const struct ots_bytes class = ots_oss_header_of(call, "x-oss-storage-class");
	const struct ots_bytes acl = ots_oss_header_of(call, "x-oss-object-acl");

	if (class.len > 0 && !ots_oss_is_class(class))
		return ots_oss_bad_argument(call, "x-oss-storage-class", class,
					    "The storage class you specified is not valid.");
	if (!one_of(acl, acls, 4))
		return ots_oss_bad_argument(call, "x-oss-object-acl", acl,
					    "No such object access control exists.");
	return one_of(ots_oss_header_of(call, "x-oss-server-side-encryption"), ciphers, 3) ||
	       ots_oss_refuse(&call->fault, OTS_OSS_INVALID_ENCRYPTION,
			      "The encryption request you specified is not valid. Supported value: "
			      "AES256/KMS/SM4.");
}

static bool is_meta(struct ots_bytes name)
{
	return name.len > 11 && strncasecmp((const char *)name.at, "x-oss-meta-", 11) == 0;
}

static bool put_pair(struct ots_buffer *out, struct ots_bytes name, struct ots_bytes value)
{
	const size_t from = out->len;

	if (!ots_buffer_put(out, name.at, name.len) || !ots_buffer_put_byte(out, '\0') ||
	    !ots_buffer_put(out, value.at, value.len) || !ots_buffer_put_byte(out, '\0'))
		return false;
	for (size_t i = from; i < from + name.len; i++) /* names come back in lower case */
		if (out->bytes[i] >= 'A' && out->bytes[i] <= 'Z')
			out->bytes[i] = (uint8_t)(out->bytes[i] + ('a' - 'A'));
	return true;
}

bool ots_oss_pack_headers(struct ots_oss_call *call, struct ots_bytes *out)
{
	struct ots_buffer packed;
	size_t meta_bytes = 0;
	bool good = true;

	if (!check_values(call))
		return false;
	ots_buffer_init(&packed, HEADERS_MAX_BYTES);
	for (size_t i = 0; good && i < sizeof kept / sizeof *kept; i++) {
		const struct ots_bytes value = ots_oss_header_of(call, kept[i]);

		good = value.len == 0 || put_pair(&packed, ots_bytes_of(kept[i]), value);
	}
	for (size_t i = 0; good && i < call->request.header_count; i++) {
		const struct ots_oss_pair *pair = &call->request.headers[i];

		if (!is_meta(pair->name))
			continue;
		meta_bytes += pair->name.len + pair->value.len;
		good = meta_bytes <= OTS_OSS_META_MAX_BYTES &&
		       put_pair(&packed, pair->name, pair->value);
	}
	out->at = ots_arena_copy(&call->arena, packed.bytes, packed.len);
	out->len = packed.len;
	ots_buffer_release(&packed);
	return (good && out->at != NULL) ||
	       ots_oss_refuse(&call->fault, OTS_OSS_INVALID_ARGUMENT,
			      "The user metadata is larger than the limit of 8 KB.");
}

bool ots_oss_check_key(struct ots_oss_call *call, struct ots_bytes key)
{
	if (key.len > KEY_MAX_BYTES)
		return ots_oss_refuse(&call->fault, OTS_OSS_INVALID_OBJECT_NAME,
				      "The length of object name must be less than 1024.");
	if (key.len > 0 && key.at[0] != '/' && key.at[0] != '\\' && ots_utf8_valid(key))
		return true;
	(void)ots_oss_detail(&call->fault, "ObjectName", key);
	return ots_oss_refuse(&call->fault, OTS_OSS_INVALID_OBJECT_NAME,
			      "The specified object is not valid.");
}

static void upper(char *hex)
{
	for (; *hex != '\0'; hex++)
		if (*hex >= 'a' && *hex <= 'f')
			*hex = (char)(*hex - ('a' - 'A'));
}

bool ots_oss_check_md5(struct ots_oss_call *call, const uint8_t md5[16])
{
	const struct ots_bytes given = ots_oss_header_of(call, "content-md5");
	char text[25];

	if (given.len == 0)
		return true;
	ots_base64_encode(md5, 16, text);
	text[24] = '\0';
	if (ots_bytes_are(given, text))
		return true;
	(void)ots_oss_detail(&call->fault, "Content-MD5", given);
	return ots_oss_refuse(&call->fault, OTS_OSS_INVALID_DIGEST,
			      "The Content-MD5 you specified was invalid.");
}

bool ots_oss_facts_of_spool(struct ots_oss_call *call, enum ots_oss_type type,
			    struct ots_oss_facts *out)
{
	uint8_t md5[OTS_MD5_BYTES];

	*out = (struct ots_oss_facts){
		.key = call->request.key,
		.size = ots_oss_spool_size(call->spool),
		.mtime_us = call->now_us,
		.crc = ots_oss_spool_crc(call->spool),
		.has_crc = true,
		.etag_is_md5 = type == OTS_OSS_NORMAL,
		.type = type,
	};
	if (!ots_oss_spool_md5(call->spool, md5))
		return ots_oss_refuse(&call->fault, OTS_OSS_INTERNAL_ERROR, "No MD5.");
	ots_hex(md5, sizeof md5, out->etag);
	upper(out->etag);
	/* Of a copy the header is that of the request's own body, which is empty. */
	return call->operation->body != OTS_OSS_BODY_CONTENT || ots_oss_check_md5(call, md5);
}

bool ots_oss_take_content(struct ots_oss_call *call, struct ots_oss_blob **out)
{
	struct ots_error err = {.status = OTS_OK};
	struct ots_oss_spool *spool = call->spool;

	call->spool = NULL;
	return ots_oss_spool_take(spool, out, &err) == OTS_OK ||
	       ots_oss_refuse_error(&call->fault, &err);
}

bool ots_oss_forbids(const struct ots_oss_call *call)
{
	return ots_bytes_are(ots_oss_header_of(call, "x-oss-forbid-overwrite"), "true");
}

const char *ots_oss_class_of(struct ots_oss_call *call, const struct ots_oss_object *object)
{
	const struct ots_bytes class = ots_oss_object_header(object, "x-oss-storage-class");

	if (call->act != NULL && OTS_CUE_SAYS(call->act, OTS_CUE_OBJECT_STATE) &&
	    ots_oss_is_class(call->act->object_state))
		return (const char *)call->act->object_state.at; /* a NUL stands behind it */
	return class.len > 0 ? (const char *)class.at : "Standard";
}

/* Words of a fault file that say how far a restore is. */
static bool act_says(const struct ots_oss_call *call, const char *word)
{
	return call->act != NULL && OTS_CUE_SAYS(call->act, OTS_CUE_OBJECT_STATE) &&
	       ots_bytes_are(call->act->object_state, word);
}

static bool is_restored(const struct ots_oss_call *call, const struct ots_oss_object *object)
{
	if (act_says(call, "restored"))
		return true;
	if (call->act != NULL && OTS_CUE_SAYS(call->act, OTS_CUE_OBJECT_STATE))
		return false;
	return object->facts.restore_ready_us != 0 &&
	       object->facts.restore_ready_us <= call->now_us &&
	       object->facts.restore_until_us > call->now_us;
}

void ots_oss_restore_text(struct ots_oss_call *call, const struct ots_oss_object *object,
			  char text[OTS_OSS_RESTORE_TEXT_BYTES])
{
	char date[OTS_HTTP_DATE_BYTES];

	text[0] = '\0';
	if (is_restored(call, object)) {
		ots_http_date_print(object->facts.restore_until_us, date);
		(void)snprintf(text, OTS_OSS_RESTORE_TEXT_BYTES,
			       "ongoing-request=\"false\", expiry-date=\"%s\"", date);
	} else if (act_says(call, "restoring") || object->facts.restore_ready_us > call->now_us) {
		(void)snprintf(text, OTS_OSS_RESTORE_TEXT_BYTES, "ongoing-request=\"true\"");
	}
}

bool ots_oss_check_readable(struct ots_oss_call *call, const struct ots_oss_object *object)
{
	const bool cold =
		ots_oss_is_cold(ots_oss_class_of(call, object)) || act_says(call, "restoring");

	if (!cold || is_restored(call, object))
		return true;
	(void)ots_oss_detail(&call->fault, "ObjectName", object->facts.key);
	return ots_oss_refuse(&call->fault, OTS_OSS_INVALID_OBJECT_STATE,
			      "The operation is not valid for the object's state");
}

bool ots_oss_check_conditions(struct ots_oss_call *call, const char *prefix,
			      const struct ots_oss_object *object)
{
	static const char *const names[] = {"if-match", "if-none-match", "if-modified-since",
					    "if-unmodified-since"};
	struct ots_bytes values[4];
	char name[64];

	for (size_t i = 0; i < 4; i++) {
		(void)snprintf(name, sizeof name, "%s%s", prefix, names[i]);
		values[i] = ots_oss_header_of(call, name);
	}
	switch (ots_oss_condition(
		&(struct ots_oss_conditions){values[0], values[1], values[2], values[3]},
		object->facts.etag, object->facts.mtime_us)) {
	case OTS_OSS_CONDITION_MET: return true;
	case OTS_OSS_CONDITION_NOT_MODIFIED:
		return ots_oss_refuse(&call->fault, OTS_OSS_NOT_MODIFIED, "Not modified.");
	case OTS_OSS_CONDITION_FAILED: break;
	}
	return ots_oss_refuse(&call->fault, OTS_OSS_PRECONDITION_FAILED,
			      "At least one of the pre-conditions you specified did not hold.");
}

void ots_oss_echo_encryption(struct ots_oss_call *call, struct ots_bytes headers)
{
	const char *name, *value;
	size_t at = 0;

	while (ots_oss_headers_next(headers, &at, &name, &value))
		if (strncmp(name, "x-oss-server-side-", 18) == 0)
			ots_oss_reply_header(call, name, "%s", value);
}

static unsigned hex_digit(char c)
{
	return c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10 : (unsigned)(c - '0') & 15;
}

static void describe_content(struct ots_oss_call *call, const struct ots_oss_object *object)
{
	uint8_t md5[16];
	char text[25];

	if (!object->facts.etag_is_md5)
		return;
	for (size_t i = 0; i < sizeof md5; i++)
		md5[i] = (uint8_t)(hex_digit(object->facts.etag[2 * i]) << 4 |
				   hex_digit(object->facts.etag[2 * i + 1]));
	ots_base64_encode(md5, sizeof md5, text);
	text[24] = '\0';
	ots_oss_reply_header(call, "Content-MD5", "%s", text);
}

/* What was kept of the request that made it. */
static void describe_kept(struct ots_oss_call *call, const struct ots_oss_object *object)
{
	static const struct {
		const char *stored, *shown;
	} names[] = {
		{"content-type", "Content-Type"},
		{"cache-control", "Cache-Control"},
		{"content-disposition", "Content-Disposition"},
		{"content-encoding", "Content-Encoding"},
		{"content-language", "Content-Language"},
		{"expires", "Expires"},
	};
	const char *name, *value;
	size_t at = 0;

	while (ots_oss_headers_next(object->facts.headers, &at, &name, &value)) {
		if (strncmp(name, "x-oss-meta-", 11) == 0 ||
		    strncmp(name, "x-oss-server-side-", 18) == 0)
			ots_oss_reply_header(call, ots_oss_text(call, ots_bytes_of(name)), "%s",
					     value);
		for (size_t i = 0; i < sizeof names / sizeof *names; i++)
			if (strcmp(name, names[i].stored) == 0)
				ots_oss_reply_header(call, names[i].shown, "%s", value);
	}
	if (ots_oss_object_header(object, "content-type").len == 0)
		ots_oss_reply_header(call, "Content-Type", "application/octet-stream");
	if (ots_oss_object_header(object, "x-oss-tagging").len > 0)
		ots_oss_reply_header(call, "x-oss-tagging-count", "1");
}

void ots_oss_describe(struct ots_oss_call *call, const struct ots_oss_object *object, bool all)
{
	static const char *const types[] = {"Normal", "Multipart", "Appendable", "Symlink"};
	char restore[OTS_OSS_RESTORE_TEXT_BYTES];
	char date[OTS_HTTP_DATE_BYTES];

	ots_http_date_print(object->facts.mtime_us, date);
	ots_oss_reply_etag(call, object->facts.etag);
	ots_oss_reply_header(call, "Last-Modified", "%s", date);
	if (object->facts.has_crc)
		ots_oss_reply_crc(call, object->facts.crc);
	ots_oss_reply_header(call, "x-oss-object-type", "%s", types[object->facts.type]);
	ots_oss_reply_version(call, object->facts.version);
	if (!all)
		return;
	describe_content(call, object);
	describe_kept(call, object);
	ots_oss_reply_header(call, "x-oss-storage-class", "%s", ots_oss_class_of(call, object));
	ots_oss_restore_text(call, object, restore);
	if (restore[0] != '\0')
		ots_oss_reply_header(call, "x-oss-restore", "%s", restore);
	if (object->facts.type == OTS_OSS_APPENDABLE)
		ots_oss_reply_header(call, "x-oss-next-append-position", "%" PRIu64,
				     object->facts.size);
}

/* `/bk/percent%20encoded?versionId=x`; the first slash may be missing. */
static bool parse_source(struct ots_oss_call *call, struct ots_bytes text, struct ots_bytes *bucket,
			 struct ots_oss_query *query)
{
	static const char mark[] = "versionId=";
	const uint8_t *question = text.len > 0 ? memchr(text.at, '?', text.len) : NULL;
	const uint8_t *slash;
	struct ots_buffer decoded = {.len = 0}; /* over the arena's bytes: it never grows */

	if (question != NULL) {
		const size_t at = (size_t)(question - text.at) + 1;
		const struct ots_bytes rest = {text.at + at, text.len - at};

		if (rest.len <= sizeof mark - 1 || memcmp(rest.at, mark, sizeof mark - 1) != 0)
			return false; /* an empty id is refused too */
		query->version =
			(struct ots_bytes){rest.at + sizeof mark - 1, rest.len - (sizeof mark - 1)};
		text.len = at - 1;
	}
	decoded.bytes = ots_arena_alloc(&call->arena, text.len);
	decoded.cap = decoded.limit = text.len;
	if (decoded.bytes == NULL || !ots_percent_decode(&decoded, text, false))
		return false;
	text = (struct ots_bytes){decoded.bytes, decoded.len};
	if (text.len > 0 && text.at[0] == '/') {
		text.at++;
		text.len--;
	}
	slash = text.len > 0 ? memchr(text.at, '/', text.len) : NULL;
	if (slash == NULL)
		return false;
	*bucket = (struct ots_bytes){text.at, (size_t)(slash - text.at)};
	query->key = (struct ots_bytes){slash + 1, text.len - bucket->len - 1};
	return query->key.len > 0;
}

bool ots_oss_open_source(struct ots_oss_call *call, struct ots_oss_source *out)
{
	const struct ots_bytes text = ots_oss_header_of(call, "x-oss-copy-source");
	struct ots_oss_query query = {.content = true};
	struct ots_bytes bucket;

	*out = (struct ots_oss_source){.bucket = NULL};
	out->found.content.fd = -1;
	if (!parse_source(call, text, &bucket, &query))
		return ots_oss_bad_argument(call, "x-oss-copy-source", text,
					    "Copy source must mention the source bucket and key: "
					    "/sourcebucket/sourcekey");
	out->bucket = ots_oss_store_find(call->store, bucket);
	if (out->bucket == NULL) {
		(void)ots_oss_detail(&call->fault, "BucketName", bucket);
		return ots_oss_refuse(&call->fault, OTS_OSS_NO_SUCH_BUCKET,
				      "The specified bucket does not exist.");
	}
	return ots_oss_bucket_find(out->bucket, &query, &out->found, &call->fault) &&
	       ots_oss_check_conditions(call, "x-oss-copy-source-", out->found.object) &&
	       ots_oss_check_readable(call, out->found.object);
}
