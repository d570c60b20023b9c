/** @file failing_alloc.h
 *  Allocations of the code under test that fail on cue: the linker puts these functions in the
 * place of malloc(), calloc() and realloc() of this program (Makefile). Threads: each has a count
 * of its own. */
#ifndef OTSFS_TESTS_SERVICE_FAILING_ALLOC_H
#define OTSFS_TESTS_SERVICE_FAILING_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

/** The @p count allocations from now on succeed, the one after them fails, and then all succeed. */
void failing_alloc_after(size_t count);

/** No allocation fails any more. @return whether one has failed since failing_alloc_after() */
bool failing_alloc_end(void);

#endif
