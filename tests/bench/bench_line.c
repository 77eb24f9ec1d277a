/* SPDX-License-Identifier: Apache-2.0 */
/* bench_line.c - printer of a benchmark's line, for scripts
 *
 *	bench_line BENCH NAME UNIT [PEER [FIGURE]] <RUNS
 *
 * One run a line: our figure, and the peer's behind it, unless there is none or
 * it is FIGURE.  See bench.h.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/bench.h"

#define RUNS_MOST 100000

int
main(int argc, char **argv)
{
	static double ours[RUNS_MOST], peers[RUNS_MOST];
	struct bench_case c;
	unsigned n = 0;

	if (argc < 4) {
		fputs("usage: bench_line BENCH NAME UNIT [PEER [FIGURE]]\n",
		    stderr);
		return 2;
	}
	c = (struct bench_case){ argv[1], argv[2], argv[3], argv[4] };
	while (n < RUNS_MOST && scanf("%lf", &ours[n]) == 1 &&
	       (argc != 5 || scanf("%lf", &peers[n]) == 1))
		n++;
	if (n == 0) {
		fprintf(stderr, "bench_line: %s: no runs\n", c.name);
		return EXIT_FAILURE;
	}
	if (argc > 5)
		bench_print_fixed(&c, ours, atof(argv[5]), n);
	else
		bench_print(&c, ours, c.peer == NULL ? NULL : peers, n);
	return EXIT_SUCCESS;
}
