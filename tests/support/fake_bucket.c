#include "fake_bucket.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/base/crc64.h>
#include <otsfs/text/percent.h>

#define OBJECTS_MAX 64

struct fake_bucket {
	struct scripted_server *server;
	struct fake_object objects[OBJECTS_MAX]; /* ascending by key */
	size_t count;
	unsigned puts, page_keys;
	fake_bucket_hook *hook;
	void *hook_arg;
};

static void give_up(const char *what)
{
	perror(what);
	abort();
}

static struct fake_object *find(struct fake_bucket *bucket, const char *key)
{
	for (size_t i = 0; i < bucket->count; i++) {
		if (strcmp(bucket->objects[i].key, key) == 0)
			return &bucket->objects[i];
	}
	return NULL;
}

/* The value of a parameter, decoded. @return false: not there */
static bool parameter(const char *query, const char *name, char *out, size_t size)
{
	const size_t len = strlen(name);

	for (const char *at = query; at != NULL && *at != '\0';) { /* ends: with the query */
		const size_t part = strcspn(at, "& ");

		if (strncmp(at, name, len) == 0 && at[len] == '=') {
			struct ots_buffer text;

			ots_buffer_init(&text, size - 1);
			if (!ots_percent_decode(&text,
						(struct ots_bytes){(const uint8_t *)at + len + 1,
								   part - len - 1},
						true))
				give_up("parameter");
			if (text.len > 0)
				memcpy(out, text.bytes, text.len);
			out[text.len] = '\0';
			ots_buffer_release(&text);
			return true;
		}
		at += part;
		if (*at != '&')
			return false;
		at++;
	}
	return false;
}

static void put_key(struct ots_buffer *out, const char *element, const char *key, size_t len)
{
	if (!ots_buffer_printf(out, "<%s>", element) ||
	    !ots_percent_put(out, (struct ots_bytes){(const uint8_t *)key, len}, false) ||
	    !ots_buffer_printf(out, "</%s>", element))
		give_up("key");
}

static void put_object(struct ots_buffer *out, const struct fake_object *object)
{
	if (!ots_buffer_puts(out, "<Contents>"))
		give_up("object");
	put_key(out, "Key", object->key, strlen(object->key));
	if (!ots_buffer_printf(out,
			       "<LastModified>2023-11-14T22:13:20.000Z</LastModified><ETag>\"%s\""
			       "</ETag><Type>%s</Type><Size>%zu</Size><StorageClass>Standard"
			       "</StorageClass></Contents>",
			       object->etag, object->is_link ? "Symlink" : "Normal",
			       object->is_link ? 0 : object->len))
		give_up("object");
}

static void list(struct fake_bucket *bucket, const char *query, struct ots_buffer *out)
{
	char prefix[2100] = "", delimiter[8] = "", token[2100] = "", most[16] = "100";
	char next[2100] = "", last_folder[2100] = "";
	struct ots_buffer body;
	unsigned shown = 0, limit;
	bool truncated = false;

	(void)parameter(query, "prefix", prefix, sizeof prefix);
	(void)parameter(query, "delimiter", delimiter, sizeof delimiter);
	(void)parameter(query, "continuation-token", token, sizeof token);
	(void)parameter(query, "max-keys", most, sizeof most);
	limit = (unsigned)strtoul(most, NULL, 10);
	if (limit > bucket->page_keys)
		limit = bucket->page_keys;
	ots_buffer_init(&body, (size_t)4 * 1024 * 1024);
	(void)ots_buffer_puts(&body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
				     "<ListBucketResult><EncodingType>url</EncodingType>");
	for (size_t i = 0; i < bucket->count; i++) {
		const char *key = bucket->objects[i].key;
		const char *slash;

		if (strncmp(key, prefix, strlen(prefix)) != 0)
			continue;
		slash = delimiter[0] != '\0' ? strchr(key + strlen(prefix), '/') : NULL;
		/* A token is the last key, or the last folder, of the page before. */
		if (token[0] != '\0' &&
		    (strcmp(key, token) <= 0 || (slash != NULL && token[strlen(token) - 1] == '/' &&
						 strncmp(key, token, strlen(token)) == 0)))
			continue;
		if (slash != NULL && last_folder[0] != '\0' &&
		    strncmp(key, last_folder, strlen(last_folder)) == 0)
			continue;
		if (shown == limit) {
			truncated = true;
			break;
		}
		shown++;
		if (slash != NULL) {
			(void)snprintf(last_folder, sizeof last_folder, "%.*s",
				       (int)(slash + 1 - key), key);
			(void)ots_buffer_puts(&body, "<CommonPrefixes>");
			put_key(&body, "Prefix", last_folder, strlen(last_folder));
			(void)ots_buffer_puts(&body, "</CommonPrefixes>");
			(void)snprintf(next, sizeof next, "%s", last_folder);
		} else {
			put_object(&body, &bucket->objects[i]);
			(void)snprintf(next, sizeof next, "%s", key);
		}
	}
	(void)ots_buffer_printf(&body, "<IsTruncated>%s</IsTruncated>",
				truncated ? "true" : "false");
	if (truncated)
		put_key(&body, "NextContinuationToken", next, strlen(next));
	(void)ots_buffer_puts(&body, "</ListBucketResult>");
	scripted_answer(out, 200, "Content-Type: application/xml\r\n", body.bytes, body.len);
	ots_buffer_release(&body);
}

static void refuse(struct ots_buffer *out, bool is_head, int status, const char *code)
{
	char body[256];
	const int len = snprintf(body, sizeof body,
				 "<Error><Code>%s</Code><Message>as told</Message>"
				 "<RequestId>5C3D9778CC1C2AEDF85B0001</RequestId></Error>",
				 code);

	scripted_answer(out, status, "", is_head ? "" : body, is_head ? 0 : (size_t)len);
}

static bool header(const char *head, const char *name, char *out, size_t size)
{
	const char *at = strstr(head, name);
	size_t len;

	if (at == NULL)
		return false;
	at += strlen(name);
	len = strcspn(at, "\r");
	(void)snprintf(out, size, "%.*s", (int)len, at);
	return true;
}

static void send_object(const struct fake_object *object, const char *head, bool is_head,
			struct ots_buffer *out)
{
	char text[128];
	size_t first = 0, last = object->len - 1;
	const bool ranged = !is_head && header(head, "Range: bytes=", text, sizeof text);
	char if_match[128];

	if (header(head, "If-Match: \"", if_match, sizeof if_match) &&
	    strncmp(if_match, object->etag, strlen(object->etag)) != 0) {
		refuse(out, is_head, 412, "PreconditionFailed");
		return;
	}
	if (ranged) {
		char *dash = NULL;

		first = strtoul(text, &dash, 10);
		if (dash != NULL && *dash == '-')
			last = strtoul(dash + 1, NULL, 10);
		if (first >= object->len) {
			refuse(out, is_head, 416, "InvalidRange");
			return;
		}
		if (last >= object->len)
			last = object->len - 1;
	}
	if (!ots_buffer_printf(out,
			       "HTTP/1.1 %s\r\nContent-Length: %zu\r\nETag: \"%s\"\r\n"
			       "Last-Modified: Tue, 14 Nov 2023 22:13:20 GMT\r\n"
			       "x-oss-hash-crc64ecma: %" PRIu64 "\r\n",
			       ranged ? "206 Partial Content" : "200 OK",
			       ranged ? last - first + 1 : object->len, object->etag,
			       object->crc) ||
	    (ranged && !ots_buffer_printf(out, "Content-Range: bytes %zu-%zu/%zu\r\n", first, last,
					  object->len)) ||
	    !ots_buffer_puts(out, "\r\n"))
		give_up("object");
	if (!is_head && object->len > 0 &&
	    !ots_buffer_put(out, object->bytes + first, ranged ? last - first + 1 : object->len))
		give_up("object");
}

static enum scripted_after play(void *arg, const struct scripted_request *request,
				struct ots_buffer *out)
{
	struct fake_bucket *bucket = arg;
	const bool is_head = strncmp(request->head, "HEAD ", 5) == 0;
	const char *path = strchr(request->head, ' ') + 1;
	const size_t path_len = strcspn(path, "? ");
	struct ots_buffer key;
	const struct fake_object *object;
	enum scripted_after after = SCRIPTED_KEEP;

	if (bucket->hook != NULL && bucket->hook(bucket->hook_arg, request, out, &after))
		return after;
	ots_buffer_init(&key, 4096);
	if (!ots_percent_decode(&key, (struct ots_bytes){(const uint8_t *)path, path_len}, false) ||
	    !ots_buffer_put_byte(&key, '\0'))
		give_up("path");
	if (strncmp((char *)key.bytes, "/bucket/", 8) != 0) {
		refuse(out, is_head, 404, "NoSuchBucket");
	} else if (key.len == 9) {
		list(bucket, path[path_len] == '?' ? path + path_len + 1 : "", out);
	} else {
		object = find(bucket, (char *)key.bytes + 8);
		if (object == NULL)
			refuse(out, is_head, 404, "NoSuchKey");
		else
			send_object(object, request->head, is_head, out);
	}
	ots_buffer_release(&key);
	return SCRIPTED_KEEP;
}

struct fake_bucket *fake_bucket_start(void)
{
	struct fake_bucket *bucket = calloc(1, sizeof *bucket);

	if (bucket == NULL)
		give_up("bucket");
	bucket->page_keys = 1000;
	bucket->server = scripted_server_start(play, bucket);
	return bucket;
}

void fake_bucket_stop(struct fake_bucket *bucket)
{
	scripted_server_stop(bucket->server);
	for (size_t i = 0; i < bucket->count; i++)
		free(bucket->objects[i].bytes);
	free(bucket);
}

const char *fake_bucket_url(const struct fake_bucket *bucket)
{
	return scripted_server_url(bucket->server);
}

struct scripted_server *fake_bucket_server(struct fake_bucket *bucket)
{
	return bucket->server;
}

static struct fake_object *place(struct fake_bucket *bucket, const char *key)
{
	struct fake_object *object = find(bucket, key);
	size_t at = 0;

	if (object != NULL) {
		free(object->bytes);
		return object;
	}
	if (bucket->count == OBJECTS_MAX)
		give_up("too many objects");
	while (at < bucket->count && strcmp(bucket->objects[at].key, key) < 0)
		at++;
	memmove(&bucket->objects[at + 1], &bucket->objects[at],
		(bucket->count - at) * sizeof *bucket->objects);
	bucket->count++;
	return &bucket->objects[at];
}

struct fake_object *fake_bucket_put(struct fake_bucket *bucket, const char *key, const void *bytes,
				    size_t len)
{
	struct fake_object *object = place(bucket, key);

	*object = (struct fake_object){.len = len};
	(void)snprintf(object->key, sizeof object->key, "%s", key);
	object->bytes = malloc(len + 1);
	if (object->bytes == NULL)
		give_up("object");
	if (len > 0)
		memcpy(object->bytes, bytes, len);
	object->crc = ots_crc64(0, object->bytes, len);
	(void)snprintf(object->etag, sizeof object->etag, "%032X", ++bucket->puts);
	return object;
}

void fake_bucket_hook_set(struct fake_bucket *bucket, fake_bucket_hook *hook, void *arg)
{
	bucket->hook_arg = arg;
	bucket->hook = hook;
}

void fake_bucket_page_keys(struct fake_bucket *bucket, unsigned keys)
{
	bucket->page_keys = keys;
}
