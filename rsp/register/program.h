/* SPDX-License-Identifier: Apache-2.0 */
/* program.h - what rsp-register is while it runs; see register.c and phases.h
 */
#ifndef RSP_PROGRAM_H
#define RSP_PROGRAM_H

#include "rsp/register/drain.h"
#include "rsp/register/announced.h"
#include "rsp/register/pool_element.h"
#include "rsp/register/options.h"
#include "rsp/register/pollset.h"
#include "rsp/register/supervise.h"
#include "rsp/register/monitor.h"

enum phase { RUN, LEAVE, DRAIN, STOP, KILL, END };

struct program {
	struct options options;
	struct lookup lookups[RSP_REGISTRARS_MAX];
	struct announced announced;
	struct pool_element_config config;
	struct pool_element *members;
	struct server server;
	struct ports ports;
	struct drain drain;
	enum phase phase;
	rsp_time phase_begin;
	rsp_time phase_end;
	rsp_time nowhere; /* when to say that the server has no port */
	bool had_port;
	int stop_signal;
	int signals; /* descriptor */
	struct pollset set;
};

static inline bool
has_command(const struct program *p)
{
	return p->options.command != NULL;
}

#endif
