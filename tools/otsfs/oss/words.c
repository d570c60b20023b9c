#include "words.h"

bool oss_words_take(struct oss_words *words, int option, const char *value)
{
	switch (option) {
	case OSS_OPTION_ENDPOINT: words->endpoint = value; return true;
	case OSS_OPTION_REGION: words->region = value; return true;
	case OSS_OPTION_SIGN: words->sign = value; return true;
	case OSS_OPTION_ADDRESSING: words->addressing = value; return true;
	case OSS_OPTION_SSE: words->encryption = value; return true;
	case OSS_OPTION_ANONYMOUS: words->anonymous = true; return true;
	case OSS_OPTION_CA_FILE: words->ca_file = value; return true;
	default: return false;
	}
}
