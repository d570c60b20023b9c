#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

TestSuite(model, .timeout = 300);

#define SEEDS 300
#define COLUMNS 4

struct dice {
	uint64_t state;
};

static uint64_t roll(struct dice *dice, uint64_t below)
{
	uint64_t z = dice->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (z ^ (z >> 31)) % below;
}

static const char *const column_names[COLUMNS] = {"alpha", "b", "gamma", "d"};

static void random_cell(struct dice *dice, enum ots_op op, struct ots_cell *cell)
{
	const char *name = column_names[roll(dice, COLUMNS)];
	const uint64_t action = op == OTS_UPDATE ? roll(dice, 4) : 0;

	*cell = (struct ots_cell){.name = {(const uint8_t *)name, strlen(name)}};
	cell->action = action == 2   ? OTS_CELL_DELETE_VERSION
		       : action == 3 ? OTS_CELL_DELETE_ALL
				     : OTS_CELL_PUT;
	cell->has_version = cell->action == OTS_CELL_DELETE_VERSION ||
			    (cell->action == OTS_CELL_PUT && roll(dice, 3) > 0);
	if (cell->has_version)
		cell->version = 1000 + (int64_t)roll(dice, 5);
	if (cell->action == OTS_CELL_PUT)
		cell->value = ots_value_integer((int64_t)roll(dice, 1000000));
}

/* Few keys, so that most records meet an earlier one of theirs. ("ab", 1) and ("a", 11) … */
static const char *const key_names[] = {"a", "ab", "abc", "b", "", "1"};

static void random_record(struct dice *dice, struct ots_batch *batch, uint64_t keys)
{
	const uint64_t key = roll(dice, keys);
	const char *k = key_names[key % 6];
	struct ots_record *record = ots_batch_add(batch);
	const uint64_t op = roll(dice, 10);

	record->op = op < 3 ? OTS_PUT : op < 8 ? OTS_UPDATE : op < 9 ? OTS_DELETE : OTS_BASE;
	record->ts_us = 1;
	record->key_count = 2;
	record->key[0] =
		(struct ots_key_column){{(const uint8_t *)"k", 1}, ots_value_string(k, strlen(k))};
	record->key[1] = (struct ots_key_column){{(const uint8_t *)"n", 1},
						 ots_value_integer((int64_t)(key / 6))};
	if (record->op == OTS_DELETE)
		return;
	record->cell_count = roll(dice, 4);
	record->cells = ots_arena_alloc(&batch->arena, 4 * sizeof *record->cells);
	for (size_t i = 0; i < record->cell_count; i++)
		random_cell(dice, record->op, &record->cells[i]);
}

/* Calls fail by chance: whole, whole after being applied, by rows; never for good. */
struct trouble {
	pthread_mutex_t mutex;
	struct dice dice;
};

static uint64_t chance(struct trouble *trouble)
{
	uint64_t n;

	(void)pthread_mutex_lock(&trouble->mutex);
	n = roll(&trouble->dice, 100);
	(void)pthread_mutex_unlock(&trouble->mutex);
	return n;
}

static enum ots_status fail_by_chance(void *arg, struct fake_call *call, struct ots_error *err)
{
	static const char *const codes[] = {"OTSServerBusy", "OTSTimeout",
					    "OTSPartitionUnavailable", "OTSRowOperationConflict",
					    "OTSMadeUp"};
	struct trouble *trouble = arg;
	const uint64_t n = chance(trouble);

	if (n < 10) {
		call->apply = true;
		return ots_fail(err, OTS_TIMEOUT, "the answer was lost");
	}
	if (n < 20) {
		(void)ots_fail(err, OTS_THROTTLED, "busy");
		(void)snprintf(err->code, sizeof err->code, "OTSServerBusy");
		return OTS_THROTTLED;
	}
	if (n < 25)
		return ots_fail(err, OTS_NETWORK, "connection reset");
	for (size_t i = 0; n < 70 && i < call->count; i++) {
		if (chance(trouble) >= 30)
			continue;
		(void)ots_fail(&call->errors[i], OTS_SERVER, "row fails");
		(void)snprintf(call->errors[i].code, sizeof call->errors[i].code, "%s",
			       codes[chance(trouble) % 5]);
	}
	return OTS_OK;
}

static void one_seed(struct rig *rig, uint64_t seed)
{
	struct dice dice = {seed * 7919};
	struct trouble trouble = {PTHREAD_MUTEX_INITIALIZER, {seed}};
	const uint64_t keys = seed % 3 == 0 ? 3 : seed % 3 == 1 ? 40 : 600;
	const size_t count = 1 + (size_t)roll(&dice, 900);
	struct fake_target *model = fake_target_new();
	static const struct fake_column key[] = {{"k", OTS_STRING, false},
						 {"n", OTS_INTEGER, false}};
	char table[32];
	struct ots_batch batch;
	struct ots_buffer text;
	struct ots_error err = {0};
	struct ots_job *job = NULL;
	enum ots_job_state state;
	struct ots_job_counts counts;
	char *want, *got;

	(void)snprintf(table, sizeof table, "t");
	fake_target_table(model, table, key, 2, 0);
	ots_batch_init(&batch, (size_t)64 << 20);
	rig_init_text(&text);
	for (size_t i = 0; i < count; i++) {
		const struct ots_record *record;

		random_record(&dice, &batch, keys);
		record = &batch.records[batch.count - 1];
		fake_target_apply(model, table, record);
		rig_encode(&text, record);
	}
	fake_target_hook(rig->fake, fail_by_chance, &trouble);
	cr_assert_eq(rig_drop(rig, table, (const char *)text.bytes, text.len, &job, &err), OTS_OK,
		     "seed %llu: %s", (unsigned long long)seed, err.text);
	cr_assert_eq(ots_job_wait(job, NULL, &state, &counts, &err), OTS_OK, "seed %llu: %s",
		     (unsigned long long)seed, err.text);
	cr_expect_eq(state, OTS_JOB_DONE);
	cr_expect(rig_adds_up(&counts));
	cr_expect_eq(counts.read, count);
	cr_expect_eq(counts.dead, 0);
	want = fake_target_dump(model, table);
	got = fake_target_dump(rig->fake, table);
	cr_assert_str_eq(got, want, "seed %llu", (unsigned long long)seed);
	free(want);
	free(got);
	ots_job_release(job);
	ots_buffer_release(&text);
	ots_batch_release(&batch);
	fake_target_free(model);
}

Test(model, random_histories_under_random_failures_end_in_the_state_of_a_sequential_interpreter)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct rig rig;

		rig_init(&rig);
		rig.tuning.seed = seed;
		rig.tuning.held_rows_max = seed % 5 == 0 ? 7 : 0;
		rig.options.batches_in_flight = 1 + seed % 6;
		rig_open(&rig);
		one_seed(&rig, seed);
		rig_close(&rig);
	}
}

static void history_of_pairs(struct ots_batch *batch)
{
	for (int64_t i = 0; i < 5000; i++) {
		struct ots_record *record = ots_batch_add(batch);
		struct ots_cell *cell = ots_arena_alloc(&batch->arena, sizeof *cell);

		*cell = (struct ots_cell){.name = {(const uint8_t *)"c", 1},
					  .has_version = true,
					  .version = 1000 + i,
					  .value = ots_value_integer(i)};
		*record = (struct ots_record){.op = OTS_UPDATE, .key_count = 2, .ts_us = 1};
		record->key[0] = (struct ots_key_column){{(const uint8_t *)"k", 1},
							 ots_value_string("u", 1)};
		record->key[1] = (struct ots_key_column){{(const uint8_t *)"n", 1},
							 ots_value_integer(i / 2)};
		record->cells = cell;
		record->cell_count = 1;
	}
}

/* The batching that loses rows: a repeated key is put off to a next batch that never goes out. */
static size_t flawed_replay(struct fake_target *fake, const struct ots_batch *history)
{
	size_t sent = 0, in_batch = 0;
	int64_t last = -1;

	for (size_t i = 0; i < history->count; i++) {
		const struct ots_record *record = &history->records[i];

		if (record->key[1].value.as.integer == last)
			continue; /* put off, then lost */
		last = record->key[1].value.as.integer;
		fake_target_apply(fake, "t", record);
		sent++;
		if (++in_batch == 200) {
			in_batch = 0;
			last = -1;
		}
	}
	return sent;
}

Test(model, the_comparison_catches_a_batching_that_loses_repeated_keys)
{
	static const struct fake_column key[] = {{"k", OTS_STRING, false},
						 {"n", OTS_INTEGER, false}};
	struct fake_target *model = fake_target_new(), *flawed = fake_target_new();
	struct rig rig;
	struct ots_batch history;
	struct ots_buffer text;
	struct ots_job_counts counts;
	struct ots_error err = {0};
	char *want, *lost, *got;

	rig_init(&rig);
	rig_open(&rig);
	ots_batch_init(&history, (size_t)64 << 20);
	rig_init_text(&text);
	history_of_pairs(&history);
	fake_target_table(model, "t", key, 2, 0);
	fake_target_table(flawed, "t", key, 2, 0);
	for (size_t i = 0; i < history.count; i++) {
		fake_target_apply(model, "t", &history.records[i]);
		rig_encode(&text, &history.records[i]);
	}
	cr_expect_lt(flawed_replay(flawed, &history), 5000);
	want = fake_target_dump(model, "t");
	lost = fake_target_dump(flawed, "t");
	cr_expect_str_neq(lost, want, "the control must fail");
	cr_expect_eq(rig_restore(&rig, &text, &counts, &err), OTS_JOB_DONE, "%s", err.text);
	cr_expect_eq(counts.read, 5000);
	cr_expect_eq(counts.written, 5000);
	cr_expect_eq(fake_target_rows(rig.fake), 5000);
	got = fake_target_dump(rig.fake, "t");
	cr_expect_str_eq(got, want);
	free(want);
	free(lost);
	free(got);
	ots_buffer_release(&text);
	ots_batch_release(&history);
	fake_target_free(model);
	fake_target_free(flawed);
	rig_close(&rig);
}
