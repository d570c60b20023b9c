#include "stream.h"

#include <string.h>

void stream_begin(struct stream *s, uint64_t begin, uint64_t end)
{
	s->at = begin;
	s->end = end;
	s->window_len = 0;
}

void stream_release(struct stream *s)
{
	room_release(&s->window, s->account);
}

static enum ots_status read_all(struct stream *s, uint64_t offset, uint8_t *to, size_t len,
				struct ots_error *err)
{
	size_t got = 0;
	const enum ots_status status = ots_input_read(s->input, offset, to, len, &got, err);

	if (status == OTS_OK && got < len)
		return ots_fail_at(err, OTS_CORRUPT, 0, offset + got, "the object ends too early");
	return status;
}

/* Bytes of the window that are not yet consumed. */
static size_t held(const struct stream *s)
{
	const uint64_t end = s->window_at + s->window_len;

	return s->at >= s->window_at && s->at < end ? (size_t)(end - s->at) : 0;
}

enum ots_status stream_peek(struct stream *s, size_t least, struct ots_cursor *out,
			    struct ots_error *err)
{
	const uint64_t left = s->end - s->at;
	size_t have = held(s);

	if (least > left)
		least = (size_t)left;
	if (have < least) {
		size_t want = least > s->window_bytes ? least : s->window_bytes;
		enum ots_status status;

		if (want > left)
			want = (size_t)left;
		if (have > 0)
			memmove(s->window.bytes, s->window.bytes + (s->at - s->window_at), have);
		s->window_len = 0;
		status = room_grow(&s->window, s->account, want, have, "reading ahead", err);
		if (status == OTS_OK)
			status =
				read_all(s, s->at + have, s->window.bytes + have, want - have, err);
		if (status != OTS_OK)
			return status;
		s->window_at = s->at;
		s->window_len = want;
		have = want;
	}
	*out = (struct ots_cursor){s->window.bytes, have, s->at};
	if (have > 0)
		out->at += s->at - s->window_at;
	return OTS_OK;
}

void stream_skip(struct stream *s, size_t n)
{
	s->at += n;
}

enum ots_status stream_take(struct stream *s, size_t n, struct room *own, struct ots_bytes *out,
			    struct ots_error *err)
{
	const size_t have = held(s);
	enum ots_status status;

	if (have < n && n <= s->window_bytes / 2) { /* small: let the next pages come with it */
		struct ots_cursor seen;

		status = stream_peek(s, n, &seen, err);
		if (status != OTS_OK)
			return status;
		*out = (struct ots_bytes){seen.at, n};
	} else if (have >= n) {
		*out = (struct ots_bytes){s->window.bytes, n};
		if (n > 0)
			out->at += s->at - s->window_at;
	} else {
		status = room_reserve(own, s->account, n, "a page", err);
		if (status != OTS_OK)
			return status;
		if (have > 0)
			memcpy(own->bytes, s->window.bytes + (s->at - s->window_at), have);
		status = read_all(s, s->at + have, own->bytes + have, n - have, err);
		if (status != OTS_OK)
			return status;
		*out = (struct ots_bytes){own->bytes, n};
	}
	s->at += n;
	return OTS_OK;
}
