/* How far ahead of a reader is asked for. */
#include <otsfs/object/input.h>

#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <otsfs/object/oss.h>

#include "../../support/oss_rig.h"

TestSuite(ahead, .timeout = 120);

#define MIB ((size_t)1 << 20)
#define OBJECT_BYTES (32 * MIB)
#define READ_BYTES ((size_t)128 * 1024) /* as the kernel's */
#define DEADLINE_MS 60000

/* Note the highest byte that any range asks for. */
static bool note(void *arg, const struct scripted_request *request, struct ots_buffer *out,
		 enum scripted_after *after)
{
	atomic_ullong *end = arg;
	const char *range = strstr(request->head, "bytes=");
	const char *dash = range != NULL ? strchr(range, '-') : NULL;
	const unsigned long long last = dash != NULL ? strtoull(dash + 1, NULL, 10) + 1 : 0;
	unsigned long long before = atomic_load(end);

	(void)out;
	(void)after;
	while (last > before && !atomic_compare_exchange_weak(end, &before, last))
		continue; /* ends: it only grows, and not beyond the object */
	return false;
}

/* Requests that read ahead are sent by a thread of their own: what is expected comes in time. */
static unsigned long long await(atomic_ullong *end, unsigned long long expected)
{
	const struct timespec pause = {.tv_nsec = 1000000};

	for (unsigned i = 0; i < DEADLINE_MS && atomic_load(end) < expected; i++)
		(void)nanosleep(&pause, NULL);
	return atomic_load(end);
}

static const struct {
	size_t read_bytes;              /* from the start, one after the other */
	unsigned long long least, most; /* asked for then */
} windows[] = {
	{READ_BYTES, 2 * MIB, READ_BYTES + 2 * MIB},
	{MIB, 2 * MIB, MIB + 2 * MIB},
	{2 * MIB - READ_BYTES, 4 * MIB, 6 * MIB},
	{2 * MIB, 9 * MIB, 10 * MIB},
	{4 * MIB, 18 * MIB, 20 * MIB},
	{8 * MIB, OBJECT_BYTES, OBJECT_BYTES},
};

Test(ahead, who_has_read_the_first_window_is_given_four_times_what_he_read)
{
	uint8_t *bytes = calloc(1, OBJECT_BYTES);
	uint8_t buf[READ_BYTES];

	cr_assert_not_null(bytes);
	for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
		atomic_ullong end;
		struct ots_input *input = NULL;
		struct ots_error err = {0};
		struct oss_rig rig;
		unsigned long long asked;
		bool is_object;

		atomic_init(&end, 0);
		oss_rig_make(&rig);
		(void)fake_bucket_put(rig.bucket, "big", bytes, OBJECT_BYTES);
		fake_bucket_hook_set(rig.bucket, note, &end);
		cr_assert_eq(oss_rig_open(&rig, "", 0, &is_object, &err), OTS_OK, "%s", err.text);
		ots_store_set_memory(rig.store, 2 * OBJECT_BYTES);
		cr_assert_eq(ots_input_open(rig.store, ots_bytes_of("big"), NULL, &input, &err),
			     OTS_OK, "%s", err.text);
		for (size_t at = 0; at < windows[i].read_bytes; at += READ_BYTES) {
			size_t got = 0;

			cr_assert_eq(ots_input_read(input, at, buf, READ_BYTES, &got, &err), OTS_OK,
				     "%s", err.text);
			cr_assert_eq(got, READ_BYTES);
		}
		asked = await(&end, windows[i].least);
		cr_expect(asked >= windows[i].least, "after %zu bytes: %llu asked for",
			  windows[i].read_bytes, asked);
		ots_input_close(input);
		oss_rig_end(&rig);
		asked = atomic_load(&end);
		cr_expect(asked <= windows[i].most, "after %zu bytes: %llu asked for",
			  windows[i].read_bytes, asked);
	}
	free(bytes);
}
