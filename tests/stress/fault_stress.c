/* Many threads ask about requests while the fault file is replaced under them: every request is
 * decided by one whole plan, and what a plan that stays has counted is exact. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/base/bytes.h>

#include "../../tools/service/cue/cue.h"
#include "../support/scratch_folder.h"

#define THREADS 6
#define ASKED 4000
#define CHANGES 200

struct shared {
	struct ots_cue *cue;
	atomic_uint_least64_t wrong;
};

static void need(bool good, const char *what)
{
	if (!good) {
		(void)fprintf(stderr, "fault_stress: %s\n", what);
		exit(1);
	}
}

/* Both lines say the same number, or it is half of one plan and half of another. */
static bool is_whole(const struct ots_cue_verdict *verdict)
{
	return OTS_CUE_SAYS(&verdict->act, OTS_CUE_LATENCY_MS) &&
	       OTS_CUE_SAYS(&verdict->act, OTS_CUE_TRUNCATE_BODY) &&
	       verdict->act.latency_ms == verdict->act.truncate_body;
}

static void *ask(void *arg)
{
	struct shared *shared = arg;
	struct ots_cue_subject *subject = malloc(sizeof *subject);
	struct ots_cue_verdict *verdict = malloc(sizeof *verdict);

	need(subject != NULL && verdict != NULL, "memory");
	ots_cue_subject_read(ots_bytes_of("ListTable"), (struct ots_bytes){NULL, 0}, subject);
	for (int n = 0; n < ASKED; n++) {
		if (!ots_cue_decide(shared->cue, subject, verdict) || !is_whole(verdict))
			(void)atomic_fetch_add(&shared->wrong, 1);
		ots_cue_verdict_release(verdict);
	}
	free(verdict);
	free(subject);
	return NULL;
}

static void put_file(const struct scratch *folder, int n)
{
	char text[256], from[512], to[512];

	(void)snprintf(text, sizeof text,
		       "{\"do\":{\"latency_ms\":%d}}\n{\"do\":{\"truncate_body\":%d}}\n", n, n);
	scratch_text(folder, "new", text);
	(void)snprintf(from, sizeof from, "%s/new", folder->path);
	(void)snprintf(to, sizeof to, "%s/faults", folder->path);
	need(rename(from, to) == 0, "rename");
}

static void run_threads(struct shared *shared, const struct scratch *folder, int changes)
{
	pthread_t threads[THREADS];

	for (size_t i = 0; i < THREADS; i++)
		need(pthread_create(&threads[i], NULL, ask, shared) == 0, "thread");
	for (int n = 1; n <= changes; n++)
		put_file(folder, n);
	for (size_t i = 0; i < THREADS; i++)
		need(pthread_join(threads[i], NULL) == 0, "join");
}

int main(void)
{
	struct shared shared = {.cue = NULL};
	struct ots_error err = {.status = OTS_OK};
	struct scratch folder;
	struct ots_buffer report;
	char path[512], expected[128];

	scratch_make(&folder);
	put_file(&folder, 0);
	(void)snprintf(path, sizeof path, "%s/faults", folder.path);
	need(ots_cue_open(path, &ots_clock_system, NULL, &shared.cue, &err) == OTS_OK, err.text);
	run_threads(&shared, &folder, CHANGES);
	put_file(&folder, CHANGES + 1);
	run_threads(&shared, &folder, 0);
	need(atomic_load(&shared.wrong) == 0, "a request was decided by no plan or by two");
	ots_buffer_init(&report, 4096);
	need(ots_cue_report(shared.cue, &report) && ots_buffer_put_byte(&report, 0), "report");
	(void)snprintf(expected, sizeof expected,
		       "[{\"line\":1,\"used\":%d},{\"line\":2,\"used\":%d}]", THREADS * ASKED,
		       THREADS * ASKED);
	need(strcmp((const char *)report.bytes, expected) == 0, (const char *)report.bytes);
	ots_buffer_release(&report);
	ots_cue_close(shared.cue);
	scratch_remove(&folder);
	return 0;
}
