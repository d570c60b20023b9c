#include "decode.h"

#include <string.h>

#include <otsfs/base/checked.h>

#define CELLS_FIRST ((size_t)4)
/* A guess above this would cost memory where a wide row is followed by narrow ones. */
#define CELLS_GUESS_MAX ((size_t)64)

static bool cells_grow(struct tunnel_decoder *d)
{
	struct ots_record *const record = d->record;
	size_t cap = d->cell_guess;
	size_t size;
	struct ots_cell *cells;

	if (cap < CELLS_FIRST)
		cap = CELLS_FIRST;
	if (cap > CELLS_GUESS_MAX)
		cap = CELLS_GUESS_MAX;
	if (record->cell_count > 0 && !ots_size_mul(d->cell_cap, 2, &cap))
		return false;
	if (!ots_size_mul(cap, sizeof *cells, &size))
		return false;
	cells = ots_arena_alloc(d->arena, size);
	if (cells == NULL)
		return false;
	if (record->cell_count > 0)
		memcpy(cells, record->cells, record->cell_count * sizeof *cells);
	record->cells = cells;
	d->cell_cap = cap;
	return true;
}

struct ots_cell *tunnel_cell_add(struct tunnel_decoder *d)
{
	if (d->record->cell_count == d->cell_cap && !cells_grow(d))
		return NULL;
	return &d->record->cells[d->record->cell_count++];
}

static char upper(uint8_t byte)
{
	return (char)(byte >= 'a' && byte <= 'z' ? byte - 'a' + 'A' : byte);
}

static enum ots_status action_from_word(struct tunnel_decoder *d, const struct tunnel_item *item,
					enum ots_action *out)
{
	uint8_t word[32];
	struct ots_bytes text = {NULL, 0};
	enum ots_status status = OTS_OK;

	if (item->token == OTS_JSON_STRING)
		status = tunnel_text(d, item, &text);
	if (status != OTS_OK)
		return status;
	if (text.len == 3 && memcmp(text.at, "PUT", 3) == 0) { /* as nearly all are */
		*out = OTS_CELL_PUT;
		return OTS_OK;
	}
	if (text.len > 0 && text.len <= sizeof word) {
		for (size_t i = 0; i < text.len; i++)
			word[i] = (uint8_t)upper(text.at[i]);
		if (ots_action_from_word((struct ots_bytes){word, text.len}, out))
			return OTS_OK;
	}
	return tunnel_expected(d, OTS_CORRUPT, item->at,
			       "PUT, DELETE_ONE_VERSION or DELETE_ALL_VERSION");
}

/* backup-formats 1.5 E: 0, 1, 2 in the order of the enum. */
static enum ots_status action_from_number(struct tunnel_decoder *d, const struct tunnel_item *item,
					  enum ots_action *out)
{
	static const enum ots_action actions[] = {OTS_CELL_PUT, OTS_CELL_DELETE_VERSION,
						  OTS_CELL_DELETE_ALL};

	if (item->text.len != 1 || item->text.at[0] > '2')
		return tunnel_expected(d, OTS_CORRUPT, item->at,
				       "0, 1 or 2 as the number of a change");
	*out = actions[item->text.at[0] - '0'];
	return OTS_OK;
}

static enum ots_status find_action(struct tunnel_decoder *d, const struct tunnel_items *items,
				   bool has_value, enum ots_action *out)
{
	const struct tunnel_item *action = &items->slot[SLOT_ACTION];
	const struct tunnel_item *type = &items->slot[SLOT_TYPE];

	if (!tunnel_absent(action) && type->token == OTS_JSON_NUMBER)
		return tunnel_expected(d, OTS_CORRUPT, type->at, "a type's name as a string");
	if (!tunnel_absent(action))
		return action_from_word(d, action, out);
	if (type->token == OTS_JSON_NUMBER)
		return action_from_number(d, type, out);
	if (!has_value)
		return tunnel_refuse(d, OTS_CORRUPT, items->at,
				     "expected columnType or a value, found neither");
	*out = OTS_CELL_PUT;
	return OTS_OK;
}

/* timestamp = integer / string-of-integer / { value, isSet } / null / absent */
static enum ots_status find_version(struct tunnel_decoder *d, const struct tunnel_items *items,
				    struct ots_cell *cell)
{
	const struct tunnel_item *stamp = &items->slot[SLOT_STAMP];
	const struct tunnel_item *set = &items->slot[SLOT_STAMP_SET];
	enum ots_status status;

	if (!tunnel_absent(set) && set->token != OTS_JSON_TRUE && set->token != OTS_JSON_FALSE)
		return tunnel_expected(d, OTS_CORRUPT, set->at, "true or false for isSet");
	if (set->token == OTS_JSON_FALSE)
		return OTS_OK;
	if (tunnel_absent(stamp) && set->token == OTS_JSON_TRUE)
		return tunnel_expected(d, OTS_CORRUPT, set->at,
				       "a timestamp's value where isSet is true");
	if (tunnel_absent(stamp))
		return OTS_OK;
	status = tunnel_integer(d, stamp, "a timestamp of milliseconds", &cell->version);
	if (status != OTS_OK)
		return status;
	if (cell->version < 0)
		return tunnel_expected(d, OTS_CORRUPT, stamp->at, "a timestamp not below 0");
	cell->has_version = true;
	return OTS_OK;
}

static enum ots_status check_action(struct tunnel_decoder *d, const struct tunnel_items *items,
				    const struct ots_cell *cell, bool has_value)
{
	const bool base = d->record->ts_us == OTS_TS_BASE;

	if (cell->action == OTS_CELL_PUT && d->record->op == OTS_DELETE)
		return tunnel_refuse(d, OTS_CORRUPT, items->at,
				     "expected no column written by a DELETE, found PUT");
	if (cell->action == OTS_CELL_PUT && !has_value)
		return tunnel_refuse(d, OTS_CORRUPT, items->at,
				     "expected a value for PUT, found none");
	if (cell->action == OTS_CELL_DELETE_VERSION && !cell->has_version)
		return tunnel_refuse(d, OTS_CORRUPT, items->at,
				     "expected a timestamp for DELETE_ONE_VERSION, found none");
	if (cell->action == OTS_CELL_PUT && !cell->has_version && !base)
		return tunnel_refuse(d, OTS_CORRUPT, items->at,
				     "expected a timestamp for PUT in an increment, found none");
	return OTS_OK;
}

/* One changed column, its opening brace just read. */
static enum ots_status take_cell(struct tunnel_decoder *d, struct ots_json *json)
{
	struct ots_cell cell = {.action = OTS_CELL_PUT};
	struct ots_cell *place;
	struct tunnel_items items;
	bool has_value;
	enum ots_status status = tunnel_members(d, json, true, &items);

	if (status != OTS_OK)
		return status;
	status = tunnel_name(d, &items, &cell.name);
	if (status != OTS_OK)
		return status;
	d->column = cell.name;
	has_value =
		!tunnel_absent(&items.slot[SLOT_VALUE]) || !tunnel_absent(&items.slot[SLOT_RAW]);
	status = find_action(d, &items, has_value, &cell.action);
	if (status == OTS_OK && cell.action != OTS_CELL_DELETE_ALL)
		status = find_version(d, &items, &cell);
	if (status == OTS_OK)
		status = check_action(d, &items, &cell, has_value);
	if (status == OTS_OK && cell.action == OTS_CELL_PUT)
		status = tunnel_value(d, &items, &cell.value);
	if (status != OTS_OK)
		return status;
	d->column = (struct ots_bytes){NULL, 0};
	place = tunnel_cell_add(d);
	if (place == NULL)
		return tunnel_no_memory(d);
	*place = cell;
	return OTS_OK;
}

enum ots_status tunnel_cells(struct tunnel_decoder *d, struct ots_json *json)
{
	const uint8_t *at = json->at;
	enum ots_json_token token = ots_json_next(json, NULL);

	if (token == OTS_JSON_NULL)
		return OTS_OK;
	if (token == OTS_JSON_SHORT || token == OTS_JSON_BAD)
		return tunnel_json_fail(d, json, token);
	if (token != OTS_JSON_ARRAY)
		return tunnel_expected(d, OTS_CORRUPT, at, "a list of columns");
	for (;;) { /* ends: each turn takes a token */
		enum ots_status status;

		at = json->at;
		token = ots_json_next(json, NULL);
		if (token == OTS_JSON_ARRAY_END)
			break;
		if (token == OTS_JSON_SHORT || token == OTS_JSON_BAD)
			return tunnel_json_fail(d, json, token);
		if (token != OTS_JSON_OBJECT)
			return tunnel_expected(d, OTS_CORRUPT, at, "an object with a column");
		status = take_cell(d, json);
		if (status != OTS_OK)
			return status;
	}
	if (d->record->op ==
	    OTS_DELETE) /* the row goes whole: what it deletes beside says no more */
		d->record->cell_count = 0;
	return OTS_OK;
}
