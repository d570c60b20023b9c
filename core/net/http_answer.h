/* Filling a response from what libcurl hands over, piece by piece. */
#ifndef OTSFS_NET_HTTP_ANSWER_H
#define OTSFS_NET_HTTP_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include <otsfs/net/http.h>

/* Begin anew and keep the memory. @return false without memory */
bool ots_http_answer_begin(struct ots_http_response *response, size_t body_limit_bytes);

/* One header line as it came, its line end included. A status line starts a new answer (after a
 * 1xx one) and forgets the headers before it.
 * @return false: more header bytes than are kept */
bool ots_http_answer_line(struct ots_http_response *response, const char *line, size_t len);

#endif
