/** @file http_date.h
 *  Dates as HTTP writes them: `Wed, 28 Dec 2022 10:27:41 GMT`, always 29 characters.
 *  Source: RFC 1123 as RFC 9110 5.6.7 narrows it; oss-protocol 6.2.
 *  Threads: pure functions of their arguments. */
#ifndef OTSFS_TEXT_HTTP_DATE_H
#define OTSFS_TEXT_HTTP_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include <otsfs/base/cursor.h>

#define OTS_HTTP_DATE_BYTES 30

/** Fractions of a second are cut off. Years outside 0 to 9999 are written as the nearest of these.
 *  @param out  29 characters and a NUL */
void ots_http_date_print(int64_t us, char out[OTS_HTTP_DATE_BYTES]);

/** The day of the week is not compared with the date. @return false when it is not such a text */
bool ots_http_date_parse(struct ots_bytes text, int64_t *us);

#endif
