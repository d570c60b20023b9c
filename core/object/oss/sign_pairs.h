/** @file sign_pairs.h
 *  Headers and parameters in the order in which both versions sign them. Only for the signatures.
 *  Threads: pure functions of their arguments. */
#ifndef OTSFS_CORE_OBJECT_OSS_SIGN_PAIRS_H
#define OTSFS_CORE_OBJECT_OSS_SIGN_PAIRS_H

#include <otsfs/object/oss_sign.h>

/** Compare two names of headers as if both were in lower case. */
int ots_oss_compare_headers(struct ots_bytes a, struct ots_bytes b);
bool ots_oss_header_is(struct ots_bytes name, const char *lower);
bool ots_oss_header_begins(struct ots_bytes name, const char *lower);

/** Append a name of a header in lower case. */
bool ots_oss_put_lower(struct ots_buffer *out, struct ots_bytes name);

/** Append `name:value` and LF for each header that counts, by name in byte order, names in lower
 *  case, blanks around values gone; a header that comes twice is one line with a comma between.
 *  @param counts  whether a header takes part */
bool ots_oss_put_headers(const struct ots_oss_request *request,
			 bool (*counts)(const struct ots_oss_request *request,
					struct ots_bytes name),
			 struct ots_buffer *out);

/** The value of the first header of that name, or nothing. */
struct ots_bytes ots_oss_header(const struct ots_oss_request *request, const char *lower);

/** Put pairs into the byte order of their names, then of their values. */
void ots_oss_sort_pairs(struct ots_oss_pair *pairs, size_t count);

/** Append `name=value` joined by `&`, only `name` where the value is empty. */
bool ots_oss_put_query(const struct ots_oss_pair *pairs, size_t count, struct ots_buffer *out);

/** Append the percent-encoded parameters in order, joined. @param pairs  put into order here */
bool ots_oss_put_encoded_query(const struct ots_oss_pair *pairs, size_t count,
			       struct ots_buffer *out);

#endif
