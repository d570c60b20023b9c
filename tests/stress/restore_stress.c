/* Races of the restore engine: many jobs dropped by many threads into a target that fails by
 * chance, while others pause, resume, cancel, list and look. Ends with the engine closed in the
 * middle. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <otsfs/restore/engine.h>

#include "../../core/restore/tuning.h"
#include "../support/fake_target.h"

#define DROPPERS 4
#define JOBS 12
#define ROWS 700
#define TABLES 3

struct stage {
	struct ots_engine *engine;
	const char *dir;
	atomic_uint failures;
	atomic_bool over;
	atomic_ullong dice;
};

static const char *const tables[TABLES] = {"t", "u", "v"};

static uint64_t roll(struct stage *stage, uint64_t below)
{
	uint64_t z = atomic_fetch_add(&stage->dice, 1) * UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	return (z ^ (z >> 31)) % below;
}

static enum ots_status fail_by_chance(void *arg, struct fake_call *call, struct ots_error *err)
{
	struct stage *stage = arg;

	if (roll(stage, 10) == 0)
		return ots_fail(err, OTS_NETWORK, "reset");
	for (size_t i = 0; i < call->count; i++)
		if (roll(stage, 20) == 0)
			(void)ots_fail(&call->errors[i], OTS_TIMEOUT, "late");
	return OTS_OK;
}

static void *drop_jobs(void *arg)
{
	struct stage *stage = arg;

	for (int i = 0; i < JOBS; i++) {
		struct ots_restore_request request = {.table = tables[i % TABLES], .name = "s"};
		struct ots_job *job = NULL;
		struct ots_error err = {0};
		enum ots_status status = ots_staging_open(stage->engine, &request.staging, &err);

		for (int n = 0; status == OTS_OK && n < ROWS; n++) {
			char line[160];
			const int len = snprintf(line, sizeof line,
						 "{\"op\":\"UPDATE\",\"pk\":{\"k\":\"a\",\"n\":%d},"
						 "\"cols\":{\"c\":%d}}\n",
						 n % 300, n);

			status = ots_staging_append(request.staging, line, (size_t)len, &err);
		}
		if (status == OTS_OK)
			status = ots_job_submit(stage->engine, &request, NULL, &job, &err);
		if (status == OTS_OK && i % 2 == 0)
			status = ots_job_wait(job, NULL, NULL, NULL, &err);
		if (status != OTS_OK && status != OTS_CANCELLED) {
			(void)fprintf(stderr, "restore_stress: %s\n", err.text);
			atomic_fetch_add(&stage->failures, 1);
		}
		ots_job_release(job);
		ots_staging_discard(request.staging);
	}
	return NULL;
}

static bool meddle_with(void *arg, const char *id, struct ots_bytes status_json)
{
	static const char *const words[] = {
		"pause\nresume",         "resume", "rate=0", "rate=1000000",
		"pause\nrate=0\nresume", "cancel"};
	struct stage *stage = arg;
	const uint64_t n = roll(stage, 30);
	const char *word = words[n < 6 ? n : 1];
	struct ots_error err = {0};

	if (status_json.len == 0)
		atomic_fetch_add(&stage->failures, 1);
	/* Most have ended by now, which is an answer too. */
	if (ots_engine_control(stage->engine, id,
			       (struct ots_bytes){(const uint8_t *)word, strlen(word)},
			       &err) == OTS_USAGE)
		atomic_fetch_add(&stage->failures, 1);
	return true;
}

static void *meddle(void *arg)
{
	struct stage *stage = arg;

	while (!atomic_load(&stage->over)) {
		struct ots_error err = {0};

		if (ots_jobs_list(stage->dir, meddle_with, stage, &err) != OTS_OK)
			atomic_fetch_add(&stage->failures, 1);
		(void)ots_cancel_wait(NULL, 5);
	}
	return NULL;
}

int main(void)
{
	static const struct fake_column key[] = {{"k", OTS_STRING, false},
						 {"n", OTS_INTEGER, false}};
	const struct ots_engine_tuning tuning = {.seed = 3, .wait_max_ms = 5};
	struct fake_target *fake = fake_target_new();
	struct ots_target *target = NULL;
	struct stage stage = {.engine = NULL};
	struct ots_engine_options options = {.clock = &ots_clock_system, .batches_in_flight = 4};
	pthread_t droppers[DROPPERS], meddler;
	struct ots_error err = {0};
	char dir[] = "/tmp/otsfs-stress-XXXXXX", command[64];

	stage.dir = mkdtemp(dir);
	for (size_t i = 0; i < TABLES; i++)
		fake_target_table(fake, tables[i], key, 2, 0);
	fake_target_hook(fake, fail_by_chance, &stage);
	if (stage.dir == NULL ||
	    ots_target_new(&fake_target_ops, fake, "fake:", &target, &err) != OTS_OK)
		return 1;
	options.state_dir = dir;
	options.target = target;
	if (ots_engine_open_tuned(&options, &tuning, &stage.engine, &err) != OTS_OK)
		return 1;
	for (size_t i = 0; i < DROPPERS; i++)
		(void)pthread_create(&droppers[i], NULL, drop_jobs, &stage);
	(void)pthread_create(&meddler, NULL, meddle, &stage);
	for (size_t i = 0; i < DROPPERS; i++)
		(void)pthread_join(droppers[i], NULL);
	atomic_store(&stage.over, true);
	(void)pthread_join(meddler, NULL);
	ots_engine_close(stage.engine); /* jobs are still queued and running */
	ots_target_free(target);
	if (fake_target_violations(fake) > 0) {
		(void)fprintf(stderr, "restore_stress: %s\n", fake_target_violation(fake));
		atomic_fetch_add(&stage.failures, 1);
	}
	fake_target_free(fake);
	(void)snprintf(command, sizeof command, "rm -rf '%s'", dir);
	if (system(command) != 0)
		return 1;
	return atomic_load(&stage.failures) == 0 ? 0 : 1;
}
