/* SPDX-License-Identifier: Apache-2.0 */
/* bench.h - report of a benchmark: one line per case, the same form for all
 *
 *	shim: send and recv, no pool | ours 231.0 ns | peer 229.8 ns |
 *	ratio 1.005 (+1.2 ns) | 2001 runs | spread 0.9 % | forwarding preload
 *
 * Ours and the peer's are measured in turn, so that both have the same weather.
 * The figures are medians.  The ratio is the median of the pairs' ratios (ours
 * by peer's).  The spread is half the distance of their quartiles.
 */
#ifndef RSP_TESTS_BENCH_H
#define RSP_TESTS_BENCH_H

struct bench_case {
	const char *bench; /* "shim" */
	const char *name;
	const char *unit; /* "/s" (more is better), "ns", "B" ... */
	const char *peer; /* who it is; NULL: none */
};

/* `peers` NULL: there is nothing to compare with.  Sorts nothing of the
 * caller's. */
void bench_print(const struct bench_case *c, const double *ours,
    const double *peers, unsigned runs);

/* Beside a peer's figure that was measured elsewhere, or a bound. */
void bench_print_fixed(const struct bench_case *c, const double *ours,
    double peer, unsigned runs);

/* Seconds of the monotonic clock, and of this process's CPU time. */
double bench_now(void);
double bench_cpu(void);

#endif
