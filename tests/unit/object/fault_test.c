#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/object/dir.h>
#include <otsfs/object/fault.h>
#include <otsfs/object/input.h>

#include "../../support/scratch_folder.h"
#include "listed.h"

TestSuite(fault, .timeout = 60);

static struct ots_store *over_folder(const struct scratch *scratch,
				     const struct ots_fault_plan *plan)
{
	struct ots_store *below = NULL;
	struct ots_store *store = NULL;
	struct ots_error err = {0};

	cr_assert_eq(ots_dir_open(scratch->path, &below, &err), OTS_OK, "%s", err.text);
	cr_assert_eq(ots_fault_open(below, plan, &store, &err), OTS_OK, "%s", err.text);
	return store;
}

/* List, stat, slurp: four calls of the backend. The first failure ends it. */
static enum ots_status use(struct ots_store *store, struct listed *listed, struct ots_error *err)
{
	struct ots_entry entry;
	uint8_t *bytes = NULL;
	size_t len;
	enum ots_status status = list_keys(store, &(struct ots_list_request){0}, listed, err);

	if (status == OTS_OK)
		status = ots_store_stat(store, key_of("o"), &entry, err);
	if (status == OTS_OK)
		status = ots_store_slurp(store, key_of("o"), 100, &bytes, &len, err);
	free(bytes);
	return status;
}

Test(fault, every_call_in_turn_fails_with_the_status_asked_for)
{
	struct scratch scratch;
	struct listed *listed = calloc(1, sizeof *listed);
	uint64_t calls = 0;

	scratch_make(&scratch);
	scratch_text(&scratch, "o", "content");
	for (uint64_t n = 0; n <= calls; n++) { /* the first turn counts them */
		const struct ots_fault_plan plan = {
			.kind = n == 0 ? OTS_FAULT_NONE : OTS_FAULT_STATUS,
			.status = OTS_NETWORK,
			.nth = n,
		};
		struct ots_store *store = over_folder(&scratch, &plan);
		struct ots_error err = {0};

		cr_expect_eq(use(store, listed, &err), n == 0 ? OTS_OK : OTS_NETWORK, "call %d: %s",
			     (int)n, err.text);
		if (n == 0)
			calls = ots_fault_calls(store);
		else
			cr_expect(strstr(err.text, "fails on cue") != NULL, "%s", err.text);
		if (n > 0) /* it failed once only */
			cr_expect_eq(use(store, listed, &err), OTS_OK, "%s", err.text);
		ots_store_free(store);
	}
	cr_expect_eq(calls, 4);
	free(listed);
	scratch_remove(&scratch);
}

Test(fault, a_sticky_one_fails_for_good)
{
	const struct ots_fault_plan plan = {
		.kind = OTS_FAULT_STATUS, .status = OTS_IO, .nth = 2, .sticky = true};
	struct scratch scratch;
	struct ots_store *store;
	struct ots_entry entry;
	struct ots_error err = {0};

	scratch_make(&scratch);
	scratch_text(&scratch, "o", "content");
	store = over_folder(&scratch, &plan);
	cr_expect_eq(ots_store_stat(store, key_of("o"), &entry, &err), OTS_OK);
	for (int i = 0; i < 3; i++)
		cr_expect_eq(ots_store_stat(store, key_of("o"), &entry, &err), OTS_IO);
	ots_store_free(store);
	scratch_remove(&scratch);
}

Test(fault, a_changed_object_fails_reads_and_shows_another_etag)
{
	const struct ots_fault_plan plan = {.kind = OTS_FAULT_CHANGE, .nth = 4};
	struct scratch scratch;
	struct ots_store *store;
	struct ots_input *input = NULL;
	struct ots_entry before, after;
	struct ots_error err = {0};
	char buf[8];
	size_t got;

	scratch_make(&scratch);
	scratch_text(&scratch, "o", "content");
	store = over_folder(&scratch, &plan);
	cr_assert_eq(ots_store_stat(store, key_of("o"), &before, &err), OTS_OK);
	cr_assert_eq(ots_input_open(store, key_of("o"), before.etag, &input, &err), OTS_OK);
	cr_expect_eq(ots_input_read(input, 0, buf, 7, &got, &err), OTS_OK);
	cr_expect_eq(got, 7);
	cr_expect_eq(ots_input_read(input, 0, buf, 7, &got, &err), OTS_CHANGED);
	cr_expect_eq(got, 0);
	cr_expect(strstr(err.text, "/o: changed on cue") != NULL, "%s", err.text);
	cr_expect_eq(ots_store_stat(store, key_of("o"), &after, &err), OTS_OK);
	cr_expect_str_neq(after.etag, before.etag);
	ots_input_close(input);
	ots_store_free(store);
	scratch_remove(&scratch);
}

Test(fault, a_corrupt_read_differs_in_one_byte)
{
	const struct ots_fault_plan plan = {.kind = OTS_FAULT_CORRUPT, .nth = 2};
	struct scratch scratch;
	struct ots_store *store;
	struct ots_input *input = NULL;
	struct ots_error err = {0};
	char buf[8] = "";
	size_t got, differ = 0;

	scratch_make(&scratch);
	scratch_text(&scratch, "o", "content");
	store = over_folder(&scratch, &plan);
	cr_assert_eq(ots_input_open(store, key_of("o"), NULL, &input, &err), OTS_OK);
	cr_expect_eq(ots_input_read(input, 0, buf, 7, &got, &err), OTS_OK);
	for (size_t i = 0; i < 7; i++)
		differ += buf[i] != "content"[i];
	cr_expect_eq(differ, 1, "%s", buf);
	cr_expect_eq(ots_input_read(input, 0, buf, 7, &got, &err), OTS_OK);
	cr_expect_str_eq(buf, "content");
	ots_input_close(input);
	ots_store_free(store);
	scratch_remove(&scratch);
}
