#include <otsfs/record/value.h>

#include <string.h>

static const struct {
	const char *word;
	enum ots_type type;
} types[] = {
	{"STRING", OTS_STRING}, {"INTEGER", OTS_INTEGER}, {"BINARY", OTS_BINARY},
	{"DOUBLE", OTS_DOUBLE}, {"BOOLEAN", OTS_BOOLEAN},
};

const char *ots_type_word(enum ots_type type)
{
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (types[i].type == type)
			return types[i].word;
	return "?";
}

static bool same_word(struct ots_bytes text, const char *word)
{
	if (text.len != strlen(word))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		const uint8_t b = text.at[i];
		const uint8_t upper = b >= 'a' && b <= 'z' ? (uint8_t)(b - 'a' + 'A') : b;

		if (upper != (uint8_t)word[i])
			return false;
	}
	return true;
}

bool ots_type_from_word(struct ots_bytes word, enum ots_type *type)
{
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		if (same_word(word, types[i].word)) {
			*type = types[i].type;
			return true;
		}
	}
	return false;
}

static int compare_bytes(struct ots_bytes a, struct ots_bytes b)
{
	const size_t n = a.len < b.len ? a.len : b.len;
	const int order = n == 0 ? 0 : memcmp(a.at, b.at, n);

	if (order != 0)
		return order;
	return a.len < b.len ? -1 : a.len > b.len;
}

/* A total order of doubles by their bits: only equality has a meaning. */
static int compare_bits(double a, double b)
{
	uint64_t x;
	uint64_t y;

	memcpy(&x, &a, sizeof x);
	memcpy(&y, &b, sizeof y);
	return x < y ? -1 : x > y;
}

int ots_value_compare(const struct ots_value *a, const struct ots_value *b)
{
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	switch (a->type) {
	case OTS_STRING:
	case OTS_BINARY: return compare_bytes(a->as.bytes, b->as.bytes);
	case OTS_INTEGER: return a->as.integer < b->as.integer ? -1 : a->as.integer > b->as.integer;
	case OTS_DOUBLE: return compare_bits(a->as.real, b->as.real);
	case OTS_BOOLEAN: break;
	}
	return (int)a->as.boolean - (int)b->as.boolean;
}

bool ots_value_equal(const struct ots_value *a, const struct ots_value *b)
{
	return ots_value_compare(a, b) == 0;
}
