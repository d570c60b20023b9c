#include "fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/object/dir.h>

void fixture_open(struct fixture *f, const struct ots_buffer *content, size_t memory_bytes,
		  const struct ots_fault_plan *plan)
{
	const struct ots_view_options options = {.memory_bytes = memory_bytes};
	struct ots_error err = {0};

	*f = (struct fixture){0};
	scratch_make(&f->scratch);
	scratch_write(&f->scratch, KEY, content->bytes, content->len);
	cr_assert_eq(ots_dir_open(f->scratch.path, &f->store, &err), OTS_OK, "%s", err.text);
	f->object = sample_object(f->store, KEY, OTS_FORMAT_TUNNEL_CSV);
	ots_buffer_init(&f->whole, (size_t)1 << 30);
	sample_whole(f->store, &f->object, &f->whole, &f->record_count);
	if (plan != NULL) {
		struct ots_store *over = NULL;

		cr_assert_eq(ots_fault_open(f->store, plan, &over, &err), OTS_OK, "%s", err.text);
		f->store = over;
	}
	cr_assert_eq(ots_view_new(f->store, &options, &f->view, &err), OTS_OK, "%s", err.text);
}

void fixture_close(struct fixture *f)
{
	ots_view_free(f->view);
	ots_store_free(f->store);
	sample_object_release(&f->object);
	ots_buffer_release(&f->whole);
	scratch_remove(&f->scratch);
}

struct ots_text *fixture_text(struct fixture *f)
{
	struct ots_text *text = NULL;
	struct ots_error err = {0};

	cr_assert_eq(ots_text_open(f->view, &f->object, OTS_NODE_FORM_JSONL, NULL, &text, &err),
		     OTS_OK, "%s", err.text);
	return text;
}

void fixture_expect_at(const struct fixture *f, struct ots_text *text, uint64_t offset, size_t len)
{
	const size_t size = f->whole.len;
	const size_t want = offset >= size ? 0 : len < size - offset ? len : size - (size_t)offset;
	uint8_t *buf = malloc(len + 1); /* ASan sees one too many */
	struct ots_error err = {0};
	size_t got = 0;

	cr_assert_eq(ots_text_read(text, offset, buf, len, &got, NULL, &err), OTS_OK, "%s",
		     err.text);
	cr_assert_eq(got, want, "%zu bytes at %zu: %zu, expected %zu", len, (size_t)offset, got,
		     want);
	cr_assert(got == 0 || memcmp(buf, f->whole.bytes + offset, got) == 0, "%zu bytes at %zu",
		  len, (size_t)offset);
	free(buf);
}
