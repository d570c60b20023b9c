#include "failing_alloc.h"

#include <stdlib.h>

static _Thread_local bool armed, failed;
static _Thread_local size_t left;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *at, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *at, size_t size);

static bool fails(void)
{
	if (!armed || failed)
		return false;
	failed = left == 0;
	left -= !failed;
	return failed;
}

void failing_alloc_after(size_t count)
{
	left = count;
	failed = false;
	armed = true;
}

bool failing_alloc_end(void)
{
	armed = false;
	return failed;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *at, size_t size)
{
	return fails() ? NULL : __real_realloc(at, size);
}
