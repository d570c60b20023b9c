/** @file write.h
 *  What the files of this folder share: an object on its way into a bucket. */
#ifndef OTSFS_CORE_OBJECT_OSS_WRITE_H
#define OTSFS_CORE_OBJECT_OSS_WRITE_H

#include <pthread.h>

#include <otsfs/object/writer.h>

#include "../oss/client.h"

#define PARTS_AT_ONCE 4
#define PARTS_MAX 10000
#define PARTS_OF_A_SIZE 2000
#define MD5_TEXT_BYTES 25 /* base64, and a NUL */

/* What is known of a part that has been sent: now, or by an upload that is resumed. */
struct sent_part {
	uint64_t size, crc;
	bool has_crc;
	char etag[OTS_ETAG_BYTES]; /* empty: not sent */
};

/* A part that is being filled or sent. */
struct part {
	struct writer *writer;
	struct oss_call call;
	uint8_t *bytes;
	size_t len, cap;
	uint32_t number;
	uint64_t crc;
	uint8_t md5[16];
	char md5_text[MD5_TEXT_BYTES], number_text[12];
	struct ots_transfer *transfer;
	bool is_sending;
};

struct writer {
	struct oss *oss;
	struct ots_cancel *cancel;
	bool no_overwrite, resume;
	const char *content_type; /* a copy, or a literal */
	char *content_type_copy;
	size_t key_len;
	uint8_t key[OTS_KEY_MAX_BYTES]; /* whole */
	struct part parts[PARTS_AT_ONCE];
	struct part *filling;     /* NULL: the next byte needs a free one */
	uint32_t part_count;      /* numbers that have been given out */
	struct ots_buffer upload; /* its id, with a NUL; empty: not begun */
	struct sent_part *sent;   /* by number, from 1 */
	size_t sent_cap;
	uint64_t size, crc; /* of all parts that were given out, in order */
	struct {
		pthread_mutex_t mutex;
		pthread_cond_t changed;
		enum ots_status status; /* of the first part that failed */
		struct ots_error err;
	} locked;
};

/* How long a part of this number is. */
size_t part_size(uint32_t number);

/* Room for a part's number in writer->sent. */
bool writer_note(struct writer *writer, uint32_t number);

/* multipart.c */
enum ots_status upload_begin(struct writer *writer, struct ots_error *err) OTS_MUST_USE;
/* The part is full, or the last: on its way, unless it is there already. */
enum ots_status upload_send(struct writer *writer, struct part *part,
			    struct ots_error *err) OTS_MUST_USE;
/* A part that nobody sends; waits for one. @return the first failure of any */
enum ots_status upload_free_part(struct writer *writer, struct part **out,
				 struct ots_error *err) OTS_MUST_USE;
/* Until none is on its way. */
enum ots_status upload_wait_all(struct writer *writer, struct ots_error *err);
enum ots_status upload_complete(struct writer *writer, struct ots_error *err) OTS_MUST_USE;
void upload_abort(struct writer *writer);

/* What goes with an object when it is made: type, encryption, no overwriting. */
void write_headers(struct oss_call *call, const struct writer *writer);
/* Content-MD5 of bytes. @param text  where it is spelled */
bool write_md5(const void *bytes, size_t len, uint8_t md5[16], char text[MD5_TEXT_BYTES]);
/* Whether the answer's CRC, where there is one, is ours. */
enum ots_status write_check_crc(const struct oss_call *call,
				const struct ots_http_response *response, uint64_t crc,
				struct ots_error *err) OTS_MUST_USE;

/* store operations */
enum ots_status oss_write(void *self, const struct ots_write_request *request, void **handle,
			  struct ots_error *err);
enum ots_status oss_put(void *handle, const void *bytes, size_t len, struct ots_error *err);
enum ots_status oss_finish(void *handle, struct ots_error *err);
void oss_abort(void *handle);
enum ots_status oss_delete(void *self, struct ots_bytes key, struct ots_error *err);
enum ots_status oss_thaw(void *self, struct ots_bytes key, unsigned days, const char *tier,
			 int *outcome, struct ots_error *err);

#endif
