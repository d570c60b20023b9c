/* Several threads read objects of a bucket through shared and own inputs, some reads begun and
 * cancelled, with less memory for reading ahead than they would like and a server that resets now
 * and then; every byte is held against the object. Run under ThreadSanitizer. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/base/wait.h>
#include <otsfs/object/input.h>

#include "../support/oss_rig.h"

#define THREADS 6
#define ROUNDS 12
#define READS 25
#define OBJECT_BYTES ((size_t)2 * 1024 * 1024 + 12345)
#define READ_MAX_BYTES ((size_t)300000)

struct run {
	struct oss_rig rig;
	struct ots_input *shared;
	uint8_t *bytes;
	atomic_size_t errors, cancelled, good;
};

struct worker {
	struct run *run;
	uint64_t random;
	pthread_t thread;
};

static uint64_t draw(struct worker *w)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return w->random;
}

static void complain(struct run *run, const char *what, const struct ots_error *err)
{
	(void)fprintf(stderr, "oss_stress: %s: %s\n", what, err->text);
	atomic_fetch_add(&run->errors, 1);
}

static bool hook(void *arg, const struct scripted_request *request, struct ots_buffer *out,
		 enum scripted_after *after)
{
	(void)arg;
	(void)out;
	*after = SCRIPTED_RESET;
	return request->number % 17 == 5;
}

static void read_one(struct worker *w, struct ots_input *input, uint8_t *buf)
{
	struct run *run = w->run;
	const uint64_t at = draw(w) % OBJECT_BYTES;
	const size_t len = (size_t)(draw(w) % READ_MAX_BYTES) + 1;
	struct ots_error err = {0};
	size_t got = 0;

	if (ots_input_read(input, at, buf, len, &got, &err) != OTS_OK)
		complain(run, "read", &err);
	else if (memcmp(buf, run->bytes + at, got) != 0)
		complain(run, "other bytes", &err);
	else
		atomic_fetch_add(&run->good, 1);
}

/* A read that was begun, and who waits for its end. */
struct begun {
	struct run *run;
	uint64_t at;
	struct {
		pthread_mutex_t mutex;
		pthread_cond_t changed;
		bool over;
	} locked;
};

static void on_done(void *arg, enum ots_status status, const struct ots_bytes *pieces, size_t count,
		    const struct ots_error *err)
{
	struct begun *begun = arg;
	uint64_t at = begun->at;

	if (status == OTS_CANCELLED)
		atomic_fetch_add(&begun->run->cancelled, 1);
	else if (status != OTS_OK)
		complain(begun->run, "begun", err);
	for (size_t i = 0; i < count; i++) {
		if (memcmp(pieces[i].at, begun->run->bytes + at, pieces[i].len) != 0)
			complain(begun->run, "other bytes in a piece", err);
		at += pieces[i].len;
	}
	(void)pthread_mutex_lock(&begun->locked.mutex);
	begun->locked.over = true;
	(void)pthread_cond_signal(&begun->locked.changed);
	(void)pthread_mutex_unlock(&begun->locked.mutex);
}

static void begin_one(struct worker *w, struct ots_input *input)
{
	struct begun begun = {.run = w->run, .at = draw(w) % OBJECT_BYTES};
	struct ots_input_read *read = NULL;

	(void)pthread_mutex_init(&begun.locked.mutex, NULL);
	ots_wait_init(&begun.locked.changed);
	ots_input_begin(input, begun.at, (size_t)(draw(w) % READ_MAX_BYTES) + 1, on_done, &begun,
			&read);
	if (read != NULL && draw(w) % 2 == 0)
		ots_input_cancel(read);
	(void)pthread_mutex_lock(&begun.locked.mutex);
	while (!begun.locked.over) /* ends: done always comes */
		(void)pthread_cond_wait(&begun.locked.changed, &begun.locked.mutex);
	(void)pthread_mutex_unlock(&begun.locked.mutex);
	ots_input_end(read);
	(void)pthread_cond_destroy(&begun.locked.changed);
	(void)pthread_mutex_destroy(&begun.locked.mutex);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	uint8_t *buf = malloc(READ_MAX_BYTES);

	for (int round = 0; round < ROUNDS && buf != NULL; round++) {
		struct ots_input *own = NULL;
		struct ots_error err = {0};

		if (ots_input_open(w->run->rig.store, ots_bytes_of("object"), NULL, &own, &err) !=
		    OTS_OK) {
			complain(w->run, "open", &err);
			break;
		}
		for (int i = 0; i < READS; i++) {
			struct ots_input *input = draw(w) % 2 == 0 ? own : w->run->shared;

			if (draw(w) % 3 == 0)
				begin_one(w, input);
			else
				read_one(w, input, buf);
		}
		ots_input_close(own); /* with what it still reads ahead */
	}
	free(buf);
	return NULL;
}

int main(void)
{
	struct run run = {.bytes = malloc(OBJECT_BYTES)};
	struct worker workers[THREADS];
	struct ots_error err = {0};
	bool is_object;

	if (run.bytes == NULL)
		return 1;
	for (size_t i = 0; i < OBJECT_BYTES; i++)
		run.bytes[i] = (uint8_t)(i * 31 + i / 4096);
	oss_rig_make(&run.rig);
	(void)fake_bucket_put(run.rig.bucket, "object", run.bytes, OBJECT_BYTES);
	fake_bucket_hook_set(run.rig.bucket, hook, NULL);
	if (oss_rig_open(&run.rig, "", 60000, &is_object, &err) != OTS_OK ||
	    ots_input_open(run.rig.store, ots_bytes_of("object"), NULL, &run.shared, &err) !=
		    OTS_OK) {
		complain(&run, "opening", &err);
		return 1;
	}
	ots_store_set_memory(run.rig.store, (size_t)3 * 1024 * 1024);
	for (size_t i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){.run = &run, .random = i * 7919 + 12345};
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
			return 1;
	}
	for (size_t i = 0; i < THREADS; i++)
		(void)pthread_join(workers[i].thread, NULL);
	ots_input_close(run.shared);
	oss_rig_end(&run.rig);
	(void)printf("oss_stress: %zu reads, %zu cancelled, %zu errors\n", atomic_load(&run.good),
		     atomic_load(&run.cancelled), atomic_load(&run.errors));
	free(run.bytes);
	return atomic_load(&run.errors) != 0 || atomic_load(&run.good) == 0;
}
