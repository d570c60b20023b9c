#include "xml.h"

#include <limits.h>
#include <string.h>

#include <expat.h>

#include <otsfs/base/buffer.h>

struct reading {
	XML_Parser parser;
	const char *root;
	oss_xml_fn *fn;
	void *arg;
	struct ots_error *err;
	enum ots_status status;
	unsigned depth;
	char path[OSS_XML_PATH_BYTES];
	size_t path_len;
	size_t starts[OSS_XML_DEPTH_MAX]; /* of an element's text in `text` */
	size_t lens[OSS_XML_DEPTH_MAX];   /* of the path above an element */
	struct ots_buffer text;
};

static void stop(struct reading *r, enum ots_status status)
{
	r->status = status;
	(void)XML_StopParser(r->parser, XML_FALSE);
}

static unsigned long line_of(const struct reading *r)
{
	return (unsigned long)XML_GetCurrentLineNumber(r->parser);
}

static void on_start(void *arg, const XML_Char *name, const XML_Char **attributes)
{
	struct reading *r = arg;
	const char *colon = strrchr(name, ':');
	size_t len;

	(void)attributes;
	if (colon != NULL)
		name = colon + 1;
	len = strlen(name);
	if (r->depth == 0 && r->root != NULL && strcmp(name, r->root) != 0) {
		stop(r,
		     ots_fail(r->err, OTS_CORRUPT, "XML of a %.64s, expected a %s", name, r->root));
		return;
	}
	if (r->depth == OSS_XML_DEPTH_MAX || len + 2 > sizeof r->path - r->path_len) {
		stop(r, ots_fail(r->err, OTS_LIMIT, "XML nested too deep at line %lu", line_of(r)));
		return;
	}
	r->lens[r->depth] = r->path_len;
	r->starts[r->depth] = r->text.len;
	if (r->depth > 0) {
		if (r->path_len > 0)
			r->path[r->path_len++] = '/';
		memcpy(r->path + r->path_len, name, len);
		r->path_len += len;
	}
	r->path[r->path_len] = '\0';
	r->depth++;
}

static void on_text(void *arg, const XML_Char *text, int len)
{
	struct reading *r = arg;

	if (r->status == OTS_OK && !ots_buffer_put(&r->text, text, (size_t)len))
		stop(r, ots_buffer_fail(&r->text, (size_t)len, "text of an XML element", r->err));
}

static void on_end(void *arg, const XML_Char *name)
{
	struct reading *r = arg;
	struct ots_bytes text;
	enum ots_status status;
	size_t from;

	(void)name; /* expat holds ends against starts */
	if (r->status != OTS_OK)
		return;
	from = r->starts[--r->depth];
	text = (struct ots_bytes){r->text.len > from ? r->text.bytes + from : NULL,
				  r->text.len - from};
	status = r->fn(r->arg, r->path, text, r->err);
	r->text.len = from;
	r->path_len = r->lens[r->depth];
	r->path[r->path_len] = '\0';
	if (status != OTS_OK)
		stop(r, status);
}

static void on_doctype(void *arg, const XML_Char *name, const XML_Char *system,
		       const XML_Char *public, int has_internal)
{
	struct reading *r = arg;

	(void)name;
	(void)system;
	(void)public;
	(void)has_internal;
	stop(r, ots_fail(r->err, OTS_CORRUPT, "XML with a document type"));
}

enum ots_status oss_xml_read(struct ots_bytes document, const char *root, oss_xml_fn *fn, void *arg,
			     struct ots_error *err)
{
	struct reading r = {.root = root, .fn = fn, .arg = arg, .err = err};

	if (document.len == 0 || document.len > INT_MAX)
		return ots_fail(err, OTS_CORRUPT, "an XML answer of %zu bytes", document.len);
	r.parser = XML_ParserCreate(NULL);
	if (r.parser == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "reading XML");
	ots_buffer_init(&r.text, OSS_XML_TEXT_BYTES);
	XML_SetUserData(r.parser, &r);
	XML_SetElementHandler(r.parser, on_start, on_end);
	XML_SetCharacterDataHandler(r.parser, on_text);
	XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
	if (XML_Parse(r.parser, (const char *)document.at, (int)document.len, XML_TRUE) ==
		    XML_STATUS_ERROR &&
	    r.status == OTS_OK) {
		const enum XML_Error code = XML_GetErrorCode(r.parser);

		r.status = code == XML_ERROR_NO_MEMORY
				   ? ots_fail(err, OTS_NO_MEMORY, "reading XML")
				   : ots_fail(err, OTS_CORRUPT, "not XML: %s at line %lu",
					      XML_ErrorString(code), line_of(&r));
	}
	ots_buffer_release(&r.text);
	XML_ParserFree(r.parser);
	return r.status;
}
