/* Both storages against a model: random changes, kept or undone, and ranges. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "storage_rig.h"

TestSuite(service_storage_model, .timeout = 120);

/* The model: for each of KEYS keys, in order, the row's value or 0. */
#define KEYS 6000

struct model {
	uint32_t rows[KEYS];
	uint64_t random;
	unsigned form; /* of keys */
};

static uint32_t draw(struct model *model, uint32_t below)
{
	model->random = model->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)(model->random >> 33) % below;
}

/* Keys in the order of their numbers: alike at the start, alike for long, zeros and prefixes of one
 * another, short ones. */
static struct ots_bytes model_key(const struct model *model, uint32_t number, uint8_t out[64])
{
	size_t len;

	switch (model->form) {
	case 0: len = (size_t)snprintf((char *)out, 64, "order-%08u", number); break;
	case 1:
		len = (size_t)snprintf((char *)out, 64, "%04u-the-same-for-long-%04u", number / 100,
				       number % 100);
		break;
	case 2: /* 0 to 15 zero bytes behind: each a prefix of the next */
		memset(out, 0, 64);
		out[0] = (uint8_t)(number / 16 >> 8);
		out[1] = (uint8_t)(number / 16);
		len = 2 + number % 16;
		break;
	default:
		out[0] = (uint8_t)(number >> 8);
		out[1] = (uint8_t)number;
		len = 2;
	}
	return (struct ots_bytes){out, len};
}

struct walk {
	struct model *model;
	uint32_t at; /* the number to look at next */
	uint32_t left;
	bool backward;
	uint32_t seen;
};

static bool walk_row(void *arg, struct ots_bytes key, struct ots_bytes row)
{
	struct walk *walk = arg;
	uint8_t bytes[64];
	struct ots_bytes expected;

	while (walk->left > 0 && walk->model->rows[walk->at] == 0) {
		walk->at += walk->backward ? UINT32_MAX : 1;
		walk->left--;
	}
	cr_assert_gt(walk->left, 0u, "a row too many");
	expected = model_key(walk->model, walk->at, bytes);
	cr_assert(key.len == expected.len && memcmp(key.at, expected.at, key.len) == 0);
	cr_assert(row.len == 4 && memcmp(row.at, &walk->model->rows[walk->at], 4) == 0);
	walk->at += walk->backward ? UINT32_MAX : 1;
	walk->left--;
	walk->seen++;
	return true;
}

/* [low, high) forward, or (low, high] backward. */
static void check_range(const struct ots_storage *s, int64_t id, struct model *model, uint32_t low,
			uint32_t high, bool backward)
{
	uint8_t low_bytes[64], high_bytes[64];
	const struct ots_bytes low_key = model_key(model, low, low_bytes);
	const struct ots_bytes high_key = model_key(model, high, high_bytes);
	const struct ots_scan scan = {id, backward ? high_key : low_key,
				      backward ? low_key : high_key, backward};
	struct walk walk = {model, backward ? high : low, high - low, backward, 0};
	struct ots_error err = {0};
	uint32_t expected = 0;

	for (uint32_t i = low; i < high; i++)
		expected += model->rows[backward ? i + 1 : i] != 0;
	rig_must(s->ops->scan(s->self, &scan, walk_row, &walk, &err), &err);
	cr_assert_eq(walk.seen, expected, "form %u: %u rows instead of %u", model->form, walk.seen,
		     expected);
}

static void model_change(const struct ots_storage *s, int64_t id, struct model *model,
			 uint32_t number, bool put_it)
{
	struct ots_error err = {0};
	uint8_t bytes[64];
	const struct ots_bytes key = model_key(model, number, bytes);
	uint32_t value = put_it ? 1 + draw(model, 1000000) : 0;

	if (put_it)
		rig_must(s->ops->put(s->self, id, key,
				     (struct ots_bytes){(const uint8_t *)&value, 4}, &err),
			 &err);
	else
		rig_must(s->ops->remove(s->self, id, key, &err), &err);
	model->rows[number] = value;
}

/* One change of up to 400 steps: random ones, or a run of keys in order, kept or undone. */
static void model_turn(const struct ots_storage *s, int64_t id, struct model *model,
		       uint32_t puts_in_ten)
{
	static uint32_t before[KEYS];
	const bool run = draw(model, 2) == 0;
	const bool undo = draw(model, 4) == 0;
	const uint32_t steps = 1 + draw(model, 400);
	const uint32_t start = draw(model, KEYS - steps);
	const bool put_run = draw(model, 10) < puts_in_ten;

	memcpy(before, model->rows, sizeof before);
	rig_begin(s);
	for (uint32_t i = 0; i < steps; i++)
		model_change(s, id, model, run ? start + i : draw(model, KEYS),
			     run ? put_run : draw(model, 10) < puts_in_ten);
	if (undo) {
		s->ops->rollback(s->self);
		memcpy(model->rows, before, sizeof before);
	} else {
		rig_commit(s);
	}
}

static void run_model(struct subject *subject, unsigned form, uint64_t seed)
{
	static struct model model;
	const struct ots_storage *s = &subject->storage;
	const int64_t id = rig_add_table(s, "model");

	memset(&model, 0, sizeof model);
	model.form = form;
	model.random = seed;
	for (uint32_t turn = 0; turn < 240; turn++) {
		const uint32_t low = draw(&model, KEYS - 1);
		const uint32_t high = low + draw(&model, KEYS - low);

		/* It fills, holds, empties, fills again. */
		model_turn(s, id, &model, turn / 60 == 2 ? 1 : turn / 60 == 1 ? 5 : 8);
		check_range(s, id, &model, low, high, turn % 2 == 0);
		if (turn % 20 == 0)
			check_range(s, id, &model, 0, KEYS - 1, turn % 40 == 0);
	}
	rig_begin(s);
	for (uint32_t i = 0; i < KEYS; i++)
		model_change(s, id, &model, i, false);
	rig_commit(s);
	check_range(s, id, &model, 0, KEYS - 1, false);
	rig_drop(s, id);
}

Test(service_storage_model, random_changes_and_ranges_agree_with_a_sorted_array)
{
	struct subject subject;

	for (int file = 0; file < 2; file++) {
		subject_open(&subject, file == 1);
		for (unsigned form = 0; form < 4; form++)
			for (uint64_t seed = 1; seed <= (file == 1 ? 1 : 4); seed++)
				run_model(&subject, form, seed);
		subject_close(&subject);
	}
}
