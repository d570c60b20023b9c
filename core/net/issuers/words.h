/* A command line into words, as a POSIX shell splits one, without what a shell would put in:
 * variables, patterns and commands stand for themselves. No I/O. */
#ifndef OTSFS_NET_ISSUERS_WORDS_H
#define OTSFS_NET_ISSUERS_WORDS_H

#include <otsfs/base/error.h>

#define WORDS_MAX 64

struct words {
	char *room;                /* holds the words; for words_release() */
	char *word[WORDS_MAX + 1]; /* ends with a NULL */
};

/* Blanks part words; '…' keeps all, "…" keeps all but \ before " \ $ ` and a line feed, \ outside
 * keeps the next byte. Source: POSIX.1-2017, Shell Command Language 2.2 and 2.3.
 * @return OTS_OK, OTS_DENIED (no word, a quote that does not end, too many words), OTS_NO_MEMORY */
enum ots_status words_split(const char *text, struct words *out,
			    struct ots_error *err) OTS_MUST_USE;
void words_release(struct words *words);

#endif
