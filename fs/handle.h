/** @file handle.h
 *  What an open file or folder holds, behind the kernel's `fh`.
 *  Threads: a handle's fields are set before OPEN is answered and then stay; the list is locked
 *  inside. */
#ifndef OTSFS_FS_HANDLE_H
#define OTSFS_FS_HANDLE_H

#include <pthread.h>
#include <sys/types.h>

#include "drop/content.h"
#include "node/listing.h"
#include "drop/text_ref.h"

enum handle_kind {
	HANDLE_TEXT,      /**< what backups hold */
	HANDLE_GENERATED, /**< a text made when it was opened */
	HANDLE_FILE,      /**< a file of the state folder (dead.jsonl) */
	HANDLE_CONTROL,   /**< commands to a job */
	HANDLE_DROPPED,   /**< in restore/<table>/ */
	HANDLE_FOLDER
};

struct handle {
	enum handle_kind kind;
	uint64_t number;
	struct handle *previous, *next; /* in the list */
	bool listed;
	struct text_ref *text;       /* TEXT */
	struct ots_buffer generated; /* GENERATED, CONTROL (what cat shows) */
	int fd;                      /* FILE */
	struct listing *listing;     /* FOLDER */
	struct content *content;     /* DROPPED */
	bool writes, appends;        /* DROPPED, CONTROL: how it was opened */
	pid_t group;                 /* DROPPED: the opener's process; 0: not visible */
};

/** Open handles of a mount, so that an end with open files closes them all. */
struct handle_list {
	pthread_mutex_t mutex;
	struct handle *first;
};

void ots_handle_list_init(struct handle_list *list);
/** Frees what is still open. */
void ots_handle_list_release(struct handle_list *list);

/** @return NULL without memory; zeroed but for kind, number and fd (-1); not yet in a list */
struct handle *ots_handle_new(enum handle_kind kind, uint64_t number);
/** Put a filled one into the list, before OPEN is answered. */
void ots_handle_add(struct handle_list *list, struct handle *handle);
/** Closes what it holds. NULL does nothing. */
void ots_handle_free(struct handle_list *list, struct handle *handle);

/** Size of the text that an open handle shows of a generated file: fstat() asks by number only.
 *  @return false: none is open */
bool ots_handle_generated_size(struct handle_list *list, uint64_t number, uint64_t *size);

/** Whether another handle than this writes to the same content. */
bool ots_handle_has_writer(struct handle_list *list, const struct handle *but);

#endif
