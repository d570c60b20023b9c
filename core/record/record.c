#include <otsfs/record/record.h>

#include <otsfs/base/bytes.h>

static const char *const op_words[] = {
	[OTS_PUT] = "PUT", [OTS_UPDATE] = "UPDATE", [OTS_DELETE] = "DELETE", [OTS_BASE] = "BASE"};

static const char *const action_words[] = {[OTS_CELL_PUT] = "PUT",
					   [OTS_CELL_DELETE_VERSION] = "DELETE_ONE_VERSION",
					   [OTS_CELL_DELETE_ALL] = "DELETE_ALL_VERSION"};

static bool find_word(struct ots_bytes word, const char *const *words, size_t count, size_t *index)
{
	for (size_t i = 0; i < count; i++) {
		if (ots_bytes_are(word, words[i])) {
			*index = i;
			return true;
		}
	}
	return false;
}

const char *ots_op_word(enum ots_op op)
{
	return op_words[op];
}

bool ots_op_from_word(struct ots_bytes word, enum ots_op *op)
{
	size_t i;

	if (!find_word(word, op_words, sizeof op_words / sizeof op_words[0], &i))
		return false;
	*op = (enum ots_op)i;
	return true;
}

const char *ots_action_word(enum ots_action action)
{
	return action_words[action];
}

bool ots_action_from_word(struct ots_bytes word, enum ots_action *action)
{
	size_t i;

	if (!find_word(word, action_words, sizeof action_words / sizeof action_words[0], &i))
		return false;
	*action = (enum ots_action)i;
	return true;
}

static bool cell_equal(const struct ots_cell *a, const struct ots_cell *b)
{
	return a->action == b->action && a->has_version == b->has_version &&
	       (!a->has_version || a->version == b->version) && ots_bytes_equal(a->name, b->name) &&
	       (a->action != OTS_CELL_PUT || ots_value_equal(&a->value, &b->value));
}

bool ots_record_equal(const struct ots_record *a, const struct ots_record *b)
{
	if (a->op != b->op || a->ts_us != b->ts_us || a->key_count != b->key_count ||
	    a->cell_count != b->cell_count)
		return false;
	for (size_t i = 0; i < a->key_count; i++)
		if (!ots_bytes_equal(a->key[i].name, b->key[i].name) ||
		    !ots_value_equal(&a->key[i].value, &b->key[i].value))
			return false;
	for (size_t i = 0; i < a->cell_count; i++)
		if (!cell_equal(&a->cells[i], &b->cells[i]))
			return false;
	return true;
}

static size_t value_bytes(const struct ots_value *value)
{
	switch (value->type) {
	case OTS_STRING:
	case OTS_BINARY: return value->as.bytes.len;
	case OTS_INTEGER:
	case OTS_DOUBLE: return 8;
	case OTS_BOOLEAN: break;
	}
	return 1;
}

/* Sums of lengths of bytes that are all in memory at once: they cannot wrap. */
size_t ots_record_data_bytes(const struct ots_record *record)
{
	size_t sum = 0;

	for (size_t i = 0; i < record->key_count; i++)
		sum += record->key[i].name.len + value_bytes(&record->key[i].value);
	for (size_t i = 0; i < record->cell_count; i++) {
		const struct ots_cell *cell = &record->cells[i];

		sum += cell->name.len + (cell->has_version ? 8 : 0);
		if (cell->action == OTS_CELL_PUT)
			sum += value_bytes(&cell->value);
	}
	return sum;
}
