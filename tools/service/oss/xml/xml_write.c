#include "xml_write.h"

#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/base/clock.h>
#include <otsfs/text/number.h>
#include <otsfs/text/percent.h>

static void put(struct ots_oss_xml *xml, const void *bytes, size_t len)
{
	xml->failed = xml->failed || !ots_buffer_put(xml->out, bytes, len);
}

static void put_text(struct ots_oss_xml *xml, const char *text)
{
	put(xml, text, strlen(text));
}

void ots_oss_xml_open(struct ots_oss_xml *xml, const char *name)
{
	put(xml, "<", 1);
	put_text(xml, name);
	put(xml, ">", 1);
}

void ots_oss_xml_close(struct ots_oss_xml *xml, const char *name)
{
	put(xml, "</", 2);
	put_text(xml, name);
	put(xml, ">", 1);
}

void ots_oss_xml_begin(struct ots_oss_xml *xml, struct ots_buffer *out, const char *root)
{
	*xml = (struct ots_oss_xml){.out = out};
	put_text(xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	ots_oss_xml_open(xml, root);
}

bool ots_oss_xml_end(struct ots_oss_xml *xml, const char *root)
{
	ots_oss_xml_close(xml, root);
	return !xml->failed;
}

/* Control characters other than TAB, LF and CR cannot stand in XML 1.0 in any form; that is what
 * encoding-type=url is for, and whoever did not ask gets the reference. */
static void put_escaped(struct ots_oss_xml *xml, struct ots_bytes value)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t from = 0;

	for (size_t i = 0; i < value.len; i++) {
		const uint8_t c = value.at[i];
		char reference[] = "&#x00;";
		const char *escape = NULL;

		if (c >= 0x20 && strchr("&<>\"'", c) == NULL)
			continue;
		reference[3] = hex[c >> 4];
		reference[4] = hex[c & 15];
		switch (c) {
		case '&': escape = "&amp;"; break;
		case '<': escape = "&lt;"; break;
		case '>': escape = "&gt;"; break;
		case '"': escape = "&quot;"; break;
		default: escape = reference;
		}
		put(xml, value.at + from, i - from);
		put_text(xml, escape);
		from = i + 1;
	}
	if (value.len > from)
		put(xml, value.at + from, value.len - from);
}

void ots_oss_xml_bytes(struct ots_oss_xml *xml, const char *name, struct ots_bytes value)
{
	ots_oss_xml_open(xml, name);
	put_escaped(xml, value);
	ots_oss_xml_close(xml, name);
}

void ots_oss_xml_text(struct ots_oss_xml *xml, const char *name, const char *value)
{
	ots_oss_xml_bytes(xml, name, ots_bytes_of(value));
}

void ots_oss_xml_number(struct ots_oss_xml *xml, const char *name, uint64_t value)
{
	char text[OTS_INTEGER_TEXT_BYTES];
	const size_t len = ots_print_u64(value, text);

	ots_oss_xml_bytes(xml, name, (struct ots_bytes){(const uint8_t *)text, len});
}

void ots_oss_xml_bool(struct ots_oss_xml *xml, const char *name, bool value)
{
	ots_oss_xml_text(xml, name, value ? "true" : "false");
}

void ots_oss_xml_name(struct ots_oss_xml *xml, const char *name, struct ots_bytes value,
		      bool encoded)
{
	if (!encoded) {
		ots_oss_xml_bytes(xml, name, value);
		return;
	}
	ots_oss_xml_open(xml, name);
	xml->failed = xml->failed || !ots_percent_put(xml->out, value, false);
	ots_oss_xml_close(xml, name);
}

void ots_oss_xml_time(struct ots_oss_xml *xml, const char *name, int64_t us)
{
	char text[OTS_TIME_TEXT_BYTES];

	/* Whole seconds, as Last-Modified says them: a client may compare the two. */
	(void)ots_time_print(us - us % 1000000, 3, text);
	ots_oss_xml_text(xml, name, text);
}
