#include "words.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_special_in_quotes(char c)
{
	return c == '"' || c == '\\' || c == '$' || c == '`' || c == '\n';
}

/* One word from *at to *to, which never overtakes it. @return false: a quote does not end */
static bool take_word(const char **at, char **to)
{
	char quote = '\0';

	for (; **at != '\0' && (quote != '\0' || !is_blank(**at)); (*at)++) { /* ends: at moves */
		const char c = **at;

		if (quote == '\0' && (c == '\'' || c == '"')) {
			quote = c;
		} else if (quote != '\0' && c == quote) {
			quote = '\0';
		} else if (c == '\\' && quote != '\'' && (*at)[1] != '\0' &&
			   (quote == '\0' || is_special_in_quotes((*at)[1]))) {
			(*at)++;
			if (**at != '\n') /* the line goes on */
				*(*to)++ = **at;
		} else {
			*(*to)++ = c;
		}
	}
	*(*to)++ = '\0';
	return quote == '\0';
}

enum ots_status words_split(const char *text, struct words *out, struct ots_error *err)
{
	struct words words = {.room = malloc(strlen(text) + 2)};
	enum ots_status status = OTS_OK;
	size_t count = 0;
	char *to = words.room;

	if (words.room == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "command");
	while (is_blank(*text))
		text++;
	while (status == OTS_OK && *text != '\0') { /* ends: each turn passes a word */
		if (count == WORDS_MAX) {
			status = ots_fail(err, OTS_DENIED, "a command of more than %d words",
					  WORDS_MAX);
			break;
		}
		words.word[count++] = to;
		if (!take_word(&text, &to))
			status = ots_fail(err, OTS_DENIED,
					  "a command with a quote that does not end");
		while (is_blank(*text))
			text++;
	}
	if (status == OTS_OK && (count == 0 || words.word[0][0] == '\0'))
		status = ots_fail(err, OTS_DENIED, "a command without a program");
	if (status != OTS_OK) {
		words_release(&words);
		return status;
	}
	*out = words;
	return OTS_OK;
}

void words_release(struct words *words)
{
	free(words->room);
	words->room = NULL;
}
