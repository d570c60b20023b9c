#include <otsfs/format/schema_find.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NAME "schema.json"
#define NAME_BYTES (sizeof NAME - 1)

bool ots_schema_tells_of(enum ots_format format)
{
	return format == OTS_FORMAT_TUNNEL_CSV;
}

/* Bytes of a key up to the '/' that ends its folder: 0 at the source's root. */
static size_t folder_len(const uint8_t *key, size_t len)
{
	while (len > 0 && key[len - 1] != '/') /* ends: len falls */
		len--;
	return len;
}

/* The key of the schema file in the folder that is the first @p len bytes of @p key.
 * @return empty: too long to be a key, so no object has it */
static struct ots_bytes schema_key(uint8_t buf[OTS_KEY_MAX_BYTES], struct ots_bytes key, size_t len)
{
	if (len > OTS_KEY_MAX_BYTES - NAME_BYTES)
		return (struct ots_bytes){NULL, 0};
	if (len > 0)
		memcpy(buf, key.at, len);
	memcpy(buf + len, NAME, NAME_BYTES);
	return (struct ots_bytes){buf, len + NAME_BYTES};
}

enum ots_status ots_schema_locate(struct ots_store *store, struct ots_bytes key,
				  struct ots_schema_place *place, struct ots_error *err)
{
	return ots_schema_locate_until(store, key, NULL, place, err);
}

enum ots_status ots_schema_locate_until(struct ots_store *store, struct ots_bytes key,
					struct ots_cancel *cancel, struct ots_schema_place *place,
					struct ots_error *err)
{
	size_t len = folder_len(key.at, key.len);

	*place = (struct ots_schema_place){.found = false};
	for (;;) { /* ends: each folder is shorter than the one below it, the root is the last */
		uint8_t buf[OTS_KEY_MAX_BYTES];
		const struct ots_bytes at = schema_key(buf, key, len);
		struct ots_error why = {0};
		struct ots_entry entry = {0};
		const enum ots_status status =
			at.len == 0 ? OTS_NOT_FOUND
				    : ots_store_stat_until(store, at, cancel, &entry, &why);

		if (status == OTS_OK) {
			place->found = true;
			place->folder_len = len;
			memcpy(place->etag, entry.etag, sizeof place->etag);
			return OTS_OK;
		}
		if (status != OTS_NOT_FOUND) {
			if (err != NULL)
				*err = why;
			(void)ots_context(err, "looking for the " NAME " of %.*s", (int)key.len,
					  (const char *)key.at);
			return status;
		}
		if (len == 0)
			return OTS_OK;
		len = folder_len(key.at, len - 1);
	}
}

/* Its bytes, of the content that was located. */
static enum ots_status read_pinned(struct ots_store *store, struct ots_bytes key, const char *etag,
				   uint8_t **bytes, size_t *len, struct ots_error *err)
{
	struct ots_input *input = NULL;
	enum ots_status status = ots_input_open(store, key, etag, &input, err);
	uint64_t size;

	if (status == OTS_NOT_FOUND)
		status = ots_fail(err, OTS_CHANGED, "it is gone since it was found");
	if (status != OTS_OK)
		return status;
	size = ots_input_entry(input)->size;
	if (size > OTS_SCHEMA_FILE_MAX_BYTES)
		status = ots_fail(err, OTS_CORRUPT, "%" PRIu64 " bytes, expected at most %zu", size,
				  OTS_SCHEMA_FILE_MAX_BYTES);
	else if ((*bytes = malloc((size_t)size + 1)) == NULL)
		status = ots_fail(err, OTS_NO_MEMORY, "no memory for its %" PRIu64 " bytes", size);
	if (status == OTS_OK)
		status = ots_input_read(input, 0, *bytes, (size_t)size, len, err);
	ots_input_close(input);
	return status;
}

enum ots_status ots_schema_load(struct ots_store *store, struct ots_bytes key,
				const struct ots_schema_place *place, struct ots_schema *schema,
				struct ots_error *err)
{
	uint8_t buf[OTS_KEY_MAX_BYTES];
	struct ots_bytes at;
	uint8_t *bytes = NULL;
	size_t len = 0;
	enum ots_status status;

	if (!place->found)
		return OTS_OK;
	at = schema_key(buf, key, place->folder_len);
	status = read_pinned(store, at, place->etag, &bytes, &len, err);
	if (status == OTS_OK)
		status = ots_schema_parse((struct ots_bytes){bytes, len}, schema, err);
	free(bytes);
	if (status != OTS_OK)
		(void)ots_context(err, "%.*s", (int)at.len, (const char *)at.at);
	return status;
}

enum ots_status ots_schema_find(struct ots_store *store, struct ots_bytes key,
				struct ots_schema *schema, struct ots_schema_place *place,
				struct ots_error *err)
{
	const enum ots_status status = ots_schema_locate(store, key, place, err);

	return status == OTS_OK ? ots_schema_load(store, key, place, schema, err) : status;
}
