#include "decode.h"

/* Which object a member stands in. */
enum level { LEVEL_KEY, LEVEL_CELL, LEVEL_COLUMN, LEVEL_VALUE, LEVEL_STAMP, LEVEL_COUNT };

#define IN(level) (1u << (level))
#define IN_COLUMN (IN(LEVEL_KEY) | IN(LEVEL_CELL) | IN(LEVEL_COLUMN))
#define NO_SLOT SLOT_COUNT

/* backup-formats 1.5 and 1.8. A member may open an object at some levels: its box. Slots of two
 * rows with one slot are the same thing said by another name. Rows of one length stand together. */
static const struct member {
	const char *name; /* lower case letters */
	unsigned levels;
	enum tunnel_slot slot;
	enum level box; /* LEVEL_COUNT: an object is refused */
} members[] = {
	{"name", IN_COLUMN, SLOT_NAME, LEVEL_COUNT},
	{"type", IN_COLUMN, SLOT_TYPE, LEVEL_COUNT},
	{"type", IN(LEVEL_VALUE), SLOT_BOX_TYPE, LEVEL_COUNT},
	{"bits", IN_COLUMN | IN(LEVEL_VALUE), SLOT_BITS, LEVEL_COUNT},
	{"value", IN_COLUMN, SLOT_VALUE, LEVEL_VALUE},
	{"value", IN(LEVEL_VALUE), SLOT_VALUE, LEVEL_COUNT},
	{"value", IN(LEVEL_STAMP), SLOT_STAMP, LEVEL_COUNT},
	{"isset", IN(LEVEL_STAMP), SLOT_STAMP_SET, LEVEL_COUNT},
	{"column", IN(LEVEL_CELL), NO_SLOT, LEVEL_COLUMN},
	{"rawdata", IN_COLUMN | IN(LEVEL_VALUE), SLOT_RAW, LEVEL_COUNT},
	{"timestamp", IN(LEVEL_CELL) | IN(LEVEL_COLUMN), SLOT_STAMP, LEVEL_STAMP},
	{"columnname", IN_COLUMN, SLOT_NAME, LEVEL_COUNT},
	{"columntype", IN(LEVEL_CELL), SLOT_ACTION, LEVEL_COUNT},
};

#define MEMBER_COUNT (sizeof members / sizeof members[0])
#define NAME_BYTES_MAX ((size_t)10)

/* Rows whose name has a length: from the entry of that length to the one behind it. */
static const uint8_t rows_of[NAME_BYTES_MAX + 2] = {0, 0, 0, 0, 0, 4, 8, 9, 10, 10, 11, 13};

/* The objects that are open, outermost first: a column in a cell, a box in a column. */
struct open {
	enum level level;
	unsigned seen; /* slots named in this object; bit NO_SLOT is `column` */
};

#define OPEN_MAX 4

/* A value's first token, and where it stands. */
struct value_token {
	enum ots_json_token token;
	struct ots_json_text text;
	const uint8_t *at;
};

/* Whether a name without escapes, of the same length, is a word of lower case letters: among bytes
 * nothing but the letter itself, in either case, becomes one by that bit. */
static inline bool same_letters(const uint8_t *at, const char *word, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((at[i] | 0x20) != (uint8_t)word[i])
			return false;
	return true;
}

static const struct member *find_escaped(const struct ots_json_text *name, enum level level)
{
	for (size_t i = 0; i < MEMBER_COUNT; i++)
		if ((members[i].levels & IN(level)) != 0 && ots_json_name_is(name, members[i].name))
			return &members[i];
	return NULL;
}

/* Asked for each member of a record: few names get as far as being compared. */
static inline const struct member *find_member(const struct ots_json_text *name, enum level level)
{
	if (name->escaped)
		return find_escaped(name, level);
	if (name->len > NAME_BYTES_MAX)
		return NULL;
	for (size_t i = rows_of[name->len]; i < rows_of[name->len + 1]; i++)
		if ((members[i].levels & IN(level)) != 0 &&
		    same_letters(name->at, members[i].name, name->len))
			return &members[i];
	return NULL;
}

/* The value of a member that is no object (or is null, where an object might be). */
static inline enum ots_status keep(struct tunnel_decoder *d, struct ots_json *json,
				   const struct member *member, const struct value_token *value,
				   struct tunnel_items *items)
{
	struct tunnel_item *slot;
	struct ots_json inside;

	if (value->token == OTS_JSON_ARRAY) {
		enum ots_json_token token;

		if (member->slot != SLOT_VALUE && member->slot != SLOT_RAW)
			return tunnel_expected(d, OTS_CORRUPT, value->at, "no array here");
		inside = *json;
		token = ots_json_skip_from(json, OTS_JSON_ARRAY);
		if (token != OTS_JSON_NULL)
			return tunnel_json_fail(d, json, token);
	}
	if (member->slot == NO_SLOT)
		return tunnel_expected(d, OTS_CORRUPT, value->at, "an object with the column");
	slot = &items->slot[member->slot];
	if (slot->token != OTS_JSON_END)
		return tunnel_refuse(d, OTS_CORRUPT, value->at, "member %s is given twice",
				     member->name);
	slot->token = value->token;
	slot->text = value->text;
	slot->at = value->at;
	if (value->token == OTS_JSON_ARRAY)
		slot->array = inside;
	return OTS_OK;
}

/* One member whose name was just read. May open an object: *depth grows then. */
static inline enum ots_status take_member(struct tunnel_decoder *d, struct ots_json *json,
					  const struct ots_json_text *name, struct open *open,
					  size_t *depth, struct tunnel_items *items)
{
	struct open *const inside = &open[*depth - 1];
	const struct member *const member = find_member(name, inside->level);
	struct value_token value;

	if (member == NULL) {
		const enum ots_json_token token = ots_json_skip(json);

		return token == OTS_JSON_NULL ? OTS_OK : tunnel_json_fail(d, json, token);
	}
	if ((inside->seen >> member->slot & 1) != 0)
		return tunnel_refuse(d, OTS_CORRUPT, name->at, "member %s is given twice",
				     member->name);
	inside->seen |= 1u << member->slot;
	value.at = json->at;
	value.text = (struct ots_json_text){json->at, 0, false};
	value.token = ots_json_next(json, &value.text);
	if (value.token == OTS_JSON_SHORT || value.token == OTS_JSON_BAD)
		return tunnel_json_fail(d, json, value.token);
	if (value.token != OTS_JSON_OBJECT)
		return keep(d, json, member, &value, items);
	if (member->box == LEVEL_COUNT || *depth == OPEN_MAX)
		return tunnel_expected(d, OTS_CORRUPT, value.at, "no object here");
	open[(*depth)++] = (struct open){member->box, 0};
	return OTS_OK;
}

void tunnel_items_init(struct tunnel_items *items, const uint8_t *at)
{
	items->at = at;
	for (size_t i = 0; i < SLOT_COUNT; i++) {
		items->slot[i].token = OTS_JSON_END;
		items->slot[i].at = at;
	}
}

enum ots_status tunnel_members(struct tunnel_decoder *d, struct ots_json *json, bool cell,
			       struct tunnel_items *items)
{
	struct open open[OPEN_MAX] = {{cell ? LEVEL_CELL : LEVEL_KEY, 0}};
	size_t depth = 1;
	enum ots_status status = OTS_OK;

	tunnel_items_init(items, json->at - 1);
	while (status == OTS_OK && depth > 0) { /* ends: each turn takes a token */
		struct ots_json_text name;
		const enum ots_json_token token = ots_json_next(json, &name);

		if (token == OTS_JSON_OBJECT_END)
			depth--;
		else if (token == OTS_JSON_NAME)
			status = take_member(d, json, &name, open, &depth, items);
		else
			status = tunnel_json_fail(d, json, token);
	}
	return status;
}

enum ots_status tunnel_name_from(struct tunnel_decoder *d, const struct ots_json_text *text,
				 struct ots_bytes *out)
{
	bool no_memory;

	if (!ots_json_unescape(text, d->in_csv, d->arena, out, &no_memory))
		return no_memory ? tunnel_no_memory(d)
				 : tunnel_expected(d, OTS_CORRUPT, text->at,
						   "a name whose escapes are characters");
	if (out->len == 0)
		return tunnel_expected(d, OTS_CORRUPT, text->at, "a column's name");
	if (out->len > OTS_NAME_MAX_BYTES)
		return tunnel_refuse(d, OTS_LIMIT, text->at,
				     "expected a name of at most %d bytes, found %zu",
				     OTS_NAME_MAX_BYTES, out->len);
	return OTS_OK;
}

enum ots_status tunnel_name(struct tunnel_decoder *d, const struct tunnel_items *items,
			    struct ots_bytes *out)
{
	const struct tunnel_item *name = &items->slot[SLOT_NAME];

	if (tunnel_absent(name))
		return tunnel_refuse(d, OTS_CORRUPT, items->at,
				     "expected a member name, found none in this object");
	if (name->token != OTS_JSON_STRING)
		return tunnel_expected(d, OTS_CORRUPT, name->at, "the name as a string");
	return tunnel_name_from(d, &name->text, out);
}
