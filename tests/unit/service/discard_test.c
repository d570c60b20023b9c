/* A service that keeps no rows: what it answers by the frame alone, and what it looks into. */
#include <criterion/criterion.h>
#include <string.h>

#include <otsfs/base/bytes.h>

#include "../../../tools/service/engine.h"
#include "rig.h"

TestSuite(service_discard, .timeout = 60);

/* The rig's engine, over a storage that keeps nothing. */
static void open_discard(struct rig *rig)
{
	const struct ots_engine_options options = {.clock = &rig->clock, .discard = true};
	struct ots_storage storage;
	struct ots_error err = {.status = OTS_OK};

	rig_open(rig, false);
	ots_engine_free(rig->engine);
	rig->engine = NULL;
	cr_assert_eq(ots_storage_open_discard(&storage, &err), OTS_OK, "%s", err.text);
	cr_assert_eq(ots_engine_new(&storage, &options, &rig->engine, &err), OTS_OK, "%s",
		     err.text);
}

static bool write(struct rig *rig, const uint8_t *body, size_t len)
{
	rig->reply.len = 0;
	rig->fault.kind = OTS_FAULT_NONE;
	return ots_engine_call(rig->engine, ots_bytes_of("BatchWriteRow"),
			       (struct ots_bytes){body, len}, &rig->reply, &rig->fault);
}

Test(service_discard, rows_are_answered_as_written_and_are_not_there)
{
	struct ots_fault faults[3];
	struct rig rig;

	open_discard(&rig);
	cr_assert(rig_create(&rig, (struct rig_table){.name = "t", .key = "s"}));
	const struct rig_change changes[] = {
		RIG_CHANGE(OTS__WIRE__OPERATION_TYPE__PUT, "a", rig_now("c", 1)),
		RIG_CHANGE(OTS__WIRE__OPERATION_TYPE__UPDATE, "b", rig_now("c", 1)),
		{.op = OTS__WIRE__OPERATION_TYPE__DELETE, .key = "c"},
	};
	cr_assert(rig_batch(&rig, "t", changes, 3, faults), "%s", rig.fault.message);
	for (size_t i = 0; i < 3; i++)
		cr_expect_eq(faults[i].kind, OTS_FAULT_NONE, "%zu: %s", i, faults[i].message);
	cr_expect_str_eq(rig_get(&rig, "t", "a"), "-");
	rig_close(&rig);
}

/* One row of a PUT: the PlainBuffer header and as many bytes as asked for. */
static size_t put_row(uint8_t *at, size_t row_bytes)
{
	memset(at, 0, 7 + row_bytes + 4);
	memcpy(at,
	       (const uint8_t[]){0x12, (uint8_t)(8 + row_bytes), 0x08, 1, 0x12, (uint8_t)row_bytes,
				 0x75},
	       7);
	memcpy(at + 6 + row_bytes, (const uint8_t[]){0x1A, 2, 0x08, 0}, 4);
	return 10 + row_bytes;
}

Test(service_discard, the_answer_is_the_one_of_the_full_call)
{
	/* A row that no decoder would take: the frame alone is looked at. */
	uint8_t body[64] = {0x0A, 0, 0x0A, 1, 't'};
	static const uint8_t answer[] = {0x0A, 15, 0x0A, 1, 't',  0x12, 10,   0x08, 1,
					 0x1A, 6,  0x0A, 4, 0x08, 0,    0x10, 1};
	struct rig rig;
	size_t len;

	open_discard(&rig);
	cr_assert(rig_create(&rig, (struct rig_table){.name = "t", .key = "s"}));
	len = 5 + put_row(body + 5, 4);
	body[1] = (uint8_t)(len - 2);
	cr_assert(write(&rig, body, len), "%s", rig.fault.message);
	cr_expect(ots_bytes_equal((struct ots_bytes){rig.reply.bytes, rig.reply.len},
				  (struct ots_bytes){answer, sizeof answer}));
	/* Every cut of it goes to the full call, which refuses. */
	for (size_t cut = 0; cut < len; cut++)
		cr_expect_not(write(&rig, body, cut), "cut at %zu", cut);
	body[4] = 'u';
	cr_expect_not(write(&rig, body, len));
	body[4] = 't';
	body[5 + 6] = 0x74; /* no PlainBuffer: the full call says so */
	cr_expect_not(write(&rig, body, len));
	cr_expect_eq(rig.fault.kind, OTS_FAULT_PARAMETER);
	rig_close(&rig);
}

Test(service_discard, what_is_not_plain_is_looked_into)
{
	struct ots_fault faults[RIG_ROWS_MAX];
	struct rig_change changes[RIG_ROWS_MAX];
	struct rig rig;

	open_discard(&rig);
	cr_assert(rig_create(&rig, (struct rig_table){.name = "t", .key = "s"}));
	for (size_t i = 0; i < RIG_ROWS_MAX; i++)
		changes[i] = (struct rig_change)RIG_CHANGE(OTS__WIRE__OPERATION_TYPE__PUT, "a",
							   rig_now("c", 1));
	cr_expect(rig_batch(&rig, "t", changes, 200, faults), "%s", rig.fault.message);
	cr_expect_not(rig_batch(&rig, "t", changes, 201, faults));
	cr_expect_str_eq(rig.fault.message, "Rows count exceeds the upper limit: 200.");
	cr_expect_not(rig_batch(&rig, "t", changes, 0, faults));
	cr_expect_not(rig_batch(&rig, "missing", changes, 1, faults));
	cr_expect_eq(rig.fault.kind, OTS_FAULT_NOT_EXIST);
	changes[0].existence = OTS__WIRE__ROW_EXISTENCE_EXPECTATION__EXPECT_EXIST;
	cr_expect(rig_batch(&rig, "t", changes, 1, faults), "%s", rig.fault.message);
	cr_expect_str_eq(faults[0].message, "OTSConditionCheckFail: Condition check failed.");
	rig_close(&rig);
}
