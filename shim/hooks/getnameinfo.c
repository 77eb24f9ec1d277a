/* SPDX-License-Identifier: Apache-2.0 */
/* getnameinfo.c - getnameinfo: from a synthetic address to the pool's name */
#include "shim/real.h"

#include <errno.h>
#include <string.h>

#include "shim/hooks/getaddrinfo.h"
#include "shim/conn.h"

/* The name of the pool behind *sa, if a name is asked for. */
static bool
is_pool(const struct sockaddr *sa, socklen_t len, int flags, char *name,
    size_t size)
{
	struct rsp_address a;

	return (flags & NI_NUMERICHOST) == 0 &&
	       conn_is_synthetic(sa, len, &a) &&
	       names_of_address(&a, name, size);
}

EXPORT int
getnameinfo(const struct sockaddr *__restrict sa, socklen_t len,
    char *__restrict host, socklen_t host_size, char *__restrict service,
    socklen_t service_size, int flags)
{
	char name[NAMES_TEXT];
	int saved = errno;

	if (host == NULL || host_size == 0 ||
	    !is_pool(sa, len, flags, name, sizeof(name)))
		return real.getnameinfo(sa, len, host, host_size, service,
		    service_size, flags);
	errno = saved;
	if (strlen(name) >= host_size)
		return EAI_OVERFLOW;
	memcpy(host, name, strlen(name) + 1);
	if (service == NULL || service_size == 0)
		return 0;
	return real.getnameinfo(sa, len, NULL, 0, service, service_size,
	    flags & ~NI_NAMEREQD);
}
