/** @file stored.h
 *  What calls share about objects: the headers that are kept, the reply that describes one, the
 *  state of an archived one.
 *  Threads: as call.h. */
#ifndef OTSFS_SERVICE_OSS_OBJECTS_STORED_H
#define OTSFS_SERVICE_OSS_OBJECTS_STORED_H

#include "../call.h"
#include "../condition.h"

/** User metadata of one object. Source: oss-protocol 1.5. */
#define OTS_OSS_META_MAX_BYTES ((size_t)8 * 1024)

/** What of a request's headers is kept with the object, in the arena, packed as object.h says.
 *  @return false: a storage class, an ACL, an encryption or a size that is not valid */
bool ots_oss_pack_headers(struct ots_oss_call *call, struct ots_bytes *out);

/** Facts of a new object, with what a finished spool knows of its content: size, CRC, ETag. */
bool ots_oss_facts_of_spool(struct ots_oss_call *call, enum ots_oss_type type,
			    struct ots_oss_facts *out);

/** Take the call's content for an object. @return false: InternalError */
bool ots_oss_take_content(struct ots_oss_call *call, struct ots_oss_blob **out);

/** A key that can be an object's: 1 to 1023 bytes of UTF-8, not beginning with `/` or `\`. */
bool ots_oss_check_key(struct ots_oss_call *call, struct ots_bytes key);

/** Content-MD5 of the request against that of the content that came.
 *  @return false: InvalidDigest */
bool ots_oss_check_md5(struct ots_oss_call *call, const uint8_t md5[16]);

/** The headers that describe an object. @param all  else only what GetObjectMeta tells */
void ots_oss_describe(struct ots_oss_call *call, const struct ots_oss_object *object, bool all);

/** Headers of encryption that a request asked for, said again. */
void ots_oss_echo_encryption(struct ots_oss_call *call, struct ots_bytes headers);

/** The class that counts: the object's own, or what a fault file says. */
const char *ots_oss_class_of(struct ots_oss_call *call, const struct ots_oss_object *object);
/** `x-oss-restore` in @p text; empty: nobody asked for it. */
#define OTS_OSS_RESTORE_TEXT_BYTES 96
void ots_oss_restore_text(struct ots_oss_call *call, const struct ots_oss_object *object,
			  char text[OTS_OSS_RESTORE_TEXT_BYTES]);
/** Whether content can be read. @return false: InvalidObjectState */
bool ots_oss_check_readable(struct ots_oss_call *call, const struct ots_oss_object *object);

/** Whether a word is a class, and one that must be restored before it is read. */
bool ots_oss_is_class(struct ots_bytes word);
bool ots_oss_is_cold(const char *word);

/** The conditions of the request. @return false: NotModified, PreconditionFailed
 *  @param prefix  `` or `x-oss-copy-source-` */
bool ots_oss_check_conditions(struct ots_oss_call *call, const char *prefix,
			      const struct ots_oss_object *object);

/** `x-oss-forbid-overwrite: true`. */
bool ots_oss_forbids(const struct ots_oss_call *call);

/** Where a copy comes from. */
struct ots_oss_source {
	struct ots_oss_bucket *bucket;
	struct ots_oss_found found; /**< with content; the caller releases it */
};
bool ots_oss_open_source(struct ots_oss_call *call, struct ots_oss_source *out);

#endif
