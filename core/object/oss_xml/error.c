#include "answers.h"

#include <string.h>

#include "xml.h"

static void copy(char *out, size_t size, struct ots_bytes text)
{
	const size_t len = text.len < size ? text.len : size - 1;

	for (size_t i = 0; i < len; i++) { /* a message is one line, whatever it was */
		const uint8_t c = text.at[i];

		out[i] = c < 0x20 || c == 0x7f ? ' ' : (char)c;
	}
	out[len] = '\0';
}

static enum ots_status on_element(void *arg, const char *path, struct ots_bytes text,
				  struct ots_error *err)
{
	struct oss_error *out = arg;

	(void)err;
	if (strcmp(path, "Code") == 0)
		copy(out->code, sizeof out->code, text);
	else if (strcmp(path, "Message") == 0)
		copy(out->message, sizeof out->message, text);
	else if (strcmp(path, "RequestId") == 0)
		copy(out->request_id, sizeof out->request_id, text);
	else if (strcmp(path, "EC") == 0)
		copy(out->ec, sizeof out->ec, text);
	else if (strcmp(path, "Endpoint") == 0)
		copy(out->endpoint, sizeof out->endpoint, text);
	return OTS_OK;
}

bool oss_error_read(struct ots_bytes document, struct oss_error *out)
{
	*out = (struct oss_error){.code = ""};
	if (oss_xml_read(document, "Error", on_element, out, NULL) == OTS_OK &&
	    out->code[0] != '\0')
		return true;
	*out = (struct oss_error){.code = ""};
	return false;
}
