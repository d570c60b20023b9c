/** @file xml_write.h
 *  Writes the answers of OSS: elements without attributes and without a namespace, which two
 *  clients take for an empty listing (oss-protocol 6.3).
 *  Threads: the caller serialises. */
#ifndef OTSFS_SERVICE_OSS_XML_XML_WRITE_H
#define OTSFS_SERVICE_OSS_XML_XML_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include <otsfs/base/buffer.h>
#include <otsfs/base/cursor.h>

/** Fails once and stays failed: only the end is asked. */
struct ots_oss_xml {
	struct ots_buffer *out;
	bool failed;
};

/** The declaration and the root's beginning. @param out  borrowed until ots_oss_xml_end() */
void ots_oss_xml_begin(struct ots_oss_xml *xml, struct ots_buffer *out, const char *root);
/** The root's end. @return false when something had no room */
bool ots_oss_xml_end(struct ots_oss_xml *xml, const char *root);

void ots_oss_xml_open(struct ots_oss_xml *xml, const char *name);
void ots_oss_xml_close(struct ots_oss_xml *xml, const char *name);

/** A whole element. `& < > " '` and control characters become references. */
void ots_oss_xml_bytes(struct ots_oss_xml *xml, const char *name, struct ots_bytes value);
void ots_oss_xml_text(struct ots_oss_xml *xml, const char *name, const char *value);
void ots_oss_xml_number(struct ots_oss_xml *xml, const char *name, uint64_t value);
void ots_oss_xml_bool(struct ots_oss_xml *xml, const char *name, bool value);

/** A name: percent-encoded when @p encoded (`encoding-type=url`), else as ots_oss_xml_bytes(). */
void ots_oss_xml_name(struct ots_oss_xml *xml, const char *name, struct ots_bytes value,
		      bool encoded);

/** The moment as `2006-01-02T15:04:05.000Z`, milliseconds always zero: 24 characters. */
void ots_oss_xml_time(struct ots_oss_xml *xml, const char *name, int64_t us);

#endif
