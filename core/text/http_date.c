#include <otsfs/text/http_date.h>

#include <stdio.h>
#include <string.h>

#include <otsfs/base/clock.h>

#define SECOND_US INT64_C(1000000)
#define DAY_US (86400 * SECOND_US)
#define YEAR_0_US (INT64_C(-62167219200) * SECOND_US)
#define YEAR_9999_END_US (INT64_C(253402300799) * SECOND_US)

static const char days[] = "ThuFriSatSunMonTueWed"; /* 1970 began on a Thursday */
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

void ots_http_date_print(int64_t us, char out[OTS_HTTP_DATE_BYTES])
{
	struct ots_civil civil;
	int64_t day;

	if (us < YEAR_0_US)
		us = YEAR_0_US;
	if (us > YEAR_9999_END_US)
		us = YEAR_9999_END_US;
	civil = ots_civil_from_us(us);
	day = us / DAY_US - (us % DAY_US < 0 ? 1 : 0);
	day = (day % 7 + 7) % 7;
	(void)snprintf(out, OTS_HTTP_DATE_BYTES, "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT",
		       days + 3 * day, civil.day % 100U, months + (size_t)3 * (civil.month - 1U),
		       (unsigned)civil.year % 10000U, civil.hour % 100U, civil.minute % 100U,
		       civil.second % 100U);
}

static bool number(const uint8_t *at, size_t digits, unsigned *out)
{
	*out = 0;
	for (size_t i = 0; i < digits; i++) {
		if (at[i] < '0' || at[i] > '9')
			return false;
		*out = *out * 10 + (unsigned)(at[i] - '0');
	}
	return true;
}

/* @return the index of three letters in a list of such, or count */
static size_t word(const uint8_t *at, const char *list, size_t count)
{
	size_t i = 0;

	while (i < count && memcmp(at, list + 3 * i, 3) != 0)
		i++;
	return i;
}

bool ots_http_date_parse(struct ots_bytes text, int64_t *us)
{
	unsigned day, year, hour, minute, second;
	struct ots_civil civil;
	size_t month;

	if (text.len != OTS_HTTP_DATE_BYTES - 1 || memcmp(text.at + 3, ", ", 2) != 0 ||
	    text.at[7] != ' ' || text.at[11] != ' ' || text.at[16] != ' ' || text.at[19] != ':' ||
	    text.at[22] != ':' || memcmp(text.at + 25, " GMT", 4) != 0)
		return false;
	month = word(text.at + 8, months, 12);
	if (word(text.at, days, 7) == 7 || month == 12 || !number(text.at + 5, 2, &day) ||
	    !number(text.at + 12, 4, &year) || !number(text.at + 17, 2, &hour) ||
	    !number(text.at + 20, 2, &minute) || !number(text.at + 23, 2, &second))
		return false;
	civil = (struct ots_civil){.year = (int32_t)year,
				   .month = (uint8_t)(month + 1),
				   .day = (uint8_t)day,
				   .hour = (uint8_t)hour,
				   .minute = (uint8_t)minute,
				   .second = (uint8_t)second};
	return ots_civil_to_us(&civil, us);
}
