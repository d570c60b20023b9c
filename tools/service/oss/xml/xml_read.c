#include "xml_read.h"

#include <limits.h>
#include <string.h>

#include <expat.h>

struct element {
	char name[OTS_OSS_XML_NAME_MAX_BYTES];
	size_t text_from; /* of the text behind all open elements */
};

struct reading {
	XML_Parser parser;
	const char *root;
	ots_oss_xml_fn *fn;
	void *arg;
	struct element open[OTS_OSS_XML_DEPTH_MAX];
	size_t depth;
	uint8_t text[OTS_OSS_XML_TEXT_MAX_BYTES];
	size_t text_len;
	bool failed;
};

static void give_up(struct reading *reading)
{
	reading->failed = true;
	(void)XML_StopParser(reading->parser, XML_FALSE);
}

static void on_start(void *arg, const XML_Char *name, const XML_Char **attributes)
{
	struct reading *reading = arg;
	const char *colon = strrchr(name, ':');
	struct element *element;
	size_t len;

	(void)attributes;
	name = colon != NULL ? colon + 1 : name;
	len = strlen(name);
	if (reading->depth == OTS_OSS_XML_DEPTH_MAX || len >= OTS_OSS_XML_NAME_MAX_BYTES ||
	    (reading->depth == 0 && strcmp(name, reading->root) != 0)) {
		give_up(reading);
		return;
	}
	element = &reading->open[reading->depth++];
	memcpy(element->name, name, len + 1);
	element->text_from = reading->text_len;
}

static void on_end(void *arg, const XML_Char *name)
{
	struct reading *reading = arg;
	const struct element *element;
	const char *parent;

	(void)name;
	if (reading->failed || reading->depth == 0)
		return;
	element = &reading->open[--reading->depth];
	parent = reading->depth > 0 ? reading->open[reading->depth - 1].name : "";
	if (!reading->fn(reading->arg, parent, element->name,
			 (struct ots_bytes){reading->text + element->text_from,
					    reading->text_len - element->text_from}))
		give_up(reading);
	reading->text_len = element->text_from;
}

static void on_text(void *arg, const XML_Char *text, int len)
{
	struct reading *reading = arg;

	if (reading->failed || len <= 0)
		return;
	if ((size_t)len > sizeof reading->text - reading->text_len) {
		give_up(reading);
		return;
	}
	memcpy(reading->text + reading->text_len, text, (size_t)len);
	reading->text_len += (size_t)len;
}

static void on_doctype(void *arg, const XML_Char *name, const XML_Char *system_id,
		       const XML_Char *public_id, int has_internal_subset)
{
	(void)name;
	(void)system_id;
	(void)public_id;
	(void)has_internal_subset;
	give_up(arg);
}

bool ots_oss_xml_read(struct ots_bytes document, const char *root, ots_oss_xml_fn *fn, void *arg)
{
	struct reading reading = {.root = root, .fn = fn, .arg = arg};
	bool good;

	if (document.len == 0 || document.len > INT_MAX)
		return false;
	reading.parser = XML_ParserCreate("UTF-8");
	if (reading.parser == NULL)
		return false;
	XML_SetUserData(reading.parser, &reading);
	XML_SetElementHandler(reading.parser, on_start, on_end);
	XML_SetCharacterDataHandler(reading.parser, on_text);
	XML_SetStartDoctypeDeclHandler(reading.parser, on_doctype);
	good = XML_Parse(reading.parser, (const char *)document.at, (int)document.len, XML_TRUE) ==
		       XML_STATUS_OK &&
	       !reading.failed;
	XML_ParserFree(reading.parser);
	return good;
}
