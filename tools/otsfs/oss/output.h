/** @file output.h
 *  Where a command prints what it makes: standard output, a file, or an object of a bucket. The
 * last two appear whole when they are finished, or not at all. */
#ifndef OTSFS_TOOLS_OSS_OUTPUT_H
#define OTSFS_TOOLS_OSS_OUTPUT_H

#include <otsfs/object/writer.h>

#include "bucket.h"

struct output {
	char *path; /**< of a file; NULL: standard output, or an object */
	char *temporary;
	int fd;
	struct bucket bucket;
	struct ots_writer *writer;
};

/** @param words  FILE or `oss://bucket/key`; NULL: standard output
 *  @param out    zeroed; to be closed in every case */
enum ots_status output_open(const char *words, const struct oss_words *oss, struct output *out,
			    struct ots_error *err) OTS_MUST_USE;
enum ots_status output_write(struct output *output, const void *bytes, size_t len,
			     struct ots_error *err) OTS_MUST_USE;
/** Have it appear. */
enum ots_status output_finish(struct output *output, struct ots_error *err) OTS_MUST_USE;
/** What was not finished is taken back, but for parts of an object, which a next run goes on with.
 */
void output_close(struct output *output);

#endif
