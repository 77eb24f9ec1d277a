/* SPDX-License-Identifier: Apache-2.0 */
/* check.h - asking a server whether it is well: one question at a time
 *
 *	tcp		it accepts a connection
 *	http:/PATH	it answers a GET for it with a status of 200 to 399
 *	exec:COMMAND	the command, run by the shell with RSP_POOL, RSP_PORT,
 *			RSP_PROTOCOL and RSP_ADDRESS in its environment, ends
 *			with 0
 */
#ifndef RSP_CHECK_H
#define RSP_CHECK_H

#include "rsp/core/wire/param.h"
#include "rsp/register/command.h"
#include "rsp/register/reply.h"

enum check_kind {
	CHECK_PASSIVE, /* nobody is asked, see health.h */
	CHECK_NONE,    /* not even looked at */
	CHECK_TCP,
	CHECK_HTTP,
	CHECK_EXEC,
};

struct check_spec {
	enum check_kind kind;
	const char *what; /* path or command, in the option's text */
};

/* false: `why` is set to a static text. */
bool check_parse(const char *text, struct check_spec *spec, const char **why);

/* Whom to ask. */
struct check_target {
	struct rsp_address address;
	uint16_t port;
	const char *protocol; /* "tcp" */
	const char *pool;
};

enum check_state {
	CHECK_IDLE,
	CHECK_BUSY,
	CHECK_GOOD, /* until the next start */
	CHECK_BAD,  /* `reason` says why */
};

#define CHECK_REASON 96

struct check {
	enum check_state state;
	char reason[CHECK_REASON];

	/* Private. */
	const struct check_spec *spec;
	int fd;
	bool sent;
	struct reply reply;
	rsp_time end;
	struct command command;
};

/* All zero at first.  `mask` is the signal mask for commands. */
void check_start(struct check *c, rsp_time now, const struct check_spec *spec,
    const struct check_target *target, int64_t timeout_ms,
    const sigset_t *mask);
void check_poll(const struct check *c, struct pollfd *p);
void check_serve(struct check *c, rsp_time now, const struct pollfd *p);
rsp_time check_deadline(const struct check *c);
bool check_reaped(struct check *c, pid_t pid, int status);
void check_stop(struct check *c);

/* A command, of this question or of one that was given up, is still there. */
bool check_has_job(const struct check *c);

/* No question is open, nor a command of the last one still about to end. */
bool check_may_start(const struct check *c);

#endif
