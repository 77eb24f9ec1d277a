/* SPDX-License-Identifier: Apache-2.0 */
/* shim_test.c - helpers of the shim_*.c programs */
#include "tests/shim/shim_test.h"

#include <dirent.h>
#include <time.h>

void
check(bool holds, const char *claim, const char *file, int line)
{
	int error = errno;

	if (holds)
		return;
	fprintf(stderr, "%s:%d: not so: %s (errno %d, %s)\n", file, line, claim,
	    error, strerror(error));
	_exit(1);
}

void
equal(long a, long b, const char *ta, const char *tb, const char *file,
    int line)
{
	if (a == b)
		return;
	fprintf(stderr, "%s:%d: %s is %ld, %s is %ld (errno %s)\n", file, line,
	    ta, a, tb, b, strerror(errno));
	_exit(1);
}

int
count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	if (d == NULL)
		return -1;
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static inline int
count_threads(void)
{
	DIR *d = opendir("/proc/self/task");
	int n = 0;

	while (d != NULL && readdir(d) != NULL)
		n++;
	if (d != NULL)
		closedir(d);
	return n - 2;
}

int
run_tests(int argc, char **argv, const struct test *tests, size_t n)
{
	int fds;

	closefrom(3);
	for (size_t i = 0; i < n; i++)
		if (argc > 1 && strcmp(argv[1], "-l") == 0)
			puts(tests[i].name);
		else if (argc > 1 && strcmp(argv[1], tests[i].name) == 0) {
			fds = count_fds();
			tests[i].run();
			/* every test closes what it opened */
			EQUAL(count_fds(), fds);
#ifndef __SANITIZE_THREAD__ /* whose runtime has one of its own */
			EQUAL(count_threads(), 1);
#endif
			return 0;
		}
	return argc > 1 && strcmp(argv[1], "-l") == 0 ? 0 : 2;
}

struct address
pool_address(const char *pool, int family)
{
	struct addrinfo hints = { .ai_family = family,
		.ai_socktype = SOCK_STREAM },
			*ai;
	struct address a;
	char name[128], port[16];
	long end = now_ms() + 30000;
	int error;

	snprintf(name, sizeof(name), "pool:%s", pool);
	snprintf(port, sizeof(port), "%d", NAMED_PORT);
	/* on a busy machine the registrar may be late */
	while ((error = getaddrinfo(name, port, &hints, &ai)) == EAI_AGAIN &&
	       now_ms() < end)
		usleep(50000);
	EQUAL(error, 0);
	memset(&a, 0, sizeof(a));
	memcpy(&a.ss, ai->ai_addr, ai->ai_addrlen);
	a.len = ai->ai_addrlen;
	freeaddrinfo(ai);
	return a;
}

struct address
pool_mapped(const char *pool)
{
	struct address v4 = pool_address(pool, AF_INET), a;
	struct sockaddr_in *in = (struct sockaddr_in *)&v4.ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&a.ss;

	memset(&a, 0, sizeof(a));
	in6->sin6_family = AF_INET6;
	in6->sin6_port = in->sin_port;
	in6->sin6_addr.s6_addr[10] = in6->sin6_addr.s6_addr[11] = 0xff;
	memcpy(&in6->sin6_addr.s6_addr[12], &in->sin_addr, 4);
	a.len = sizeof(*in6);
	return a;
}

int
stream(int family, int flags)
{
	int fd = socket(family, SOCK_STREAM | flags, 0);

	CHECK(fd >= 0);
	return fd;
}

int
dial(int fd, const char *pool, int family)
{
	struct address a = pool_address(pool, family);

	return connect(fd, (struct sockaddr *)&a.ss, a.len) == 0 ? 0 : errno;
}

int
so_error(int fd)
{
	int error = -1;
	socklen_t len = sizeof(error);

	CHECK(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0);
	return error;
}

short
events_of(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	CHECK(poll(&p, 1, ms) >= 0);
	return p.revents;
}

int
finish(int fd)
{
	CHECK(events_of(fd, 8000) != 0);
	return so_error(fd);
}

void
talk(int fd)
{
	static const char word[] = "word", expected[] = "alive:word";
	char answer[64];
	size_t have = 0;
	ssize_t n;

	CHECK(
	    send(fd, word, sizeof(word) - 1, MSG_NOSIGNAL) == sizeof(word) - 1);
	while (have < sizeof(expected) - 1) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		EQUAL(poll(&p, 1, 5000), 1);
		n = recv(fd, answer + have, sizeof(answer) - have, 0);
		CHECK(n > 0);
		have += (size_t)n;
	}
	CHECK(have == sizeof(expected) - 1);
	CHECK(memcmp(answer, expected, have) == 0);
}

int
talker(const char *pool)
{
	int fd = stream(AF_INET, 0);

	EQUAL(dial(fd, pool, AF_INET), 0);
	talk(fd);
	return fd;
}

int
failures(void)
{
	FILE *f = fopen(getenv("RSP_LOG_FILE"), "r");
	char line[1024];
	int n = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		n += strstr(line, "does not answer") != NULL;
	if (f != NULL)
		fclose(f);
	return n;
}

bool
under_asan(void)
{
#if defined(__SANITIZE_ADDRESS__)
	return true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
	return true;
#endif
#endif
	return false;
}

void
not_under_asan(void)
{
	if (under_asan())
		exit(77);
}

void
not_under_tsan(void)
{
#ifdef __SANITIZE_THREAD__
	exit(77);
#endif
}

long
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool
sleeps(pid_t tid)
{
	char name[64], line[512], state = 0;
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/stat", (int)tid);
	f = fopen(name, "re");
	CHECK(f != NULL);
	if (fgets(line, sizeof(line), f) != NULL)
		sscanf(strrchr(line, ')'), ") %c", &state);
	fclose(f);
	return state == 'S';
}

void
await_sleep(pid_t tid)
{
	long end = now_ms() + 30000;

	/* a lock may be a sleep, too, but a short one */
	for (int seen = 0; seen < 10; usleep(1000)) {
		CHECK(now_ms() < end);
		seen = sleeps(tid) ? seen + 1 : 0;
	}
}

void
appear(void)
{
	CHECK(system("ip addr add 192.0.2.10/32 dev lo") == 0);
}
