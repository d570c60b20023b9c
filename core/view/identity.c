#include "identity.h"

#include <string.h>

#include <otsfs/base/digest.h>

/* A number for a schema's content; 0 for none. */
static uint64_t stamp_of(const struct ots_schema_place *place)
{
	/* FNV-1a: two schemas of one folder, one after the other, need no more to be told apart. */
	uint64_t stamp = UINT64_C(14695981039346656037) ^ place->folder_len;

	if (!place->found)
		return 0;
	for (size_t i = 0; i < sizeof place->etag && place->etag[i] != '\0'; i++)
		stamp = (stamp ^ (uint8_t)place->etag[i]) * UINT64_C(1099511628211);
	return stamp != 0 ? stamp : 1;
}

bool identify_text(const struct ots_object *object, enum ots_node_form form,
		   const struct ots_schema_place *place, uint64_t *identity)
{
	const uint64_t stamp = stamp_of(place);
	/* The ETag cannot hold a NUL, so that where it ends is never in doubt. */
	uint8_t bytes[1 + sizeof stamp + OTS_ETAG_BYTES + OTS_KEY_MAX_BYTES];
	const size_t etag_len = strnlen(object->etag, OTS_ETAG_BYTES - 1);
	uint8_t digest[OTS_SHA256_BYTES];
	size_t len = 0;

	if (object->key_len > OTS_KEY_MAX_BYTES)
		return false;
	bytes[len++] = (uint8_t)form;
	memcpy(bytes + len, &stamp, sizeof stamp);
	len += sizeof stamp;
	memcpy(bytes + len, object->etag, etag_len);
	len += etag_len;
	bytes[len++] = '\0';
	memcpy(bytes + len, object->key, object->key_len);
	len += object->key_len;
	if (!ots_sha256(bytes, len, digest))
		return false;
	memcpy(identity, digest, sizeof *identity);
	return true;
}
