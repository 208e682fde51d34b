/* timegm: the opposite of gmtime, which newlib has not. */
#define _GNU_SOURCE

#include <limits.h>
#include <string.h>
#include <time.h>

#include "shim.h"

/* Days from the 1st of January 1970 to the 1st of March of a year. */
static long daysBefore(long year)
{
	long era = (year >= 0 ? year : year - 399) / 400;
	long inEra = year - era * 400;

	return era * 146097 + inEra * 365 + inEra / 4 - inEra / 100 - 719468;
}

WEAK time_t timegm(struct tm *time)
{
	long months = time->tm_mon, years = time->tm_year + 1900l, seconds;
	struct tm whole;

	years += months / 12;
	months %= 12;
	if (months < 0) {
		months += 12;
		years--;
	}
	/* Years begin with March, so that a leap day is a year's last. */
	months = (months + 10) % 12;
	if (months >= 10)
		years--;
	seconds = daysBefore(years) + (153 * months + 2) / 5 + time->tm_mday - 1l;
	seconds = ((seconds * 24 + time->tm_hour) * 60 + time->tm_min) * 60 + time->tm_sec;
	if (!gmtime_r(&seconds, &whole)) {
		failed(_REENT, EOVERFLOW);
		return -1;
	}
	*time = whole;
	return seconds;
}

WEAK time_t timelocal(struct tm *time)
{
	return mktime(time);
}
