/* Which writer made a file, as far as its faults go. created_by reads `parquet-mr version 1.8.0
 * (build …)`, more or less. */
#include "footer.h"

#include <string.h>

/* The digits at the front; the cursor stands behind them and a dot. */
static bool number(struct ots_bytes *text, uint32_t *out)
{
	size_t n = 0;

	*out = 0;
	while (n < text->len && n < 6 && text->at[n] >= '0' && text->at[n] <= '9')
		*out = *out * 10 + (uint32_t)(text->at[n++] - '0');
	if (n == 0)
		return false;
	text->at += n;
	text->len -= n;
	if (text->len > 0 && text->at[0] == '.') {
		text->at++;
		text->len--;
	}
	return true;
}

static bool starts(struct ots_bytes *text, const char *word)
{
	const size_t len = strlen(word);

	if (text->len < len || memcmp(text->at, word, len) != 0)
		return false;
	text->at += len;
	text->len -= len;
	return true;
}

struct quirks quirks_of(struct ots_bytes created_by)
{
	struct ots_bytes text = created_by;
	const bool is_java = starts(&text, "parquet-mr");
	uint32_t major, minor, patch = 0, version = 0;
	struct quirks quirks = {0};

	if (!is_java) {
		quirks.v2_always_compressed =
			starts(&text, "parquet-cpp") && (text.len == 0 || text.at[0] != '-');
		return quirks;
	}
	if (starts(&text, " version ") && number(&text, &major) && number(&text, &minor)) {
		(void)number(&text, &patch);
		version = major * 1000000 + (minor % 1000) * 1000 + patch % 1000;
	}
	quirks.chunk_omits_dictionary_header = version < 1002009;
	quirks.prefix_from_last_page = version < 1008000;
	quirks.bad_text_statistics = version < 1008000;
	return quirks;
}
