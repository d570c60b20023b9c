#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <otsfs/format/jsonl.h>

/* 2026-11-21T02:30:00Z */
#define START_MS INT64_C(1795228200000)

static int64_t wall_us(void *self)
{
	struct rig *rig = self;

	return atomic_load(&rig->now_ms) * 1000;
}

static int64_t monotonic_ms(void *self)
{
	struct rig *rig = self;

	return atomic_fetch_add(&rig->now_ms, atomic_load(&rig->step_ms));
}

void rig_init(struct rig *rig)
{
	static const struct fake_column key[] = {{"k", OTS_STRING, false},
						 {"n", OTS_INTEGER, false}};
	struct ots_error err = {0};

	memset(rig, 0, sizeof *rig);
	/* Every job syncs a few files: in memory that costs nothing. */
	(void)snprintf(rig->dir, sizeof rig->dir, "%s/otsfs-restore-XXXXXX",
		       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	cr_assert(mkdtemp(rig->dir) != NULL);
	atomic_store(&rig->now_ms, START_MS);
	rig->clock = (struct ots_clock){wall_us, monotonic_ms, rig};
	rig->fake = fake_target_new();
	fake_target_table(rig->fake, "t", key, 2, 0);
	cr_assert_eq(ots_target_new(&fake_target_ops, rig->fake, "fake:", &rig->target, &err),
		     OTS_OK);
	rig->options = (struct ots_engine_options){.state_dir = rig->dir,
						   .target = rig->target,
						   .clock = &rig->clock,
						   .batches_in_flight = 3};
	rig->tuning = (struct ots_engine_tuning){.seed = 1, .delay_percent = 0, .wait_max_ms = 1};
}

void rig_open(struct rig *rig)
{
	struct ots_error err = {0};

	cr_assert_eq(ots_engine_open_tuned(&rig->options, &rig->tuning, &rig->engine, &err), OTS_OK,
		     "%s", err.text);
}

void rig_reopen(struct rig *rig)
{
	ots_engine_close(rig->engine);
	rig_open(rig);
}

void rig_close(struct rig *rig)
{
	char command[96];

	ots_engine_close(rig->engine);
	ots_target_free(rig->target);
	cr_expect_eq(fake_target_violations(rig->fake), 0, "%s", fake_target_violation(rig->fake));
	fake_target_free(rig->fake);
	(void)snprintf(command, sizeof command, "rm -rf '%s'", rig->dir);
	cr_assert_eq(system(command), 0);
}

enum ots_status rig_submit(struct rig *rig, struct ots_restore_request *request, const char *text,
			   size_t len, struct ots_job **job, struct ots_error *err)
{
	struct ots_staging *staging = NULL;
	enum ots_status status = ots_staging_open(rig->engine, &staging, err);

	cr_assert_eq(status, OTS_OK, "%s", err->text);
	cr_assert_eq(ots_staging_append(staging, text, len, err), OTS_OK, "%s", err->text);
	request->staging = staging;
	if (request->table == NULL)
		request->table = "t";
	if (request->name == NULL)
		request->name = "dropped.jsonl";
	*job = NULL;
	status = ots_job_submit(rig->engine, request, NULL, job, err);
	ots_staging_discard(staging);
	return status;
}

enum ots_status rig_drop(struct rig *rig, const char *table, const char *text, size_t len,
			 struct ots_job **job, struct ots_error *err)
{
	struct ots_restore_request request = {.table = table, .uid = 1000, .command = "cp"};

	return rig_submit(rig, &request, text, len, job, err);
}

bool rig_adds_up(const struct ots_job_counts *counts)
{
	return counts->read == counts->written + counts->filtered + counts->skipped +
				       counts->superseded + counts->dead;
}

enum ots_job_state rig_restore(struct rig *rig, const struct ots_buffer *text,
			       struct ots_job_counts *counts, struct ots_error *err)
{
	struct ots_job *job = NULL;
	enum ots_job_state state = OTS_JOB_FAILED;

	cr_assert_eq(rig_drop(rig, "t", (const char *)text->bytes, text->len, &job, err), OTS_OK,
		     "%s", err->text);
	if (ots_job_wait(job, NULL, &state, counts, err) != OTS_OK)
		cr_expect_neq(state, OTS_JOB_DONE);
	cr_expect(rig_adds_up(counts));
	ots_job_release(job);
	return state;
}

char *rig_file(struct rig *rig, const char *id, const char *name)
{
	struct ots_buffer out;
	struct ots_error err = {0};

	ots_buffer_init(&out, 1 << 20);
	cr_assert_eq(ots_job_file(rig->dir, id, name, 1 << 19, &out, &err), OTS_OK, "%s", err.text);
	(void)ots_buffer_put_byte(&out, '\0');
	return (char *)out.bytes;
}

char *rig_dead(struct rig *rig, const char *id)
{
	struct ots_error err = {0};
	char *text = calloc(1, 1 << 22);
	size_t len = 0;
	ssize_t n;
	int fd = -1;

	cr_assert_eq(ots_job_dead_open(rig->dir, id, &fd, &err), OTS_OK, "%s", err.text);
	while ((n = read(fd, text + len, (1 << 22) - 1 - len)) > 0)
		len += (size_t)n;
	(void)close(fd);
	return text;
}

void rig_init_text(struct ots_buffer *text)
{
	ots_buffer_init(text, (size_t)1 << 30);
}

void rig_encode(struct ots_buffer *text, const struct ots_record *record)
{
	struct ots_error err = {0};

	cr_assert_eq(ots_jsonl.record(record, text, &err), OTS_OK, "%s", err.text);
}

void rig_put(struct ots_buffer *text, enum ots_op op, const char *k, int64_t n, int64_t value)
{
	struct ots_cell cell = {.name = {(const uint8_t *)"c", 1},
				.has_version = true,
				.version = 1000 + value,
				.value = ots_value_integer(value)};
	const struct ots_record record = {
		.op = op,
		.key_count = 2,
		.ts_us = 1,
		.key = {{{(const uint8_t *)"k", 1}, ots_value_string(k, strlen(k))},
			{{(const uint8_t *)"n", 1}, ots_value_integer(n)}},
		.cells = op == OTS_DELETE ? NULL : &cell,
		.cell_count = op == OTS_DELETE ? 0 : 1};

	rig_encode(text, &record);
}
