#include <otsfs/base/error.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void error_clear(struct ots_error *err, enum ots_status status)
{
	*err = (struct ots_error){.status = status, .offset = OTS_UNKNOWN_OFFSET};
}

enum ots_status ots_fail(struct ots_error *err, enum ots_status status, const char *format, ...)
{
	va_list args;

	if (err == NULL)
		return status;
	error_clear(err, status);
	va_start(args, format);
	(void)vsnprintf(err->text, sizeof err->text, format, args);
	va_end(args);
	return status;
}

enum ots_status ots_fail_at(struct ots_error *err, enum ots_status status, uint64_t line,
			    uint64_t offset, const char *format, ...)
{
	va_list args;
	size_t used;

	if (err == NULL)
		return status;
	error_clear(err, status);
	va_start(args, format);
	(void)vsnprintf(err->text, sizeof err->text, format, args);
	va_end(args);
	used = strlen(err->text);
	if (line > 0)
		(void)snprintf(err->text + used, sizeof err->text - used,
			       " at line %" PRIu64 ", byte %" PRIu64, line, offset);
	else
		(void)snprintf(err->text + used, sizeof err->text - used, " at byte %" PRIu64,
			       offset);
	err->placed = true;
	err->line = line;
	err->offset = offset;
	return status;
}

void ots_place(struct ots_error *err, uint64_t offset)
{
	size_t used;

	if (err == NULL || err->placed)
		return;
	used = strlen(err->text);
	(void)snprintf(err->text + used, sizeof err->text - used, " at byte %" PRIu64, offset);
	err->placed = true;
	err->offset = offset;
}

/* Append as much of @p more as fits behind the first @p used bytes of the text. */
static void text_append(struct ots_error *err, size_t used, const char *more)
{
	size_t len = strlen(more);

	if (used >= sizeof err->text)
		return;
	if (len > sizeof err->text - 1 - used)
		len = sizeof err->text - 1 - used;
	memcpy(err->text + used, more, len);
	err->text[used + len] = '\0';
}

enum ots_status ots_context(struct ots_error *err, const char *format, ...)
{
	char old[OTS_ERROR_TEXT_BYTES];
	va_list args;
	int used;

	if (err == NULL)
		return OTS_OK;
	memcpy(old, err->text, sizeof old);
	va_start(args, format);
	used = vsnprintf(err->text, sizeof err->text, format, args);
	va_end(args);
	if (used >= 0 && (size_t)used < sizeof err->text) {
		text_append(err, (size_t)used, ": ");
		text_append(err, strlen(err->text), old);
	}
	return err->status;
}

static const struct {
	const char *word;
	bool transient;
} statuses[] = {
	[OTS_OK] = {"ok", false},
	[OTS_USAGE] = {"usage", false},
	[OTS_NOT_FOUND] = {"not-found", false},
	[OTS_EXISTS] = {"exists", false},
	[OTS_DENIED] = {"denied", false},
	[OTS_CORRUPT] = {"corrupt", false},
	[OTS_UNSUPPORTED] = {"unsupported", false},
	[OTS_LIMIT] = {"limit", false},
	[OTS_NO_MEMORY] = {"no-memory", false},
	[OTS_NO_SPACE] = {"no-space", false},
	[OTS_IO] = {"io", false},
	[OTS_NETWORK] = {"network", true},
	[OTS_TIMEOUT] = {"timeout", true},
	[OTS_THROTTLED] = {"throttled", true},
	[OTS_SERVER] = {"server", true},
	[OTS_REFUSED] = {"refused", false},
	[OTS_CHANGED] = {"changed", false},
	[OTS_CANCELLED] = {"cancelled", false},
};

const char *ots_status_word(enum ots_status status)
{
	return (size_t)status < sizeof statuses / sizeof *statuses ? statuses[status].word
								   : "unknown";
}

bool ots_status_is_transient(enum ots_status status)
{
	return (size_t)status < sizeof statuses / sizeof *statuses && statuses[status].transient;
}
