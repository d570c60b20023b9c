/** @file xml_read.h
 *  Reads the small documents that clients send: CompleteMultipartUpload, Delete, RestoreRequest and
 *  the settings of a bucket. By expat; without document types, so without entities.
 *  Threads: pure functions of their arguments. */
#ifndef OTSFS_SERVICE_OSS_XML_XML_READ_H
#define OTSFS_SERVICE_OSS_XML_XML_READ_H

#include <stdbool.h>

#include <otsfs/base/cursor.h>

/** The end of an element. Names are local ones: what stands before a `:` is cut off.
 *  @param parent  the element around it, `` for the root
 *  @param text    its own text, that of children left out; borrowed for the call
 *  @return false to give up */
typedef bool ots_oss_xml_fn(void *arg, const char *parent, const char *name, struct ots_bytes text);

#define OTS_OSS_XML_DEPTH_MAX 8
#define OTS_OSS_XML_TEXT_MAX_BYTES 4096
#define OTS_OSS_XML_NAME_MAX_BYTES 64

/** @return false: not well-formed, another root, a document type, above a limit, or @p fn gave up
 */
bool ots_oss_xml_read(struct ots_bytes document, const char *root, ots_oss_xml_fn *fn, void *arg);

#endif
