#include "file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/base/checked.h>

#include "meta/thrift.h"

/* Enough for most footers, so that opening is one read. */
#define TAIL_BYTES ((size_t)64 * 1024)
#define TRAILER_BYTES ((size_t)8)

static enum ots_status read_all(struct ots_input *input, uint64_t offset, uint8_t *to, size_t len,
				struct ots_error *err)
{
	size_t got = 0;
	const enum ots_status status = ots_input_read(input, offset, to, len, &got, err);

	if (status == OTS_OK && got < len)
		return ots_fail_at(err, OTS_CORRUPT, 0, offset + got, "the object ends too early");
	return status;
}

/* An encrypted footer says of itself how: FileCryptoMetaData stands in front. */
static enum ots_status refuse_encrypted(struct ots_cursor footer, struct ots_error *err)
{
	struct thrift t = thrift_begin(&footer);
	int64_t algorithm = 0;

	while (thrift_next(&t)) {
		if (t.id == 1 && thrift_struct(&t)) {
			struct thrift inner = thrift_begin(&footer);

			if (thrift_next(&inner))
				algorithm = inner.id;
			break;
		}
		thrift_skip(&t);
	}
	return ots_fail(err, OTS_UNSUPPORTED, "encrypted Parquet footer (%s): not supported",
			algorithm == 1   ? "AES_GCM_V1"
			: algorithm == 2 ? "AES_GCM_CTR_V1"
					 : "unknown algorithm");
}

/* Length and magic at the end; *footer_len is then sound. */
static enum ots_status read_trailer(const uint8_t *trailer, uint64_t size, size_t *footer_len,
				    bool *encrypted, struct ots_error *err)
{
	struct ots_cursor at = {trailer, 4, 0};
	uint32_t len = 0;

	*encrypted = memcmp(trailer + 4, "PARE", 4) == 0;
	if (!*encrypted && memcmp(trailer + 4, "PAR1", 4) != 0)
		return ots_fail_at(err, OTS_CORRUPT, 0, size - 4,
				   "not Parquet: no footer (truncated or still being written)");
	if (!ots_u32le(&at, &len) || len < 1 || len > size - 12)
		return ots_fail_at(err, OTS_CORRUPT, 0, size - 8,
				   "bad footer: a length of %" PRIu32 " in a file of %" PRIu64
				   " bytes",
				   len, size);
	if (len > OTS_PARQUET_FOOTER_MAX_BYTES)
		return ots_fail(err, OTS_LIMIT, "a footer of %" PRIu32 " bytes, above %zu", len,
				OTS_PARQUET_FOOTER_MAX_BYTES);
	*footer_len = len;
	return OTS_OK;
}

/* The footer into file->tail, and where it stands. */
static enum ots_status read_footer(struct ots_parquet *file, struct ots_cursor *footer,
				   bool *encrypted, struct ots_error *err)
{
	const uint64_t size = ots_input_entry(file->input)->size;
	const size_t first = size < TAIL_BYTES ? (size_t)size : TAIL_BYTES;
	size_t have = first, len = 0;
	enum ots_status status;

	if (size < OTS_PARQUET_MIN_BYTES - 1)
		return ots_fail(err, OTS_CORRUPT, "not Parquet: %" PRIu64 " bytes are too few",
				size);
	file->tail = malloc(first);
	if (file->tail == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "no memory for a footer");
	status = read_all(file->input, size - first, file->tail, first, err);
	if (status == OTS_OK)
		status = read_trailer(file->tail + first - TRAILER_BYTES, size, &len, encrypted,
				      err);
	if (status != OTS_OK)
		return status;
	if (len + TRAILER_BYTES > first) { /* the rest in front of what is there */
		uint8_t *tail = malloc(len + TRAILER_BYTES);

		if (tail == NULL)
			return ots_fail(err, OTS_NO_MEMORY, "no memory for a footer of %zu bytes",
					len);
		have = len + TRAILER_BYTES;
		memcpy(tail + have - first, file->tail, first);
		free(file->tail);
		file->tail = tail;
		status = read_all(file->input, size - have, tail, have - first, err);
	}
	file->data_end = size - TRAILER_BYTES - len;
	*footer = (struct ots_cursor){file->tail + have - TRAILER_BYTES - len, len, file->data_end};
	return status;
}

enum ots_status ots_parquet_open(struct ots_input *input, struct ots_parquet **out,
				 struct ots_error *err)
{
	struct ots_parquet *file = calloc(1, sizeof *file);
	struct ots_cursor footer = {0};
	bool encrypted = false;
	enum ots_status status;
	size_t cap;

	if (file == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "no memory to open it");
	file->input = input;
	status = read_footer(file, &footer, &encrypted, err);
	if (status != OTS_OK)
		goto out;
	if (encrypted) {
		status = refuse_encrypted(footer, err);
		goto out;
	}
	cap = footer.left < OTS_PARQUET_FOOTER_MAX_BYTES / 64 ? footer.left * 64 + ((size_t)1 << 20)
							      : OTS_PARQUET_FOOTER_MAX_BYTES;
	ots_arena_init(&file->arena, cap);
	status = footer_parse(footer, &file->arena, &file->footer, err);
	if (status != OTS_OK)
		goto out;
	*out = file;
	file = NULL;
out:
	ots_parquet_close(file);
	return status;
}

void ots_parquet_close(struct ots_parquet *file)
{
	if (file == NULL)
		return;
	ots_arena_release(&file->arena);
	free(file->tail);
	free(file);
}

size_t ots_parquet_group_count(const struct ots_parquet *file)
{
	return file->footer.group_count;
}

uint64_t ots_parquet_group_rows(const struct ots_parquet *file, size_t group)
{
	return (uint64_t)file->footer.groups[group].row_count;
}

uint64_t ots_parquet_rows(const struct ots_parquet *file)
{
	uint64_t rows = 0;

	for (size_t i = 0; i < file->footer.group_count; i++) {
		if (!ots_u64_add(rows, (uint64_t)file->footer.groups[i].row_count, &rows))
			return UINT64_MAX;
	}
	return rows;
}
