/** @file on_cue.h
 *  What the frame of Tablestore does to a request when a fault file says so.
 *  Threads: a verdict belongs to its exchange. */
#ifndef OTSFS_SERVICE_HTTP_ON_CUE_H
#define OTSFS_SERVICE_HTTP_ON_CUE_H

#include <microhttpd.h>

#include "../cue/cue.h"
#include "respond.h"

/** Where the counts are: product.md 4.1. */
#define OTS_CUE_REPORT_PATH "/-otsfs/faults"

/** Answer the counts as JSON; only to callers on this machine, others are told nothing is there.
 *  @param cue  NULL: an empty list */
enum MHD_Result ots_on_cue_report(struct ots_cue *cue, struct MHD_Connection *connection);

/** Count a request and decide.
 *  @return for ots_on_cue_free(); NULL: nothing is done to it */
struct ots_cue_verdict *ots_on_cue_decide(struct ots_cue *cue, const struct ots_request *request);
void ots_on_cue_free(struct ots_cue_verdict *verdict);

/** Time as the service's clock shows it. @param verdict  NULL: as it is */
int64_t ots_on_cue_time(const struct ots_cue_verdict *verdict, int64_t now_us);

/** The error of the whole request. @return false: it is to be refused, @p fault says how */
bool ots_on_cue_admits(const struct ots_cue_verdict *verdict, struct ots_fault *fault);

/** Of a batch's rows; NULL: none. */
const struct ots_row_refusal *ots_on_cue_refusals(const struct ots_cue_verdict *verdict);

/** Put a digest of other bytes, or a signature of another secret, in the place of the right ones.
 *  @param body  what x-ots-contentmd5 is made of, before; signatures are of the MD5 that is told */
void ots_on_cue_spoil_digest(const struct ots_cue_verdict *verdict, struct ots_bytes *body);
void ots_on_cue_spoil_signature(const struct ots_cue_verdict *verdict,
				struct ots_reply_headers *headers);

/** Damage a byte of the body on its way. Of a shorter body it is the last. */
void ots_on_cue_damage(const struct ots_cue_verdict *verdict, struct ots_buffer *body);

#endif
