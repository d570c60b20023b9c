/* ComputeSplitPointsBySize. */
#include <otsfs/tablestore/range.h>

#include <otsfs/base/bytes.h>
#include <otsfs/tablestore/wire.h>

#include "../client_call.h"
#include "../names.h"
#include "decode.h"

/* Each bound names every key column, so a hostile answer of short split points grows; this ends it.
 */
#define SPLITS_MAX_BYTES ((size_t)256 * 1024 * 1024)

void ots_splits_init(struct ots_splits *splits)
{
	*splits = (struct ots_splits){.count = 0};
	ots_arena_init(&splits->arena, SPLITS_MAX_BYTES);
}

void ots_splits_release(struct ots_splits *splits)
{
	ots_arena_release(&splits->arena);
	*splits = (struct ots_splits){.count = 0};
}

static enum ots_status pack_splits(const char *table, const struct ots_split_size *size,
				   struct client_scratch *scratch, struct ots_error *err)
{
	Ots__Wire__ComputeSplitPointsBySizeRequest request =
		OTS__WIRE__COMPUTE_SPLIT_POINTS_BY_SIZE_REQUEST__INIT;
	struct client_name name;
	enum ots_status status = ots_name_set(&name, ots_bytes_of(table), "table name", err);

	if (status != OTS_OK)
		return status;
	if (size->size <= 0 || size->unit_bytes < 0 || size->limit < 0)
		return ots_fail(err, OTS_USAGE, "ranges of %lld units of %lld bytes",
				(long long)size->size, (long long)size->unit_bytes);
	request.table_name = name.text;
	request.split_size = size->size;
	request.has_split_size_unit_in_byte = size->unit_bytes > 0;
	request.split_size_unit_in_byte = size->unit_bytes;
	request.has_split_point_limit = size->limit > 0;
	request.split_point_limit = size->limit;
	return ots_client_pack(&request.base, scratch, err);
}

enum ots_status ots_client_compute_splits(struct ots_client *client, const char *table,
					  const struct ots_split_size *size,
					  struct ots_splits *splits, struct ots_capacity *consumed,
					  struct ots_cancel *cancel, struct ots_error *err)
{
	static const char path[] = "/ComputeSplitPointsBySize";
	struct client_scratch *scratch = ots_client_scratch_take(client);
	enum ots_status status;

	if (scratch == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "request");
	ots_arena_reset(&splits->arena);
	splits->count = 0;
	status = pack_splits(table, size, scratch, err);
	if (status == OTS_OK)
		status = ots_client_call(client, path, CLIENT_ROWS_ANSWER_BYTES, cancel, scratch,
					 err);
	if (status == OTS_OK)
		status = ots_decode_splits(client_answer(scratch), splits, consumed, err);
	return ots_client_done(client, scratch, path + 1, ots_bytes_of(table), status, err);
}
