#include "instance.h"

#include <stdlib.h>
#include <strings.h>

static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

enum ots_status instance_open(const struct instance_words *words, struct ots_target **out,
			      struct ots_error *err)
{
	const char *compress = variable("OTSFS_COMPRESS");
	struct ots_target_options options = {.clock = &ots_clock_system,
					     .timeout_ms = words->timeout_ms,
					     .ca_file = words->ca_file,
					     .cancel = words->cancel,
					     .region = variable("OTS_REGION")};

	if (compress != NULL && strcasecmp(compress, "true") != 0 &&
	    strcasecmp(compress, "false") != 0)
		return ots_fail(err, OTS_USAGE, "OTSFS_COMPRESS is neither true nor false");
	options.compress = compress != NULL && strcasecmp(compress, "true") == 0;
	return ots_target_open(words->url, &options, out, err);
}
