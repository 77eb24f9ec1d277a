/* SPDX-License-Identifier: Apache-2.0 */
/* check_log.c - claims about the log in a stranger's process */
#include "tests/lib/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rsp/net/log.h"

static int pipe_ends[2];

/* Standard error becomes a pipe. */
static void
capture(enum rsp_log_level level)
{
	ck_assert_int_eq(pipe(pipe_ends), 0);
	ck_assert_int_eq(fcntl(pipe_ends[0], F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(dup2(pipe_ends[1], 2), 2);
	rsp_log_init("who", level, NULL);
}

static const char *
captured(void)
{
	static char text[4096];
	ssize_t n = read(pipe_ends[0], text, sizeof(text) - 1);

	text[n < 0 ? 0 : n] = '\0';
	return text;
}

START_TEST(every_conversion_is_written)
{
	capture(RSP_LOG_WARN);
	rsp_log(RSP_LOG_WARN, "%s %d %u %x %ld %llu %zu %llx%c%%", "a\nb", -5,
	    7u, 255u, -6000000000L, 18446744073709551615ULL, (size_t)3,
	    0xabcdef012345ULL, '!');
	ck_assert_str_eq(captured(),
	    "who: a?b -5 7 ff -6000000000 18446744073709551615 3 "
	    "abcdef012345!%\n");
}
END_TEST

/* A line that ends in its middle, text that runs backwards, and a byte that is
 * no character: U+2028, U+202E, U+0085. */
START_TEST(foreign_text_stays_within_its_line)
{
	capture(RSP_LOG_WARN);
	rsp_log(RSP_LOG_WARN, "%s",
	    "\xc3\xa4 b\xe2\x80\xa8\xe2\x80\xae"
	    "\xc2\x85\xff.");
	ck_assert_str_eq(captured(), "who: \xc3\xa4 b?????????.\n");
}
END_TEST

START_TEST(levels_above_the_chosen_one_are_silent)
{
	capture(RSP_LOG_WARN);
	rsp_log(RSP_LOG_INFO, "no");
	rsp_log(RSP_LOG_ERROR, "yes");
	ck_assert_str_eq(captured(), "who: yes\n");
	ck_assert_int_eq(rsp_log_parse("debug"), RSP_LOG_DEBUG);
	ck_assert_int_eq(rsp_log_parse("loud"), -1);
}
END_TEST

START_TEST(a_long_line_is_cut_and_ends)
{
	static char text[3000];
	const char *got;

	memset(text, 'a', sizeof(text) - 1);
	capture(RSP_LOG_DEBUG);
	rsp_log(RSP_LOG_DEBUG, "%s", text);
	got = captured();
	ck_assert_uint_eq(strlen(got), 1001);
	ck_assert_int_eq(got[1000], '\n');
}
END_TEST

START_TEST(errno_is_kept)
{
	capture(RSP_LOG_WARN);
	close(2);
	errno = EDOM;
	rsp_log(RSP_LOG_WARN, "lost");
	ck_assert_int_eq(errno, EDOM);
}
END_TEST

START_TEST(nothing_goes_into_another_file_that_has_become_descriptor_2)
{
	int pair[2];
	char byte;

	capture(RSP_LOG_WARN);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_int_eq(dup2(pair[0], 2), 2);
	rsp_log(RSP_LOG_WARN, "not for you");
	ck_assert_int_eq(recv(pair[1], &byte, 1, MSG_DONTWAIT), -1);
	ck_assert_str_eq(captured(), "");
}
END_TEST

START_TEST(a_closed_pipe_raises_no_signal)
{
	sigset_t pending;

	capture(RSP_LOG_WARN);
	close(pipe_ends[0]);
	rsp_log(RSP_LOG_WARN, "nobody listens");
	sigpending(&pending);
	ck_assert(!sigismember(&pending, SIGPIPE));
}
END_TEST

START_TEST(the_programs_own_pending_signal_stays)
{
	sigset_t set, pending;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGPIPE);
	capture(RSP_LOG_WARN);
	close(pipe_ends[0]);
	rsp_log(RSP_LOG_WARN, "nobody listens");
	sigpending(&pending);
	ck_assert(sigismember(&pending, SIGPIPE));
}
END_TEST

START_TEST(a_full_pipe_does_not_block)
{
	char fill[4096] = { 0 };

	capture(RSP_LOG_WARN);
	fcntl(pipe_ends[1], F_SETFL, O_NONBLOCK);
	while (write(pipe_ends[1], fill, sizeof(fill)) > 0)
		;
	fcntl(pipe_ends[1], F_SETFL, 0);
	alarm(2);
	rsp_log(RSP_LOG_WARN, "full");
	alarm(0);
}
END_TEST

START_TEST(a_file_is_appended_to_within_its_limit)
{
	char path[] = "/tmp/check_log.XXXXXX", text[64];
	struct rlimit limit = { 10, RLIM_INFINITY }, before;
	int fd = mkstemp(path);
	ssize_t n;

	rsp_log_init("who", RSP_LOG_WARN, path);
	rsp_log(RSP_LOG_WARN, "one");
	getrlimit(RLIMIT_FSIZE, &before);
	limit.rlim_max = before.rlim_max;
	setrlimit(RLIMIT_FSIZE, &limit);
	rsp_log(RSP_LOG_WARN, "two");
	rsp_log(RSP_LOG_WARN, "three"); /* beyond the limit: SIGXFSZ */
	setrlimit(RLIMIT_FSIZE, &before);
	n = read(fd, text, sizeof(text) - 1);
	unlink(path);
	ck_assert_int_eq((int)n, 10);
	ck_assert(memcmp(text, "who: one\nw", 10) == 0);
}
END_TEST

START_TEST(a_file_that_cannot_be_opened_is_silence)
{
	capture(RSP_LOG_WARN);
	rsp_log_init("who", RSP_LOG_WARN, "/nonexistent/log");
	rsp_log(RSP_LOG_WARN, "lost");
	ck_assert_str_eq(captured(), "");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("log");
	TCase *t = tcase_create("log");

	tcase_add_test(t, every_conversion_is_written);
	tcase_add_test(t, foreign_text_stays_within_its_line);
	tcase_add_test(t, levels_above_the_chosen_one_are_silent);
	tcase_add_test(t, a_long_line_is_cut_and_ends);
	tcase_add_test(t, errno_is_kept);
	tcase_add_test(t,
	    nothing_goes_into_another_file_that_has_become_descriptor_2);
	tcase_add_test(t, a_closed_pipe_raises_no_signal);
	tcase_add_test(t, the_programs_own_pending_signal_stays);
	tcase_add_test(t, a_full_pipe_does_not_block);
	tcase_add_test(t, a_file_is_appended_to_within_its_limit);
	tcase_add_test(t, a_file_that_cannot_be_opened_is_silence);
	suite_add_tcase(s, t);
	return run_suite(s);
}
