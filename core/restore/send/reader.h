/** @file reader.h
 *  All inputs of a job as one run of batches, and what every record must pass.
 *  Threads: the caller serialises. */
#ifndef OTSFS_CORE_RESTORE_SEND_READER_H
#define OTSFS_CORE_RESTORE_SEND_READER_H

#include <otsfs/record/source.h>

#include "../job.h"

struct ots_reader;

/** Does not read yet. @param job  borrowed, its inputs complete */
enum ots_status ots_reader_open(const struct ots_job *job, struct ots_reader **out,
				struct ots_error *err) OTS_MUST_USE;
void ots_reader_close(struct ots_reader *reader);

/** The next records; *batch is the reader's, valid until the next call. A count of 0 is the end.
 *  Errors name the input.
 *  @param source  index of the input they are from */
enum ots_status ots_reader_next(struct ots_reader *reader, struct ots_batch **batch,
				uint32_t *source, struct ots_error *err) OTS_MUST_USE;

/** Put the name of an input in front of an error's text. @return its status */
enum ots_status ots_reader_context(const struct ots_job *job, size_t source, struct ots_error *err);

/** What is known of the table that the input at hand is from: the request's schema, else the
 *  schema.json of the object. NULL: nothing. Valid until the next ots_reader_next(). */
const struct ots_schema *ots_reader_schema(const struct ots_reader *reader);

/** Open an input of a job and look what it is: fills etag, size, the place of its schema.json and,
 *  where it is unknown, format.
 *  @return OTS_OK, OTS_UNSUPPORTED (no records in it), or as ots_input_open() */
enum ots_status ots_reader_recognise(const struct ots_job *job, struct ots_job_input *input,
				     struct ots_error *err) OTS_MUST_USE;

/** What every record must pass before it is sent: types that were not guessed, and a key that is
 *  the table's (put into its order).
 *  @return OTS_OK, OTS_REFUSED with the place */
enum ots_status ots_reader_admit(const struct ots_job *job, struct ots_record *record,
				 struct ots_error *err) OTS_MUST_USE;

#endif
