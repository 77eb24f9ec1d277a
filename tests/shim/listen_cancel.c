/* SPDX-License-Identifier: Apache-2.0 */
/* listen_cancel.c - bind() and listen() in a thread that is to be cancelled:
 * they are no cancellation points and return
 *
 * For shim/strange.sh, under librsplisten.so, which knocks in them.
 */
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static bool returned;

/* arg: the socket's type; of datagrams bind() is what opens the port. */
static void *
open_port(void *arg)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	int type = *(int *)arg, fd = socket(AF_INET, type, 0), r;

	a.sin_port = htons(type == SOCK_STREAM ? 0 : 7001);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	if (type == SOCK_STREAM)
		bind(fd, (struct sockaddr *)&a, sizeof(a));
	pthread_cancel(pthread_self());
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	r = type == SOCK_STREAM ? listen(fd, 5)
				: bind(fd, (struct sockaddr *)&a, sizeof(a));
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	returned = r == 0;
	return NULL;
}

int
main(void)
{
	int types[2] = { SOCK_STREAM, SOCK_DGRAM };
	pthread_t thread;

	for (int i = 0; i < 2; i++) {
		returned = false;
		pthread_create(&thread, NULL, open_port, &types[i]);
		pthread_join(thread, NULL);
		if (!returned) {
			printf("cancelled: %s\n", i == 0 ? "listen" : "bind");
			return 1;
		}
	}
	return 0;
}
