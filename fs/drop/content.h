/** @file content.h
 *  What was dropped into a file of restore/: a list of extents, each a run of bytes that were
 *  written (staging) or a range of a text of the backups, which is named and not copied. A file
 * that is written anew gets a new content; handles that are still open keep the old one.
 *
 *  Parts: the extents before `committed` belong to restores that were started; the rest is new.
 *  Threads: locked inside. Appends of one file are put in order by its lock, which is the one lock
 * of fs/ that is held over I/O: a staging file's write() on the local disk, and only writers and
 * readers of that same file ever wait for it. */
#ifndef OTSFS_FS_CONTENT_H
#define OTSFS_FS_CONTENT_H

#include <sys/types.h>

#include <otsfs/restore/engine.h>

#include "text_ref.h"

struct content;

/** @return NULL without memory */
struct content *ots_content_new(void);
struct content *ots_content_hold(struct content *content);
/** The last one lets go of what was staged; a restore that took it over keeps it. NULL does
 *  nothing. */
void ots_content_release(struct content *content);

uint64_t ots_content_size(struct content *content);

/** Add bytes at the end.
 *  @param offset  where the writer thinks they go; anything but the end is an error that sticks
 *  @param append  the writer asked for the end, wherever it is
 *  @param writer  the thread, remembered for content_facts
 *  @return 0 or an errno; @p err then has the reason, unless it was an earlier error */
struct content_write {
	struct ots_engine *engine;
	uint64_t offset;
	bool append;
	pid_t writer;
};
int ots_content_append(struct content *content, const struct content_write *write,
		       const void *bytes, size_t len, struct ots_error *err) OTS_MUST_USE;

/** Add a range of a text at the end, without reading it. The range is cut to the text's size.
 *  @param taken  bytes accepted
 *  @return as ots_content_append() */
int ots_content_append_range(struct content *content, const struct content_write *write,
			     struct text_ref *text, uint64_t from, uint64_t len, uint64_t *taken,
			     struct ots_error *err) OTS_MUST_USE;

/** Read back. Blocks. *got < len only at the end. */
enum ots_status ots_content_read(struct content *content, uint64_t offset, void *buf, size_t len,
				 size_t *got, struct ots_cancel *cancel,
				 struct ots_error *err) OTS_MUST_USE;

/** Make it empty again: what was committed is the jobs' own. @return 0, or EBUSY in a commit */
int ots_content_clear(struct content *content);

/** From now on every write and close answers @p error. The first one stays. */
void ots_content_stick(struct content *content, int error);

struct content_state {
	int error;          /**< the error that sticks, or 0 */
	uint64_t new_bytes; /**< since the last commit */
	pid_t writer;       /**< thread that wrote last */
	bool committing;
	bool prepared; /**< a temporary name's writer has closed it well: its job waits for RENAME
			*/
	bool deferred; /**< a close came that did not count */
};
struct content_state ots_content_state(struct content *content);
void ots_content_mark_deferred(struct content *content);

/** Take the new part for a restore: writes are refused (EBUSY) until ots_content_commit_end().
 *  @return false: another close is at it, or there is nothing new, or its job is prepared, or an
 *          error sticks */
bool ots_content_commit_begin(struct content *content);

/** As above for the start of a prepared job, which is the caller's from then on.
 *  @return NULL: none is prepared, or an error sticks */
struct ots_job *ots_content_commit_begin_prepared(struct content *content);

/** The new part, between begin and end. Where every extent is one whole undamaged text, *texts (for
 *  free(); the texts stay the content's) and *text_count; else *staging, which stays the content's
 * too (a restore that takes it over keeps its file). Blocks while ranges are copied. */
enum ots_status ots_content_commit_input(struct content *content, struct ots_engine *engine,
					 struct ots_cancel *cancel, struct text_ref ***texts,
					 size_t *text_count, struct ots_staging **staging,
					 struct ots_error *err) OTS_MUST_USE;

/** @param error  0: the new part is committed; else it sticks */
void ots_content_commit_end(struct content *content, int error);

/** End it with a prepared job of the new part, taken over: it waits for
 * ots_content_commit_begin_prepared(), and is discarded when the file is written to again or goes.
 */
void ots_content_commit_keep(struct content *content, struct ots_job *job);

#endif
