/*
 * Clocks: the time of day, the time since boot, and how long something takes.
 * What differs from run to run is only judged, so that the output is the same.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

int main(void)
{
	struct timespec start, end, step;
	struct tm calendar;
	struct timeval day;
	time_t moment = 1000000000;
	char text[64];
	volatile double sum = 0;

	/* The calendar needs no clock. */
	gmtime_r(&moment, &calendar);
	strftime(text, sizeof text, "%A, %d %B %Y, %H:%M:%S", &calendar);
	printf("%s\n", text);
	printf("and back: %lld\n", (long long)mktime(&calendar));

	if (clock_gettime(CLOCK_MONOTONIC, &start) < 0) {
		printf("no clock: %s\n", strerror(errno));
		return errno == ENOSYS ? 0 : 1;
	}
	for (int i = 0; i < 1000000; i++)
		sum += i;
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("time went on: %d\n", end.tv_sec > start.tv_sec ||
	       (end.tv_sec == start.tv_sec && end.tv_nsec > start.tv_nsec));
	clock_getres(CLOCK_MONOTONIC, &step);
	printf("in steps of a microsecond at most: %d\n", step.tv_sec == 0 && step.tv_nsec <= 1000);
	gettimeofday(&day, NULL);
	printf("the year is after 2024: %d\n", day.tv_sec > 1735689600);
	printf("time and gettimeofday agree: %d\n", time(NULL) - day.tv_sec <= 1);
	printf("clock counts: %d\n", clock() > 0);
	printf("there is no clock 99: %d\n", clock_gettime(99, &end) < 0 && errno == EINVAL);
	return 0;
}
