# Tests: check_*.c are unit tests (Check), *.sh integration tests, fuzz_*.c
# fuzz targets, bench_*.c benchmarks.
#
# An integration test is a line in dist_check_SCRIPTS and begins by reading
# lib.sh.  `make soak` runs the same scripts with RSP_SOAK=1: full counts.
# Without integration tests (configure --disable-integration; distcheck is so)
# only check_* and meta-* run.
TESTS += $(check_PROGRAMS)
meta_tests = %D%/meta-exports.sh %D%/meta-headers.sh %D%/meta-install.sh \
	%D%/meta-man.sh %D%/meta-purity.sh %D%/meta-requirements.sh \
	%D%/meta-style.sh
EXTRA_DIST += %D%/meta-requirements.py %D%/requirements.txt %D%/requirements.left \
	%D%/rsplib.txt
dist_check_SCRIPTS += $(meta_tests) %D%/demo.sh
if INTEGRATION
TESTS += $(dist_check_SCRIPTS)
else
TESTS += $(meta_tests)
endif
# Scripts that count further with RSP_SOAK=1.
SOAK_TESTS =
# A benchmark is a line bench-NAME here and a rule measure-NAME, which prints one
# line per case (bench.h, or bench_line in a script).
BENCHES =
EXTRA_PROGRAMS = %D%/bench_line
EXTRA_LTLIBRARIES += %D%/libbench.la
%C%_libbench_la_SOURCES = %D%/bench.c %D%/bench.h
%C%_bench_line_LDADD = %D%/libbench.la
EXTRA_DIST += %D%/suite.h %D%/repeatable.h %D%/lib.sh %D%/coverage.sh
AM_TESTS_ENVIRONMENT = \
	top_srcdir='$(abs_top_srcdir)'; top_builddir='$(abs_top_builddir)'; \
	CC='$(CC)'; MAKE='$(MAKE)'; export top_srcdir top_builddir CC MAKE; \
	CK_DEFAULT_TIMEOUT=$${CK_DEFAULT_TIMEOUT-60}; export CK_DEFAULT_TIMEOUT;
# Check of Debian 12 needs these; -Wpedantic dislikes its macros.
CHECK_CFLAGS_OWN = $(CHECK_CFLAGS) -Wno-pedantic -Wno-gnu-zero-variadic-macro-arguments

# Messages in hex and made up, for whatever tests the codec.
WIRE_TEST_SOURCES = %D%/sample.c %D%/sample.h %D%/vector.c %D%/vector.h
VECTORS = %D%/vectors/asap.hex %D%/vectors/enrp.hex %D%/vectors/lenient.hex \
	%D%/vectors/malformed.hex %D%/vectors/rsplib.hex %D%/vectors/unknown.hex
EXTRA_DIST += $(VECTORS)
VECTORS_CPPFLAGS = -DVECTORS='"$(abs_srcdir)/%D%/vectors"'

# Registrars and elements in one process, on virtual time.
NET_SOURCES = %D%/net.c %D%/net.h %D%/net_element.c %D%/net_element.h \
	%D%/net_handmade.c %D%/net_handmade.h %D%/net_inner.h \
	%D%/net_look.c %D%/net_look.h %D%/net_pipe.c \
	%D%/net_registrar.c %D%/net_registrar.h \
	%D%/registry_audit.c %D%/registry_audit.h

# What breaks preload libraries: programs that run under the shim.
SHIM_TEST_SOURCES = %D%/shim_test.c %D%/shim_test.h
SHIM_TEST_CFLAGS = $(AM_CFLAGS) -Wno-conversion -Wno-sign-conversion
noinst_PROGRAMS += %D%/shim_peers
%C%_shim_peers_LDADD = librspclient.la
noinst_PROGRAMS += %D%/shim_connect
%C%_shim_connect_SOURCES = %D%/shim_connect.c $(SHIM_TEST_SOURCES)
%C%_shim_connect_CFLAGS = $(SHIM_TEST_CFLAGS)
%C%_shim_connect_LDADD = -lpthread
noinst_PROGRAMS += %D%/shim_io
%C%_shim_io_SOURCES = %D%/shim_io.c $(SHIM_TEST_SOURCES)
%C%_shim_io_CFLAGS = $(SHIM_TEST_CFLAGS)
%C%_shim_io_LDADD = -lpthread
noinst_PROGRAMS += %D%/shim_wait
%C%_shim_wait_SOURCES = %D%/shim_wait.c $(SHIM_TEST_SOURCES)
%C%_shim_wait_CFLAGS = $(SHIM_TEST_CFLAGS)
%C%_shim_wait_LDADD = -lpthread
noinst_PROGRAMS += %D%/shim_fds
%C%_shim_fds_SOURCES = %D%/shim_fds.c $(SHIM_TEST_SOURCES)
%C%_shim_fds_CFLAGS = $(SHIM_TEST_CFLAGS)
%C%_shim_fds_LDADD = -lpthread
noinst_PROGRAMS += %D%/shim_options
%C%_shim_options_SOURCES = %D%/shim_options.c $(SHIM_TEST_SOURCES)
%C%_shim_options_CFLAGS = $(SHIM_TEST_CFLAGS)
%C%_shim_options_LDADD = -lpthread
noinst_PROGRAMS += %D%/shim_threads
%C%_shim_threads_SOURCES = %D%/shim_threads.c $(SHIM_TEST_SOURCES)
%C%_shim_threads_CFLAGS = $(SHIM_TEST_CFLAGS)
%C%_shim_threads_LDADD = -lpthread
noinst_PROGRAMS += %D%/shim_signals
%C%_shim_signals_SOURCES = %D%/shim_signals.c $(SHIM_TEST_SOURCES)
%C%_shim_signals_CFLAGS = $(SHIM_TEST_CFLAGS)
%C%_shim_signals_LDADD = -lpthread
noinst_PROGRAMS += %D%/shim_names
%C%_shim_names_SOURCES = %D%/shim_names.c $(SHIM_TEST_SOURCES)
%C%_shim_names_CFLAGS = $(SHIM_TEST_CFLAGS)
%C%_shim_names_LDADD = -lpthread
noinst_PROGRAMS += %D%/shim_udp
%C%_shim_udp_SOURCES = %D%/shim_udp.c $(SHIM_TEST_SOURCES)
%C%_shim_udp_CFLAGS = $(SHIM_TEST_CFLAGS)
%C%_shim_udp_LDADD = -lpthread
MOVE_TEST_SOURCES = %D%/move_world.c %D%/move_world.h $(SHIM_TEST_SOURCES)
noinst_PROGRAMS += %D%/shim_move
%C%_shim_move_SOURCES = %D%/shim_move.c %D%/move_calls.c $(MOVE_TEST_SOURCES)
%C%_shim_move_CFLAGS = $(SHIM_TEST_CFLAGS)
%C%_shim_move_LDADD = -lpthread
noinst_PROGRAMS += %D%/shim_moves
%C%_shim_moves_SOURCES = %D%/shim_moves.c $(MOVE_TEST_SOURCES)
%C%_shim_moves_CFLAGS = $(SHIM_TEST_CFLAGS)
%C%_shim_moves_LDADD = -lpthread
noinst_PROGRAMS += %D%/shim_move_threads
%C%_shim_move_threads_SOURCES = %D%/shim_move_threads.c $(MOVE_TEST_SOURCES)
%C%_shim_move_threads_CFLAGS = $(SHIM_TEST_CFLAGS)
%C%_shim_move_threads_LDADD = -lpthread
dist_check_SCRIPTS += %D%/shim-exports.sh %D%/shim-hazards.sh \
	%D%/shim-builds.sh %D%/shim-move.sh %D%/shim-moves.sh \
	%D%/shim-races.sh %D%/shim-settings.sh %D%/rsp-run.sh
EXTRA_DIST += %D%/shim-lib.sh

if HAVE_CHECK
check_PROGRAMS += %D%/check_cursor
%C%_check_cursor_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_cursor_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_builder
%C%_check_builder_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_builder_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_param
%C%_check_param_SOURCES = %D%/check_param.c $(WIRE_TEST_SOURCES)
%C%_check_param_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_param_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_message
%C%_check_message_SOURCES = %D%/check_message.c $(WIRE_TEST_SOURCES)
%C%_check_message_CPPFLAGS = $(AM_CPPFLAGS) $(VECTORS_CPPFLAGS)
%C%_check_message_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_message_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_memory
%C%_check_memory_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_memory_LDADD = librspcore.la $(CHECK_LIBS)
%C%_check_memory_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
check_PROGRAMS += %D%/check_distance
%C%_check_distance_SOURCES = %D%/check_distance.c %D%/talk.c %D%/talk.h
%C%_check_distance_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_distance_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_rsplib
%C%_check_rsplib_SOURCES = %D%/check_rsplib.c %D%/vector.c %D%/vector.h
%C%_check_rsplib_CPPFLAGS = $(AM_CPPFLAGS) $(VECTORS_CPPFLAGS)
%C%_check_rsplib_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_rsplib_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_control
%C%_check_control_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_control_LDADD = librspcore.la $(CHECK_LIBS)
%C%_check_control_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc
check_PROGRAMS += %D%/check_policy
%C%_check_policy_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_policy_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_nomem
%C%_check_nomem_SOURCES = %D%/check_nomem.c %D%/registry_audit.c %D%/registry_audit.h
%C%_check_nomem_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_nomem_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc
%C%_check_nomem_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_watch
%C%_check_watch_SOURCES = %D%/check_watch.c %D%/talk.c %D%/talk.h
%C%_check_watch_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_watch_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_peers
%C%_check_peers_SOURCES = %D%/check_peers.c $(NET_SOURCES)
%C%_check_peers_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_peers_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_peers_agree
%C%_check_peers_agree_SOURCES = %D%/check_peers_agree.c $(NET_SOURCES)
%C%_check_peers_agree_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_peers_agree_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_peers_nomem
%C%_check_peers_nomem_SOURCES = %D%/check_peers_nomem.c $(NET_SOURCES)
%C%_check_peers_nomem_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_peers_nomem_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc
%C%_check_peers_nomem_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_takeover
%C%_check_takeover_SOURCES = %D%/check_takeover.c $(NET_SOURCES)
%C%_check_takeover_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_takeover_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_inherit
%C%_check_inherit_SOURCES = %D%/check_inherit.c $(NET_SOURCES)
%C%_check_inherit_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_inherit_LDADD = librspcore.la $(CHECK_LIBS)
# A peer that a test makes by hand.
PEER_FIXTURE = %D%/peer_fixture.c %D%/peer_fixture.h $(NET_SOURCES)
check_PROGRAMS += %D%/check_audit
%C%_check_audit_SOURCES = %D%/check_audit.c $(PEER_FIXTURE)
%C%_check_audit_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_audit_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_learn
%C%_check_learn_SOURCES = %D%/check_learn.c $(PEER_FIXTURE)
%C%_check_learn_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_learn_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_update
%C%_check_update_SOURCES = %D%/check_update.c $(PEER_FIXTURE)
%C%_check_update_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_update_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_mentor
%C%_check_mentor_SOURCES = %D%/check_mentor.c $(NET_SOURCES)
%C%_check_mentor_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_mentor_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_registry
%C%_check_registry_SOURCES = %D%/check_registry.c %D%/talk.c %D%/talk.h
%C%_check_registry_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_registry_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_registry_address
%C%_check_registry_address_SOURCES = %D%/check_registry_address.c %D%/talk.c %D%/talk.h
%C%_check_registry_address_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_registry_address_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_registry_member
%C%_check_registry_member_SOURCES = %D%/check_registry_member.c %D%/talk.c %D%/talk.h
%C%_check_registry_member_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_registry_member_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_registry_resolve
%C%_check_registry_resolve_SOURCES = %D%/check_registry_resolve.c %D%/talk.c %D%/talk.h
%C%_check_registry_resolve_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_registry_resolve_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_discover
%C%_check_discover_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_discover_LDADD = librspclient.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_announce
%C%_check_announce_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_announce_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_subscribe
%C%_check_subscribe_SOURCES = %D%/check_subscribe.c %D%/talk.c %D%/talk.h
%C%_check_subscribe_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_subscribe_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_subscribe_random
%C%_check_subscribe_random_SOURCES = %D%/check_subscribe_random.c \
	%D%/talk.c %D%/talk.h %D%/registry_audit.c %D%/registry_audit.h
%C%_check_subscribe_random_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_subscribe_random_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_handlespace
%C%_check_handlespace_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_handlespace_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_few
%C%_check_few_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_few_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_order %D%/check_order_lots
ORDER_FIXTURE = %D%/order_fixture.c %D%/order_fixture.h
%C%_check_order_SOURCES = %D%/check_order.c $(ORDER_FIXTURE)
%C%_check_order_lots_SOURCES = %D%/check_order_lots.c $(ORDER_FIXTURE)
%C%_check_order_lots_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_order_lots_LDADD = librspcore.la $(CHECK_LIBS)
%C%_check_order_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_order_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_heap
%C%_check_heap_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_heap_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_choice
%C%_check_choice_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_choice_LDADD = librspcore.la $(CHECK_LIBS)
endif

if HAVE_CHECK
check_PROGRAMS += %D%/check_cache %D%/check_mark %D%/check_replay %D%/check_resolver
%C%_check_mark_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_mark_LDADD = librspcore.la $(CHECK_LIBS)
%C%_check_cache_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_cache_LDADD = librspcore.la $(CHECK_LIBS)
%C%_check_replay_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_replay_LDADD = librspcore.la $(CHECK_LIBS)
%C%_check_resolver_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_resolver_LDADD = librspcore.la $(CHECK_LIBS)

# The pool user, with a registrar of a few lines.
USER_FIXTURE = %D%/fake_registrar.c %D%/fake_registrar.h \
	%D%/user_fixture.c %D%/user_fixture.h
dist_check_SCRIPTS += %D%/follow.sh %D%/discover.sh
EXTRA_DIST += %D%/announce.py
EXTRA_DIST += %D%/unsubscribed.py
dist_check_SCRIPTS += %D%/resolve.sh %D%/cache-hazards.sh
BENCHES += bench-user
EXTRA_PROGRAMS += %D%/bench_user
measure-user: %D%/bench_user
	@./%D%/bench_user
%C%_bench_user_SOURCES = %D%/bench_user.c %D%/fake_registrar.c \
	%D%/fake_registrar.h
%C%_bench_user_LDADD = librspclient.la
EXTRA_PROGRAMS += %D%/bench_shim
EXTRA_LTLIBRARIES += %D%/forward.la
%C%_forward_la_SOURCES = %D%/forward.c
# -rpath is what makes a shared library of it
%C%_forward_la_LDFLAGS = -module -avoid-version -shared -rpath /none
%C%_forward_la_LIBADD = $(DL_LIBS)
%C%_bench_shim_LDADD = %D%/libbench.la $(DL_LIBS)
EXTRA_DIST += %D%/bench-shim.sh
BENCHES += bench-shim
measure-shim: all %D%/bench_shim %D%/forward.la %D%/shim_peers
	@$(AM_TESTS_ENVIRONMENT) bash $(srcdir)/%D%/bench-shim.sh
EXTRA_DIST += %D%/bench-dataplane.sh
BENCHES += bench-dataplane
measure-dataplane: all %D%/bench_line
	@$(AM_TESTS_ENVIRONMENT) bash $(srcdir)/%D%/bench-dataplane.sh
EXTRA_PROGRAMS += %D%/bench_failover
%C%_bench_failover_LDADD = %D%/libbench.la -lpthread
EXTRA_DIST += %D%/bench-failover.sh
BENCHES += bench-failover
measure-failover: all %D%/bench_failover %D%/bench_line
	@$(AM_TESTS_ENVIRONMENT) bash $(srcdir)/%D%/bench-failover.sh
SOAK_TESTS += %D%/cache_torture
check_PROGRAMS += %D%/cache_steps %D%/cache_torture
%C%_cache_steps_SOURCES = %D%/cache_steps.c %D%/marked_answer.c \
	%D%/marked_answer.h rsp/core/cache.c rsp/core/cache_answer.c \
	rsp/core/cache_mark.c
%C%_cache_steps_CPPFLAGS = $(AM_CPPFLAGS) -DRSP_CACHE_STEPS
%C%_cache_steps_LDADD = librspcore.la
%C%_cache_torture_SOURCES = %D%/cache_torture.c %D%/fake_registrar.c \
	%D%/fake_registrar.h %D%/marked_answer.c %D%/marked_answer.h
%C%_cache_torture_LDADD = librspclient.la
check_PROGRAMS += %D%/check_cachefile %D%/check_settings
%C%_check_settings_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_settings_LDADD = librspclient.la $(CHECK_LIBS)
%C%_check_cachefile_SOURCES = %D%/check_cachefile.c $(USER_FIXTURE)
%C%_check_cachefile_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_cachefile_LDADD = librspclient.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_user
%C%_check_user_SOURCES = %D%/check_user.c $(USER_FIXTURE)
%C%_check_user_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_user_LDADD = librspclient.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_user_dead
%C%_check_user_dead_SOURCES = %D%/check_user_dead.c $(USER_FIXTURE)
%C%_check_user_dead_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_user_dead_LDADD = librspclient.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_user_hunt
%C%_check_user_hunt_SOURCES = %D%/check_user_hunt.c $(USER_FIXTURE)
%C%_check_user_hunt_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_user_hunt_LDADD = librspclient.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_user_process
%C%_check_user_process_SOURCES = %D%/check_user_process.c $(USER_FIXTURE)
%C%_check_user_process_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_user_process_LDADD = librspclient.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_duration %D%/check_endpoint %D%/check_log \
	%D%/check_name
%C%_check_duration_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_duration_LDADD = librspcore.la $(CHECK_LIBS)
%C%_check_endpoint_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_endpoint_LDADD = librspclient.la $(CHECK_LIBS)
%C%_check_log_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_log_LDADD = librspclient.la $(CHECK_LIBS)
%C%_check_name_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_name_LDADD = librspcore.la $(CHECK_LIBS)
endif

# Campaigns with real clients and servers.
dist_check_SCRIPTS += %D%/main-spread.sh %D%/main-kill-server.sh \
	%D%/main-registrar-outage.sh %D%/main-names.sh \
	%D%/main-first-failures.sh %D%/main-dead-host.sh \
	%D%/clients-at-once.sh %D%/clients-slow.sh %D%/no-dns.sh \
	%D%/handles.sh %D%/hostile.sh %D%/tshark-session.sh %D%/udp.sh \
	%D%/preload-company.sh %D%/lifetimes.sh \
	%D%/ipv6.sh %D%/nginx.sh
EXTRA_DIST += %D%/pools.sh %D%/asap.py %D%/asap_messages.py %D%/sniff.py %D%/tcp_ends.py \
	%D%/hostile.py %D%/udp_echo.py %D%/clients.sh \
	%D%/java/HelloServer.java %D%/java/UrlGet.java \
	%D%/java/HttpClientGet.java %D%/java/Lookup.java \
	%D%/java/Datagram.java

if HAVE_CHECK
# A pool element and a shell that writes down what it is told.
ELEMENT_FIXTURE = %D%/element_fixture.c %D%/element_fixture.h
check_PROGRAMS += %D%/check_element
%C%_check_element_SOURCES = %D%/check_element.c $(ELEMENT_FIXTURE)
%C%_check_element_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_element_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_element_call
%C%_check_element_call_SOURCES = %D%/check_element_call.c $(ELEMENT_FIXTURE)
%C%_check_element_call_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_element_call_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_element_hunt
%C%_check_element_hunt_SOURCES = %D%/check_element_hunt.c $(ELEMENT_FIXTURE)
%C%_check_element_hunt_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_element_hunt_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_element_leave
%C%_check_element_leave_SOURCES = %D%/check_element_leave.c $(ELEMENT_FIXTURE)
%C%_check_element_leave_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_element_leave_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_element_shell
%C%_check_element_shell_SOURCES = %D%/check_element_shell.c $(ELEMENT_FIXTURE)
%C%_check_element_shell_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_element_shell_LDADD = librspcore.la $(CHECK_LIBS)
endif

BENCHES += bench-codec
EXTRA_PROGRAMS += %D%/bench_codec
measure-codec: %D%/bench_codec
	@./%D%/bench_codec
%C%_bench_codec_SOURCES = %D%/bench_codec.c %D%/vector.c %D%/vector.h
%C%_bench_codec_CPPFLAGS = $(AM_CPPFLAGS) $(VECTORS_CPPFLAGS)
%C%_bench_codec_LDADD = librspcore.la %D%/libbench.la

# Captures for Wireshark's judgement.
noinst_PROGRAMS += %D%/messages_to_pcap
%C%_messages_to_pcap_SOURCES = %D%/messages_to_pcap.c %D%/pcap.c %D%/pcap.h \
	%D%/vector.c %D%/vector.h
%C%_messages_to_pcap_LDADD = librspcore.la
noinst_PROGRAMS += %D%/every_message
%C%_every_message_SOURCES = %D%/every_message.c %D%/pcap.c %D%/pcap.h
%C%_every_message_LDADD = librspcore.la
dist_check_SCRIPTS += %D%/tshark-vectors.sh %D%/tshark-every.sh

# Fuzz targets: fuzz_NAME with its inputs in corpus/NAME.  Without libFuzzer
# they replay these as tests.
FUZZ_TARGETS = %D%/fuzz_asap %D%/fuzz_enrp %D%/fuzz_element \
	%D%/fuzz_http %D%/fuzz_peers %D%/fuzz_registry %D%/fuzz_resolver
FUZZ_SECONDS = 60
FUZZ_CODEC_SOURCES = %D%/fuzz_codec.c %D%/fuzz_codec.h %D%/sample.c \
	%D%/sample.h
noinst_PROGRAMS += %D%/fuzz_dict
%C%_fuzz_dict_LDADD = librspcore.la
%C%_fuzz_asap_SOURCES = %D%/fuzz_asap.c $(FUZZ_CODEC_SOURCES)
%C%_fuzz_asap_LDADD = librspcore.la
%C%_fuzz_asap_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
%C%_fuzz_enrp_SOURCES = %D%/fuzz_enrp.c $(FUZZ_CODEC_SOURCES)
%C%_fuzz_enrp_LDADD = librspcore.la
%C%_fuzz_enrp_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
%C%_fuzz_element_SOURCES = %D%/fuzz_element.c
%C%_fuzz_element_LDADD = librspcore.la
%C%_fuzz_element_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
%C%_fuzz_http_SOURCES = %D%/fuzz_http.c
%C%_fuzz_http_LDADD = librspcore.la
%C%_fuzz_http_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
%C%_fuzz_peers_SOURCES = %D%/fuzz_peers.c $(NET_SOURCES)
%C%_fuzz_peers_LDADD = librspcore.la
%C%_fuzz_peers_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
%C%_fuzz_registry_SOURCES = %D%/fuzz_registry.c %D%/registry_audit.c \
	%D%/registry_audit.h
%C%_fuzz_registry_LDADD = librspcore.la
%C%_fuzz_registry_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
%C%_fuzz_resolver_SOURCES = %D%/fuzz_resolver.c
%C%_fuzz_resolver_LDADD = librspcore.la
%C%_fuzz_resolver_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
if FUZZ
noinst_PROGRAMS += $(FUZZ_TARGETS)
else
check_PROGRAMS += $(FUZZ_TARGETS)
%C%_fuzz_asap_SOURCES += %D%/fuzz_main.c
%C%_fuzz_asap_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"$(abs_srcdir)/%D%/corpus/asap"'
%C%_fuzz_enrp_SOURCES += %D%/fuzz_main.c
%C%_fuzz_element_SOURCES += %D%/fuzz_main.c
%C%_fuzz_element_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"$(abs_srcdir)/%D%/corpus/element"'
%C%_fuzz_http_SOURCES += %D%/fuzz_main.c
%C%_fuzz_http_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"$(abs_srcdir)/%D%/corpus/http"'
%C%_fuzz_peers_SOURCES += %D%/fuzz_main.c
%C%_fuzz_peers_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"$(abs_srcdir)/%D%/corpus/peers"'
%C%_fuzz_registry_SOURCES += %D%/fuzz_main.c
%C%_fuzz_registry_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"$(abs_srcdir)/%D%/corpus/registry"'
%C%_fuzz_resolver_SOURCES += %D%/fuzz_main.c
%C%_fuzz_resolver_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"$(abs_srcdir)/%D%/corpus/resolver"'
%C%_fuzz_enrp_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"$(abs_srcdir)/%D%/corpus/enrp"'
endif
EXTRA_DIST += %D%/corpus %D%/fuzz.sh
CLEANFILES += %D%/fuzz.dict
%D%/fuzz.dict: %D%/fuzz_dict$(EXEEXT)
	$(AM_V_GEN)%D%/fuzz_dict$(EXEEXT) >$@

.PHONY: fuzz
fuzz: all %D%/fuzz.dict
if FUZZ
	@for t in $(FUZZ_TARGETS); do $(AM_TESTS_ENVIRONMENT) \
	$(srcdir)/%D%/fuzz.sh ./$$t $(FUZZ_SECONDS) %D%/fuzz.dict || exit; done
else
	@echo 'fuzz: configure with --enable-fuzz CC=clang first' >&2; exit 1
endif

# Whole systems on virtual time: scenarios, and trouble made up from seeds.
noinst_PROGRAMS += %D%/sim
%C%_sim_SOURCES = %D%/sim.c %D%/sim_check.c %D%/sim_check.h %D%/sim_clock.c \
	%D%/sim_clock.h %D%/sim_conn.c %D%/sim_conn.h %D%/sim_equal.c \
	%D%/sim_equal.h %D%/sim_invent.c %D%/sim_invent.h \
	%D%/sim_memory.c %D%/sim_memory.h %D%/sim_net.c \
	%D%/sim_net.h %D%/sim_pe.c %D%/sim_pe.h %D%/sim_registrar.c \
	%D%/sim_registrar.h %D%/sim_run.c %D%/sim_run.h %D%/sim_scenario.c \
	%D%/sim_scenario.h %D%/sim_shrink.c %D%/sim_shrink.h %D%/sim_trace.c \
	%D%/sim_trace.h %D%/sim_traffic.c %D%/sim_traffic.h %D%/sim_user.c \
	%D%/sim_user.h %D%/sim_world.c %D%/sim_world.h
%C%_sim_LDADD = librspcore.la
dist_check_SCRIPTS += %D%/sim-scenarios.sh %D%/sim-seeds.sh
SOAK_TESTS += %D%/sim-seeds.sh %D%/check_peers_agree
EXTRA_DIST += %D%/scenarios

# The registrar.
noinst_PROGRAMS += %D%/asap_client
%C%_asap_client_LDADD = librspclient.la
noinst_PROGRAMS += %D%/registrar_flood
%C%_registrar_flood_SOURCES = %D%/registrar_flood.c %D%/sample.c %D%/sample.h
%C%_registrar_flood_LDADD = librspcore.la
dist_check_SCRIPTS += %D%/registrar-floods.sh %D%/status.sh

# Registrars on hosts of their own.
dist_check_SCRIPTS += %D%/enrp-kill.sh %D%/enrp-partition.sh %D%/enrp-big.sh \
	%D%/tshark-enrp.sh
SOAK_TESTS += %D%/enrp-kill.sh %D%/enrp-big.sh
BENCHES += bench-enrp
EXTRA_PROGRAMS += %D%/bench_enrp
%C%_bench_enrp_LDADD = librspcore.la %D%/libbench.la
EXTRA_DIST += %D%/bench-enrp.sh
measure-enrp: all %D%/bench_enrp %D%/bench_line
	@$(AM_TESTS_ENVIRONMENT) bash $(srcdir)/%D%/bench-enrp.sh
dist_check_SCRIPTS += %D%/sctp-enrp-rsplib.sh
SOAK_TESTS += %D%/sctp-enrp-rsplib.sh
EXTRA_DIST += %D%/hosts.sh %D%/many_ports.py

dist_check_SCRIPTS += %D%/registrar.sh %D%/registrar-limits.sh
EXTRA_DIST += %D%/registrar_crowd.py
SOAK_TESTS += %D%/registrar-limits.sh
BENCHES += bench-handlespace bench-registrar
EXTRA_PROGRAMS += %D%/bench_handlespace %D%/bench_registrar
%C%_bench_handlespace_LDADD = librspcore.la %D%/libbench.la
# The tunable as in the registrar's unit.
measure-handlespace: %D%/bench_handlespace
	@GLIBC_TUNABLES=glibc.malloc.hugetlb=1 ./%D%/bench_handlespace
measure-registrar: all %D%/bench_registrar
	@./%D%/bench_registrar
%C%_bench_registrar_LDADD = librspclient.la %D%/libbench.la
if HAVE_CHECK
check_PROGRAMS += %D%/check_config
%C%_check_config_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_config_LDADD = librspregistrar.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_connection
%C%_check_connection_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_connection_LDADD = librspregistrar.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_guests
%C%_check_guests_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_guests_LDADD = librspregistrar.la $(CHECK_LIBS)
endif

if HAVE_CHECK
check_PROGRAMS += %D%/check_address %D%/check_backlog %D%/check_lifeline \
	%D%/check_load %D%/check_ports %D%/check_register
%C%_check_backlog_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_backlog_LDADD = librspregister.la $(CHECK_LIBS)
%C%_check_load_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_load_LDADD = librspregister.la $(CHECK_LIBS)
%C%_check_address_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_address_LDADD = librspregister.la $(CHECK_LIBS)
%C%_check_lifeline_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_lifeline_LDADD = librspregister.la $(CHECK_LIBS)
%C%_check_ports_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_ports_LDADD = librspregister.la $(CHECK_LIBS)
%C%_check_register_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_register_LDADD = librspregister.la $(CHECK_LIBS)
endif

# Connections in use that are no HTTP.
dist_check_SCRIPTS += %D%/move-once.sh %D%/move-others.sh %D%/move-redis.sh
SOAK_TESTS += %D%/move-once.sh %D%/move-redis.sh
EXTRA_DIST += %D%/count.py %D%/quitter.py

# rsp-register against a registrar that a test controls.
dist_check_SCRIPTS += %D%/health.sh %D%/knock.sh %D%/leaving.sh %D%/load.sh %D%/rolling.sh \
	%D%/servers.sh %D%/unwell.sh \
	%D%/register-manager.sh %D%/register-many.sh \
	%D%/register-protocol.sh %D%/units.sh
SOAK_TESTS += %D%/register-protocol.sh %D%/rolling.sh %D%/registrar-floods.sh \
	%D%/register-many.sh %D%/unwell.sh
EXTRA_DIST += %D%/moody.py %D%/standin.py %D%/servant.py

dist_check_SCRIPTS += %D%/sctp-kernel.sh %D%/sctp.sh \
	%D%/score.sh %D%/sctp-distance.sh %D%/sctp-rsplib.sh %D%/sctp-rsplib-ours.sh %D%/sctp-limits.sh \
	%D%/sctp-clients.sh %D%/sctp-none.sh
EXTRA_DIST += %D%/sctp_talk.py %D%/sctp_server.py %D%/rsplib-lib.sh %D%/rsplib_user.py
dist_check_SCRIPTS += %D%/register.sh %D%/register-terminal.sh

# A kernel with SCTP, where the machine's own has none.
EXTRA_DIST += %D%/guest/init %D%/guest/sctp-guest %D%/guest/xstate.c

# HTTP in the middle of a move.
dist_check_SCRIPTS += %D%/http-kill.sh %D%/http-servers.sh %D%/http-bad.sh \
	%D%/http-silent.sh
SOAK_TESTS += %D%/http-kill.sh %D%/http-servers.sh %D%/http-bad.sh \
	%D%/http-silent.sh
EXTRA_DIST += %D%/http-lib.sh %D%/http_kill.py %D%/http_clients.py \
	%D%/http_clients.js %D%/web.py %D%/java/HttpStream.java
HTTP_WORLD = %D%/http_world.c %D%/http_world.h
if HAVE_CHECK
check_PROGRAMS += %D%/check_digest %D%/check_http %D%/check_http_head \
	%D%/check_http_splice
%C%_check_digest_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_digest_LDADD = librspcore.la $(CHECK_LIBS)
HTTP_FIXTURE = %D%/http_fixture.c %D%/http_fixture.h
%C%_check_http_SOURCES = %D%/check_http.c $(HTTP_FIXTURE)
%C%_check_http_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_http_LDADD = librspcore.la $(CHECK_LIBS)
%C%_check_http_splice_SOURCES = %D%/check_http_splice.c $(HTTP_FIXTURE)
%C%_check_http_splice_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_http_splice_LDADD = librspcore.la $(CHECK_LIBS)
%C%_check_http_head_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_http_head_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/check_http_random
SOAK_TESTS += %D%/check_http_random
%C%_check_http_random_SOURCES = %D%/check_http_random.c $(HTTP_WORLD)
%C%_check_http_random_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_check_http_random_LDADD = librspcore.la $(CHECK_LIBS)
endif
BENCHES += bench-http
EXTRA_PROGRAMS += %D%/bench_http
measure-http: %D%/bench_http
	@./%D%/bench_http
%C%_bench_http_LDADD = librspcore.la
