#include "object.h"

#include <stdlib.h>
#include <string.h>

#include <otsfs/base/bytes.h>

struct ots_oss_object *ots_oss_object_new(struct ots_oss_blobs *blobs,
					  const struct ots_oss_facts *facts,
					  struct ots_oss_blob *blob)
{
	struct ots_oss_object *object =
		calloc(1, sizeof *object + facts->key.len + facts->headers.len);

	if (object == NULL) {
		ots_oss_blob_drop(blobs, blob);
		return NULL;
	}
	object->blobs = blobs;
	object->blob = blob;
	atomic_init(&object->holders, 1);
	object->facts = *facts;
	if (facts->key.len > 0)
		memcpy(object->bytes, facts->key.at, facts->key.len);
	if (facts->headers.len > 0)
		memcpy(object->bytes + facts->key.len, facts->headers.at, facts->headers.len);
	object->facts.key.at = object->bytes;
	object->facts.headers.at = object->bytes + facts->key.len;
	object->item.key = object->facts.key;
	object->item.name_len = facts->key.len;
	return object;
}

struct ots_oss_object *ots_oss_object_hold(struct ots_oss_object *object)
{
	(void)atomic_fetch_add(&object->holders, 1);
	return object;
}

void ots_oss_object_drop(struct ots_oss_object *object)
{
	while (object != NULL && atomic_fetch_sub(&object->holders, 1) == 1) {
		struct ots_oss_object *older = object->older; /* ends: versions are finite */

		ots_oss_blob_drop(object->blobs, object->blob);
		free(object);
		object = older;
	}
}

bool ots_oss_headers_next(struct ots_bytes headers, size_t *at, const char **name,
			  const char **value)
{
	const uint8_t *end;

	if (*at >= headers.len)
		return false;
	*name = (const char *)headers.at + *at;
	end = memchr(headers.at + *at, '\0', headers.len - *at);
	if (end == NULL)
		return false;
	*at = (size_t)(end - headers.at) + 1;
	*value = (const char *)headers.at + *at;
	end = *at < headers.len ? memchr(headers.at + *at, '\0', headers.len - *at) : NULL;
	if (end == NULL)
		return false;
	*at = (size_t)(end - headers.at) + 1;
	return true;
}

struct ots_bytes ots_oss_object_header(const struct ots_oss_object *object, const char *name)
{
	const char *each, *value;
	size_t at = 0;

	while (ots_oss_headers_next(object->facts.headers, &at, &each, &value))
		if (strcmp(each, name) == 0)
			return ots_bytes_of(value);
	return (struct ots_bytes){NULL, 0};
}
