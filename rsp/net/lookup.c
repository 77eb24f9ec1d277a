/* SPDX-License-Identifier: Apache-2.0 */
/* lookup.c - lookups of registrars' names in a thread, which gets a copy of
 * the endpoint and sends it back */
#include "rsp/net/lookup.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rsp/core/base/error.h"

#define MOMENT_MS 50

struct job {
	struct rsp_endpoint endpoint;
	int fd;
};

/* The program may be over by the time that the answer comes: no SIGPIPE. */
static void *
run(void *ctx)
{
	struct job *job = ctx;

	rsp_endpoint_resolve(&job->endpoint);
	send(job->fd, &job->endpoint, sizeof(job->endpoint), MSG_NOSIGNAL);
	close(job->fd);
	free(job);
	return NULL;
}

static bool
start_thread(struct job *job)
{
	pthread_attr_t attr;
	pthread_t thread;
	bool started;

	if (pthread_attr_init(&attr) != 0)
		return false;
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	started = pthread_create(&thread, &attr, run, job) == 0;
	pthread_attr_destroy(&attr);
	return started;
}

static bool
start(struct lookup *k, const struct rsp_endpoint *e)
{
	struct job *job = malloc(sizeof(*job));
	int fds[2];

	if (job == NULL ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0) {
		free(job);
		return false;
	}
	*job = (struct job){ .endpoint = *e, .fd = fds[1] };
	k->running = start_thread(job);
	k->fd = fds[0];
	if (k->running)
		return true;
	close(fds[0]);
	close(fds[1]);
	free(job);
	return false;
}

static bool
has_hosts(const struct rsp_endpoint *e)
{
	return e->scheme == RSP_UNIX || e->hosts[0].family != 0;
}

int
lookup_begin(struct lookup *k, const struct rsp_endpoint *e)
{
	if (has_hosts(e))
		return 0;
	return k->running || start(k, e) ? LOOKUP_PENDING : ENOMEM;
}

int
lookup_take(struct lookup *k, struct rsp_endpoint *e)
{
	struct rsp_endpoint found;
	ssize_t n = recv(k->fd, &found, sizeof(found), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return LOOKUP_PENDING;
	lookup_fini(k);
	if (n != (ssize_t)sizeof(found) || !has_hosts(&found))
		return LOOKUP_NO_HOST;
	*e = found;
	return 0;
}

int
lookup_hosts(struct lookup *k, struct rsp_endpoint *e)
{
	struct pollfd p = { .events = POLLIN };

	if (has_hosts(e))
		return 0;
	if (lookup_begin(k, e) != LOOKUP_PENDING)
		return LOOKUP_PENDING; /* another call tries again */
	p.fd = k->fd;
	if (poll(&p, 1, MOMENT_MS) <= 0)
		return LOOKUP_PENDING;
	return lookup_take(k, e);
}

void
lookup_fini(struct lookup *k)
{
	if (k->running)
		close(k->fd);
	*k = (struct lookup){ 0 };
}

const char *
lookup_strerror(int error)
{
	if (error == LOOKUP_NO_HOST)
		return "no such host";
	if (error == LOOKUP_UNHEARD)
		return "no registrar is announced there";
	if (error == LOOKUP_PENDING)
		return "no name server answers";
	return strerror(error);
}
