/* SPDX-License-Identifier: Apache-2.0 */
/* options.h - the command line of rsp-register */
#ifndef RSP_OPTIONS_H
#define RSP_OPTIONS_H

#include "rsp/user/user.h"
#include "rsp/register/element_id.h"
#include "rsp/register/monitor.h"
#include "rsp/register/pool_option.h"

#define OPTIONS_POOLS 64
#define OPTIONS_ADDRESSES 8

struct options {
	struct pool_option pools[OPTIONS_POOLS];
	unsigned n_pools;
	struct rsp_endpoint endpoints[RSP_REGISTRARS_MAX];
	unsigned n_endpoints;
	struct rsp_address addresses[OPTIONS_ADDRESSES];
	unsigned n_addresses;
	const char *interface;
	char runtime_dir[256]; /* where this user's caches are */
	struct rsp_policy policy;
	struct monitor monitor; /* its settings */
	struct element_ids ids;
	int32_t life; /* seconds */
	bool interop_rsplib;
	bool no_preload;
	int64_t drain_ms, stop_timeout_ms;
	int64_t attempt_ms; /* for a connection to a registrar, at first */
	int verbose;
	char **command; /* NULL: none */
};

/* -1: go on.  Else the exit status: of --help, --version, or 2 after a line on
 * standard error that says what is wrong. */
int options_parse(struct options *o, int argc, char **argv);
void options_free(struct options *o);

#endif
