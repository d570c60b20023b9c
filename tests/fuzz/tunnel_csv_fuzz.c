/* Tunnel CSV: what is decoded and written in the canonical form decodes to the same records; a line
 * that the fast way or the straight one takes is taken by the general way, with the same record; a
 * refusal says why. */
#include <stdlib.h>
#include <string.h>

#include <otsfs/format/tunnel_csv.h>

#include "../../core/format/tunnel_csv/decode.h"

#define ARENA_BYTES ((size_t)1 << 26)
#define LINES_MAX 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* One line by one of the two ways. */
struct
try {
	struct ots_arena arena;
	struct ots_record record;
	struct ots_error err;
	struct tunnel_decoder decoder;
};

static void try_init(struct try *t, const uint8_t *at)
{
	memset(t, 0, sizeof *t);
	ots_arena_init(&t->arena, ARENA_BYTES);
	t->decoder = (struct tunnel_decoder){.arena = &t->arena,
					     .record = &t->record,
					     .err = &t->err,
					     .line_at = at,
					     .place = {0, 1}};
}

typedef size_t way(struct tunnel_decoder *d, struct ots_bytes bytes);

/* What a quick way takes, the general way takes with the same record. */
static void compare_way(way *quick, struct ots_bytes bytes)
{
	static struct try mine;
	static struct try general;
	struct tunnel_used used = {0, 0};
	size_t taken;

	try_init(&mine, bytes.at);
	try_init(&general, bytes.at);
	taken = quick(&mine.decoder, bytes);
	if (taken > 0) {
		require(tunnel_line(&general.decoder, bytes, true, &used) == TUNNEL_RECORD);
		require(used.bytes == taken && used.line_feeds == 1);
		require(ots_record_equal(&mine.record, &general.record));
		require(mine.record.flags == general.record.flags);
		require(mine.record.epoch == general.record.epoch);
		require(mine.record.row_index == general.record.row_index);
	}
	ots_arena_release(&mine.arena);
	ots_arena_release(&general.arena);
}

/* Every line's front, as far as lines can be told without reading them. */
static void compare_lines(const uint8_t *data, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < LINES_MAX && at < size; i++) {
		const uint8_t *lf;

		compare_way(tunnel_fast, (struct ots_bytes){data + at, size - at});
		compare_way(tunnel_straight, (struct ots_bytes){data + at, size - at});
		lf = memchr(data + at, '\n', size - at);
		at = lf == NULL ? size : (size_t)(lf - data) + 1;
	}
}

/* Decode all of it; the records are copied. */
static enum ots_status decode(const uint8_t *data, size_t size, size_t batch_bytes,
			      struct ots_batch *all)
{
	const struct ots_records_options options = {.begin = {0, 1}, .batch_bytes = batch_bytes};
	struct ots_input *input = NULL;
	struct ots_source *source = NULL;
	struct ots_error err = {0};
	struct ots_batch batch;
	enum ots_status status =
		ots_input_from_memory((struct ots_bytes){data, size}, "fuzz.csv", &input, &err);

	ots_batch_init(&batch, ARENA_BYTES);
	if (status == OTS_OK)
		status = ots_tunnel_csv_open(input, &options, &source, &err);
	while (status == OTS_OK) { /* ends: with the source */
		status = ots_source_next(source, &batch, &err);
		if (status != OTS_OK || batch.count == 0)
			break;
		for (size_t i = 0; i < batch.count; i++)
			require(ots_batch_add_copy(all, &batch.records[i], NULL) == OTS_OK);
	}
	require((status == OTS_OK) == (err.text[0] == '\0'));
	ots_source_close(source);
	ots_input_close(input);
	ots_batch_release(&batch);
	return status;
}

static void require_same(const struct ots_batch *a, const struct ots_batch *b)
{
	require(a->count == b->count);
	for (size_t i = 0; i < a->count; i++)
		require(ots_record_equal(&a->records[i], &b->records[i]));
}

static void round_trip(const struct ots_batch *all)
{
	struct ots_buffer out;
	struct ots_batch again;
	struct ots_error err = {0};

	ots_buffer_init(&out, ARENA_BYTES);
	ots_batch_init(&again, ARENA_BYTES);
	require(ots_canonical_csv.begin(&out, &err) == OTS_OK);
	require(ots_encode_batch(&ots_canonical_csv, all, &out, &err) == OTS_OK);
	require(decode(out.bytes, out.len, 0, &again) == OTS_OK);
	require_same(all, &again);
	ots_batch_release(&again);
	ots_buffer_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ots_batch all;
	struct ots_batch tiny;

	ots_batch_init(&all, ARENA_BYTES);
	ots_batch_init(&tiny, ARENA_BYTES);
	compare_lines(data, size);
	require(decode(data, size, 0, &all) == decode(data, size, 16, &tiny));
	require_same(&all, &tiny);
	round_trip(&all);
	ots_batch_release(&all);
	ots_batch_release(&tiny);
	return 0;
}
