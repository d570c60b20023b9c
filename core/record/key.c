#include <otsfs/record/record.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <xxhash.h>

int ots_record_key_compare(const struct ots_record *a, const struct ots_record *b)
{
	const size_t n = a->key_count < b->key_count ? a->key_count : b->key_count;

	for (size_t i = 0; i < n; i++) {
		const int order = ots_value_compare(&a->key[i].value, &b->key[i].value);

		if (order != 0)
			return order;
	}
	return (int)a->key_count - (int)b->key_count;
}

/* Each column's hash seeds the next, with type and length in it: ("ab", "c") is not ("a", "bc"). */
uint64_t ots_record_key_hash(const struct ots_record *record, uint64_t seed)
{
	uint64_t hash = seed ^ record->key_count;

	for (size_t i = 0; i < record->key_count; i++) {
		const struct ots_value *value = &record->key[i].value;
		const void *bytes = &value->as;
		size_t len = 0;

		switch (value->type) {
		case OTS_STRING:
		case OTS_BINARY:
			bytes = value->as.bytes.at;
			len = value->as.bytes.len;
			break;
		case OTS_INTEGER: len = sizeof value->as.integer; break;
		case OTS_DOUBLE: len = sizeof value->as.real; break;
		case OTS_BOOLEAN: len = sizeof value->as.boolean; break;
		}
		hash = XXH3_64bits_withSeed(len > 0 ? bytes : "", len,
					    hash + ((uint64_t)value->type << 61));
	}
	return hash;
}

/* Text that is cut, never overrun. */
struct out {
	char *at;
	size_t left; /* with room for the NUL */
};

static void put(struct out *out, const char *bytes, size_t len)
{
	const size_t n = len < out->left - 1 ? len : out->left - 1;

	if (n > 0)
		memcpy(out->at, bytes, n);
	out->at += n;
	out->left -= n;
}

static void put_hex(struct out *out, const uint8_t *bytes, size_t len, const char *before)
{
	for (size_t i = 0; i < len && out->left > 1; i++) {
		char text[8];
		const int n = snprintf(text, sizeof text, "%s%02x", before, (unsigned)bytes[i]);

		put(out, text, (size_t)n);
	}
}

static void put_string(struct out *out, struct ots_bytes text)
{
	put(out, "\"", 1);
	for (size_t i = 0; i < text.len && out->left > 1; i++) {
		const char byte = (char)text.at[i];

		if (text.at[i] < 0x20 || text.at[i] == 0x7f)
			put_hex(out, text.at + i, 1, "\\x");
		else if (byte == '"' || byte == '\\') {
			put(out, "\\", 1);
			put(out, &byte, 1);
		} else
			put(out, &byte, 1);
	}
	put(out, "\"", 1);
}

static void put_value(struct out *out, const struct ots_value *value)
{
	char text[32];
	int n = 0;

	switch (value->type) {
	case OTS_STRING: put_string(out, value->as.bytes); return;
	case OTS_BINARY:
		put(out, "0x", 2);
		put_hex(out, value->as.bytes.at, value->as.bytes.len, "");
		return;
	case OTS_INTEGER: n = snprintf(text, sizeof text, "%" PRId64, value->as.integer); break;
	case OTS_DOUBLE: n = snprintf(text, sizeof text, "%.17g", value->as.real); break;
	case OTS_BOOLEAN:
		n = snprintf(text, sizeof text, "%s", value->as.boolean ? "true" : "false");
		break;
	}
	put(out, text, (size_t)n);
}

/* Control bytes of a name are shown too: a message must stay one line. */
static void put_name(struct out *out, struct ots_bytes name)
{
	for (size_t i = 0; i < name.len && out->left > 1; i++) {
		const char byte = (char)name.at[i];

		if (name.at[i] < 0x20 || name.at[i] == 0x7f)
			put_hex(out, name.at + i, 1, "\\x");
		else
			put(out, &byte, 1);
	}
}

void ots_record_key_text(const struct ots_record *record, char *out, size_t size)
{
	struct out o = {out, size};

	for (size_t i = 0; i < record->key_count; i++) {
		char place[8];

		if (i > 0)
			put(&o, ", ", 2);
		if (record->key[i].name.len > 0) {
			put_name(&o, record->key[i].name);
		} else {
			const int n = snprintf(place, sizeof place, "pk%u", (unsigned)(i + 1) % 10);

			put(&o, place, (size_t)n);
		}
		put(&o, "=", 1);
		put_value(&o, &record->key[i].value);
	}
	*o.at = '\0';
}
