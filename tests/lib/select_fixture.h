/* SPDX-License-Identifier: Apache-2.0 */
/* select_fixture.h - test fixture of a pool's order of selection: members that
 * join, leave and are asked for */
#ifndef RSP_SELECT_FIXTURE_H
#define RSP_SELECT_FIXTURE_H

#include "rsp/core/pool/select_small.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define MEMBERS 40

struct member {
	struct rsp_select_node node;
	uint32_t words[RSP_POLICY_WORDS];
	uint32_t selections; /* what the node should count */
	bool in;
};

extern struct rsp_select order;
extern struct rsp_select_list list;
extern struct member members[MEMBERS];

/* The same numbers in every test. */
uint32_t random32(void *ctx);
uint32_t below(uint32_t bound);

/* An empty order of that policy. */
void start(uint32_t type);
void join(unsigned i, uint32_t word0, uint32_t word1);
void leave(unsigned i);

/* So many more members, of that word, that they are many. */
void fill(uint32_t word);

/* Of the member at that place of the list. */
unsigned index_of(uint32_t place);

/* One request for `max` items; the index of the first or -1. */
int ask(uint32_t max);

/* The same, with the whole list: 'a' is member 0. */
void expect(uint32_t max, const char *want);

#endif
