#include "fast.h"

#include <otsfs/text/base64.h>

static bool skip_digits(struct in *in)
{
	const uint8_t *const start = in->at;

	while (at_digit(in))
		in->at++;
	return in->at > start;
}

static bool take_byte(struct in *in, uint8_t byte)
{
	const bool is = in->at < in->end && *in->at == byte;

	in->at += is;
	return is;
}

bool tunnel_fast_number(struct in *in, struct ots_bytes *text, bool *integral)
{
	const uint8_t *const start = in->at;

	(void)take_byte(in, '-');
	/* More digits behind a leading zero are no JSON: what the caller looks for next is none. */
	if (!take_byte(in, '0') && !skip_digits(in))
		return false;
	*integral = true;
	if (take_byte(in, '.')) {
		*integral = false;
		if (!skip_digits(in))
			return false;
	}
	if (take_byte(in, 'e') || take_byte(in, 'E')) {
		*integral = false;
		if (!take_byte(in, '+'))
			(void)take_byte(in, '-');
		if (!skip_digits(in))
			return false;
	}
	*text = (struct ots_bytes){start, (size_t)(in->at - start)};
	return true;
}

/* Gson writes the padding of base64 as \u003d. @return pads taken off the end, 0 to 2 */
static size_t take_off_pads(struct ots_json_text *text)
{
	static const char pad[] = "\\u003d";
	const size_t len = sizeof pad - 1;
	size_t pads = 0;

	while (pads < 2 && text->len >= len && memcmp(text->at + text->len - len, pad, len) == 0) {
		text->len -= len;
		pads++;
	}
	return pads;
}

bool tunnel_fast_base64(struct tunnel_decoder *d, const struct ots_json_text *text,
			struct ots_bytes *out)
{
	struct ots_json_text digits = *text;
	struct ots_bytes plain;
	uint8_t *bytes;
	size_t len;

	if (text->escaped) {
		const size_t pads = take_off_pads(&digits);

		/* Without its pads it decodes too; what pads may stand there is checked here. */
		digits.escaped = pads == 0 || (digits.len + pads) % 4 != 0 ||
				 memchr(digits.at, '\\', digits.len) != NULL;
		if (digits.escaped)
			digits = *text;
	}
	if (!text_bytes(d, &digits, &plain))
		return false;
	bytes = ots_arena_alloc(d->arena, plain.len / 4 * 3 + 3);
	if (bytes == NULL || !ots_base64_decode(plain, bytes, &len))
		return false;
	*out = (struct ots_bytes){bytes, len};
	return true;
}
