/** @file fast.h
 *  What the fast way's files share: a cursor over the line, and small readers that move it. Each
 *  answers whether it found just what it looks for; on false the line goes the general way from its
 *  start, so nobody explains anything here. Threads: plain values. */
#ifndef OTSFS_CORE_FORMAT_TUNNEL_CSV_FAST_H
#define OTSFS_CORE_FORMAT_TUNNEL_CSV_FAST_H

#include <string.h>

#include <otsfs/text/plain.h>

#include "decode.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/** What is left of the bytes. */
struct in {
	const uint8_t *at;
	const uint8_t *end;
};

#ifdef __SSE2__
static inline __m128i same_16(const uint8_t *at, const char *bytes)
{
	return _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)at),
			      _mm_loadu_si128((const __m128i *)(const void *)bytes));
}
#endif

/** memcmp() == 0 for a length the compiler knows, without the library's call for what is longer
 *  than two words: these comparisons are most of what the fast way does. The last sixteen bytes
 *  overlap what was compared before. */
static inline bool same_bytes(const uint8_t *at, const char *bytes, size_t len)
{
#ifdef __SSE2__
	if (len >= 16 && len <= 64) {
		__m128i same = same_16(at + len - 16, bytes + len - 16);

		if (len > 16)
			same = _mm_and_si128(same, same_16(at, bytes));
		if (len > 32)
			same = _mm_and_si128(same, same_16(at + 16, bytes + 16));
		if (len > 48)
			same = _mm_and_si128(same, same_16(at + 32, bytes + 32));
		return _mm_movemask_epi8(same) == 0xffff;
	}
#endif
	return memcmp(at, bytes, len) == 0;
}

static inline bool take_bytes(struct in *in, const char *bytes, size_t len)
{
	if ((size_t)(in->end - in->at) < len || !same_bytes(in->at, bytes, len))
		return false;
	in->at += len;
	return true;
}

#define TAKE(in, literal) take_bytes(in, literal, sizeof(literal) - 1)

static inline bool at_digit(const struct in *in)
{
	return in->at < in->end && (uint8_t)(*in->at - '0') < 10;
}

/** 1 to 18 digits, which always fit. */
static inline bool take_digits(struct in *in, int64_t *out)
{
	const uint8_t *at = in->at;
	const uint8_t *const end = in->end - at > 18 ? at + 18 : in->end;
	int64_t n = 0;

	while (at < end && (uint8_t)(*at - '0') < 10)
		n = n * 10 + (*at++ - '0');
	if (at == in->at)
		return false;
	*out = n;
	in->at = at;
	return true;
}

/** The inside of a string up to and over its doubled quote. Its escapes are not checked. */
static inline bool take_string(struct in *in, struct ots_json_text *text)
{
	const uint8_t *at = in->at;
	bool escaped = false;

	for (;;) { /* ends: each turn passes an escape or returns */
		at = ots_plain_end(at, in->end);
		if (in->end - at < 3)
			return false;
		if (*at == '"' && at[1] == '"')
			break;
		if (*at != '\\' || (at[1] == '"' && at[2] != '"'))
			return false;
		at += at[1] == '"' ? 3 : 2;
		escaped = true;
	}
	*text = (struct ots_json_text){in->at, (size_t)(at - in->at), escaped};
	in->at = at + 2;
	return true;
}

/** The bytes that a string stands for. */
static inline bool text_bytes(struct tunnel_decoder *d, const struct ots_json_text *text,
			      struct ots_bytes *out)
{
	bool no_memory;

	if (text->escaped)
		return ots_json_unescape(text, true, d->arena, out, &no_memory);
	*out = (struct ots_bytes){text->at, text->len};
	return true;
}

static inline bool take_text(struct tunnel_decoder *d, struct in *in, struct ots_bytes *out)
{
	struct ots_json_text text;

	return take_string(in, &text) && text_bytes(d, &text, out);
}

static inline bool take_name(struct tunnel_decoder *d, struct in *in, struct ots_bytes *out)
{
	return take_text(d, in, out) && out->len > 0 && out->len <= OTS_NAME_MAX_BYTES;
}

/** A number of JSON's grammar. What follows it must be looked for next: a comma or a bracket.
 *  @param integral  digits alone, perhaps behind a minus */
bool tunnel_fast_number(struct in *in, struct ots_bytes *text, bool *integral);
/** The bytes that a string of base64 stands for, as in the general way. */
bool tunnel_fast_base64(struct tunnel_decoder *d, const struct ots_json_text *text,
			struct ots_bytes *out);

/** The member `,""dataSize"":N`, which may be absent: a cache of the SDK's that means nothing. */
bool tunnel_fast_size(struct in *in);
/** The SDK's boxed value, from behind `""value"":{` to behind its brace.
 *  @param has_value  false: the box holds a type and no more */
bool tunnel_fast_box(struct tunnel_decoder *d, struct in *in, struct ots_value *out,
		     bool *has_value);
/** The SDK's boxed column, from behind `{""column"":{""name"":""` to behind the cell's brace. */
bool tunnel_fast_boxed_cell(struct tunnel_decoder *d, struct in *in, struct ots_cell *cell);

#endif
