/** @file members.h
 *  The members of `match` and of `do`.
 *  Threads: the caller serialises. */
#ifndef OTSFS_SERVICE_CUE_MEMBERS_H
#define OTSFS_SERVICE_CUE_MEMBERS_H

#include "fields.h"

/** Read the object whose OTS_JSON_OBJECT was taken into an empty match or act.
 *  @return as ots_cue_fields_read() */
enum ots_status ots_cue_match_read(struct ots_cue_reader *reader,
				   struct ots_cue_match *match) OTS_MUST_USE;
enum ots_status ots_cue_act_read(struct ots_cue_reader *reader,
				 struct ots_cue_act *act) OTS_MUST_USE;

#endif
