/* SPDX-License-Identifier: Apache-2.0 */
/* check_ports.c - claims about finding the ports of our processes, with real
 * sockets in child processes */
#include "tests/lib/suite.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rsp/register/ports.h"

enum how { LISTENING, BOUND, CONNECTED };

static const struct row {
	const char *name;
	int family;
	int type;
	const char *address;
	bool v6_only;
	enum how how;
	/* What is to be seen. */
	bool seen, any4, any6, v4, v6;
} rows[] = {
	{ "wildcard of IPv4", AF_INET, SOCK_STREAM, "0.0.0.0", false, LISTENING,
	    true, true, false, false, false },
	{ "dual-stack wildcard", AF_INET6, SOCK_STREAM, "::", false, LISTENING,
	    true, true, true, false, false },
	{ "wildcard of IPv6 alone", AF_INET6, SOCK_STREAM, "::", true,
	    LISTENING, true, false, true, false, false },
	{ "an address of IPv4", AF_INET, SOCK_STREAM, "127.0.0.1", false,
	    LISTENING, true, false, false, true, false },
	{ "an address of IPv6", AF_INET6, SOCK_STREAM, "::1", false, LISTENING,
	    true, false, false, false, true },
	{ "a mapped address", AF_INET6, SOCK_STREAM, "::ffff:127.0.0.1", false,
	    LISTENING, true, false, false, true, false },
	{ "bound and not listening", AF_INET, SOCK_STREAM, "127.0.0.1", false,
	    BOUND, false, false, false, false, false },
	{ "UDP", AF_INET, SOCK_DGRAM, "127.0.0.1", false, BOUND, true, false,
	    false, true, false },
	{ "UDP of IPv6 alone", AF_INET6, SOCK_DGRAM, "::", true, BOUND, true,
	    false, true, false, false },
	{ "connected UDP", AF_INET, SOCK_DGRAM, "127.0.0.1", false, CONNECTED,
	    false, false, false, false, false },
};

/* A socket as a row has it, on `port` or any; the port. */
static uint16_t
make_socket(const struct row *r, uint16_t port, int *fd)
{
	struct sockaddr_storage ss = { .ss_family = (sa_family_t)r->family };
	struct sockaddr_in *in = (struct sockaddr_in *)&ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&ss;
	socklen_t len = sizeof(ss);
	int only = r->v6_only;

	*fd = socket(r->family, r->type | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(*fd, 0);
	in->sin_port = htons(port); /* at the same place in both */
	if (r->family == AF_INET6) {
		setsockopt(*fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only));
		ck_assert_int_eq(inet_pton(AF_INET6, r->address,
				     &in6->sin6_addr),
		    1);
	} else
		ck_assert_int_eq(inet_pton(AF_INET, r->address, &in->sin_addr),
		    1);
	ck_assert_int_eq(bind(*fd, (struct sockaddr *)&ss, len), 0);
	ck_assert_int_eq(getsockname(*fd, (struct sockaddr *)&ss, &len), 0);
	if (r->how == LISTENING)
		ck_assert_int_eq(listen(*fd, 5), 0);
	if (r->how == CONNECTED)
		ck_assert_int_eq(connect(*fd, (struct sockaddr *)&ss, len), 0);
	return ntohs(in->sin_port);
}

/* A child that has the sockets (we close ours); ends with us. */
static pid_t
child_with(const int *fds, size_t n)
{
	pid_t pid = fork();
	size_t i;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	for (i = 0; i < n; i++)
		close(fds[i]);
	return pid;
}

static void
end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

START_TEST(ports_of_a_child_are_found)
{
	const struct row *r = &rows[_i];
	uint16_t protocol =
	    r->type == SOCK_STREAM ? RSP_PARAM_TCP : RSP_PARAM_UDP;
	const struct port *found;
	struct ports p;
	uint16_t port;
	pid_t pid;
	int fd;

	port = make_socket(r, 0, &fd);
	pid = child_with(&fd, 1);
	ports_init(&p, false, true, 0);
	ck_assert(ports_look(&p, 0));
	found = ports_find(&p, protocol, port);
	ck_assert_msg((found != NULL) == r->seen, "%s", r->name);
	if (found != NULL) {
		ck_assert_msg(found->any4 == r->any4, "%s: any4", r->name);
		ck_assert_msg(found->any6 == r->any6, "%s: any6", r->name);
		ck_assert_msg((found->v4.family == 4) == r->v4, "%s: v4",
		    r->name);
		ck_assert_msg((found->v6.family == 6) == r->v6, "%s: v6",
		    r->name);
	}
	end_child(pid);
	ports_expect(&p, 10);
	ck_assert(ports_look(&p, 10));
	ck_assert_msg(ports_find(&p, protocol, port) == NULL, "%s: after",
	    r->name);
	ports_free(&p);
}
END_TEST

START_TEST(both_ways_to_ask_the_kernel_agree)
{
	const struct row *r = &rows[_i];
	struct listeners way[2] = { { 0 }, { 0 } };
	const struct listener *seen[2] = { NULL, NULL };
	uint16_t port;
	size_t i, w;
	int fd;

	port = make_socket(r, 0, &fd);
	ck_assert_int_eq(listeners_read_netlink(&way[0], true), 0);
	ck_assert_int_eq(listeners_read_proc(&way[1], true), 0);
	for (w = 0; w < 2; w++)
		for (i = 0; i < way[w].n; i++)
			if (way[w].at[i].port == port)
				seen[w] = &way[w].at[i];
	for (w = 0; w < 2; w++) {
		ck_assert_msg((seen[w] != NULL) == r->seen, "%s: way %zu",
		    r->name, w);
		if (seen[w] == NULL)
			continue;
		ck_assert_msg(rsp_address_equal(&seen[w]->address,
				  &seen[0]->address),
		    "%s: way %zu", r->name, w);
		ck_assert_uint_eq(seen[w]->inode, seen[0]->inode);
		ck_assert_uint_eq(seen[w]->protocol, seen[0]->protocol);
	}
	close(fd);
	listeners_free(&way[0]);
	listeners_free(&way[1]);
}
END_TEST

/* Lines of /proc/net/sctp/eps. */
static const struct {
	const char *name, *line;
	unsigned n, more; /* addresses beside the first */
	uint16_t port;
	uint32_t inode;
	const char *last; /* of the addresses */
} eps[] = {
	{ "the heading",
	    " ENDPT     SOCK   STY SST HBKT LPORT   UID INODE "
	    "LADDRS\n",
	    0, 0, 0, 0, NULL },
	{ "a wildcard of IPv4",
	    "7f55db60 60463305 2   10  5    7001      0   217 "
	    "0.0.0.0 \n",
	    1, 0, 7001, 217, "0.0.0.0" },
	{ "a wildcard of IPv6",
	    "7528a96b 67827ec6 2   10  6    7002      0   218 "
	    "0000:0000:0000:0000:0000:0000:0000:0000 \n",
	    1, 0, 7002, 218, "::" },
	{ "two addresses",
	    " 5241a7c 4cdbf461 0   10  7    7003     33  219 "
	    "10.99.0.1 10.99.0.2 \n",
	    1, 1, 7003, 219, "10.99.0.2" },
	{ "two families",
	    " 5241a7c 4cdbf461 0   10  7    7003     33  219 "
	    "10.99.0.1 fd00:0000:0000:0000:0000:0000:0000:0001 \n",
	    1, 1, 7003, 219, "fd00::1" },
	{ "more than there is room for",
	    "5241a7c 4cdbf461 0 10 7 7003 33 219 10.0.0.1 10.0.0.2 10.0.0.3 "
	    "10.0.0.4 10.0.0.5 10.0.0.6 10.0.0.7 10.0.0.8 10.0.0.9 \n",
	    1, LISTENER_MORE, 7003, 219, "10.0.0.8" },
	{ "a client",
	    " 5241a7c 4cdbf461 2   1   7    7003      0   219 "
	    "10.99.0.1 \n",
	    0, 0, 0, 0, NULL },
	{ "no inode",
	    " 5241a7c 4cdbf461 2   10  7    7003      0     0 "
	    "10.99.0.1 \n",
	    0, 0, 0, 0, NULL },
	{ "an impossible port",
	    " 5241a7c 4cdbf461 2   10  7    70030     0   7 "
	    "10.99.0.1 \n",
	    0, 0, 0, 0, NULL },
	{ "no address", " 5241a7c 4cdbf461 2   10  7    7003      0   219 \n",
	    0, 0, 0, 0, NULL },
	{ "nothing", "", 0, 0, 0, 0, NULL },
};

START_TEST(sctp_listeners_are_read_with_all_addresses)
{
	struct listeners l = { 0 };
	const struct rsp_address *last;
	char text[INET6_ADDRSTRLEN];

	ck_assert_int_eq(listeners_add_sctp(&l, eps[_i].line), 0);
	ck_assert_msg(l.n == eps[_i].n, "%s", eps[_i].name);
	if (l.n > 0) {
		ck_assert_msg(l.at->protocol == RSP_PARAM_SCTP, "%s",
		    eps[_i].name);
		ck_assert_msg(l.at->port == eps[_i].port &&
				  l.at->inode == eps[_i].inode &&
				  l.at->n_more == eps[_i].more,
		    "%s", eps[_i].name);
		last = l.at->n_more > 0 ? &l.at->more[l.at->n_more - 1]
					: &l.at->address;
		inet_ntop(last->family == 4 ? AF_INET : AF_INET6, last->bytes,
		    text, sizeof(text));
		ck_assert_msg(strcmp(text, eps[_i].last) == 0, "%s: %s",
		    eps[_i].name, text);
	}
	listeners_free(&l);
}
END_TEST

START_TEST(listeners_on_one_port_are_one_port)
{
	static const struct row v4 = { .family = AF_INET,
		.type = SOCK_STREAM,
		.address = "127.0.0.1" };
	static const struct row v6 = { .family = AF_INET6,
		.type = SOCK_STREAM,
		.address = "::1" };
	const struct port *found;
	struct ports p;
	uint16_t port;
	int fds[2];
	pid_t pid;
	size_t i, n = 0;

	port = make_socket(&v4, 0, &fds[0]);
	make_socket(&v6, port, &fds[1]);
	pid = child_with(fds, 2);
	ports_init(&p, false, false, 0);
	ports_look(&p, 0);
	for (i = 0; i < p.n; i++)
		n += p.at[i].port == port;
	ck_assert_uint_eq(n, 1);
	found = ports_find(&p, RSP_PARAM_TCP, port);
	ck_assert_uint_eq(found->v4.family, 4);
	ck_assert_uint_eq(found->v6.family, 6);
	end_child(pid);
	ports_free(&p);
}
END_TEST

START_TEST(ports_of_others_are_not_ours)
{
	static const struct row r = { .family = AF_INET,
		.type = SOCK_STREAM,
		.address = "127.0.0.1" };
	struct ports p;
	uint16_t port;
	int fd;

	port = make_socket(&r, 0, &fd); /* this process is none below it */
	ports_init(&p, false, false, 0);
	ports_look(&p, 0);
	ck_assert_ptr_null(ports_find(&p, RSP_PARAM_TCP, port));
	ports_free(&p);
	ports_init(&p, true, false, 0);
	ports_look(&p, 0);
	ck_assert_ptr_nonnull(ports_find(&p, RSP_PARAM_TCP, port));
	ports_free(&p);
	close(fd);
}
END_TEST

/* The child is there, and its socket passes into it only later. */
START_TEST(late_listener_is_found_without_being_told)
{
	static const struct row r = { .family = AF_INET,
		.type = SOCK_STREAM,
		.address = "127.0.0.1" };
	struct ports p;
	uint16_t port;
	rsp_time t = 0;
	pid_t pid;
	int fd;

	ports_init(&p, false, false, 0);
	while (t < 60000) { /* no port for a minute */
		t = ports_deadline(&p);
		ck_assert(ports_look(&p, t));
	}
	port = make_socket(&r, 0, &fd);
	pid = child_with(&fd, 1);
	ck_assert_int_le(ports_deadline(&p) - t, 1000);
	t = ports_deadline(&p);
	ck_assert(!ports_look(&p, t - 1));
	ck_assert(ports_look(&p, t));
	ck_assert_ptr_nonnull(ports_find(&p, RSP_PARAM_TCP, port));
	end_child(pid);
	ports_free(&p);
}
END_TEST

START_TEST(looks_become_seldom)
{
	struct ports p;
	rsp_time t = 0;
	unsigned looks = 0;

	ports_init(&p, false, false, 0);
	while ((t = ports_deadline(&p)) < 60000) {
		ck_assert(ports_look(&p, t));
		looks++;
	}
	ck_assert_uint_le(looks, 80);
	ports_expect(&p, t);
	ck_assert_int_eq(ports_deadline(&p), t);
	ports_free(&p);
}
END_TEST

static void
wait_for_byte(int fd)
{
	char c;

	ck_assert_int_eq(read(fd, &c, 1), 1);
}

/* A daemon: forked twice, its parent gone, handed to the subreaper. */
START_TEST(daemon_that_forked_away_is_below_us)
{
	static const struct row r = { .family = AF_INET,
		.type = SOCK_STREAM,
		.address = "127.0.0.1" };
	struct process_tree t = { 0 }, by_parents = { 0 }, children = { 0 };
	struct ports p;
	uint16_t port;
	int fd, ready[2];
	pid_t pid;

	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	ck_assert_int_eq(pipe(ready), 0);
	port = make_socket(&r, 0, &fd);
	pid = fork();
	if (pid == 0) {
		if (fork() != 0)
			_exit(0);
		while (write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	close(fd);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	wait_for_byte(ready[0]);
	process_tree_read(&t, getpid());
	ck_assert_uint_eq(t.n, 1);
	process_tree_read_by_parents(&by_parents, getpid(), true);
	ck_assert_uint_eq(by_parents.n, 1);
	ck_assert_int_eq(t.pids[0], by_parents.pids[0]);
	process_tree_read_children(&children, getpid());
	ck_assert_uint_eq(children.n, 1);
	ports_init(&p, false, false, 0);
	ports_look(&p, 0);
	ck_assert_ptr_nonnull(ports_find(&p, RSP_PARAM_TCP, port));
	end_child(t.pids[0]);
	ports_free(&p);
	process_tree_free(&t);
	process_tree_free(&by_parents);
	process_tree_free(&children);
}
END_TEST

START_TEST(grandchildren_are_in_the_tree)
{
	struct process_tree t = { 0 }, by_parents = { 0 };
	int ready[2];
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			while (write(ready[1], "", 1) == 1)
				pause();
		}
		for (;;)
			pause();
	}
	wait_for_byte(ready[0]);
	process_tree_read(&t, getpid());
	process_tree_read_by_parents(&by_parents, getpid(), true);
	ck_assert_uint_eq(t.n, 2);
	ck_assert_uint_eq(by_parents.n, 2);
	ck_assert_int_eq(t.pids[0], pid);
	end_child(pid);
	process_tree_free(&t);
	process_tree_free(&by_parents);
}
END_TEST

/* Two processes have the listener open, as a master and its worker do. */
START_TEST(a_port_is_stopped_when_all_who_have_it_open_are)
{
	static const struct row r = { .family = AF_INET,
		.type = SOCK_STREAM,
		.address = "127.0.0.1" };
	const struct port *port;
	struct ports p;
	uint16_t number;
	pid_t pids[2];
	int fd, i;

	number = make_socket(&r, 0, &fd);
	pids[0] = child_with(NULL, 0);
	pids[1] = child_with(&fd, 1);
	ports_init(&p, _i == 1, false, 0); /* also as somebody else's */
	ck_assert(ports_look(&p, 0));
	port = ports_find(&p, RSP_PARAM_TCP, number);
	ck_assert_ptr_nonnull(port);
	if (_i == 1)
		ports_seek(&p, port);
	ck_assert(!ports_is_stopped(&p, port));
	for (i = 0; i < 2; i++) {
		kill(pids[i], SIGSTOP);
		ck_assert_int_eq(waitpid(pids[i], NULL, WUNTRACED), pids[i]);
		ck_assert_int_eq(ports_is_stopped(&p, port), i == 1);
	}
	kill(pids[0], SIGCONT);
	ck_assert_int_eq(waitpid(pids[0], NULL, WCONTINUED), pids[0]);
	ck_assert(!ports_is_stopped(&p, port));
	end_child(pids[0]);
	ck_assert(ports_is_stopped(&p, port)); /* the other one still is */
	end_child(pids[1]);
	ck_assert(!ports_is_stopped(&p, port)); /* nobody has it */
	ports_free(&p);
}
END_TEST

START_TEST(any_port_may_be_that_of_a_hidden_process)
{
	static const struct row r = { .family = AF_INET,
		.type = SOCK_STREAM,
		.address = "127.0.0.1" };
	const struct port *found;
	struct ports p;
	uint16_t port;
	int fd, ready[2];
	pid_t pid;

	if (geteuid() == 0)
		ck_assert_int_eq(setresuid(65534, 65534, 65534), 0);
	ck_assert_int_eq(pipe(ready), 0);
	port = make_socket(&r, 0, &fd);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_DUMPABLE, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (write(ready[1], "", 1) == 1)
			pause();
	}
	close(fd);
	wait_for_byte(ready[0]);
	ports_init(&p, false, false, 0);
	ports_look(&p, 0);
	ck_assert_int_eq(p.hidden, pid);
	found = ports_find(&p, RSP_PARAM_TCP, port);
	ck_assert_ptr_nonnull(found);
	ck_assert(!found->ours);
	end_child(pid);
	ports_expect(&p, 10);
	ports_look(&p, 10);
	ck_assert_int_eq(p.hidden, 0);
	ck_assert_uint_eq(p.n, 0);
	ports_free(&p);
}
END_TEST

START_TEST(signal_sets_are_read)
{
	signal(SIGUSR1, SIG_IGN);
	ck_assert(process_tree_has_signal(getpid(), "SigIgn", SIGUSR1));
	ck_assert(!process_tree_has_signal(getpid(), "SigCgt", SIGUSR1));
	ck_assert(!process_tree_has_signal(getpid(), "SigIgn", SIGUSR2));
	signal(SIGUSR1, SIG_DFL);
	ck_assert(!process_tree_has_signal(getpid(), "SigIgn", SIGUSR1));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ports");
	TCase *t = tcase_create("ports");
	int n = (int)(sizeof(rows) / sizeof(rows[0]));

	tcase_add_loop_test(t, ports_of_a_child_are_found, 0, n);
	tcase_add_loop_test(t, both_ways_to_ask_the_kernel_agree, 0, n);
	tcase_add_loop_test(t, sctp_listeners_are_read_with_all_addresses, 0,
	    (int)(sizeof(eps) / sizeof(eps[0])));
	tcase_add_test(t, listeners_on_one_port_are_one_port);
	tcase_add_test(t, ports_of_others_are_not_ours);
	tcase_add_test(t, late_listener_is_found_without_being_told);
	tcase_add_test(t, looks_become_seldom);
	tcase_add_test(t, daemon_that_forked_away_is_below_us);
	tcase_add_test(t, grandchildren_are_in_the_tree);
	tcase_add_loop_test(t, a_port_is_stopped_when_all_who_have_it_open_are,
	    0, 2);
	tcase_add_test(t, any_port_may_be_that_of_a_hidden_process);
	tcase_add_test(t, signal_sets_are_read);
	suite_add_tcase(s, t);
	return run_suite(s);
}
