#include "memory_state.h"

#include <stdlib.h>

#define FIRST_STEPS 256

bool ots_memory_log_reserve(struct memory_storage *s)
{
	const size_t capacity = s->step_capacity == 0 ? FIRST_STEPS : 2 * s->step_capacity;
	struct memory_step *steps;

	if (s->step_count < s->step_capacity)
		return true;
	if (capacity > SIZE_MAX / sizeof *steps)
		return false;
	steps = realloc(s->steps, capacity * sizeof *steps);
	if (steps == NULL)
		return false;
	s->steps = steps;
	s->step_capacity = capacity;
	return true;
}

void ots_memory_log_settle(struct memory_storage *s)
{
	for (size_t i = 0; i < s->step_count; i++) {
		const struct memory_step *step = &s->steps[i];
		struct ots_memory_record **place;

		switch (step->kind) {
		case STEP_ADD_TABLE:
		case STEP_NUMBER:
		case STEP_INSERT: break;
		case STEP_DROP_TABLE: ots_memory_table_free(s, step->table); break;
		case STEP_DEFINITION: ots_memory_definition_free(s, step->definition); break;
		case STEP_REPLACE: ots_memory_record_free(s, step->old); break;
		case STEP_REMOVE:
			place = ots_memory_tree_find(&step->table->rows,
						     ots_memory_key(step->record));
			if (place == NULL || *place != step->record)
				break; /* put again since: that step frees it */
			ots_memory_tree_erase(&step->table->rows, ots_memory_key(step->record));
			ots_memory_record_free(s, step->record);
			break;
		}
	}
	s->step_count = 0;
}

static void undo(struct memory_storage *s, const struct memory_step *step)
{
	struct ots_memory_record **place;

	switch (step->kind) {
	case STEP_ADD_TABLE: ots_memory_table_free(s, step->table); break;
	case STEP_DROP_TABLE: step->table->dropped = false; break;
	case STEP_DEFINITION:
		ots_memory_definition_free(s, step->table->definition);
		step->table->definition = step->definition;
		break;
	case STEP_NUMBER: step->table->number--; break;
	case STEP_INSERT:
		ots_memory_tree_erase(&step->table->rows, ots_memory_key(step->record));
		ots_memory_record_free(s, step->record);
		break;
	case STEP_REPLACE:
		place = ots_memory_tree_find(&step->table->rows, ots_memory_key(step->old));
		if (place != NULL)
			*place = step->old;
		ots_memory_record_free(s, step->record);
		break;
	case STEP_REMOVE: step->record->gone = false; break;
	}
}

void ots_memory_log_step(struct memory_storage *s, struct memory_step step)
{
	s->steps[s->step_count++] = step;
	if (!s->open)
		ots_memory_log_settle(s);
}

void ots_memory_log_undo(struct memory_storage *s)
{
	while (s->step_count > 0) /* ends: one less each turn */
		undo(s, &s->steps[--s->step_count]);
}
