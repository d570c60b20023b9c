/** @file answers.h
 *  What the XML answers of OSS say. Source: oss-protocol 3.1, 3.8, 3.13.
 *  Threads: pure functions of their arguments. */
#ifndef OTSFS_CORE_OBJECT_OSS_ANSWERS_H
#define OTSFS_CORE_OBJECT_OSS_ANSWERS_H

#include <otsfs/base/buffer.h>
#include <otsfs/base/cursor.h>
#include <otsfs/object/store.h>

struct oss_listed {
	struct ots_entry entry; /**< its key points into the page's keys */
	bool link;              /**< a symlink object: size and ETag are not its target's */
};

/** One page of ListObjectsV2 (asked for with encoding-type=url). */
struct oss_page {
	struct oss_listed *listed; /**< objects and folders, ascending */
	size_t count, cap;
	struct ots_buffer keys;
	bool truncated;
	struct ots_buffer token; /**< with a NUL behind it; of the next page, decoded */
};

void oss_page_init(struct oss_page *page);
void oss_page_release(struct oss_page *page);

/** Read a page over what @p page held. Objects and folders come as two lists in the document and
 *  are merged; each must ascend and no key may come twice (oss-protocol 1.5).
 *  @return OTS_OK, OTS_CORRUPT (not such a page, a field that is missing or wrong, truncated
 *          without a token), OTS_LIMIT, OTS_NO_MEMORY */
enum ots_status oss_page_read(struct ots_bytes document, struct oss_page *page,
			      struct ots_error *err) OTS_MUST_USE;

/** An error document; what it does not say is "". Texts that are longer are cut. */
struct oss_error {
	char code[64];
	char message[400];
	char request_id[64];
	char ec[32];
	char endpoint[256];
};

/** @return false: not an error document of OSS; *out is empty then */
bool oss_error_read(struct ots_bytes document, struct oss_error *out);

/** The upload id of InitiateMultipartUploadResult. @param out  appended with a NUL */
enum ots_status oss_upload_id_read(struct ots_bytes document, struct ots_buffer *out,
				   struct ots_error *err) OTS_MUST_USE;

/** The upload of a key that was begun last, of ListMultipartUploads (asked for with
 *  encoding-type=url). @param out  as above; stays empty when there is none */
enum ots_status oss_uploads_read(struct ots_bytes document, struct ots_bytes key,
				 struct ots_buffer *out, struct ots_error *err) OTS_MUST_USE;

/** Whether the document is a CompleteMultipartUploadResult: 200 alone does not say so. */
enum ots_status oss_completed_read(struct ots_bytes document, struct ots_error *err) OTS_MUST_USE;

/** One page of ListParts. */
typedef enum ots_status oss_part_fn(void *arg, uint32_t number, uint64_t size,
				    struct ots_bytes etag, uint64_t crc, bool has_crc,
				    struct ots_error *err);
/** @param next_marker  set when the list goes on; 0: it does not */
enum ots_status oss_parts_read(struct ots_bytes document, oss_part_fn *fn, void *arg,
			       uint32_t *next_marker, struct ots_error *err) OTS_MUST_USE;

#endif
