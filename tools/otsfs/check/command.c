/* otsfs check: whether a source can be read and a target written with the credentials at hand. */
#include "../command.h"

#include <getopt.h>
#include <stdio.h>

#include "check.h"

static const char usage[] = "otsfs check [SOURCE] [--to TARGET] [--table T]\n         " OSS_USAGE;

int command_check(int argc, char **argv)
{
	static const struct option options[] = {{"to", required_argument, NULL, 't'},
						{"table", required_argument, NULL, 'T'},
						OSS_OPTIONS,
						{"help", no_argument, NULL, 'h'},
						{0}};
	struct check_words words = {.source = NULL};
	struct check_count count = {0};
	struct ots_error err = {0};
	enum ots_status status = OTS_OK;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 't': words.to = optarg; break;
		case 'T': words.table = optarg; break;
		case 'h': return usage_help(usage);
		default:
			if (!oss_words_take(&words.oss, c, optarg))
				return usage_error("check", usage, "see above");
		}
	}
	if (argc - optind > 1)
		return usage_error("check", usage, "unexpected '%s'", argv[optind + 1]);
	if (optind == argc && words.to == NULL)
		return usage_error("check", usage, "a SOURCE, --to TARGET, or both are needed");
	if (words.table != NULL && words.to == NULL)
		return usage_error("check", usage, "--table is of a target: --to is missing");
	words.source = optind < argc ? argv[optind] : NULL;
	if (words.source != NULL)
		status = check_source(&words, &count, &err);
	if (status == OTS_OK && words.to != NULL)
		status = check_target(&words, &count, &err);
	if (status != OTS_OK)
		return report("check", &err);
	if (count.failed == 0)
		return EXIT_DONE;
	(void)fprintf(stderr, "otsfs check: %zu of %zu checks failed\n", count.failed,
		      count.failed + count.good);
	return EXIT_FAILED;
}
