/* SPDX-License-Identifier: Apache-2.0 */
/* shim_jump.c - signal handlers that leave our calls by siglongjmp() */
#include "tests/shim/script_world.h"

#include <setjmp.h>
#include <sys/mman.h>

static sigjmp_buf back;

static void
jump(int sig)
{
	siglongjmp(back, sig);
}

static void *
read_in_vain(void *arg)
{
	int fd = *(int *)arg;
	long begin = now_ms();
	char b[8];

	/* one call may wait for who has jumped, not each */
	for (int i = 0; i < 20; i++) {
		EQUAL(recv(fd, b, sizeof(b), MSG_DONTWAIT), -1);
		EQUAL(errno, EAGAIN);
	}
	CHECK(now_ms() - begin < 4000);
	return NULL;
}

static void
jump_out_of_a_write_costs_once(void)
{
	static const struct step silent[] = { { SCRIPT_STAY, 0 } };
	char *b =
	    mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_t thread;
	int fd;

	script_begin(0, silent);
	fd = script_dial("Turns");
	signal(SIGSEGV, jump);
	if (sigsetjmp(back, 1) == 0)
		EQUAL(send(fd, b, 4096, 0), -1);
	signal(SIGSEGV, SIG_DFL);
	for (int i = 0; i < 2; i++) {
		pthread_create(&thread, NULL, read_in_vain, &fd);
		pthread_join(thread, NULL);
	}
	munmap(b, 4096);
	close(fd);
	script_over();
}

/* connect() is called again, and goes on where the first was. */
static void
jump_out_of_connect_is_no_end(void)
{
	struct timeval own = { 9, 0 }, now;
	socklen_t len = sizeof(now);
	int fd = stream(AF_INET, 0);

	EQUAL(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &own, sizeof(own)), 0);
	signal(SIGALRM, jump);
	if (sigsetjmp(back, 1) == 0) {
		ualarm(300000, 0);
		/* does not return */
		EQUAL(dial(fd, "Silent", AF_INET), -1);
	}
	EQUAL(dial(fd, "Silent", AF_INET), 0);
	EQUAL(getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &now, &len), 0);
	EQUAL(now.tv_sec, 9);
	talk(fd);
	close(fd);
}

static const struct test tests[] = {
	TEST(jump_out_of_a_write_costs_once),
	TEST(jump_out_of_connect_is_no_end),
};

MAIN(tests)
