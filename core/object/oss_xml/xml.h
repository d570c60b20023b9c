/** @file xml.h
 *  XML of OSS, read by expat under limits: no document type, no entities of its own, bounded depth
 *  and text. What comes out are the elements as they end, each by its path below the root.
 *  Names count without their namespace (oss-protocol 3.13).
 *  Threads: pure functions of their arguments. */
#ifndef OTSFS_CORE_OBJECT_OSS_XML_H
#define OTSFS_CORE_OBJECT_OSS_XML_H

#include <otsfs/base/cursor.h>
#include <otsfs/base/error.h>

/** Elements inside one another, the root among them. */
#define OSS_XML_DEPTH_MAX 8
/** A path; names of OSS are far shorter. */
#define OSS_XML_PATH_BYTES 256
/** Text of one element: keys are at most 1023 bytes, three times that percent-coded. */
#define OSS_XML_TEXT_BYTES ((size_t)64 * 1024)

/** An element has ended.
 *  @param path  `Contents/Key`: below the root; the root itself is ""
 *  @param text  its own, borrowed; what stands in elements inside it is not in it
 *  @return OTS_OK to go on; else the reading ends so, with @p err filled */
typedef enum ots_status oss_xml_fn(void *arg, const char *path, struct ots_bytes text,
				   struct ots_error *err);

/** @param root  the name the root must have; NULL: any
 *  @return OTS_OK, OTS_CORRUPT (not XML, another root, a document type), OTS_LIMIT (too deep, too
 *          long), OTS_NO_MEMORY, or what @p fn returned */
enum ots_status oss_xml_read(struct ots_bytes document, const char *root, oss_xml_fn *fn, void *arg,
			     struct ots_error *err) OTS_MUST_USE;

#endif
