#include <otsfs/text/json_write.h>

#include <otsfs/base/bytes.h>
#include <otsfs/base/clock.h>
#include <otsfs/text/number.h>

void ots_json_writer_init(struct ots_json_writer *w, struct ots_buffer *out)
{
	*w = (struct ots_json_writer){.out = out};
}

static void put(struct ots_json_writer *w, const void *bytes, size_t len)
{
	if (!w->failed && !ots_buffer_put(w->out, bytes, len))
		w->failed = true;
}

static void put_quoted(struct ots_json_writer *w, struct ots_bytes text)
{
	if (!w->failed && !ots_json_put_string(w->out, text))
		w->failed = true;
}

/* The comma and the name that stand in front of a value. */
static void begin_value(struct ots_json_writer *w, const char *name)
{
	if (w->depth > 0) {
		if (w->filled[w->depth - 1])
			put(w, ",", 1);
		w->filled[w->depth - 1] = true;
	}
	if (name != NULL) {
		put_quoted(w, ots_bytes_of(name));
		put(w, ":", 1);
	}
}

static void begin_container(struct ots_json_writer *w, const char *name, char bracket)
{
	if (w->depth == OTS_JSON_WRITER_DEPTH)
		w->failed = true;
	if (w->failed)
		return;
	begin_value(w, name);
	put(w, &bracket, 1);
	w->filled[w->depth++] = false;
}

static void end_container(struct ots_json_writer *w, char bracket)
{
	if (w->depth == 0)
		w->failed = true;
	if (w->failed)
		return;
	w->depth--;
	put(w, &bracket, 1);
}

void ots_json_object_begin(struct ots_json_writer *w, const char *name)
{
	begin_container(w, name, '{');
}

void ots_json_object_end(struct ots_json_writer *w)
{
	end_container(w, '}');
}

void ots_json_array_begin(struct ots_json_writer *w, const char *name)
{
	begin_container(w, name, '[');
}

void ots_json_array_end(struct ots_json_writer *w)
{
	end_container(w, ']');
}

void ots_json_put_bytes(struct ots_json_writer *w, const char *name, struct ots_bytes text)
{
	begin_value(w, name);
	put_quoted(w, text);
}

void ots_json_put_text(struct ots_json_writer *w, const char *name, const char *text)
{
	ots_json_put_bytes(w, name, ots_bytes_of(text));
}

void ots_json_put_integer(struct ots_json_writer *w, const char *name, int64_t n)
{
	char text[OTS_INTEGER_TEXT_BYTES];

	begin_value(w, name);
	put(w, text, ots_print_i64(n, text));
}

void ots_json_put_unsigned(struct ots_json_writer *w, const char *name, uint64_t n)
{
	char text[OTS_INTEGER_TEXT_BYTES];

	begin_value(w, name);
	put(w, text, ots_print_u64(n, text));
}

void ots_json_put_bool(struct ots_json_writer *w, const char *name, bool b)
{
	begin_value(w, name);
	put(w, b ? "true" : "false", b ? 4 : 5);
}

void ots_json_put_null(struct ots_json_writer *w, const char *name)
{
	begin_value(w, name);
	put(w, "null", 4);
}

void ots_json_put_optional(struct ots_json_writer *w, const char *name, const char *text)
{
	if (text != NULL && text[0] != '\0')
		ots_json_put_text(w, name, text);
	else
		ots_json_put_null(w, name);
}

void ots_json_put_time(struct ots_json_writer *w, const char *name, int64_t us, unsigned digits)
{
	char text[OTS_TIME_TEXT_BYTES];

	if (us == 0) {
		ots_json_put_null(w, name);
		return;
	}
	(void)ots_time_print(us, digits, text);
	ots_json_put_text(w, name, text);
}
