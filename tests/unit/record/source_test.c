#include <otsfs/record/encoder.h>
#include <otsfs/record/source.h>

#include <criterion/criterion.h>

#include <string.h>

TestSuite(source, .timeout = 60);

/* Gives `good` batches of one record, then an end or a failure. */
struct script {
	unsigned good;
	enum ots_status then;
	unsigned calls;
	unsigned closed;
};

static enum ots_status script_next(void *self, struct ots_batch *batch, struct ots_error *err)
{
	struct script *const s = self;
	struct ots_record *record = ots_batch_add(batch);

	cr_assert_not_null(record);
	record->ts_us = s->calls;
	if (s->calls++ < s->good)
		return OTS_OK;
	if (s->then != OTS_OK)
		return ots_fail_at(err, s->then, 7, 70, "o.csv: broken");
	ots_batch_drop_last(batch);
	return OTS_OK;
}

static void script_close(void *self)
{
	((struct script *)self)->closed++;
}

static const struct ots_source_ops ops = {script_next, script_close};

static struct ots_source *open_script(struct script *s)
{
	struct ots_source *source = NULL;

	cr_assert_eq(ots_source_new(&ops, s, &source, NULL), OTS_OK);
	return source;
}

Test(source, batches_come_in_order_and_the_end_stays_the_end)
{
	struct script s = {.good = 2};
	struct ots_source *source = open_script(&s);
	struct ots_batch batch;

	ots_batch_init(&batch, 1 << 16);
	for (int64_t i = 0; i < 2; i++) {
		cr_assert_eq(ots_source_next(source, &batch, NULL), OTS_OK);
		cr_assert_eq(batch.count, 1);
		cr_expect_eq(batch.records[0].ts_us, i);
	}
	for (unsigned i = 0; i < 3; i++) {
		cr_expect_eq(ots_source_next(source, &batch, NULL), OTS_OK);
		cr_expect_eq(batch.count, 0);
	}
	cr_expect_eq(s.calls, 3, "an ended source is not asked again");
	ots_source_close(source);
	cr_expect_eq(s.closed, 1);
	ots_source_close(NULL);
	ots_batch_release(&batch);
}

Test(source, a_failure_is_said_again_by_every_later_call)
{
	struct script s = {.good = 1, .then = OTS_CORRUPT};
	struct ots_source *source = open_script(&s);
	struct ots_batch batch;

	ots_batch_init(&batch, 1 << 16);
	cr_assert_eq(ots_source_next(source, &batch, NULL), OTS_OK);
	for (unsigned i = 0; i < 3; i++) {
		struct ots_error err = {0};

		cr_expect_eq(ots_source_next(source, &batch, &err), OTS_CORRUPT);
		cr_expect_eq(batch.count, 0, "nothing is handed out beside an error");
		cr_expect_str_eq(err.text, "o.csv: broken at line 7, byte 70");
		cr_expect_eq(err.line, 7);
		cr_expect_eq(err.offset, 70);
	}
	cr_expect_eq(s.calls, 2);
	ots_source_close(source);
	ots_batch_release(&batch);
}

static enum ots_status put_time(const struct ots_record *record, struct ots_buffer *out,
				struct ots_error *err)
{
	if (record->ts_us == 3)
		return ots_fail(err, OTS_UNSUPPORTED, "no 3");
	return ots_buffer_put_byte(out, (uint8_t)('0' + record->ts_us)) ? OTS_OK : OTS_LIMIT;
}

Test(source, a_batch_is_encoded_record_by_record_until_one_fails)
{
	static const struct ots_encoder encoder = {.name = "times", .record = put_time};
	struct ots_batch batch;
	struct ots_buffer out;
	struct ots_error err = {0};

	ots_batch_init(&batch, 1 << 16);
	ots_buffer_init(&out, 16);
	for (int64_t i = 0; i < 3; i++)
		ots_batch_add(&batch)->ts_us = i;
	cr_expect_eq(ots_encode_batch(&encoder, &batch, &out, &err), OTS_OK);
	cr_expect(out.len == 3 && memcmp(out.bytes, "012", 3) == 0);
	ots_batch_add(&batch)->ts_us = 3;
	cr_expect_eq(ots_encode_batch(&encoder, &batch, &out, &err), OTS_UNSUPPORTED);
	cr_expect_str_eq(err.text, "no 3");
	cr_expect(out.len == 6 && memcmp(out.bytes, "012012", 6) == 0);
	ots_buffer_release(&out);
	ots_batch_release(&batch);
}
