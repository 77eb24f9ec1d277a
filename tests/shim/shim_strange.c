/* SPDX-License-Identifier: Apache-2.0 */
/* shim_strange.c - processes that are set up unlike most */
#include "tests/shim/shim_test.h"

#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>

#ifndef SO_COOKIE
#define SO_COOKIE 57
#endif

/* In a process of its own, which may spoil itself. */
static void
in_child(void (*run)(void))
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		run();
		_exit(0);
	}
	EQUAL(waitpid(child, &status, 0), child);
	EQUAL(status, 0);
}

/* Fresh, so that a registrar is asked. */
static void
look_up(const char *name)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list;

	if (getaddrinfo(name, "80", &hints, &list) == 0)
		freeaddrinfo(list);
}

static bool stop;
static int written, talk_fd = -1;

/* A part of the program that does not know that the number is closed. */
static void *
write_blindly(void *arg)
{
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		if (write(*(int *)arg, "", 0) >= 0 || errno != EBADF)
			__atomic_add_fetch(&written, 1, __ATOMIC_RELAXED);
	return NULL;
}

static void
dial_without_standard_numbers(void)
{
	int closed[2] = { 0, 1 }, fd = stream(AF_INET, 0);
	pthread_t thread[2];

	close(0);
	close(1);
	for (int i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, write_blindly, &closed[i]);
	look_up("pool:Live");
	look_up("pool:Nobody");
	EQUAL(dial(fd, "Second", AF_INET), 0);
	talk(fd);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	EQUAL(written, 0);
}

static void
standard_numbers_stay_closed(void)
{
	in_child(dial_without_standard_numbers);
}

/* What another thread does once main() has ended: then /proc/self is empty. */
static void *
without_a_leader(void *arg)
{
	struct epoll_event e = { .events = EPOLLOUT }, got;
	int epoll = epoll_create1(0), fd = stream(AF_INET, SOCK_NONBLOCK);
	long end = now_ms() + 5000;

	(void)arg;
	while (access("/proc/self/fd/0", F_OK) == 0)
		CHECK(now_ms() < end);
	EQUAL(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e), 0);
	EQUAL(dial(fd, "Mixed", AF_INET), EINPROGRESS);
	EQUAL(epoll_wait(epoll, &got, 1, 5000), 1);
	EQUAL(got.events, EPOLLOUT);
	EQUAL(so_error(fd), 0);
	_exit(0);
}

static void
end_the_main_thread(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, without_a_leader, NULL);
	pthread_exit(NULL);
}

static void
the_main_thread_may_have_ended(void)
{
	in_child(end_the_main_thread);
}

static void
expect_peer(int fd, const struct sockaddr_in *want)
{
	struct sockaddr_in peer;
	socklen_t len = sizeof(peer);

	memset(&peer, 0, sizeof(peer));
	EQUAL(getpeername(fd, (struct sockaddr *)&peer, &len), 0);
	EQUAL(peer.sin_port, want->sin_port);
	EQUAL(peer.sin_addr.s_addr, want->sin_addr.s_addr);
}

/* Somebody who has nothing to do with pools, whatever else he is. */
static struct sockaddr_in
somebody(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };

	a.sin_port = htons(8001);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

static void
another_peer_is_that_of_all_copies(void)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	struct sockaddr_in other = somebody();
	int fd = talker("Second"), copy = dup(fd);

	EQUAL(connect(fd, &none, sizeof(none)), 0);
	EQUAL(connect(fd, (struct sockaddr *)&other, sizeof(other)), 0);
	expect_peer(fd, &other);
	expect_peer(copy, &other);
	close(fd);
	talk(copy);
	close(copy);
}

static void
a_connected_socket_stays_the_pools(void)
{
	struct address pool = pool_address("Second", AF_INET);
	struct sockaddr_in other = somebody();
	int fd = talker("Second"), copy = dup(fd);

	EQUAL(connect(copy, (struct sockaddr *)&other, sizeof(other)), -1);
	EQUAL(errno, EISCONN);
	expect_peer(fd, (struct sockaddr_in *)&pool.ss);
	expect_peer(copy, (struct sockaddr_in *)&pool.ss);
	close(copy);
	talk(fd);
	close(fd);
	fd = stream(AF_INET, SOCK_NONBLOCK);
	EQUAL(dial(fd, "Silent", AF_INET), EINPROGRESS);
	EQUAL(connect(fd, (struct sockaddr *)&other, sizeof(other)), -1);
	EQUAL(errno, EALREADY);
	EQUAL(finish(fd), 0);
	pool = pool_address("Silent", AF_INET);
	expect_peer(fd, (struct sockaddr_in *)&pool.ss);
	close(fd);
}

static void *
look_up_a_long_name(void *arg)
{
	static char name[100010] = "pool:";
	struct addrinfo *list;

	memset(name + 5, 'a', 100000);
	*(int *)arg = getaddrinfo(name, "80", NULL, &list);
	return NULL;
}

static void
a_name_that_is_too_long_does_not_exist(void)
{
	pthread_attr_t small;
	pthread_t thread;
	int said = 0;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 65536);
	EQUAL(pthread_create(&thread, &small, look_up_a_long_name, &said), 0);
	pthread_join(thread, NULL);
	pthread_attr_destroy(&small);
	EQUAL(said, EAI_NONAME);
}

/* Everything from the name to an answer, past elements that are dead. */
static void *
talk_to(void *pool)
{
	talk_fd = talker(pool);
	talk(talk_fd);
	close(talk_fd);
	return NULL;
}

static void
a_thread_may_be_as_small_as_can_be(void)
{
	static const char *const pools[] = { "Live", "Second", "Mixed" };
	pthread_attr_t small;
	pthread_t thread;

	not_under_asan();
	not_under_tsan();
	pthread_attr_init(&small);
	EQUAL(pthread_attr_setstacksize(&small, PTHREAD_STACK_MIN), 0);
	for (size_t i = 0; i < 3; i++) {
		EQUAL(pthread_create(&thread, &small, talk_to,
			  (void *)pools[i]),
		    0);
		pthread_join(thread, NULL);
		CHECK(fcntl(talk_fd, F_GETFD) < 0);
		talk_fd = -1;
	}
	pthread_attr_destroy(&small);
}

static struct address handled;
static int said;

static void
connect_in_handler(int sig)
{
	(void)sig;
	talk_fd = socket(AF_INET, SOCK_STREAM, 0);
	said = connect(talk_fd, (struct sockaddr *)&handled.ss, handled.len);
}

/* connect() is async-signal-safe; below the stack is a page that is nobody's.
 */
static void
a_signal_stack_of_the_usual_size_is_enough(void)
{
	enum { SIZE = 8192, PAGE = 4096 };
	struct sigaction sa = { .sa_handler = connect_in_handler,
		.sa_flags = SA_ONSTACK };
	char *memory = mmap(NULL, SIZE + PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	stack_t stack = { .ss_size = SIZE }, none = { .ss_flags = SS_DISABLE };

	not_under_asan();
	not_under_tsan();
	handled = pool_address("Live", AF_INET);
	CHECK(memory != MAP_FAILED);
	EQUAL(mprotect(memory, PAGE, PROT_NONE), 0);
	stack.ss_sp = memory + PAGE;
	EQUAL(sigaltstack(&stack, NULL), 0);
	EQUAL(sigaction(SIGUSR1, &sa, NULL), 0);
	raise(SIGUSR1);
	EQUAL(said, 0);
	talk(talk_fd);
	close(talk_fd);
	EQUAL(sigaltstack(&none, NULL), 0);
	munmap(memory, SIZE + PAGE);
}

/* A connect() without waiting, past elements that are dead, where there is no
 * /proc to read what an epoll descriptor watches. */
static void
connect_in_a_cage(void)
{
	static const char *const pools[] = { "Second", "Mixed" };
	struct epoll_event e = { .events = EPOLLOUT, .data.u64 = 77 }, got;
	int epoll = epoll_create1(0), fd;

	pool_address("Second", AF_INET);
	pool_address("Mixed", AF_INET);
	EQUAL(mkdir("/tmp/cage", 0700) == 0 || errno == EEXIST, 1);
	EQUAL(chroot("/tmp/cage"), 0);
	EQUAL(access("/proc", F_OK), -1);
	for (int i = 0; i < 2; i++) {
		fd = stream(AF_INET, SOCK_NONBLOCK);
		EQUAL(dial(fd, pools[i], AF_INET), EINPROGRESS);
		EQUAL(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e), 0);
		EQUAL(epoll_wait(epoll, &got, 1, 5000), 1);
		EQUAL(got.events, EPOLLOUT);
		EQUAL(got.data.u64, 77);
		EQUAL(so_error(fd), 0);
		fcntl(fd, F_SETFL, 0);
		talk(fd);
		close(fd);
	}
}

static void
failures_are_hidden_in_a_chroot(void)
{
	in_child(connect_in_a_cage);
}

/* Microseconds of CPU for each of some hang-ups among `many` sockets that are
 * nobody's. */
static double
cost_of_hang_ups(int many)
{
	enum { HANG_UPS = 200 };
	struct epoll_event e = { .events = EPOLLIN | EPOLLRDHUP }, got;
	int epoll = epoll_create1(0), pair[2];
	int *far = calloc((size_t)many, sizeof(int));
	int *near = calloc((size_t)many, sizeof(int));
	clock_t begun;
	double us;

	for (int i = 0; i < many; i++) {
		EQUAL(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		far[i] = pair[0];
		near[i] = e.data.fd = pair[1];
		EQUAL(epoll_ctl(epoll, EPOLL_CTL_ADD, near[i], &e), 0);
	}
	begun = clock();
	for (int i = 0; i < HANG_UPS; i++) {
		close(far[i]);
		EQUAL(epoll_wait(epoll, &got, 1, 1000), 1);
		EQUAL(got.data.fd, near[i]);
		close(near[i]);
	}
	us = (double)(clock() - begun) * 1e6 / CLOCKS_PER_SEC / HANG_UPS;
	for (int i = HANG_UPS; i < many; i++) {
		close(far[i]);
		close(near[i]);
	}
	close(epoll);
	free(far);
	free(near);
	return us;
}

static void
hang_ups_of_others_cost_what_they_cost(void)
{
	struct rlimit most = { 4200, 4200 };
	double before, beside;
	int fd;

	setrlimit(RLIMIT_NOFILE, &most);
	before = cost_of_hang_ups(2000);
	fd = talker("Live");
	beside = cost_of_hang_ups(2000);
	if (beside > 5 * before + 50)
		fprintf(stderr, "%.0f us, and %.0f us beside a connection\n",
		    before, beside);
	CHECK(beside <= 5 * before + 50);
	close(fd);
}

/* Whatever stands in front of libc's clocks. */
static long
kernel_ms(void)
{
	struct timespec t = { 0, 0 };

	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
waits_end_by_the_kernels_clock(void)
{
	int idle[2], fd = talker("Live");
	struct pollfd p = { .events = POLLIN };
	struct timeval limit = { 1, 500000 };
	long begun = kernel_ms();
	fd_set set;

	EQUAL(pipe(idle), 0);
	p.fd = idle[0];
	EQUAL(poll(&p, 1, 1500), 0);
	CHECK(kernel_ms() - begun >= 1500);
	CHECK(kernel_ms() - begun < 4000);
	FD_ZERO(&set);
	FD_SET(idle[0], &set);
	begun = kernel_ms();
	EQUAL(select(idle[0] + 1, &set, NULL, NULL, &limit), 0);
	CHECK(kernel_ms() - begun >= 1500);
	CHECK(kernel_ms() - begun < 4000);
	close(idle[0]);
	close(idle[1]);
	close(fd);
}

static void
connect_with_little_address_space(void)
{
	struct rlimit limit = { 0, 0 };
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long pages = 0;

	CHECK(f != NULL);
	EQUAL(fscanf(f, "%lu", &pages), 1);
	fclose(f);
	limit.rlim_cur = limit.rlim_max = pages * 4096 + (6u << 20);
	EQUAL(setrlimit(RLIMIT_AS, &limit), 0);
	talk_fd = talker("Second");
	talk(talk_fd);
	EQUAL(dup2(talk_fd, 1000), 1000);
	talk(1000);
}

static void
a_little_address_space_is_enough(void)
{
	not_under_asan();
	not_under_tsan();
	in_child(connect_with_little_address_space);
}

#define KILLED(call)                                                           \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1),                 \
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)

/* From here on these calls end the process. */
static void
confine(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		KILLED(mmap),
		KILLED(madvise),
		KILLED(openat),
		KILLED(socket),
		KILLED(geteuid),
		KILLED(rt_sigaction),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]),
		filter };

	EQUAL(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	EQUAL(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

static void
connect_when_confined(void)
{
	struct address a = pool_address("Live", AF_INET);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	confine();
	EQUAL(connect(fd, (struct sockaddr *)&a.ss, a.len), 0);
	talk(fd);
	close(fd);
}

static void
a_process_may_confine_itself_after_the_lookup(void)
{
	not_under_asan();
	not_under_tsan();
	in_child(connect_when_confined);
}

/* As on a kernel, or an emulator, that does not know the option. */
static void
forget_cookies(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getsockopt, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SO_COOKIE, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOPROTOOPT),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]),
		filter };

	EQUAL(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	EQUAL(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

static void
connect_without_cookies(void)
{
	struct sockaddr_in peer, self;
	socklen_t len = sizeof(peer);
	int fd, other;

	forget_cookies();
	fd = talker("Second");
	talk(fd);
	/* closed behind our back: the number is another socket's */
	syscall(SYS_close, fd);
	other = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
	EQUAL(other, fd);
	self = somebody();
	EQUAL(syscall(SYS_connect, other, &self, sizeof(self)), 0);
	EQUAL(getpeername(other, (struct sockaddr *)&peer, &len), 0);
	EQUAL(peer.sin_port, self.sin_port);
}

static void
a_kernel_may_have_no_cookies(void)
{
	in_child(connect_without_cookies);
}

static volatile sig_atomic_t caught;

static void
count(int sig)
{
	(void)sig;
	caught++;
}

static void
nothing(int sig)
{
	(void)sig;
}

/* What interrupts is the handler that runs, not what others may be there. */
static void
a_handler_that_restarts_does_so_beside_others(void)
{
	struct sigaction restarts = { .sa_handler = count,
		.sa_flags = SA_RESTART },
			 other = { .sa_handler = nothing };
	struct itimerval ticks = { { 0, 100000 }, { 0, 100000 } };
	struct itimerval none = { { 0, 0 }, { 0, 0 } };
	int fd = stream(AF_INET, 0), patience = 4000, now = 0;
	socklen_t len = sizeof(now);

	EQUAL(setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, len), 0);
	sigaction(SIGALRM, &restarts, NULL);
	sigaction(SIGUSR2, &other, NULL);
	setitimer(ITIMER_REAL, &ticks, NULL);
	EQUAL(dial(fd, "Silent", AF_INET), 0);
	setitimer(ITIMER_REAL, &none, NULL);
	CHECK(caught > 5);
	EQUAL(failures(), 1);
	EQUAL(getsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &now, &len), 0);
	EQUAL(now, patience);
	talk(fd);
	close(fd);
}

static const struct test tests[] = {
	TEST(a_handler_that_restarts_does_so_beside_others),
	TEST(a_kernel_may_have_no_cookies),
	TEST(a_process_may_confine_itself_after_the_lookup),
	TEST(a_little_address_space_is_enough),
	TEST(waits_end_by_the_kernels_clock),
	TEST(failures_are_hidden_in_a_chroot),
	TEST(hang_ups_of_others_cost_what_they_cost),
	TEST(a_signal_stack_of_the_usual_size_is_enough),
	TEST(a_thread_may_be_as_small_as_can_be),
	TEST(a_connected_socket_stays_the_pools),
	TEST(a_name_that_is_too_long_does_not_exist),
	TEST(another_peer_is_that_of_all_copies),
	TEST(standard_numbers_stay_closed),
	TEST(the_main_thread_may_have_ended),
};
MAIN(tests)
