/** @file words.h
 *  What a command was told of buckets: the options every command with an `oss://` takes
 *  (product.md 4.1), and the environment behind them. */
#ifndef OTSFS_TOOLS_OSS_WORDS_H
#define OTSFS_TOOLS_OSS_WORDS_H

#include <getopt.h>
#include <stdbool.h>

#include <otsfs/base/error.h>

struct oss_words {
	const char *endpoint;   /**< else OSS_ENDPOINT */
	const char *region;     /**< else OSS_REGION */
	const char *sign;       /**< v4, v1 */
	const char *addressing; /**< auto, virtual, path, cname */
	const char *encryption; /**< AES256, KMS[:id] */
	const char *ca_file;
	bool anonymous;
};

/* Above all letters, so that they stand beside a command's own. */
enum oss_option {
	OSS_OPTION_ENDPOINT = 256,
	OSS_OPTION_REGION,
	OSS_OPTION_SIGN,
	OSS_OPTION_ADDRESSING,
	OSS_OPTION_SSE,
	OSS_OPTION_ANONYMOUS,
	OSS_OPTION_CA_FILE
};

/** Rows for a command's table of long options. */
#define OSS_OPTIONS                                                                                \
	{"endpoint", required_argument, NULL, OSS_OPTION_ENDPOINT},                                \
		{"region", required_argument, NULL, OSS_OPTION_REGION},                            \
		{"sign", required_argument, NULL, OSS_OPTION_SIGN},                                \
		{"addressing", required_argument, NULL, OSS_OPTION_ADDRESSING},                    \
		{"sse", required_argument, NULL, OSS_OPTION_SSE},                                  \
		{"anonymous", no_argument, NULL, OSS_OPTION_ANONYMOUS},                            \
	{                                                                                          \
		"ca-file", required_argument, NULL, OSS_OPTION_CA_FILE                             \
	}

/** What usage lines say of them. */
#define OSS_USAGE                                                                                  \
	"[--endpoint URL] [--region R] [--sign v4|v1] [--addressing auto|virtual|path|cname]\n"    \
	"         [--anonymous] [--sse AES256|KMS[:id]] [--ca-file FILE]"

/** @return whether @p option is one of these; @p words borrows @p value */
bool oss_words_take(struct oss_words *words, int option, const char *value);

#endif
