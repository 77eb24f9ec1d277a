/* SPDX-License-Identifier: Apache-2.0 */
/* pool_option.h - what a --pool option asks for: NAME[=PORT[/PROTO]], where
 * PROTO may be dccp:SERVICE */
#ifndef RSP_POOL_OPTION_H
#define RSP_POOL_OPTION_H

#include "rsp/core/wire/param.h"
#include "rsp/register/ports.h"

#define WISH_HANDLE_MAX 4096

struct pool_option {
	uint8_t *handle; /* allocated */
	size_t handle_len;
	char *text;	   /* the handle, escaped; allocated */
	char label[72];	   /* the same for log lines, cut if it is long */
	uint16_t protocol; /* RSP_PARAM_TCP ... */
	uint32_t service;  /* DCCP's service code; 0: none */
	uint16_t port;	   /* 0: all that the server has */
};

/* NAME is a handle, %XX for any byte, or a pool name of either form; an equals
 * sign in it is %3D.  PORT may be left empty: "DNS=/udp".  RSP_EINVALID with
 * `what` set to a static text, RSP_ENOMEM. */
int pool_option_parse(const char *text, const char *domain,
    struct pool_option *w, const char **what);
void pool_option_free(struct pool_option *w);

/* Is that port of the server's what all[at] asks for?  One that a pool names is
 * not for those that name none. */
bool pool_option_suits(const struct pool_option *all, unsigned n, unsigned at,
    const struct port *port);

#endif
