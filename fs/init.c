/* INIT: what is asked of the kernel. Source: fuse-facts section 9, with section 2 for the caches.
 */
#include "mount_state.h"

#define MAX_BACKGROUND 64
#define CONGESTION_THRESHOLD 48

/* AUTO_INVAL_DATA makes the kernel ask for the attributes, where it has none, before a cached
 * read: at OPEN it still has the estimate, and a reader that never asks for the size would have
 * read-ahead race beyond the end, with NULs for bytes
 * (docs/decisions/0005-the-kernel-asks-for-sizes-before-it-reads.md). */
static const unsigned wanted = FUSE_CAP_ASYNC_READ | FUSE_CAP_ATOMIC_O_TRUNC |
			       FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO |
			       FUSE_CAP_PARALLEL_DIROPS | FUSE_CAP_AUTO_INVAL_DATA;

/* The writeback cache would move errors to later writes; splicing is slower here. */
static const unsigned refused = FUSE_CAP_WRITEBACK_CACHE | FUSE_CAP_SPLICE_READ |
				FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE;

void ots_mount_negotiate(struct fuse_conn_info *connection)
{
	connection->want |= wanted & connection->capable;
	connection->want &= ~refused;
	connection->max_background = MAX_BACKGROUND;
	connection->congestion_threshold = CONGESTION_THRESHOLD;
}
