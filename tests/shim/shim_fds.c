/* SPDX-License-Identifier: Apache-2.0 */
/* shim_fds.c - descriptors: dup, fork, vfork, exec and every way of closing,
 * seen or not seen by the shim */
#include "tests/shim/shim_test.h"

#include <linux/close_range.h>
#include <spawn.h>
#include <sys/un.h>

#ifndef SO_COOKIE
#define SO_COOKIE 57
#endif

static uint64_t
cookie(int fd)
{
	uint64_t c = 0;
	socklen_t len = sizeof(c);

	EQUAL(getsockopt(fd, SOL_SOCKET, SO_COOKIE, &c, &len), 0);
	return c;
}

static ino_t
inode(int fd)
{
	struct stat st;

	EQUAL(fstat(fd, &st), 0);
	return st.st_ino;
}

/* Is the descriptor known to the shim?  Then its peer is the pool. */
static bool
is_pool(int fd)
{
	struct sockaddr_in peer;
	socklen_t len = sizeof(peer);

	memset(&peer, 0, sizeof(peer));
	return getpeername(fd, (struct sockaddr *)&peer, &len) == 0 &&
	       ntohs(peer.sin_port) == NAMED_PORT;
}

/* A connected pair that has nothing to do with pools. */
static void
plain_pair(int fd[2])
{
	EQUAL(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
}

static void
expect_plain(int a, int b)
{
	char c = 0;
	struct sockaddr_un name;
	socklen_t len = sizeof(name);

	EQUAL(write(a, "p", 1), 1);
	EQUAL(read(b, &c, 1), 1);
	EQUAL(c, 'p');
	EQUAL(getpeername(a, (struct sockaddr *)&name, &len), 0);
	EQUAL(name.sun_family, AF_UNIX);
	EQUAL(so_error(a), 0);
}

static void
the_socket_stays_the_same(void)
{
	int fd = stream(AF_INET, SOCK_NONBLOCK);
	uint64_t c = cookie(fd);
	ino_t i = inode(fd);

	EQUAL(dial(fd, "Second", AF_INET), EINPROGRESS);
	EQUAL(finish(fd), 0);
	EQUAL(failures(), 2);
	CHECK(cookie(fd) == c);
	CHECK(inode(fd) == i);
	close(fd);
}

/* made `before` the connection or after it */
static void
copies(int (*copy)(int fd), bool before)
{
	int fd = stream(AF_INET, SOCK_NONBLOCK), other = -1;

	if (before)
		other = copy(fd);
	EQUAL(dial(fd, "Second", AF_INET), EINPROGRESS);
	if (!before)
		other = copy(fd);
	CHECK(other >= 0 && other != fd);
	EQUAL(finish(before ? fd : other), 0);
	talk(other);
	CHECK(is_pool(fd));
	if (!before)
		CHECK(is_pool(other));
	close(fd);
	talk(other);
	if (!before)
		CHECK(is_pool(other));
	close(other);
}

static int
by_dup2(int fd)
{
	return dup2(fd, 77);
}

static int
by_dup3(int fd)
{
	return dup3(fd, 78, O_CLOEXEC);
}

static int
by_fcntl(int fd)
{
	return fcntl(fd, F_DUPFD, 50);
}

static int
by_fcntl_cloexec(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 50);
}

static void
copies_share_the_connection(void)
{
	static int (*const ways[])(
	    int) = { dup, by_dup2, by_dup3, by_fcntl, by_fcntl_cloexec };

	for (size_t i = 0; i < 5; i++) {
		copies(ways[i], false);
		copies(ways[i], true);
	}
}

/* The first descriptor goes while the handshake runs. */
static void
copy_outlives_the_original(void)
{
	int fd = stream(AF_INET, SOCK_NONBLOCK), other;

	EQUAL(dial(fd, "Silent", AF_INET), EINPROGRESS);
	other = dup(fd);
	close(fd);
	EQUAL(events_of(other, 8000), POLLOUT);
	EQUAL(so_error(other), 0);
	talk(other);
	close(other);
}

static void
dup2_over_a_pool_connection(void)
{
	int fd = talker("Live"), pair[2];

	plain_pair(pair);
	EQUAL(dup2(pair[0], fd), fd);
	expect_plain(fd, pair[1]);
	EQUAL(dup2(fd, fd), fd);
	expect_plain(fd, pair[1]);
	close(fd);
	close(pair[0]);
	close(pair[1]);
}

static void
dup2_on_itself(void)
{
	int fd = talker("Live");

	EQUAL(dup2(fd, fd), fd);
	CHECK(is_pool(fd));
	EQUAL(dup3(fd, fd, 0), -1);
	EQUAL(errno, EINVAL);
	EQUAL(dup2(999, fd), -1);
	EQUAL(errno, EBADF);
	CHECK(is_pool(fd));
	talk(fd);
	close(fd);
}

/* The number is taken by something else at once. */
static void
expect_reuse(int fd)
{
	int pair[2];

	plain_pair(pair);
	CHECK(pair[0] == fd || pair[1] == fd);
	expect_plain(pair[0], pair[1]);
	expect_plain(pair[1], pair[0]);
	close(pair[0]);
	close(pair[1]);
}

static void
number_is_used_again_after_close(void)
{
	int fd = talker("Live");

	EQUAL(close(fd), 0);
	EQUAL(close(fd), -1);
	EQUAL(errno, EBADF);
	expect_reuse(fd);
}

static void
number_is_used_again_after_close_range(void)
{
	int fd = talker("Live");

	EQUAL(close_range((unsigned)fd, (unsigned)fd, CLOSE_RANGE_CLOEXEC), 0);
	CHECK(is_pool(fd));
	EQUAL(close_range((unsigned)fd, ~0U, 0), 0);
	expect_reuse(fd);
}

static void
number_is_used_again_after_closefrom(void)
{
	int fd = talker("Live");

	closefrom(fd);
	expect_reuse(fd);
}

static void
number_is_used_again_after_fclose(void)
{
	int fd = talker("Live");
	FILE *f = fdopen(fd, "r+");
	char line[64];

	fputs("over stdio", f);
	fflush(f);
	EQUAL(fread(line, 1, 16, f), 16);
	CHECK(memcmp(line, "alive:over stdio", 16) == 0);
	EQUAL(fclose(f), 0);
	expect_reuse(fd);
	not_under_tsan();
	/* a stream without a descriptor */
	f = fmemopen(line, sizeof(line), "r");
	errno = 0;
	EQUAL(fclose(f), 0);
	EQUAL(errno, 0);
}

/* A close that nobody sees, and a new owner of the number in each state. */
static void
number_is_used_again_behind_our_back(void)
{
	static const char *const pools[] = { "Live", "Mute", "Dead" };
	int fd;

	for (size_t i = 0; i < 3; i++) {
		fd = stream(AF_INET, SOCK_NONBLOCK);
		EQUAL(dial(fd, pools[i], AF_INET), EINPROGRESS);
		EQUAL(syscall(SYS_close, fd), 0);
		expect_reuse(fd);
	}
	/* by a file, while the table still holds it for a running handshake */
	fd = stream(AF_INET, SOCK_NONBLOCK);
	EQUAL(dial(fd, "Mute", AF_INET), EINPROGRESS);
	EQUAL(syscall(SYS_close, fd), 0);
	EQUAL(open("/dev/null", O_RDWR), fd);
	EQUAL(write(fd, "x", 1), 1);
	EQUAL(events_of(fd, 2000), POLLIN | POLLOUT);
	EQUAL(poll(NULL, 0, 1700), 0); /* past its deadline */
	EQUAL(write(fd, "x", 1), 1);
	close(fd);
	/* by another pool connection */
	fd = talker("Live");
	EQUAL(syscall(SYS_close, fd), 0);
	EQUAL(talker("Live"), fd);
	CHECK(is_pool(fd));
	close(fd);
}

/* As daemons do at their start. */
static void
everything_is_closed_in_a_loop(void)
{
	int fd = talker("Live");
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		for (int i = 3; i < 1024; i++)
			close(i);
		close(talker("Live"));
		_exit(0);
	}
	EQUAL(waitpid(pid, &status, 0), pid);
	EQUAL(status, 0);
	CHECK(is_pool(fd));
	talk(fd);
	close(fd);
}

static void
child_uses_the_connection(void)
{
	int fd = talker("Second"), status;
	pid_t pid = fork();

	if (pid == 0) {
		CHECK(is_pool(fd));
		talk(fd);
		close(fd);
		close(talker("Second"));
		_exit(0);
	}
	EQUAL(waitpid(pid, &status, 0), pid);
	EQUAL(status, 0);
	CHECK(is_pool(fd));
	talk(fd);
	close(fd);
}

/* Forked while the handshake runs: either side may carry it on. */
static void
child_finishes_the_handshake(void)
{
	int fd = stream(AF_INET, SOCK_NONBLOCK), status;
	pid_t pid;

	EQUAL(dial(fd, "Silent", AF_INET), EINPROGRESS);
	pid = fork();
	if (pid == 0) {
		EQUAL(events_of(fd, 8000), POLLOUT);
		EQUAL(so_error(fd), 0);
		_exit(0);
	}
	EQUAL(waitpid(pid, &status, 0), pid);
	EQUAL(status, 0);
	EQUAL(finish(fd), 0);
	talk(fd);
	close(fd);
}

static void
both_finish_the_handshake(void)
{
	int fd = stream(AF_INET, SOCK_NONBLOCK), status;
	pid_t pid;

	EQUAL(dial(fd, "Silent", AF_INET), EINPROGRESS);
	pid = fork();
	EQUAL(events_of(fd, 8000), POLLOUT);
	EQUAL(so_error(fd), 0);
	if (pid == 0)
		_exit(0);
	EQUAL(waitpid(pid, &status, 0), pid);
	EQUAL(status, 0);
	talk(fd);
	close(fd);
}

/* A child that libc's fork() knows nothing of, made while connections of all
 * states are there. */
static void
child_of_a_bare_clone(void)
{
	int fd = talker("Second"), pending, status;
	pid_t pid;

	pending = stream(AF_INET, SOCK_NONBLOCK);
	EQUAL(dial(pending, "Silent", AF_INET), EINPROGRESS);
	pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid == 0) {
		CHECK(is_pool(fd));
		talk(fd);
		close(talker("Second"));
		EQUAL(events_of(pending, 8000), POLLOUT);
		_exit(0);
	}
	EQUAL(waitpid(pid, &status, 0), pid);
	EQUAL(status, 0);
	EQUAL(finish(pending), 0);
	talk(pending);
	talk(fd);
	close(fd);
	close(pending);
}

/* A vfork child has its parent's memory: what it closes is its own. */
static void
vfork_child_closes(void)
{
	int fd = talker("Live"), status;
	pid_t pid = vfork();

	if (pid == 0) {
		close(fd);
		dup2(0, fd);
		_exit(0);
	}
	EQUAL(waitpid(pid, &status, 0), pid);
	CHECK(is_pool(fd));
	talk(fd);
	close(fd);
}

static void
spawned_child_closes(void)
{
	static char name[] = "true";
	char *argv[] = { name, NULL };
	posix_spawn_file_actions_t actions;
	int fd = talker("Live"), status;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addclose(&actions, fd);
	posix_spawn_file_actions_adddup2(&actions, 0, fd + 1);
	EQUAL(posix_spawnp(&pid, "true", &actions, NULL, argv, environ), 0);
	posix_spawn_file_actions_destroy(&actions);
	EQUAL(waitpid(pid, &status, 0), pid);
	EQUAL(status, 0);
	CHECK(is_pool(fd));
	talk(fd);
	close(fd);
}

/* An address on the command line, and a connection kept over exec. */
static void
executed_program_gets_an_address(void)
{
	struct address a = pool_address("Second", AF_INET);
	char text[INET_ADDRSTRLEN], command[256];
	int fd = talker("Live");

	CHECK(getnameinfo((struct sockaddr *)&a.ss, a.len, text, sizeof(text),
		  NULL, 0, NI_NUMERICHOST) == 0);
	snprintf(command, sizeof(command),
	    "bash -c 'exec 9<>/dev/tcp/%s/1; printf x >&9; read -n 7 -u 9 r; "
	    "test \"$r\" = alive:x && printf y >&%d && read -n 7 -u %d r && "
	    "test \"$r\" = alive:y'",
	    text, fd, fd);
	EQUAL(system(command), 0);
	close(fd);
}

static void
accepted_number_is_new(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int listener = stream(AF_INET, 0), client, old, fd;

	EQUAL(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
	EQUAL(listen(listener, 1), 0);
	EQUAL(getsockname(listener, (struct sockaddr *)&a, &len), 0);
	client = stream(AF_INET, 0);
	EQUAL(connect(client, (struct sockaddr *)&a, sizeof(a)), 0);
	old = talker("Live");
	EQUAL(syscall(SYS_close, old), 0);
	fd = accept(listener, NULL, NULL);
	EQUAL(fd, old);
	CHECK(!is_pool(fd));
	close(fd);
	close(client);
	close(listener);
}

/* Slots are given back: many more connections than a chunk has. */
static void
connections_are_freed(void)
{
	for (int i = 0; i < 300; i++)
		close(talker("Live"));
	for (int i = 0; i < 300; i++) {
		int fd = stream(AF_INET, SOCK_NONBLOCK);

		EQUAL(dial(fd, "Mute", AF_INET), EINPROGRESS);
		close(fd);
	}
}

static void
many_connections_at_once(void)
{
	int fds[200];

	for (int i = 0; i < 200; i++)
		fds[i] = talker("Live");
	for (int i = 0; i < 200; i++) {
		CHECK(is_pool(fds[i]));
		close(fds[i]);
	}
}

static const struct test tests[] = {
	TEST(the_socket_stays_the_same),
	TEST(copies_share_the_connection),
	TEST(copy_outlives_the_original),
	TEST(dup2_over_a_pool_connection),
	TEST(dup2_on_itself),
	TEST(number_is_used_again_after_close),
	TEST(number_is_used_again_after_close_range),
	TEST(number_is_used_again_after_closefrom),
	TEST(number_is_used_again_after_fclose),
	TEST(number_is_used_again_behind_our_back),
	TEST(everything_is_closed_in_a_loop),
	TEST(child_uses_the_connection),
	TEST(child_finishes_the_handshake),
	TEST(both_finish_the_handshake),
	TEST(child_of_a_bare_clone),
	TEST(vfork_child_closes),
	TEST(spawned_child_closes),
	TEST(executed_program_gets_an_address),
	TEST(accepted_number_is_new),
	TEST(connections_are_freed),
	TEST(many_connections_at_once),
};

MAIN(tests)
