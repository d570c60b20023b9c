/* What every backend must do, run over each of them. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/object/dir.h>
#include <otsfs/object/fault.h>
#include <otsfs/object/input.h>

#include "../../support/oss_rig.h"
#include "../../support/scratch_folder.h"
#include "listed.h"

TestSuite(store_contract, .timeout = 60);

enum backend { DIR_BACKEND, FAULT_BACKEND, OSS_BACKEND, BACKENDS };

static const char *const names[BACKENDS] = {"dir", "fault", "oss"};

/* A store, and what stands behind it. */
struct opened {
	struct ots_store *store;
	struct oss_rig rig;
	bool is_oss;
};

struct copying {
	struct ots_store *from;
	struct fake_bucket *to;
};

static bool copy_one(void *arg, const struct ots_entry *entry)
{
	const struct copying *copying = arg;
	struct ots_error err = {0};
	uint8_t *bytes = NULL;
	size_t len = 0;
	char key[1100];

	cr_assert_eq(ots_store_slurp(copying->from, entry->key, 1 << 20, &bytes, &len, &err),
		     OTS_OK, "%s", err.text);
	(void)snprintf(key, sizeof key, "pre/fix/%.*s", (int)entry->key.len,
		       (const char *)entry->key.at);
	(void)fake_bucket_put(copying->to, key, bytes, len);
	free(bytes);
	return true;
}

/* The same objects in a bucket, below a prefix, beside others, two keys a page. */
static void open_oss(struct opened *opened)
{
	struct copying copying = {.from = opened->store};
	struct ots_error err = {0};
	bool is_object = true;

	oss_rig_make(&opened->rig);
	copying.to = opened->rig.bucket;
	cr_assert_eq(ots_store_list(opened->store, &(struct ots_list_request){0}, copy_one,
				    &copying, &err),
		     OTS_OK, "%s", err.text);
	(void)fake_bucket_put(opened->rig.bucket, "pre/fix", "beside", 6);
	(void)fake_bucket_put(opened->rig.bucket, "pre/fix/", "", 0);
	(void)fake_bucket_put(opened->rig.bucket, "pre/fiy/a", "beside", 6);
	fake_bucket_page_keys(opened->rig.bucket, 2);
	cr_assert_eq(oss_rig_open(&opened->rig, "pre/fix", 20000, &is_object, &err), OTS_OK, "%s",
		     err.text);
	cr_assert(!is_object);
	ots_store_free(opened->store);
	opened->store = opened->rig.store;
	opened->is_oss = true;
}

static struct opened open_backend(enum backend backend, const struct scratch *scratch)
{
	struct opened opened = {.is_oss = false};
	struct ots_error err = {0};

	cr_assert_eq(ots_dir_open(scratch->path, &opened.store, &err), OTS_OK, "%s", err.text);
	if (backend == FAULT_BACKEND) {
		const struct ots_fault_plan none = {.kind = OTS_FAULT_NONE};
		struct ots_store *over = NULL;

		cr_assert_eq(ots_fault_open(opened.store, &none, &over, &err), OTS_OK, "%s",
			     err.text);
		opened.store = over;
	} else if (backend == OSS_BACKEND) {
		open_oss(&opened);
	}
	return opened;
}

static void end_backend(struct opened *opened)
{
	if (opened->is_oss)
		oss_rig_end(&opened->rig);
	else
		ots_store_free(opened->store);
}

static void fill(const struct scratch *scratch)
{
	scratch_text(scratch, "a.b", "1");
	scratch_text(scratch, "a/x", "22");
	scratch_text(scratch, "a/y/z", "333");
	scratch_text(scratch, "a0", "4444");
	scratch_text(scratch, "empty", "");
	scratch_text(scratch, "b/\xff\x01 name", "5");
}

Test(store_contract, keys_come_in_byte_order_of_whole_keys)
{
	struct scratch scratch;

	scratch_make(&scratch);
	fill(&scratch);
	for (enum backend b = 0; b < BACKENDS; b++) {
		struct opened opened = open_backend(b, &scratch);
		struct ots_store *store = opened.store;
		struct listed *listed = calloc(1, sizeof *listed);
		struct ots_error err = {0};

		cr_assert_eq(list_keys(store, &(struct ots_list_request){0}, listed, &err), OTS_OK,
			     "%s: %s", names[b], err.text);
		cr_expect_str_eq(listed->text, "a.b\na/x\na/y/z\na0\nb/\xff\x01 name\nempty\n",
				 "%s: %s", names[b], listed->text);
		free(listed);
		end_backend(&opened);
	}
	scratch_remove(&scratch);
}

static const struct {
	const char *prefix;
	bool folders;
	const char *keys;
} listings[] = {
	{"a", false, "a.b\na/x\na/y/z\na0\n"},
	{"a/", false, "a/x\na/y/z\n"},
	{"a/y", false, "a/y/z\n"},
	{"a/y/z", false, "a/y/z\n"},
	{"a/y/z/", false, ""},
	{"a/q/r", false, ""},
	{"c", false, ""},
	{"", true, "a.b\na/\na0\nb/\nempty\n"},
	{"a", true, "a.b\na/\na0\n"},
	{"a/", true, "a/x\na/y/\n"},
	{"a/y/", true, "a/y/z\n"},
	{"/", false, ""},
	{"/a", false, ""},
	{"../", false, ""},
	{"a/../", false, ""},
	{"a//", false, ""},
	{"./", false, ""},
};

Test(store_contract, a_prefix_and_folders_narrow_the_listing)
{
	struct scratch scratch;

	scratch_make(&scratch);
	fill(&scratch);
	for (enum backend b = 0; b < BACKENDS; b++) {
		struct opened opened = open_backend(b, &scratch);
		struct ots_store *store = opened.store;
		struct listed *listed = calloc(1, sizeof *listed);

		for (size_t i = 0; i < sizeof listings / sizeof *listings; i++) {
			const struct ots_list_request request = {
				.prefix = key_of(listings[i].prefix),
				.folders = listings[i].folders,
			};
			struct ots_error err = {0};

			cr_expect_eq(list_keys(store, &request, listed, &err), OTS_OK, "%s: %s: %s",
				     names[b], listings[i].prefix, err.text);
			cr_expect_str_eq(listed->text, listings[i].keys, "%s: prefix '%s': %s",
					 names[b], listings[i].prefix, listed->text);
		}
		free(listed);
		end_backend(&opened);
	}
	scratch_remove(&scratch);
}

Test(store_contract, a_listing_stops_when_told_and_when_cancelled)
{
	struct scratch scratch;

	scratch_make(&scratch);
	fill(&scratch);
	for (enum backend b = 0; b < BACKENDS; b++) {
		struct opened opened = open_backend(b, &scratch);
		struct ots_store *store = opened.store;
		struct listed *listed = calloc(1, sizeof *listed);
		struct ots_error err = {0};
		struct ots_cancel cancel;

		ots_cancel_init(&cancel);
		listed->stop_after = 2;
		cr_expect_eq(list_keys(store, &(struct ots_list_request){0}, listed, &err), OTS_OK);
		cr_expect_str_eq(listed->text, "a.b\na/x\n", "%s: %s", names[b], listed->text);
		listed->stop_after = 0;
		listed->cancel_after_first = &cancel;
		cr_expect_eq(list_keys(store, &(struct ots_list_request){.cancel = &cancel}, listed,
				       &err),
			     OTS_CANCELLED, "%s", names[b]);
		cr_expect_str_eq(listed->text, "a.b\n", "%s: %s", names[b], listed->text);
		cr_expect(strstr(err.text, "cancelled") != NULL, "%s", err.text);
		ots_cancel_release(&cancel);
		free(listed);
		end_backend(&opened);
	}
	scratch_remove(&scratch);
}

Test(store_contract, an_entry_tells_size_time_and_etag_and_open_pins_them)
{
	struct scratch scratch;

	scratch_make(&scratch);
	fill(&scratch);
	for (enum backend b = 0; b < BACKENDS; b++) {
		struct opened opened = open_backend(b, &scratch);
		struct ots_store *store = opened.store;
		struct ots_entry entry = {0};
		struct ots_input *input = NULL;
		struct ots_error err = {0};

		cr_assert_eq(ots_store_stat(store, key_of("a/y/z"), &entry, &err), OTS_OK, "%s",
			     err.text);
		cr_expect_eq(entry.size, 3);
		cr_expect_not(entry.folder);
		cr_expect_gt(entry.mtime_us, INT64_C(1500000000000000));
		cr_expect_gt(strlen(entry.etag), 10);
		cr_assert_eq(ots_input_open(store, key_of("a/y/z"), entry.etag, &input, &err),
			     OTS_OK, "%s", err.text);
		cr_expect_str_eq(ots_input_entry(input)->etag, entry.etag);
		cr_expect_eq(ots_input_entry(input)->key.len, 5);
		ots_input_close(input);
		input = NULL;
		cr_expect_eq(ots_input_open(store, key_of("a/y/z"), "other", &input, &err),
			     OTS_CHANGED);
		cr_expect(strstr(err.text, "a/y/z: changed") != NULL &&
				  strstr(err.text, "expected other") != NULL,
			  "%s", err.text);
		cr_expect_null(input);
		end_backend(&opened);
	}
	scratch_remove(&scratch);
}

Test(store_contract, reads_at_every_offset_and_length_give_the_bytes_there)
{
	static const char content[] = "0123456789abcdef";
	const size_t size = sizeof content - 1;
	struct scratch scratch;

	scratch_make(&scratch);
	scratch_text(&scratch, "o", content);
	for (int b = 0; b <= BACKENDS; b++) { /* the last turn: an input over memory */
		struct opened opened = {.store = NULL};
		struct ots_store *store;
		struct ots_input *input = NULL;
		struct ots_error err = {0};

		if (b < BACKENDS)
			opened = open_backend((enum backend)b, &scratch);
		store = opened.store;
		cr_assert_eq(b < BACKENDS
				     ? ots_input_open(store, key_of("o"), NULL, &input, &err)
				     : ots_input_from_memory(key_of(content), "o", &input, &err),
			     OTS_OK, "%s", err.text);
		cr_expect_eq(ots_input_entry(input)->size, size);
		for (size_t at = 0; at <= size + 1; at++)
			for (size_t len = 0; len <= size + 2; len++) {
				const size_t want = at >= size        ? 0
						    : len < size - at ? len
								      : size - at;
				char *buf = malloc(len + 1);
				size_t got = 99;

				cr_assert_eq(ots_input_read(input, at, buf, len, &got, &err),
					     OTS_OK, "%s", err.text);
				cr_expect_eq(got, want, "%zu bytes at %zu: %zu", len, at, got);
				cr_expect_eq(memcmp(buf, content + (at < size ? at : 0), got), 0,
					     "%zu bytes at %zu", len, at);
				free(buf);
			}
		ots_input_close(input);
		end_backend(&opened);
	}
	scratch_remove(&scratch);
}

Test(store_contract, keys_that_name_no_object_are_not_found)
{
	char longest[OTS_KEY_MAX_BYTES + 3];
	static const char *const keys[] = {"",      "nothing", "a",    "a/",   "/a.b", "a//x",
					   "./a.b", "a/.",     "a/..", "..",   "../a", "a/../a.b",
					   "a.b/",  "a.b/x",   "/",    "a/./x"};
	struct scratch scratch;

	scratch_make(&scratch);
	fill(&scratch);
	memset(longest, 'k', sizeof longest);
	for (enum backend b = 0; b < BACKENDS; b++) {
		struct opened opened = open_backend(b, &scratch);
		struct ots_store *store = opened.store;
		struct ots_input *input = NULL;
		struct ots_entry entry;

		for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
			struct ots_error err = {0};

			cr_expect_eq(ots_store_stat(store, key_of(keys[i]), &entry, &err),
				     OTS_NOT_FOUND, "%s: stat '%s'", names[b], keys[i]);
			cr_expect_neq(err.text[0], '\0');
			cr_expect_eq(ots_input_open(store, key_of(keys[i]), NULL, &input, &err),
				     OTS_NOT_FOUND, "%s: open '%s'", names[b], keys[i]);
			cr_expect_null(input);
		}
		for (size_t len = OTS_KEY_MAX_BYTES; len <= OTS_KEY_MAX_BYTES + 1; len++) {
			const struct ots_bytes key = {(const uint8_t *)longest, len};
			struct ots_error err = {0};

			cr_expect_eq(ots_store_stat(store, key, &entry, &err), OTS_NOT_FOUND);
			cr_expect_eq(strstr(err.text, "expected at most 1023") != NULL,
				     len > OTS_KEY_MAX_BYTES, "%s", err.text);
		}
		{
			const struct ots_bytes nul = {(const uint8_t *)"a.b\0c", 5};
			struct ots_error err = {0};

			cr_expect_eq(ots_input_open(store, nul, NULL, &input, &err), OTS_NOT_FOUND);
			cr_expect(strstr(err.text, "NUL") != NULL, "%s", err.text);
		}
		end_backend(&opened);
	}
	scratch_remove(&scratch);
}

Test(store_contract, slurp_reads_whole_up_to_its_limit)
{
	struct scratch scratch;

	scratch_make(&scratch);
	fill(&scratch);
	for (enum backend b = 0; b < BACKENDS; b++) {
		struct opened opened = open_backend(b, &scratch);
		struct ots_store *store = opened.store;

		for (size_t limit = 3; limit <= 5; limit++) {
			struct ots_error err = {0};
			uint8_t *bytes = NULL;
			size_t len = 0;
			const enum ots_status status =
				ots_store_slurp(store, key_of("a0"), limit, &bytes, &len, &err);

			cr_expect_eq(status, limit < 4 ? OTS_LIMIT : OTS_OK, "%s", err.text);
			if (status == OTS_OK) {
				cr_expect_eq(len, 4);
				cr_expect_str_eq((char *)bytes, "4444");
			} else {
				cr_expect_str_eq(err.text,
						 "a0: 4 bytes, above the limit of 3 bytes");
				cr_expect_null(bytes);
			}
			free(bytes);
		}
		end_backend(&opened);
	}
	scratch_remove(&scratch);
}
