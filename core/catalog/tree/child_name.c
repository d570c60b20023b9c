#include "child_name.h"

#include <string.h>

#include <otsfs/base/digest.h>

#define TEXT_SUFFIX ".jsonl"
#define HASH_DIGITS 16

/* `~` and digits of the SHA-256 of the key (of a folder: its name), then @p suffix. The second and
 * later rounds count only when somebody made keys to collide: they hash their number, too. */
static bool collision_suffix(struct ots_bytes key, unsigned round, const char *suffix, char out[32])
{
	uint8_t bytes[OTS_KEY_MAX_BYTES + 1], digest[OTS_SHA256_BYTES];
	char hex[2 * OTS_SHA256_BYTES + 1];
	size_t len = key.len;

	if (len > 0)
		memcpy(bytes, key.at, len);
	if (round > 1)
		bytes[len++] = (uint8_t)round;
	if (!ots_sha256(bytes, len, digest))
		return false;
	ots_hex(digest, sizeof digest, hex);
	out[0] = '~';
	memcpy(out + 1, hex, HASH_DIGITS);
	memcpy(out + 1 + HASH_DIGITS, suffix, strlen(suffix) + 1);
	return true;
}

static size_t file_name(const struct ots_index *index, uint32_t folder, const struct ots_row *row,
			unsigned round, char out[OTS_FILE_NAME_MAX_BYTES + 1])
{
	const unsigned kind = ots_index_folder(index, folder)->kind;
	const bool raw = kind == OTS_FOLDER_RAW || kind == OTS_FOLDER_TOP;
	const struct ots_bytes part = {row->name, row->name_len};
	uint8_t key[OTS_KEY_MAX_BYTES];
	char suffix[32] = "";

	if (round == 0)
		return ots_name_encode(part, raw ? "" : TEXT_SUFFIX, out);
	if (raw && round == 1) /* a file beside a folder of its name */
		return ots_name_encode(part, "%2F", out);
	if (!collision_suffix((struct ots_bytes){key, ots_row_key(index, row, key)},
			      raw ? round - 1 : round, raw ? "" : TEXT_SUFFIX, suffix))
		return 0;
	return ots_name_encode(part, suffix, out);
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static size_t folder_name(const struct ots_folder_record *record, unsigned round,
			  char out[OTS_FILE_NAME_MAX_BYTES + 1])
{
	static const char digits[] = "0123456789ABCDEF";
	const struct ots_bytes part = {record->name, record->name_len};
	char suffix[32] = "";

	/* A table that could be the next part of the time: `07` shows as `%307`. */
	if (record->kind == OTS_FOLDER_TIME_TABLE && round == 0 && part.len == 2 &&
	    is_digit(part.at[0]) && is_digit(part.at[1])) {
		out[0] = '%';
		out[1] = digits[part.at[0] >> 4];
		out[2] = digits[part.at[0] & 15];
		out[3] = (char)part.at[1];
		out[4] = '\0';
		return 4;
	}
	if (round > 0 && !collision_suffix(part, round, "", suffix))
		return 0;
	return ots_name_encode(part, suffix, out);
}

size_t ots_child_name(const struct ots_index *index, uint32_t folder, uint32_t ref, unsigned round,
		      char out[OTS_FILE_NAME_MAX_BYTES + 1])
{
	const uint32_t item = ref & ~OTS_REF_KIND;

	if ((ref & OTS_REF_KIND) == OTS_REF_FOLDER)
		return folder_name(ots_index_folder(index, item), round, out);
	return file_name(index, folder, ots_index_row(index, item), round, out);
}
