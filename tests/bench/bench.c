/* SPDX-License-Identifier: Apache-2.0 */
/* bench.c - report of a benchmark: medians and spreads, a line per case */
#include "tests/bench/bench.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

struct summary {
	double median, spread; /* spread: in parts of the median */
};

static struct summary
sum_up(const double *values, unsigned n)
{
	double *v = malloc((n + 1) * sizeof(double));
	struct summary s = { 0, 0 };

	if (v == NULL)
		exit(EXIT_FAILURE);
	memcpy(v, values, n * sizeof(double));
	qsort(v, n, sizeof(double), by_size);
	if (n > 0)
		s.median = (v[n / 2] + v[(n - 1) / 2]) / 2;
	if (n > 0 && s.median != 0)
		s.spread = (v[n * 3 / 4] - v[n / 4]) / 2 / s.median;
	free(v);
	return s;
}

/* "3.46 M/s", "23.1 ns". */
static const char *
figure(double v, const char *unit, char text[40])
{
	const char *scale = "";
	int digits;

	if (strcmp(unit, "/s") == 0 && v >= 1e3) {
		scale = v < 1e6 ? "k" : "M";
		v /= v < 1e6 ? 1e3 : 1e6;
	}
	digits = v < 10 ? 2 : v < 1000 ? 1 : 0;
	snprintf(text, 40, "%.*f %s%s", digits, v, scale, unit);
	return text;
}

static void
print(const struct bench_case *c, double ours, const double *peer,
    struct summary ratio, unsigned runs)
{
	char text[2][40];

	printf("%s: %-40s | ours %10s", c->bench, c->name,
	    figure(ours, c->unit, text[0]));
	if (peer != NULL)
		printf(" | peer %10s | ratio %6.3f",
		    figure(*peer, c->unit, text[1]), ratio.median);
	if (peer != NULL && strcmp(c->unit, "/s") != 0)
		printf(" (%+.1f %s)", ours - *peer, c->unit);
	printf(" | %u runs | spread %.1f %%", runs, ratio.spread * 100);
	printf(c->peer == NULL ? "\n" : " | %s\n", c->peer);
	fflush(stdout);
}

void
bench_print(const struct bench_case *c, const double *ours, const double *peers,
    unsigned runs)
{
	struct summary own = sum_up(ours, runs), other, ratio;
	double *ratios;

	if (peers == NULL) {
		print(c, own.median, NULL, own, runs);
		return;
	}
	ratios = malloc((runs + 1) * sizeof(double));
	if (ratios == NULL)
		exit(EXIT_FAILURE);
	for (unsigned i = 0; i < runs; i++)
		ratios[i] = ours[i] / peers[i];
	ratio = sum_up(ratios, runs);
	other = sum_up(peers, runs);
	print(c, own.median, &other.median, ratio, runs);
	free(ratios);
}

void
bench_print_fixed(const struct bench_case *c, const double *ours, double peer,
    unsigned runs)
{
	struct summary own = sum_up(ours, runs), ratio = own;

	ratio.median /= peer;
	print(c, own.median, &peer, ratio, runs);
}

static double
seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double
bench_now(void)
{
	return seconds(CLOCK_MONOTONIC);
}

double
bench_cpu(void)
{
	return seconds(CLOCK_PROCESS_CPUTIME_ID);
}
