/* Several threads at one text: opening, waiting, giving up. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/object/input.h>

#include "fixture.h"

TestSuite(view_shared, .timeout = 120);

#define THREADS 6

struct opener {
	struct fixture *f;
	struct ots_cancel cancel;
	struct ots_text *text;
	enum ots_status status;
	struct ots_error err;
	pthread_t thread;
};

static void *open_one(void *arg)
{
	struct opener *o = arg;

	o->status = ots_text_open(o->f->view, &o->f->object, OTS_NODE_FORM_JSONL, &o->cancel,
				  &o->text, &o->err);
	return NULL;
}

static void start(struct opener *o, struct fixture *f)
{
	*o = (struct opener){.f = f};
	ots_cancel_init(&o->cancel);
	cr_assert_eq(pthread_create(&o->thread, NULL, open_one, o), 0);
}

static void finish(struct opener *o)
{
	(void)pthread_join(o->thread, NULL);
	ots_cancel_release(&o->cancel);
}

static struct ots_buffer csv(size_t count, size_t value_bytes)
{
	struct ots_buffer out;

	ots_buffer_init(&out, (size_t)1 << 30);
	sample_csv(&out, count, value_bytes, 5);
	return out;
}

Test(view_shared, many_who_open_at_once_share_one_text_counted_once)
{
	const struct ots_fault_plan none = {.kind = OTS_FAULT_NONE};
	struct ots_buffer content = csv(20000, 1000);
	struct opener openers[THREADS];
	struct fixture f;
	uint64_t calls;

	fixture_open(&f, &content, (size_t)256 << 20, &none);
	ots_text_close(fixture_text(&f));
	calls = ots_fault_calls(f.store);
	ots_view_free(f.view);
	cr_assert_eq(ots_view_new(f.store,
				  &(struct ots_view_options){.memory_bytes = (size_t)256 << 20},
				  &f.view, NULL),
		     OTS_OK);
	for (int i = 0; i < THREADS; i++)
		start(&openers[i], &f);
	for (int i = 0; i < THREADS; i++) {
		finish(&openers[i]);
		cr_assert_eq(openers[i].status, OTS_OK, "%s", openers[i].err.text);
		cr_expect_eq(openers[i].text, openers[0].text);
	}
	/* Each looks for a schema.json by itself, since what it finds says which text it shares,
	 * and looks whether a text that it shares is still that of the object. */
	cr_expect_eq(ots_fault_calls(f.store), 2 * calls + 2 * (THREADS - 1));
	for (int i = 0; i < THREADS; i++) {
		fixture_expect_at(&f, openers[i].text, 1234567, 5000);
		ots_text_close(openers[i].text);
	}
	fixture_close(&f);
	ots_buffer_release(&content);
}

Test(view_shared, who_gives_up_does_not_take_the_others_along)
{
	struct ots_buffer content = csv(60000, 1000);

	for (int round = 0; round < 6; round++) {
		struct opener openers[THREADS];
		struct fixture f;

		fixture_open(&f, &content, SMALL_MEMORY, NULL);
		for (int i = 0; i < THREADS; i++)
			start(&openers[i], &f);
		/* All but one give up, whoever counts among them, a few batches in. */
		while (ots_view_memory_bytes(f.view) == 0)
			(void)ots_cancel_wait(NULL, 1);
		for (int i = 0; i < THREADS; i++)
			if (i != round % THREADS)
				ots_cancel_ask(&openers[i].cancel);
		for (int i = 0; i < THREADS; i++) {
			struct opener *o = &openers[i];

			finish(o);
			if (i == round % THREADS)
				cr_expect_eq(o->status, OTS_OK, "%s", o->err.text);
			else
				cr_expect(o->status == OTS_OK || o->status == OTS_CANCELLED, "%s",
					  o->err.text);
			if (o->status == OTS_OK) {
				cr_expect_eq(ots_text_size(o->text), f.whole.len);
				fixture_expect_at(&f, o->text, f.whole.len / 2, 5000);
			} else {
				cr_expect(strstr(o->err.text, "cancelled") != NULL, "%s",
					  o->err.text);
			}
			ots_text_close(o->text);
		}
		fixture_close(&f);
	}
	ots_buffer_release(&content);
}

Test(view_shared, counting_ends_when_all_have_given_up_and_begins_anew)
{
	struct ots_buffer content = csv(2000, 1000);
	struct fixture f;
	struct ots_text *text = NULL;
	struct ots_error err = {0};
	struct ots_cancel cancel;
	size_t got;
	char buf[10];

	ots_cancel_init(&cancel);
	ots_cancel_ask(&cancel);
	fixture_open(&f, &content, SMALL_MEMORY, NULL);
	cr_expect_eq(ots_text_open(f.view, &f.object, OTS_NODE_FORM_JSONL, &cancel, &text, &err),
		     OTS_CANCELLED);
	cr_expect(strstr(err.text, "cancelled") != NULL, "%s", err.text);
	cr_expect_eq(ots_view_memory_bytes(f.view), 0);
	text = fixture_text(&f);
	cr_expect_eq(ots_text_read(text, 0, buf, sizeof buf, &got, &cancel, &err), OTS_CANCELLED);
	cr_expect_eq(got, 0);
	fixture_expect_at(&f, text, 0, 10);
	ots_text_close(text);
	ots_cancel_release(&cancel);
	fixture_close(&f);
	ots_buffer_release(&content);
}
