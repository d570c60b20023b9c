/** @file delays.h
 *  Connections that wait for their time without holding up a thread. For daemons that were started
 *  with MHD_ALLOW_SUSPEND_RESUME.
 *  Threads: one of its own; any may ask at once. */
#ifndef OTSFS_SERVICE_HTTP_DELAYS_H
#define OTSFS_SERVICE_HTTP_DELAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <otsfs/base/error.h>

struct MHD_Connection;
struct ots_delays;

/** @param waiting_max  connections that may wait at once: no more than the daemon has
 *  @return OTS_OK, OTS_NO_MEMORY (also for the thread) */
enum ots_status ots_delays_start(size_t waiting_max, struct ots_delays **out,
				 struct ots_error *err) OTS_MUST_USE;

/** From a callback of the connection: suspend it, and wake it after that time. Its callback is then
 *  called once more.
 *  @return false: it does not wait, since all are about to end or too many wait */
bool ots_delays_wait(struct ots_delays *delays, struct MHD_Connection *connection, int64_t ms);

/** Wake all; nobody waits from now on. Before MHD_stop_daemon(), which no suspended connection may
 *  meet. */
void ots_delays_wake_all(struct ots_delays *delays);

/** After MHD_stop_daemon(). NULL does nothing. */
void ots_delays_stop(struct ots_delays *delays);

#endif
