#define _DEFAULT_SOURCE /* explicit_bzero */
#include <otsfs/base/buffer.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <otsfs/base/checked.h>

#define FIRST_CAP_BYTES 256
#define PRINTF_LIMIT_BYTES (64 * 1024)

void ots_buffer_release(struct ots_buffer *b)
{
	free(b->bytes);
	*b = (struct ots_buffer){.limit = b->limit};
}

void ots_buffer_release_wiped(struct ots_buffer *b)
{
	if (b->cap > 0)
		explicit_bzero(b->bytes, b->cap);
	ots_buffer_release(b);
}

bool ots_buffer_grow(struct ots_buffer *b, size_t more)
{
	size_t need, cap;
	uint8_t *bytes;

	if (!ots_size_add(b->len, more, &need) || need > b->limit)
		return false;
	cap = b->cap < FIRST_CAP_BYTES ? FIRST_CAP_BYTES : b->cap;
	while (cap < need && ots_size_add(cap, cap / 2, &cap)) {
		/* ends: cap grows by half each turn until it holds need, or wraps */
	}
	if (cap > b->limit)
		cap = b->limit;
	if (cap < need)
		cap = need;
	bytes = realloc(b->bytes, cap);
	if (bytes == NULL)
		return false;
	b->bytes = bytes;
	b->cap = cap;
	return true;
}

bool ots_buffer_printf(struct ots_buffer *b, const char *format, ...)
{
	char small[512];
	char *text = small;
	bool ok = false;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(small, sizeof small, format, args);
	va_end(args);
	if (n < 0 || n >= PRINTF_LIMIT_BYTES)
		return false;
	if ((size_t)n >= sizeof small) {
		text = malloc((size_t)n + 1); /* not in place: the NUL may pass the limit */
		if (text == NULL)
			return false;
		va_start(args, format);
		ok = vsnprintf(text, (size_t)n + 1, format, args) == n;
		va_end(args);
	}
	ok = (ok || text == small) && ots_buffer_put(b, text, (size_t)n);
	if (text != small)
		free(text);
	return ok;
}

enum ots_status ots_buffer_fail(const struct ots_buffer *b, size_t more, const char *what,
				struct ots_error *err)
{
	size_t need;

	if (!ots_size_add(b->len, more, &need) || need > b->limit)
		return ots_fail(err, OTS_LIMIT, "%s: more than the limit of %zu bytes", what,
				b->limit);
	return ots_fail(err, OTS_NO_MEMORY, "%s: no memory for %zu bytes", what, need);
}
