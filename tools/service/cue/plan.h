/** @file plan.h
 *  What a fault file says: which requests, and what is done to them. docs/formats/fault-file.md
 *  describes each member; source of the forms: product.md 4.1.
 *  The folder: plan.h (this) reads the file, subject.h is a request as a plan looks at it, cue.h
 *  follows the file and decides, throttle.h is what capacity and partitions do, codes.h knows the
 *  services' error codes.
 *  Threads: a plan is not changed once it was read. */
#ifndef OTSFS_SERVICE_CUE_PLAN_H
#define OTSFS_SERVICE_CUE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <otsfs/base/arena.h>
#include <otsfs/base/cursor.h>
#include <otsfs/base/error.h>

#define OTS_CUE_FILE_MAX_BYTES ((size_t)1024 * 1024)
#define OTS_CUE_LINES_MAX ((size_t)1000)
#define OTS_CUE_ROWS_MAX 200 /**< rows of the largest request: tablestore-protocol section 5 */
#define OTS_CUE_KEYS_MAX 16  /**< values of one `pk` */
#define OTS_CUE_HEADERS_MAX 32
#define OTS_CUE_POINTS_MAX ((size_t)10000)
#define OTS_CUE_PARTITIONS_MAX 1000

/** Members of `match`, one bit each in `has`. */
enum ots_cue_match_member {
	OTS_CUE_OP,
	OTS_CUE_TABLE,
	OTS_CUE_BUCKET,
	OTS_CUE_KEY,
	OTS_CUE_NTH,
	OTS_CUE_EVERY,
	OTS_CUE_ROWS,
	OTS_CUE_CHANCE
};

/** Members of `do`, one bit each in `has`. A flag that is false counts as absent. */
enum ots_cue_act_member {
	/* Both services. */
	OTS_CUE_ERROR,
	OTS_CUE_STATUS,
	OTS_CUE_MESSAGE,
	OTS_CUE_LATENCY_MS,
	OTS_CUE_RESET_AFTER_BYTES,
	OTS_CUE_TRUNCATE_BODY,
	OTS_CUE_CORRUPT_BYTE,
	OTS_CUE_BAD_MD5,
	OTS_CUE_CLOCK_SKEW_S,
	OTS_CUE_LOSE_REPLY,
	/* Tablestore. */
	OTS_CUE_BAD_SIGNATURE,
	OTS_CUE_CAPACITY,
	OTS_CUE_PARTITIONS,
	OTS_CUE_HOT,
	/* OSS. */
	OTS_CUE_BODY,
	OTS_CUE_HEADERS,
	OTS_CUE_IGNORE_RANGE,
	OTS_CUE_CHANGE_ETAG,
	OTS_CUE_WRONG_CRC,
	OTS_CUE_PAGE_KEYS,
	OTS_CUE_REPEAT_TOKEN,
	OTS_CUE_STALL_MS,
	OTS_CUE_DROP_IDLE,
	OTS_CUE_NO_X_OSS_ERR,
	OTS_CUE_OBJECT_STATE,
	OTS_CUE_RESTORE_MS,
	OTS_CUE_ACT_MEMBERS /**< how many there are */
};

#define OTS_CUE_BIT(member) (UINT32_C(1) << (member))
/** Whether a match or an act says anything about a member: `OTS_CUE_SAYS(act, OTS_CUE_ERROR)`. */
#define OTS_CUE_SAYS(what, member) (((what)->has & OTS_CUE_BIT(member)) != 0)

/** Members that only one of the two services acts upon. */
#define OTS_CUE_TABLESTORE_ONLY                                                                    \
	(OTS_CUE_BIT(OTS_CUE_BAD_SIGNATURE) | OTS_CUE_BIT(OTS_CUE_CAPACITY) |                      \
	 OTS_CUE_BIT(OTS_CUE_PARTITIONS) | OTS_CUE_BIT(OTS_CUE_HOT))
#define OTS_CUE_OSS_ONLY                                                                           \
	(OTS_CUE_BIT(OTS_CUE_BODY) | OTS_CUE_BIT(OTS_CUE_HEADERS) |                                \
	 OTS_CUE_BIT(OTS_CUE_IGNORE_RANGE) | OTS_CUE_BIT(OTS_CUE_CHANGE_ETAG) |                    \
	 OTS_CUE_BIT(OTS_CUE_WRONG_CRC) | OTS_CUE_BIT(OTS_CUE_PAGE_KEYS) |                         \
	 OTS_CUE_BIT(OTS_CUE_REPEAT_TOKEN) | OTS_CUE_BIT(OTS_CUE_STALL_MS) |                       \
	 OTS_CUE_BIT(OTS_CUE_DROP_IDLE) | OTS_CUE_BIT(OTS_CUE_NO_X_OSS_ERR) |                      \
	 OTS_CUE_BIT(OTS_CUE_OBJECT_STATE) | OTS_CUE_BIT(OTS_CUE_RESTORE_MS))

/** A text of a plan: a NUL stands behind it, and none in it but in a `body`. */
struct ots_cue_match {
	uint32_t has;
	struct ots_bytes op;
	struct ots_bytes table;
	struct ots_bytes bucket;
	struct ots_bytes key; /**< what the object's key begins with */
	int64_t nth;          /**< from 1 */
	int64_t every;        /**< at least 1 */
	double chance;        /**< 0 to 1 */
	/** Bit p of word p / 64: the row at position p, counted from 0 through the request. */
	uint64_t rows[(OTS_CUE_ROWS_MAX + 63) / 64];
};

struct ots_cue_header {
	struct ots_bytes name;
	struct ots_bytes value;
};

/** One point of a trace: from that second after the start of the service on, so many rows. */
struct ots_cue_point {
	double second;
	double rows_per_s;
};

/** Only what `has` names is filled. Times in milliseconds, bytes counted from 0. */
struct ots_cue_act {
	uint32_t has;
	struct ots_bytes error; /**< 1 to 63 of `A-Z a-z 0-9 . _ -` */
	struct ots_bytes message;
	int64_t status; /**< 200 to 599 */
	int64_t latency_ms;
	int64_t reset_after_bytes;
	int64_t truncate_body;
	int64_t corrupt_byte;
	int64_t clock_skew_s;
	const struct ots_cue_point *points; /**< `capacity`, ascending by second */
	size_t point_count;
	int64_t partitions; /**< 1 to OTS_CUE_PARTITIONS_MAX */
	int64_t hot;        /**< below partitions */
	struct ots_bytes body;
	const struct ots_cue_header *headers;
	size_t header_count;
	int64_t page_keys; /**< 0 to 1000 */
	int64_t stall_ms;
	int64_t drop_idle_ms;          /**< `true` is 0 */
	struct ots_bytes object_state; /**< a word, not looked into */
	int64_t restore_ms;
};

/** One line of the file that says what to do. */
struct ots_cue_line {
	uint64_t number; /**< in the file, from 1, blank lines counted */
	uint64_t seed;   /**< its own, else that of the last line that was nothing but a seed */
	struct ots_cue_match match;
	struct ots_cue_act act;
};

struct ots_cue_plan {
	struct ots_arena arena; /* holds lines and texts */
	struct ots_cue_line *lines;
	size_t line_count;
};

/** Read the text of a fault file. An empty one is a plan that does nothing.
 *  @param plan  uninitialised; to be released, also after a failure
 *  @return OTS_OK; OTS_USAGE with the member, what was expected and found, line and byte;
 *          OTS_LIMIT (length, lines); OTS_NO_MEMORY */
enum ots_status ots_cue_plan_read(struct ots_bytes text, struct ots_cue_plan *plan,
				  struct ots_error *err) OTS_MUST_USE;
void ots_cue_plan_release(struct ots_cue_plan *plan);

#endif
