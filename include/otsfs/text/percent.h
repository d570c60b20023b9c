/** @file percent.h
 *  Percent coding of RFC 3986, as URLs and OSS use it: `A-Z a-z 0-9 - . _ ~` stand as they are,
 *  every other byte becomes `%XX` in upper case. Source: oss-protocol 1.1.
 *  Threads: pure functions of their arguments. */
#ifndef OTSFS_TEXT_PERCENT_H
#define OTSFS_TEXT_PERCENT_H

#include <stdbool.h>
#include <stddef.h>

#include <otsfs/base/buffer.h>
#include <otsfs/base/cursor.h>

/** Append the coded form. @param keep_slash  '/' stands as it is: a path, not a part of one
 *  @return false without room; nothing is appended then */
bool ots_percent_put(struct ots_buffer *out, struct ots_bytes text, bool keep_slash);

/** Append the bytes that a text stands for. A `%` without two hex digits stands for itself.
 *  @param plus_is_blank  as in the query of a form
 *  @return false without room; nothing is appended then */
bool ots_percent_decode(struct ots_buffer *out, struct ots_bytes text, bool plus_is_blank);

#endif
