#include "room.h"

#include <stdlib.h>
#include <string.h>

#include "../encoding/load.h"

/* A little more than asked for, so that pages of about one size do not each make room anew. */
static size_t rounded(size_t size, size_t most)
{
	const size_t more = size + size / 8;

	return more <= most ? more : most;
}

enum ots_status room_grow(struct room *room, struct account *account, size_t size, size_t keep,
			  const char *what, struct ots_error *err)
{
	const size_t others = account->used_bytes - room->size;
	const size_t most = account->limit_bytes > others ? account->limit_bytes - others : 0;
	uint8_t *bytes;

	if (size <= room->size && room->bytes != NULL)
		return OTS_OK;
	if (size > most)
		return ots_fail(err, OTS_LIMIT,
				"%s needs %zu bytes of memory, %zu are in use of %zu allowed", what,
				size, others, account->limit_bytes);
	size = rounded(size, most);
	if (keep == 0) /* first: both at once would pass the bound */
		room_release(room, account);
	bytes = malloc(size + PAGE_SLACK_BYTES);
	if (bytes == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "%s: no memory for %zu bytes", what, size);
	memset(bytes + size, 0, PAGE_SLACK_BYTES);
	if (keep > 0) {
		memcpy(bytes, room->bytes, keep);
		room_release(room, account);
	}
	room->bytes = bytes;
	room->size = size;
	account->used_bytes += size;
	return OTS_OK;
}

enum ots_status room_reserve(struct room *room, struct account *account, size_t size,
			     const char *what, struct ots_error *err)
{
	return room_grow(room, account, size, 0, what, err);
}

void room_release(struct room *room, struct account *account)
{
	free(room->bytes);
	account->used_bytes -= room->size;
	*room = (struct room){0};
}
