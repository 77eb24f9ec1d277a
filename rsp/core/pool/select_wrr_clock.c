/* SPDX-License-Identifier: Apache-2.0 */
/* select_wrr_clock.c - virtual time of weighted round robin, and the lengths of
 * turns: the remainder of each division is carried along */
#include "rsp/core/pool/select.h"
#include "rsp/core/pool/select_wrr.h"

void
rsp_select_wrr_tick(struct rsp_select_wrr_clock *c)
{
	c->now += RSP_SELECT_WRR_ROUND / c->sum;
	c->fraction += RSP_SELECT_WRR_ROUND % c->sum;
	if (c->fraction >= c->sum) {
		c->fraction -= c->sum;
		c->now++;
	}
}

uint64_t
rsp_select_wrr_turn(struct rsp_select_node *node, uint32_t weight)
{
	uint64_t fraction = node->count + RSP_SELECT_WRR_ROUND % weight;
	uint64_t length = RSP_SELECT_WRR_ROUND / weight;

	if (fraction >= weight) {
		fraction -= weight;
		length++;
	}
	node->count = (uint32_t)fraction;
	return length;
}

uint64_t
rsp_select_wrr_turn_back(struct rsp_select_node *node, uint32_t weight)
{
	uint64_t rest = RSP_SELECT_WRR_ROUND % weight;
	uint64_t length = RSP_SELECT_WRR_ROUND / weight;

	if (node->count < rest) {
		node->count += (uint32_t)(weight - rest);
		return length + 1;
	}
	node->count -= (uint32_t)rest;
	return length;
}
