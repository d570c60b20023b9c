/* Several threads open, read and close texts of a view whose memory holds a part of them, some
 * giving up half-way, and hold every byte against the whole text. Run under ThreadSanitizer. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/object/dir.h>
#include <otsfs/view/view.h>

#include "../support/scratch_folder.h"
#include "../support/view_sample.h"

#define THREADS 6
#define OBJECTS 3
#define ROUNDS 15
#define READS 20
#define MEMORY_BYTES ((size_t)8 * 1024 * 1024)

struct subject {
	struct ots_object object;
	struct ots_buffer whole;
	uint64_t record_count;
};

struct run {
	struct ots_view *view;
	struct subject subjects[OBJECTS];
	atomic_size_t errors;
};

struct worker {
	struct run *run;
	uint64_t random;
	struct ots_cancel cancel; /* asked by whoever runs beside this one */
	struct worker *neighbour;
	pthread_t thread;
};

static void complain(struct run *run, const char *what, const struct ots_error *err)
{
	(void)fprintf(stderr, "view_stress: %s: %s\n", what, err->text);
	atomic_fetch_add(&run->errors, 1);
}

static void read_some(struct worker *w, const struct subject *subject, struct ots_text *text)
{
	uint8_t *buf = malloc(300000);

	for (int i = 0; i < READS && buf != NULL; i++) {
		const uint64_t at = sample_random(&w->random) % subject->whole.len;
		const size_t len = (size_t)(sample_random(&w->random) % 300000);
		const size_t left = subject->whole.len - (size_t)at;
		struct ots_error err = {0};
		size_t got = 0;
		const enum ots_status status =
			ots_text_read(text, at, buf, len, &got, &w->cancel, &err);

		if (status == OTS_CANCELLED)
			break;
		if (status != OTS_OK)
			complain(w->run, "reading", &err);
		else if (got != (len < left ? len : left) ||
			 memcmp(buf, subject->whole.bytes + at, got) != 0)
			complain(w->run, "other bytes", &err);
	}
	free(buf);
}

static void *work(void *arg)
{
	struct worker *w = arg;

	for (int round = 0; round < ROUNDS; round++) {
		const uint64_t dice = sample_random(&w->random);
		const struct subject *subject = &w->run->subjects[dice % OBJECTS];
		const enum ots_node_form form =
			dice / OBJECTS % 8 == 0 ? OTS_NODE_FORM_RAW : OTS_NODE_FORM_JSONL;
		struct ots_text *text = NULL;
		struct ots_error err = {0};
		enum ots_status status;

		if (dice / 100 % 4 == 0)
			ots_cancel_ask(&w->neighbour->cancel);
		status = ots_text_open(w->run->view, &subject->object, form, &w->cancel, &text,
				       &err);
		if (status == OTS_OK && form == OTS_NODE_FORM_JSONL) {
			if (ots_text_size(text) != subject->whole.len ||
			    ots_text_records(text) != subject->record_count)
				complain(w->run, "another size", &err);
			read_some(w, subject, text);
		} else if (status != OTS_OK && status != OTS_CANCELLED) {
			complain(w->run, "opening", &err);
		}
		if (ots_view_memory_bytes(w->run->view) > MEMORY_BYTES)
			complain(w->run, "memory above its bound", &err);
		ots_text_close(text);
		/* A fresh wish for the next round. Others may ask at this moment: the store is
		 * atomic. */
		atomic_store(&w->cancel.asked, false);
	}
	return NULL;
}

static void make_subjects(struct run *run, const struct scratch *scratch, struct ots_store *store)
{
	for (size_t i = 0; i < OBJECTS; i++) {
		struct subject *subject = &run->subjects[i];
		struct ots_buffer content;
		char key[16];

		(void)snprintf(key, sizeof key, "o%zu", i);
		ots_buffer_init(&content, (size_t)64 << 20);
		sample_csv(&content, 3000 * (i + 1), 1000, i + 1);
		if (i == 0) { /* one record that takes all the memory to decode, among small ones */
			sample_csv(&content, 1, 700 * 1024, 1);
			sample_csv(&content, 3000, 1000, 1);
		}
		scratch_write(scratch, key, content.bytes, content.len);
		ots_buffer_release(&content);
		subject->object = sample_object(store, key, OTS_FORMAT_TUNNEL_CSV);
		ots_buffer_init(&subject->whole, (size_t)64 << 20);
		sample_whole(store, &subject->object, &subject->whole, &subject->record_count);
	}
}

static void run_workers(struct run *run)
{
	struct worker workers[THREADS];

	for (size_t i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){
			.run = run,
			.random = i + 1,
			.neighbour = &workers[(i + 1) % THREADS],
		};
		ots_cancel_init(&workers[i].cancel);
	}
	for (size_t i = 0; i < THREADS; i++)
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
			abort();
	for (size_t i = 0; i < THREADS; i++)
		(void)pthread_join(workers[i].thread, NULL);
	for (size_t i = 0; i < THREADS; i++)
		ots_cancel_release(&workers[i].cancel);
}

int main(void)
{
	const struct ots_view_options options = {.memory_bytes = MEMORY_BYTES};
	struct run *run = calloc(1, sizeof *run);
	struct scratch scratch;
	struct ots_store *store = NULL;
	struct ots_error err = {0};
	size_t errors;

	scratch_make(&scratch);
	if (run == NULL || ots_dir_open(scratch.path, &store, &err) != OTS_OK ||
	    ots_view_new(store, &options, &run->view, &err) != OTS_OK) {
		(void)fprintf(stderr, "view_stress: %s\n", err.text);
		return 1;
	}
	make_subjects(run, &scratch, store);
	run_workers(run);
	errors = atomic_load(&run->errors);
	ots_view_free(run->view);
	for (size_t i = 0; i < OBJECTS; i++) {
		sample_object_release(&run->subjects[i].object);
		ots_buffer_release(&run->subjects[i].whole);
	}
	ots_store_free(store);
	scratch_remove(&scratch);
	free(run);
	(void)printf("view_stress: %zu errors\n", errors);
	return errors > 0 ? 1 : 0;
}
