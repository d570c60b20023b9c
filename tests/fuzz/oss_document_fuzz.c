/* A document as clients send it. Property: what is read is written and read again to the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/base/bytes.h>

#include "../../tools/service/oss/xml/xml_read.h"
#include "../../tools/service/oss/xml/xml_write.h"

#define ROOM ((size_t)16 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	struct ots_buffer texts; /* each with a NUL behind it, which XML has not */
	struct ots_oss_xml *xml; /* NULL: nothing is written */
};

static bool note(void *arg, const char *parent, const char *name, struct ots_bytes text)
{
	struct seen *seen = arg;

	if (strchr(name, ':') != NULL || text.len > OTS_OSS_XML_TEXT_MAX_BYTES)
		abort();
	if (parent[0] == '\0' && seen->xml == NULL)
		return true; /* the root of the second document */
	if (!ots_buffer_put(&seen->texts, text.at, text.len) ||
	    !ots_buffer_put_byte(&seen->texts, '\0'))
		abort();
	if (seen->xml != NULL)
		ots_oss_xml_bytes(seen->xml, "E", text);
	return true;
}

static void check(struct ots_bytes document, const char *root)
{
	struct seen first = {.xml = NULL}, second = {.xml = NULL};
	struct ots_oss_xml xml;
	struct ots_buffer out;

	ots_buffer_init(&first.texts, ROOM);
	ots_buffer_init(&second.texts, ROOM);
	ots_buffer_init(&out, ROOM);
	first.xml = &xml;
	ots_oss_xml_begin(&xml, &out, "Again");
	if (ots_oss_xml_read(document, root, note, &first)) {
		if (!ots_oss_xml_end(&xml, "Again") ||
		    !ots_oss_xml_read((struct ots_bytes){out.bytes, out.len}, "Again", note,
				      &second) ||
		    !ots_bytes_equal((struct ots_bytes){first.texts.bytes, first.texts.len},
				     (struct ots_bytes){second.texts.bytes, second.texts.len}))
			abort();
	}
	ots_buffer_release(&first.texts);
	ots_buffer_release(&second.texts);
	ots_buffer_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const roots[] = {"Delete", "CompleteMultipartUpload", "RestoreRequest"};

	if (size > 1024 * 1024)
		return 0;
	for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
		check((struct ots_bytes){data, size}, roots[i]);
	return 0;
}
