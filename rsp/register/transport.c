/* SPDX-License-Identifier: Apache-2.0 */
/* transport.c - one row per transport */
#include "rsp/register/transport.h"

#include "rsp/register/listeners.h"

static const struct row {
	uint16_t type;
	const char *word;
	bool seen;
	unsigned listeners;
} rows[] = {
	{ RSP_PARAM_TCP, "tcp", true, 0 },
	{ RSP_PARAM_UDP, "udp", true, LISTENERS_UDP },
	{ RSP_PARAM_SCTP, "sctp", true, LISTENERS_SCTP },
	{ RSP_PARAM_UDPLITE, "udp-lite", true, LISTENERS_UDPLITE },
	{ RSP_PARAM_UDPLITE, "udplite", true, LISTENERS_UDPLITE },
	{ RSP_PARAM_DCCP, "dccp", false, 0 },
};
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct row *
row_of(uint16_t type)
{
	size_t i;

	for (i = 0; i < N_ROWS; i++)
		if (rows[i].type == type)
			return &rows[i];
	return &rows[0];
}

const char *
transport_word(uint16_t type)
{
	return row_of(type)->word;
}

const char *
transport_name(uint16_t type)
{
	return rsp_transport_name(type);
}

bool
transport_is_seen(uint16_t type)
{
	return row_of(type)->seen;
}

unsigned
transport_listeners(uint16_t type)
{
	return row_of(type)->listeners;
}

uint16_t
transport_parse(const char *word)
{
	size_t i;

	for (i = 0; i < N_ROWS; i++)
		if (strcmp(rows[i].word, word) == 0)
			return rows[i].type;
	return 0;
}
