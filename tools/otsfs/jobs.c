/* otsfs jobs: the restores that run and ran. */
#include "command.h"
#include "source.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include <otsfs/restore/engine.h>

static const char usage[] = "otsfs jobs [--json] [--state DIR]";

static bool print_json(void *arg, const char *id, struct ots_bytes status_json)
{
	size_t len = status_json.len;

	(void)arg;
	(void)id;
	while (len > 0 && status_json.at[len - 1] == '\n')
		len--;
	/* status.json stands on one line already: it is made for this. */
	(void)printf("%.*s\n", (int)len, (const char *)status_json.at);
	return true;
}

static const char *text_of(const cJSON *json, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, name));

	return text != NULL ? text : "-";
}

static double number_of(const cJSON *json, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, name);

	return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

static bool print_line(void *arg, const char *id, struct ots_bytes status_json)
{
	cJSON *json = cJSON_ParseWithLength((const char *)status_json.at, status_json.len);

	(void)arg;
	(void)printf("%-32s %-14s %-20s read %.0f written %.0f dead %.0f\n", id,
		     text_of(json, "state"), text_of(json, "table"), number_of(json, "read"),
		     number_of(json, "written"), number_of(json, "dead"));
	cJSON_Delete(json);
	return true;
}

int command_jobs(int argc, char **argv)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'},
						{"state", required_argument, NULL, 's'},
						{"help", no_argument, NULL, 'h'},
						{0}};
	const char *state = NULL;
	struct ots_error err = {0};
	bool json = false;
	char *path = NULL;
	int c, code = EXIT_DONE;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'j': json = true; break;
		case 's': state = optarg; break;
		case 'h': return usage_help(usage);
		default: return usage_error("jobs", usage, "see above");
		}
	}
	if (optind != argc)
		return usage_error("jobs", usage, "unexpected '%s'", argv[optind]);
	if (state_path(state, &path, &err) != OTS_OK ||
	    ots_jobs_list(path, json ? print_json : print_line, NULL, &err) != OTS_OK)
		code = report("jobs", &err);
	free(path);
	return code;
}
