/* SPDX-License-Identifier: Apache-2.0 */
/* policy.h - pool member selection policies (RFC 5356, draft delay): their
 * table, and their specifications as text
 *
 * A row of the table says how a policy is called, which words its parameter
 * carries, and by which of four disciplines elements are ordered.  The
 * registrar's side of the disciplines is select.h, the pool user's is
 * select_user.h.  Both ask the row for what differs between policies of one
 * discipline: a rank or a weight.
 */
#ifndef RSP_POLICY_H
#define RSP_POLICY_H

#include "rsp/core/wire/param.h"

/* clang-format off */
enum rsp_policy_type {
	RSP_POLICY_RR		= 0x00000001,
	RSP_POLICY_WRR		= 0x00000002,
	RSP_POLICY_RAND		= 0x00000003,
	RSP_POLICY_WRAND	= 0x00000004,
	RSP_POLICY_PRIO		= 0x00000005,
	RSP_POLICY_LU		= 0x40000001,
	RSP_POLICY_LUD		= 0x40000002,
	RSP_POLICY_PLU		= 0x40000003,
	RSP_POLICY_RLU		= 0x40000004,
	RSP_POLICY_LU_DPF	= 0x40000010, /* as the draft prints it */
};
/* clang-format on */

/* LU-DPF under the number that RSPLIB and Wireshark know.  We send this one,
 * for the draft's own lies in the range that RFC 5356 reserves. */
#define RSP_POLICY_LU_DPF_PRIVATE 0xb0002002u

enum rsp_selection {
	RSP_SELECT_RR,	/* in turn, each element once per round */
	RSP_SELECT_WRR, /* in turn, `weight` times per round, evenly spread */
	RSP_SELECT_RANKED, /* lowest `rank` first */
	RSP_SELECT_RANDOM, /* at random, by `weight` */
};

/* What a word of the parameter counts. */
enum rsp_word {
	RSP_WORD_NONE,
	RSP_WORD_NUMBER,   /* as it is: weight, priority, milliseconds */
	RSP_WORD_DISTANCE, /* milliseconds; measured by registrars */
	RSP_WORD_LOAD,	   /* 0 to 0xffffffff for 0 to 100 % */
};

struct rsp_policy_def {
	uint32_t type;
	const char *spec; /* "lu": in policy specifications */
	const char *name; /* "least-used": in output for people and JSON */
	unsigned n_words;
	unsigned n_given; /* the first ones, which a specification gives;
			   * the others are 0 in a registration */
	struct {
		const char *name; /* "load" */
		enum rsp_word kind;
	} words[RSP_POLICY_WORDS];
	enum rsp_selection selection;
	bool rotates; /* RANKED: equal ranks take turns */
	bool counts;  /* RANKED: selections since the last (re-)registration
		       * enter the rank */
	/* RANKED.  Sums of loads exceed 32 bits, hence 64 (RFC 5356 has no rule
	 * for an overflow). */
	uint64_t (*rank)(const uint32_t *words, uint32_t selections);
	/* WRR, RANDOM; 0: cannot serve.  NULL: every element weighs 1. */
	uint32_t (*weight)(const uint32_t *words);
};

/* The row of a type.  Types that are not in the table are served as round
 * robin: they get a row without a name (RFC 5356 section 7.1 keeps half of all
 * numbers for private policies).  Never NULL. */
const struct rsp_policy_def *rsp_policy_def(uint32_t type);

/* Row number `i` of the table; NULL behind the last. */
const struct rsp_policy_def *rsp_policy_row(unsigned i);

/* May a pool element register with it?  False for the invalid types 0 and
 * 0x40000000, and for a known type with another number of words. */
bool rsp_policy_is_valid(const struct rsp_policy *p);

/* Bit 30: the element changes its values as its load changes. */
bool rsp_policy_is_adaptive(uint32_t type);

/* Parses "rr", "wrr:WEIGHT", "lud:LOAD,DEG" ...; loads are percentages with up
 * to six decimals.  RSP_EINVALID: `what` is set to a static text that says why,
 * `p` to round robin. */
int rsp_policy_parse(const char *spec, struct rsp_policy *p, const char **what);

/* Writes "lud:12.5,1", which rsp_policy_parse() reads.  Types that are not in
 * the table are written as "0xb0001001:1,2". Returns `text`. */
#define RSP_POLICY_TEXT 80
const char *rsp_policy_text(const struct rsp_policy *p,
    char text[RSP_POLICY_TEXT]);

/* One word as text: a number, or a load in percent without the sign. */
#define RSP_WORD_TEXT 16
const char *rsp_word_text(enum rsp_word kind, uint32_t word,
    char text[RSP_WORD_TEXT]);

/* A load given in millionths of a percent, up to 100 000 000. */
uint32_t rsp_load_of(uint32_t millionths);

#endif
