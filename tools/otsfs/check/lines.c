#include "check.h"

#include <stdarg.h>
#include <stdio.h>

#include "advice.h"

void check_good(struct check_count *count, const char *what, const char *format, ...)
{
	va_list args;

	count->good++;
	(void)printf("  ok      %s: ", what);
	va_start(args, format);
	(void)vprintf(format, args);
	va_end(args);
	(void)printf("\n");
	(void)fflush(stdout);
}

static void print_failure(struct check_count *count, const char *what, const struct ots_error *err)
{
	count->failed++;
	(void)fflush(stdout);
	(void)fprintf(stderr, "  FAILED  %s: %s\n", what, err->text);
}

void check_key_failed(struct check_count *count, const struct ots_error *err)
{
	print_failure(count, "key", err);
	(void)fprintf(stderr, "          do: %s\n", check_key_advice(err));
}

void check_failed(struct check_count *count, const char *what, const char *action,
		  const char *resource, const struct ots_error *err)
{
	const char *advice = check_advice(err);

	print_failure(count, what, err);
	if (action != NULL && check_lacks_permission(err))
		(void)fprintf(stderr, "          do: grant the key %s on %s, in a RAM policy\n",
			      action, resource);
	else if (advice != NULL)
		(void)fprintf(stderr, "          do: %s\n", advice);
}
