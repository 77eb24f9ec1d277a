/* SPDX-License-Identifier: Apache-2.0 */
/* shim_test.h - what the shim_*.c programs share
 *
 * Each program is a list of tests and runs one of them, under the shim, in the
 * network that shim/hazards.sh has made.  There, pools have these elements:
 *
 *   Live     one that answers
 *   Second   two dead ones, then one that answers
 *   Dead     two dead ones
 *   Silent   a host that says nothing, then one that answers
 *   Mute     a host that says nothing
 *   NoRoute  two that no route leads to, then one that answers
 *   Nowhere  two that no route leads to
 *   Late     a dead one, then a host that appear() brings to life
 *   Reset    one that resets every connection, then one that answers
 *   Six      a dead one and one that answers, by IPv6
 *   Mixed    a dead one by IPv4, one that answers by IPv6
 *   Mapped   a dead one by IPv6, one that answers by IPv4
 *   Udp      two dead ones, then one that answers
 *   UdpDead  two dead ones
 *   Udp2     another one that answers
 *   Turns    two that are the test's own to play
 *
 * Those that answer say what they heard, with "alive:" before it.
 */
#ifndef RSP_SHIM_TEST_H
#define RSP_SHIM_TEST_H

/* Programs of strangers are not as strict. */
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

struct test {
	const char *name;
	void (*run)(void);
};

#define TEST(name)                                                             \
	{                                                                      \
#name, name                                                    \
	}

/* main of each program: -l lists the names, NAME runs that test. */
int run_tests(int argc, char **argv, const struct test *tests, size_t n);

#define MAIN(tests)                                                            \
	int main(int argc, char **argv)                                        \
	{                                                                      \
		return run_tests(argc, argv, tests,                            \
		    sizeof(tests) / sizeof((tests)[0]));                       \
	}

/* A claim, with the line and errno when it does not hold. */
#define CHECK(claim) check(claim, #claim, __FILE__, __LINE__)
#define EQUAL(a, b) equal((long)(a), (long)(b), #a, #b, __FILE__, __LINE__)
void check(bool holds, const char *claim, const char *file, int line);
void equal(long a, long b, const char *ta, const char *tb, const char *file,
    int line);

/* Until a thread, or a process, sleeps in the kernel and goes on to. */
void await_sleep(pid_t tid);

/* The port that the tests name; elements have others. */
#define NAMED_PORT 7777

struct address {
	struct sockaddr_storage ss;
	socklen_t len;
};

/* The pool's address in a family, by getaddrinfo. */
struct address pool_address(const char *pool, int family);
/* The same for an AF_INET6 socket, mapped. */
struct address pool_mapped(const char *pool);

/* A socket, and what connect() on it gives: 0 or errno. */
int stream(int family, int flags);
int dial(int fd, const char *pool, int family);

/* Waits for a non-blocking connect by poll and SO_ERROR, as most programs do;
 * its result. */
int finish(int fd);
int so_error(int fd);
short events_of(int fd, int ms);

/* Sends a word and gets it back from an element that answers. */
void talk(int fd);
/* A connected socket, or the test ends. */
int talker(const char *pool);

/* Failed elements so far, from the shim's log. */
int failures(void);

/* Ends the test as skipped in builds where it cannot work: ASan does not know
 * that a cancelled thread leaves its frames, and the locks of its allocator
 * stay taken in the child when another thread held one as it forked (GCC 12's;
 * libc's do not); TSan does not know what libc does with threads of its own and
 * with streams. */
bool under_asan(void);
void not_under_asan(void);
void not_under_tsan(void);

/* Milliseconds since some moment. */
long now_ms(void);

/* Gives the Late pool's host an address of this machine. */
void appear(void);

int count_fds(void);

#endif
