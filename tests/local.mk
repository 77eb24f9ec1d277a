# Tests: check_*.c are unit tests (Check), *.sh integration tests, fuzz_*.c
# fuzz targets, bench_*.c benchmarks.
#
# An integration test is a line in dist_check_SCRIPTS and begins by reading
# lib.sh.  `make soak` runs the same scripts with RSP_SOAK=1: full counts.
# Without integration tests (configure --disable-integration; distcheck is so)
# only check_* and meta-* run.
TESTS += $(check_PROGRAMS)
meta_tests = %D%/meta/exports.sh %D%/meta/headers.sh %D%/meta/install.sh \
	%D%/meta/layers.sh %D%/meta/man.sh %D%/meta/purity.sh %D%/meta/requirements.sh \
	%D%/meta/style.sh
EXTRA_DIST += %D%/meta/requirements.py %D%/data/requirements.txt %D%/data/requirements.left \
	%D%/data/rsplib.txt
dist_check_SCRIPTS += $(meta_tests) %D%/shim/demo.sh
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
EXTRA_PROGRAMS = %D%/bench/bench_line
EXTRA_LTLIBRARIES += %D%/bench/libbench.la
%C%_bench_libbench_la_SOURCES = %D%/bench/bench.c %D%/bench/bench.h
%C%_bench_bench_line_LDADD = %D%/bench/libbench.la
EXTRA_DIST += %D%/lib/suite.h %D%/lib/repeatable.h %D%/lib/lib.sh %D%/meta/coverage.sh
AM_TESTS_ENVIRONMENT = \
	top_srcdir='$(abs_top_srcdir)'; top_builddir='$(abs_top_builddir)'; \
	CC='$(CC)'; MAKE='$(MAKE)'; export top_srcdir top_builddir CC MAKE; \
	CK_DEFAULT_TIMEOUT=$${CK_DEFAULT_TIMEOUT-60}; export CK_DEFAULT_TIMEOUT;
# Check of Debian 12 needs these; -Wpedantic dislikes its macros.
CHECK_CFLAGS_OWN = $(CHECK_CFLAGS) -Wno-pedantic -Wno-gnu-zero-variadic-macro-arguments

# Messages in hex and made up, for whatever tests the codec.
WIRE_TEST_SOURCES = %D%/lib/sample.c %D%/lib/sample.h %D%/lib/vector.c %D%/lib/vector.h
VECTORS = %D%/data/vectors/asap.hex %D%/data/vectors/enrp.hex %D%/data/vectors/lenient.hex \
	%D%/data/vectors/malformed.hex %D%/data/vectors/rsplib.hex %D%/data/vectors/unknown.hex
EXTRA_DIST += $(VECTORS)
VECTORS_CPPFLAGS = -DVECTORS='"$(abs_srcdir)/%D%/data/vectors"'

# Registrars and elements in one process, on virtual time.
NET_SOURCES = %D%/sim/net.c %D%/sim/net.h %D%/sim/net_element.c %D%/sim/net_element.h \
	%D%/sim/net_handmade.c %D%/sim/net_handmade.h %D%/sim/net_inner.h \
	%D%/sim/net_look.c %D%/sim/net_look.h %D%/sim/net_pipe.c \
	%D%/sim/net_registrar.c %D%/sim/net_registrar.h \
	%D%/lib/registry_audit.c %D%/lib/registry_audit.h

# What breaks preload libraries: programs that run under the shim.
SHIM_TEST_SOURCES = %D%/shim/shim_test.c %D%/shim/shim_test.h
SHIM_TEST_CFLAGS = $(AM_CFLAGS) -Wno-conversion -Wno-sign-conversion
noinst_PROGRAMS += %D%/shim/shim_peers
%C%_shim_shim_peers_LDADD = librspclient.la
noinst_PROGRAMS += %D%/shim/shim_connect
%C%_shim_shim_connect_SOURCES = %D%/shim/shim_connect.c $(SHIM_TEST_SOURCES)
%C%_shim_shim_connect_CFLAGS = $(SHIM_TEST_CFLAGS)
%C%_shim_shim_connect_LDADD = -lpthread
noinst_PROGRAMS += %D%/shim/shim_io
%C%_shim_shim_io_SOURCES = %D%/shim/shim_io.c $(SHIM_TEST_SOURCES)
%C%_shim_shim_io_CFLAGS = $(SHIM_TEST_CFLAGS)
%C%_shim_shim_io_LDADD = -lpthread
noinst_PROGRAMS += %D%/shim/shim_wait
%C%_shim_shim_wait_SOURCES = %D%/shim/shim_wait.c $(SHIM_TEST_SOURCES)
%C%_shim_shim_wait_CFLAGS = $(SHIM_TEST_CFLAGS)
%C%_shim_shim_wait_LDADD = -lpthread
noinst_PROGRAMS += %D%/shim/shim_fds
%C%_shim_shim_fds_SOURCES = %D%/shim/shim_fds.c $(SHIM_TEST_SOURCES)
%C%_shim_shim_fds_CFLAGS = $(SHIM_TEST_CFLAGS)
%C%_shim_shim_fds_LDADD = -lpthread
noinst_PROGRAMS += %D%/shim/shim_options
%C%_shim_shim_options_SOURCES = %D%/shim/shim_options.c $(SHIM_TEST_SOURCES)
%C%_shim_shim_options_CFLAGS = $(SHIM_TEST_CFLAGS)
%C%_shim_shim_options_LDADD = -lpthread
noinst_PROGRAMS += %D%/shim/shim_threads
%C%_shim_shim_threads_SOURCES = %D%/shim/shim_threads.c $(SHIM_TEST_SOURCES)
%C%_shim_shim_threads_CFLAGS = $(SHIM_TEST_CFLAGS)
%C%_shim_shim_threads_LDADD = -lpthread
noinst_PROGRAMS += %D%/shim/shim_signals
%C%_shim_shim_signals_SOURCES = %D%/shim/shim_signals.c $(SHIM_TEST_SOURCES)
%C%_shim_shim_signals_CFLAGS = $(SHIM_TEST_CFLAGS)
%C%_shim_shim_signals_LDADD = -lpthread
noinst_PROGRAMS += %D%/shim/shim_names
%C%_shim_shim_names_SOURCES = %D%/shim/shim_names.c $(SHIM_TEST_SOURCES)
%C%_shim_shim_names_CFLAGS = $(SHIM_TEST_CFLAGS)
%C%_shim_shim_names_LDADD = -lpthread
noinst_PROGRAMS += %D%/shim/shim_udp
%C%_shim_shim_udp_SOURCES = %D%/shim/shim_udp.c $(SHIM_TEST_SOURCES)
%C%_shim_shim_udp_CFLAGS = $(SHIM_TEST_CFLAGS)
%C%_shim_shim_udp_LDADD = -lpthread
MOVE_TEST_SOURCES = %D%/shim/move_world.c %D%/shim/move_world.h $(SHIM_TEST_SOURCES)
noinst_PROGRAMS += %D%/shim/shim_move
%C%_shim_shim_move_SOURCES = %D%/shim/shim_move.c %D%/shim/move_calls.c $(MOVE_TEST_SOURCES)
%C%_shim_shim_move_CFLAGS = $(SHIM_TEST_CFLAGS)
%C%_shim_shim_move_LDADD = -lpthread
noinst_PROGRAMS += %D%/shim/shim_moves
%C%_shim_shim_moves_SOURCES = %D%/shim/shim_moves.c $(MOVE_TEST_SOURCES)
%C%_shim_shim_moves_CFLAGS = $(SHIM_TEST_CFLAGS)
%C%_shim_shim_moves_LDADD = -lpthread
noinst_PROGRAMS += %D%/shim/shim_move_threads
%C%_shim_shim_move_threads_SOURCES = %D%/shim/shim_move_threads.c $(MOVE_TEST_SOURCES)
%C%_shim_shim_move_threads_CFLAGS = $(SHIM_TEST_CFLAGS)
%C%_shim_shim_move_threads_LDADD = -lpthread
dist_check_SCRIPTS += %D%/shim/exports.sh %D%/shim/hazards.sh \
	%D%/shim/builds.sh %D%/shim/move.sh %D%/shim/moves.sh \
	%D%/shim/races.sh %D%/shim/settings.sh %D%/shim/rsp-run.sh
EXTRA_DIST += %D%/shim/shim-lib.sh

if HAVE_CHECK
check_PROGRAMS += %D%/unit/core/wire/check_cursor
%C%_unit_core_wire_check_cursor_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_wire_check_cursor_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/wire/check_builder
%C%_unit_core_wire_check_builder_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_wire_check_builder_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/wire/check_param
%C%_unit_core_wire_check_param_SOURCES = %D%/unit/core/wire/check_param.c $(WIRE_TEST_SOURCES)
%C%_unit_core_wire_check_param_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_wire_check_param_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/wire/check_message
%C%_unit_core_wire_check_message_SOURCES = %D%/unit/core/wire/check_message.c $(WIRE_TEST_SOURCES)
%C%_unit_core_wire_check_message_CPPFLAGS = $(AM_CPPFLAGS) $(VECTORS_CPPFLAGS)
%C%_unit_core_wire_check_message_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_wire_check_message_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/wire/check_message_memory
%C%_unit_core_wire_check_message_memory_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_wire_check_message_memory_LDADD = librspcore.la $(CHECK_LIBS)
%C%_unit_core_wire_check_message_memory_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
check_PROGRAMS += %D%/unit/core/pool/check_distance
%C%_unit_core_pool_check_distance_SOURCES = %D%/unit/core/pool/check_distance.c %D%/lib/registry_driver.c %D%/lib/registry_driver.h
%C%_unit_core_pool_check_distance_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_pool_check_distance_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/wire/check_message_rsplib
%C%_unit_core_wire_check_message_rsplib_SOURCES = %D%/unit/core/wire/check_message_rsplib.c %D%/lib/vector.c %D%/lib/vector.h
%C%_unit_core_wire_check_message_rsplib_CPPFLAGS = $(AM_CPPFLAGS) $(VECTORS_CPPFLAGS)
%C%_unit_core_wire_check_message_rsplib_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_wire_check_message_rsplib_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/wire/check_cookie
%C%_unit_core_wire_check_cookie_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_wire_check_cookie_LDADD = librspcore.la $(CHECK_LIBS)
%C%_unit_core_wire_check_cookie_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc
check_PROGRAMS += %D%/unit/core/pool/check_policy
%C%_unit_core_pool_check_policy_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_pool_check_policy_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/registry/check_registry_nomem
%C%_unit_core_registry_check_registry_nomem_SOURCES = %D%/unit/core/registry/check_registry_nomem.c %D%/lib/registry_audit.c %D%/lib/registry_audit.h
%C%_unit_core_registry_check_registry_nomem_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_registry_check_registry_nomem_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc
%C%_unit_core_registry_check_registry_nomem_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/registry/check_keep_alive
%C%_unit_core_registry_check_keep_alive_SOURCES = %D%/unit/core/registry/check_keep_alive.c %D%/lib/registry_driver.c %D%/lib/registry_driver.h
%C%_unit_core_registry_check_keep_alive_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_registry_check_keep_alive_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/registry/check_peer
%C%_unit_core_registry_check_peer_SOURCES = %D%/unit/core/registry/check_peer.c $(NET_SOURCES)
%C%_unit_core_registry_check_peer_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_registry_check_peer_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/registry/check_peer_agree
%C%_unit_core_registry_check_peer_agree_SOURCES = %D%/unit/core/registry/check_peer_agree.c $(NET_SOURCES)
%C%_unit_core_registry_check_peer_agree_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_registry_check_peer_agree_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/registry/check_peer_nomem
%C%_unit_core_registry_check_peer_nomem_SOURCES = %D%/unit/core/registry/check_peer_nomem.c $(NET_SOURCES)
%C%_unit_core_registry_check_peer_nomem_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_registry_check_peer_nomem_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc
%C%_unit_core_registry_check_peer_nomem_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/registry/check_takeover
%C%_unit_core_registry_check_takeover_SOURCES = %D%/unit/core/registry/check_takeover.c $(NET_SOURCES)
%C%_unit_core_registry_check_takeover_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_registry_check_takeover_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/registry/check_inherit
%C%_unit_core_registry_check_inherit_SOURCES = %D%/unit/core/registry/check_inherit.c $(NET_SOURCES)
%C%_unit_core_registry_check_inherit_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_registry_check_inherit_LDADD = librspcore.la $(CHECK_LIBS)
# A peer that a test makes by hand.
PEER_FIXTURE = %D%/lib/peer_fixture.c %D%/lib/peer_fixture.h $(NET_SOURCES)
check_PROGRAMS += %D%/unit/core/registry/check_table_audit
%C%_unit_core_registry_check_table_audit_SOURCES = %D%/unit/core/registry/check_table_audit.c $(PEER_FIXTURE)
%C%_unit_core_registry_check_table_audit_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_registry_check_table_audit_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/registry/check_update_apply
%C%_unit_core_registry_check_update_apply_SOURCES = %D%/unit/core/registry/check_update_apply.c $(PEER_FIXTURE)
%C%_unit_core_registry_check_update_apply_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_registry_check_update_apply_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/registry/check_update_send
%C%_unit_core_registry_check_update_send_SOURCES = %D%/unit/core/registry/check_update_send.c $(PEER_FIXTURE)
%C%_unit_core_registry_check_update_send_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_registry_check_update_send_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/registry/check_mentor
%C%_unit_core_registry_check_mentor_SOURCES = %D%/unit/core/registry/check_mentor.c $(NET_SOURCES)
%C%_unit_core_registry_check_mentor_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_registry_check_mentor_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/registry/check_registry
%C%_unit_core_registry_check_registry_SOURCES = %D%/unit/core/registry/check_registry.c %D%/lib/registry_driver.c %D%/lib/registry_driver.h
%C%_unit_core_registry_check_registry_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_registry_check_registry_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/registry/check_registration_address
%C%_unit_core_registry_check_registration_address_SOURCES = %D%/unit/core/registry/check_registration_address.c %D%/lib/registry_driver.c %D%/lib/registry_driver.h
%C%_unit_core_registry_check_registration_address_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_registry_check_registration_address_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/registry/check_registration
%C%_unit_core_registry_check_registration_SOURCES = %D%/unit/core/registry/check_registration.c %D%/lib/registry_driver.c %D%/lib/registry_driver.h
%C%_unit_core_registry_check_registration_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_registry_check_registration_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/registry/check_resolution
%C%_unit_core_registry_check_resolution_SOURCES = %D%/unit/core/registry/check_resolution.c %D%/lib/registry_driver.c %D%/lib/registry_driver.h
%C%_unit_core_registry_check_resolution_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_registry_check_resolution_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/user/check_discover
%C%_unit_user_check_discover_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_user_check_discover_LDADD = librspclient.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/registry/check_announce
%C%_unit_core_registry_check_announce_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_registry_check_announce_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/registry/check_subscription
%C%_unit_core_registry_check_subscription_SOURCES = %D%/unit/core/registry/check_subscription.c %D%/lib/registry_driver.c %D%/lib/registry_driver.h
%C%_unit_core_registry_check_subscription_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_registry_check_subscription_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/registry/check_subscription_random
%C%_unit_core_registry_check_subscription_random_SOURCES = %D%/unit/core/registry/check_subscription_random.c \
	%D%/lib/registry_driver.c %D%/lib/registry_driver.h %D%/lib/registry_audit.c %D%/lib/registry_audit.h
%C%_unit_core_registry_check_subscription_random_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_registry_check_subscription_random_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/pool/check_handlespace
%C%_unit_core_pool_check_handlespace_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_pool_check_handlespace_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/pool/check_select_small
%C%_unit_core_pool_check_select_small_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_pool_check_select_small_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/pool/check_select %D%/unit/core/pool/check_select_random
ORDER_FIXTURE = %D%/lib/select_fixture.c %D%/lib/select_fixture.h
%C%_unit_core_pool_check_select_SOURCES = %D%/unit/core/pool/check_select.c $(ORDER_FIXTURE)
%C%_unit_core_pool_check_select_random_SOURCES = %D%/unit/core/pool/check_select_random.c $(ORDER_FIXTURE)
%C%_unit_core_pool_check_select_random_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_pool_check_select_random_LDADD = librspcore.la $(CHECK_LIBS)
%C%_unit_core_pool_check_select_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_pool_check_select_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/base/check_heap
%C%_unit_core_base_check_heap_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_base_check_heap_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/pool/check_select_user
%C%_unit_core_pool_check_select_user_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_pool_check_select_user_LDADD = librspcore.la $(CHECK_LIBS)
endif

if HAVE_CHECK
check_PROGRAMS += %D%/unit/core/user/check_cache %D%/unit/core/user/check_cache_mark %D%/unit/core/failover/check_replay %D%/unit/core/user/check_resolver
%C%_unit_core_user_check_cache_mark_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_user_check_cache_mark_LDADD = librspcore.la $(CHECK_LIBS)
%C%_unit_core_user_check_cache_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_user_check_cache_LDADD = librspcore.la $(CHECK_LIBS)
%C%_unit_core_failover_check_replay_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_failover_check_replay_LDADD = librspcore.la $(CHECK_LIBS)
%C%_unit_core_user_check_resolver_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_user_check_resolver_LDADD = librspcore.la $(CHECK_LIBS)

# The pool user, with a registrar of a few lines.
USER_FIXTURE = %D%/lib/fake_registrar.c %D%/lib/fake_registrar.h \
	%D%/lib/user_fixture.c %D%/lib/user_fixture.h
dist_check_SCRIPTS += %D%/tools/follow.sh %D%/registrar/discover.sh
EXTRA_DIST += %D%/lib/announce.py
EXTRA_DIST += %D%/tools/unsubscribed.py
dist_check_SCRIPTS += %D%/tools/resolve.sh %D%/shim/cache-hazards.sh
BENCHES += bench-user
EXTRA_PROGRAMS += %D%/bench/bench_user
measure-user: %D%/bench/bench_user
	@./%D%/bench/bench_user
%C%_bench_bench_user_SOURCES = %D%/bench/bench_user.c %D%/lib/fake_registrar.c \
	%D%/lib/fake_registrar.h
%C%_bench_bench_user_LDADD = librspclient.la
EXTRA_PROGRAMS += %D%/bench/bench_shim
EXTRA_LTLIBRARIES += %D%/bench/null_preload.la
%C%_bench_null_preload_la_SOURCES = %D%/bench/null_preload.c
# -rpath is what makes a shared library of it
%C%_bench_null_preload_la_LDFLAGS = -module -avoid-version -shared -rpath /none
%C%_bench_null_preload_la_LIBADD = $(DL_LIBS)
%C%_bench_bench_shim_LDADD = %D%/bench/libbench.la $(DL_LIBS)
EXTRA_DIST += %D%/bench/shim.sh
BENCHES += bench-shim
measure-shim: all %D%/bench/bench_shim %D%/bench/null_preload.la %D%/shim/shim_peers
	@$(AM_TESTS_ENVIRONMENT) bash $(srcdir)/%D%/bench/shim.sh
EXTRA_DIST += %D%/bench/dataplane.sh
BENCHES += bench-dataplane
measure-dataplane: all %D%/bench/bench_line
	@$(AM_TESTS_ENVIRONMENT) bash $(srcdir)/%D%/bench/dataplane.sh
EXTRA_PROGRAMS += %D%/bench/bench_failover
%C%_bench_bench_failover_LDADD = %D%/bench/libbench.la -lpthread
EXTRA_DIST += %D%/bench/failover.sh
BENCHES += bench-failover
measure-failover: all %D%/bench/bench_failover %D%/bench/bench_line
	@$(AM_TESTS_ENVIRONMENT) bash $(srcdir)/%D%/bench/failover.sh
SOAK_TESTS += %D%/unit/core/user/cache_torture
check_PROGRAMS += %D%/unit/core/user/cache_steps %D%/unit/core/user/cache_torture
%C%_unit_core_user_cache_steps_SOURCES = %D%/unit/core/user/cache_steps.c %D%/lib/marked_answer.c \
	%D%/lib/marked_answer.h rsp/core/user/cache.c rsp/core/user/cache_answer.c \
	rsp/core/user/cache_mark.c
%C%_unit_core_user_cache_steps_CPPFLAGS = $(AM_CPPFLAGS) -DRSP_CACHE_STEPS
%C%_unit_core_user_cache_steps_LDADD = librspcore.la
%C%_unit_core_user_cache_torture_SOURCES = %D%/unit/core/user/cache_torture.c %D%/lib/fake_registrar.c \
	%D%/lib/fake_registrar.h %D%/lib/marked_answer.c %D%/lib/marked_answer.h
%C%_unit_core_user_cache_torture_LDADD = librspclient.la
check_PROGRAMS += %D%/unit/user/check_cachefile %D%/unit/user/check_config
%C%_unit_user_check_config_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_user_check_config_LDADD = librspclient.la $(CHECK_LIBS)
%C%_unit_user_check_cachefile_SOURCES = %D%/unit/user/check_cachefile.c $(USER_FIXTURE)
%C%_unit_user_check_cachefile_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_user_check_cachefile_LDADD = librspclient.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/user/check_user
%C%_unit_user_check_user_SOURCES = %D%/unit/user/check_user.c $(USER_FIXTURE)
%C%_unit_user_check_user_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_user_check_user_LDADD = librspclient.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/user/check_user_dead
%C%_unit_user_check_user_dead_SOURCES = %D%/unit/user/check_user_dead.c $(USER_FIXTURE)
%C%_unit_user_check_user_dead_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_user_check_user_dead_LDADD = librspclient.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/user/check_hunt
%C%_unit_user_check_hunt_SOURCES = %D%/unit/user/check_hunt.c $(USER_FIXTURE)
%C%_unit_user_check_hunt_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_user_check_hunt_LDADD = librspclient.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/user/check_user_process
%C%_unit_user_check_user_process_SOURCES = %D%/unit/user/check_user_process.c $(USER_FIXTURE)
%C%_unit_user_check_user_process_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_user_check_user_process_LDADD = librspclient.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/base/check_duration %D%/unit/net/check_endpoint %D%/unit/net/check_log \
	%D%/unit/core/wire/check_pool_name
%C%_unit_core_base_check_duration_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_base_check_duration_LDADD = librspcore.la $(CHECK_LIBS)
%C%_unit_net_check_endpoint_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_net_check_endpoint_LDADD = librspclient.la $(CHECK_LIBS)
%C%_unit_net_check_log_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_net_check_log_LDADD = librspclient.la $(CHECK_LIBS)
%C%_unit_core_wire_check_pool_name_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_wire_check_pool_name_LDADD = librspcore.la $(CHECK_LIBS)
endif

# Campaigns with real clients and servers.
dist_check_SCRIPTS += %D%/shim/main-spread.sh %D%/shim/main-kill-server.sh \
	%D%/shim/main-registrar-outage.sh %D%/shim/main-names.sh \
	%D%/shim/main-first-failures.sh %D%/shim/main-dead-host.sh \
	%D%/shim/clients-at-once.sh %D%/shim/clients-slow.sh %D%/shim/no-dns.sh \
	%D%/shim/handles.sh %D%/registrar/hostile.sh %D%/interop/tshark-session.sh %D%/shim/udp.sh \
	%D%/shim/preload-company.sh %D%/registrar/lifetimes.sh \
	%D%/shim/ipv6.sh %D%/shim/nginx.sh
EXTRA_DIST += %D%/lib/pools.sh %D%/lib/asap.py %D%/lib/asap_messages.py %D%/lib/sniff.py %D%/lib/tcp_ends.py \
	%D%/lib/hostile.py %D%/lib/udp_echo.py %D%/lib/clients.sh \
	%D%/lib/java/HelloServer.java %D%/lib/java/UrlGet.java \
	%D%/lib/java/HttpClientGet.java %D%/lib/java/Lookup.java \
	%D%/lib/java/Datagram.java

if HAVE_CHECK
# A pool element and a shell that writes down what it is told.
ELEMENT_FIXTURE = %D%/lib/element_fixture.c %D%/lib/element_fixture.h
check_PROGRAMS += %D%/unit/core/element/check_element
%C%_unit_core_element_check_element_SOURCES = %D%/unit/core/element/check_element.c $(ELEMENT_FIXTURE)
%C%_unit_core_element_check_element_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_element_check_element_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/element/check_element_call
%C%_unit_core_element_check_element_call_SOURCES = %D%/unit/core/element/check_element_call.c $(ELEMENT_FIXTURE)
%C%_unit_core_element_check_element_call_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_element_check_element_call_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/element/check_element_hunt
%C%_unit_core_element_check_element_hunt_SOURCES = %D%/unit/core/element/check_element_hunt.c $(ELEMENT_FIXTURE)
%C%_unit_core_element_check_element_hunt_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_element_check_element_hunt_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/element/check_element_leave
%C%_unit_core_element_check_element_leave_SOURCES = %D%/unit/core/element/check_element_leave.c $(ELEMENT_FIXTURE)
%C%_unit_core_element_check_element_leave_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_element_check_element_leave_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/element/check_element_shell
%C%_unit_core_element_check_element_shell_SOURCES = %D%/unit/core/element/check_element_shell.c $(ELEMENT_FIXTURE)
%C%_unit_core_element_check_element_shell_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_element_check_element_shell_LDADD = librspcore.la $(CHECK_LIBS)
endif

BENCHES += bench-codec
EXTRA_PROGRAMS += %D%/bench/bench_codec
measure-codec: %D%/bench/bench_codec
	@./%D%/bench/bench_codec
%C%_bench_bench_codec_SOURCES = %D%/bench/bench_codec.c %D%/lib/vector.c %D%/lib/vector.h
%C%_bench_bench_codec_CPPFLAGS = $(AM_CPPFLAGS) $(VECTORS_CPPFLAGS)
%C%_bench_bench_codec_LDADD = librspcore.la %D%/bench/libbench.la

# Captures for Wireshark's judgement.
noinst_PROGRAMS += %D%/interop/messages_to_pcap
%C%_interop_messages_to_pcap_SOURCES = %D%/interop/messages_to_pcap.c %D%/lib/pcap.c %D%/lib/pcap.h \
	%D%/lib/vector.c %D%/lib/vector.h
%C%_interop_messages_to_pcap_LDADD = librspcore.la
noinst_PROGRAMS += %D%/interop/every_message
%C%_interop_every_message_SOURCES = %D%/interop/every_message.c %D%/lib/pcap.c %D%/lib/pcap.h
%C%_interop_every_message_LDADD = librspcore.la
dist_check_SCRIPTS += %D%/interop/tshark-vectors.sh %D%/interop/tshark-every.sh

# Fuzz targets: fuzz_NAME with its inputs in corpus/NAME.  Without libFuzzer
# they replay these as tests.
FUZZ_TARGETS = %D%/fuzz/fuzz_asap %D%/fuzz/fuzz_enrp %D%/fuzz/fuzz_element \
	%D%/fuzz/fuzz_http %D%/fuzz/fuzz_peers %D%/fuzz/fuzz_registry %D%/fuzz/fuzz_resolver
FUZZ_SECONDS = 60
FUZZ_CODEC_SOURCES = %D%/fuzz/fuzz_codec.c %D%/fuzz/fuzz_codec.h %D%/lib/sample.c \
	%D%/lib/sample.h
noinst_PROGRAMS += %D%/fuzz/fuzz_dict
%C%_fuzz_fuzz_dict_LDADD = librspcore.la
%C%_fuzz_fuzz_asap_SOURCES = %D%/fuzz/fuzz_asap.c $(FUZZ_CODEC_SOURCES)
%C%_fuzz_fuzz_asap_LDADD = librspcore.la
%C%_fuzz_fuzz_asap_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
%C%_fuzz_fuzz_enrp_SOURCES = %D%/fuzz/fuzz_enrp.c $(FUZZ_CODEC_SOURCES)
%C%_fuzz_fuzz_enrp_LDADD = librspcore.la
%C%_fuzz_fuzz_enrp_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
%C%_fuzz_fuzz_element_SOURCES = %D%/fuzz/fuzz_element.c
%C%_fuzz_fuzz_element_LDADD = librspcore.la
%C%_fuzz_fuzz_element_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
%C%_fuzz_fuzz_http_SOURCES = %D%/fuzz/fuzz_http.c
%C%_fuzz_fuzz_http_LDADD = librspcore.la
%C%_fuzz_fuzz_http_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
%C%_fuzz_fuzz_peers_SOURCES = %D%/fuzz/fuzz_peers.c $(NET_SOURCES)
%C%_fuzz_fuzz_peers_LDADD = librspcore.la
%C%_fuzz_fuzz_peers_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
%C%_fuzz_fuzz_registry_SOURCES = %D%/fuzz/fuzz_registry.c %D%/lib/registry_audit.c \
	%D%/lib/registry_audit.h
%C%_fuzz_fuzz_registry_LDADD = librspcore.la
%C%_fuzz_fuzz_registry_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
%C%_fuzz_fuzz_resolver_SOURCES = %D%/fuzz/fuzz_resolver.c
%C%_fuzz_fuzz_resolver_LDADD = librspcore.la
%C%_fuzz_fuzz_resolver_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
if FUZZ
noinst_PROGRAMS += $(FUZZ_TARGETS)
else
check_PROGRAMS += $(FUZZ_TARGETS)
%C%_fuzz_fuzz_asap_SOURCES += %D%/fuzz/fuzz_main.c
%C%_fuzz_fuzz_asap_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"$(abs_srcdir)/%D%/fuzz/corpus/asap"'
%C%_fuzz_fuzz_enrp_SOURCES += %D%/fuzz/fuzz_main.c
%C%_fuzz_fuzz_element_SOURCES += %D%/fuzz/fuzz_main.c
%C%_fuzz_fuzz_element_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"$(abs_srcdir)/%D%/fuzz/corpus/element"'
%C%_fuzz_fuzz_http_SOURCES += %D%/fuzz/fuzz_main.c
%C%_fuzz_fuzz_http_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"$(abs_srcdir)/%D%/fuzz/corpus/http"'
%C%_fuzz_fuzz_peers_SOURCES += %D%/fuzz/fuzz_main.c
%C%_fuzz_fuzz_peers_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"$(abs_srcdir)/%D%/fuzz/corpus/peers"'
%C%_fuzz_fuzz_registry_SOURCES += %D%/fuzz/fuzz_main.c
%C%_fuzz_fuzz_registry_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"$(abs_srcdir)/%D%/fuzz/corpus/registry"'
%C%_fuzz_fuzz_resolver_SOURCES += %D%/fuzz/fuzz_main.c
%C%_fuzz_fuzz_resolver_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"$(abs_srcdir)/%D%/fuzz/corpus/resolver"'
%C%_fuzz_fuzz_enrp_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"$(abs_srcdir)/%D%/fuzz/corpus/enrp"'
endif
EXTRA_DIST += %D%/fuzz/corpus %D%/fuzz/fuzz.sh
CLEANFILES += %D%/fuzz/fuzz.dict
%D%/fuzz/fuzz.dict: %D%/fuzz/fuzz_dict$(EXEEXT)
	$(AM_V_GEN)%D%/fuzz/fuzz_dict$(EXEEXT) >$@

.PHONY: fuzz
fuzz: all %D%/fuzz/fuzz.dict
if FUZZ
	@for t in $(FUZZ_TARGETS); do $(AM_TESTS_ENVIRONMENT) \
	$(srcdir)/%D%/fuzz/fuzz.sh ./$$t $(FUZZ_SECONDS) %D%/fuzz/fuzz.dict || exit; done
else
	@echo 'fuzz: configure with --enable-fuzz CC=clang first' >&2; exit 1
endif

# Whole systems on virtual time: scenarios, and trouble made up from seeds.
noinst_PROGRAMS += %D%/sim/sim
%C%_sim_sim_SOURCES = %D%/sim/sim.c %D%/sim/sim_check.c %D%/sim/sim_check.h %D%/sim/sim_clock.c \
	%D%/sim/sim_clock.h %D%/sim/sim_conn.c %D%/sim/sim_conn.h %D%/sim/sim_equal.c \
	%D%/sim/sim_equal.h %D%/sim/sim_invent.c %D%/sim/sim_invent.h \
	%D%/sim/sim_memory.c %D%/sim/sim_memory.h %D%/sim/sim_net.c \
	%D%/sim/sim_net.h %D%/sim/sim_pe.c %D%/sim/sim_pe.h %D%/sim/sim_registrar.c \
	%D%/sim/sim_registrar.h %D%/sim/sim_run.c %D%/sim/sim_run.h %D%/sim/sim_scenario.c \
	%D%/sim/sim_scenario.h %D%/sim/sim_shrink.c %D%/sim/sim_shrink.h %D%/sim/sim_trace.c \
	%D%/sim/sim_trace.h %D%/sim/sim_traffic.c %D%/sim/sim_traffic.h %D%/sim/sim_user.c \
	%D%/sim/sim_user.h %D%/sim/sim_world.c %D%/sim/sim_world.h
%C%_sim_sim_LDADD = librspcore.la
dist_check_SCRIPTS += %D%/sim/scenarios.sh %D%/sim/seeds.sh
SOAK_TESTS += %D%/sim/seeds.sh %D%/unit/core/registry/check_peer_agree
EXTRA_DIST += %D%/sim/scenarios

# The registrar.
noinst_PROGRAMS += %D%/lib/asap_client
%C%_lib_asap_client_LDADD = librspclient.la
noinst_PROGRAMS += %D%/registrar/registrar_flood
%C%_registrar_registrar_flood_SOURCES = %D%/registrar/registrar_flood.c %D%/lib/sample.c %D%/lib/sample.h
%C%_registrar_registrar_flood_LDADD = librspcore.la
dist_check_SCRIPTS += %D%/registrar/floods.sh %D%/tools/status.sh

# Registrars on hosts of their own.
dist_check_SCRIPTS += %D%/registrar/enrp-kill.sh %D%/registrar/enrp-partition.sh %D%/registrar/enrp-big.sh \
	%D%/interop/tshark-enrp.sh
SOAK_TESTS += %D%/registrar/enrp-kill.sh %D%/registrar/enrp-big.sh
BENCHES += bench-enrp
EXTRA_PROGRAMS += %D%/bench/bench_enrp
%C%_bench_bench_enrp_LDADD = librspcore.la %D%/bench/libbench.la
EXTRA_DIST += %D%/bench/enrp.sh
measure-enrp: all %D%/bench/bench_enrp %D%/bench/bench_line
	@$(AM_TESTS_ENVIRONMENT) bash $(srcdir)/%D%/bench/enrp.sh
dist_check_SCRIPTS += %D%/interop/sctp-enrp-rsplib.sh
SOAK_TESTS += %D%/interop/sctp-enrp-rsplib.sh
EXTRA_DIST += %D%/lib/hosts.sh %D%/lib/many_ports.py

dist_check_SCRIPTS += %D%/registrar/registrar.sh %D%/registrar/limits.sh
EXTRA_DIST += %D%/registrar/registrar_crowd.py
SOAK_TESTS += %D%/registrar/limits.sh
BENCHES += bench-handlespace bench-registrar
EXTRA_PROGRAMS += %D%/bench/bench_handlespace %D%/bench/bench_registrar
%C%_bench_bench_handlespace_LDADD = librspcore.la %D%/bench/libbench.la
# The tunable as in the registrar's unit.
measure-handlespace: %D%/bench/bench_handlespace
	@GLIBC_TUNABLES=glibc.malloc.hugetlb=1 ./%D%/bench/bench_handlespace
measure-registrar: all %D%/bench/bench_registrar
	@./%D%/bench/bench_registrar
%C%_bench_bench_registrar_LDADD = librspclient.la %D%/bench/libbench.la
if HAVE_CHECK
check_PROGRAMS += %D%/unit/registrar/check_config
%C%_unit_registrar_check_config_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_registrar_check_config_LDADD = librspregistrar.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/registrar/check_connection
%C%_unit_registrar_check_connection_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_registrar_check_connection_LDADD = librspregistrar.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/registrar/check_clients
%C%_unit_registrar_check_clients_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_registrar_check_clients_LDADD = librspregistrar.la $(CHECK_LIBS)
endif

if HAVE_CHECK
check_PROGRAMS += %D%/unit/register/check_address %D%/unit/register/check_accept_queue %D%/unit/register/check_lifeline \
	%D%/unit/register/check_load %D%/unit/register/check_ports %D%/unit/register/check_register
%C%_unit_register_check_accept_queue_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_register_check_accept_queue_LDADD = librspregister.la $(CHECK_LIBS)
%C%_unit_register_check_load_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_register_check_load_LDADD = librspregister.la $(CHECK_LIBS)
%C%_unit_register_check_address_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_register_check_address_LDADD = librspregister.la $(CHECK_LIBS)
%C%_unit_register_check_lifeline_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_register_check_lifeline_LDADD = librspregister.la $(CHECK_LIBS)
%C%_unit_register_check_ports_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_register_check_ports_LDADD = librspregister.la $(CHECK_LIBS)
%C%_unit_register_check_register_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_register_check_register_LDADD = librspregister.la $(CHECK_LIBS)
endif

# Connections in use that are no HTTP.
dist_check_SCRIPTS += %D%/shim/move-once.sh %D%/shim/move-others.sh %D%/shim/move-redis.sh
SOAK_TESTS += %D%/shim/move-once.sh %D%/shim/move-redis.sh
EXTRA_DIST += %D%/shim/count.py %D%/lib/hangup_server.py

# rsp-register against a registrar that a test controls.
dist_check_SCRIPTS += %D%/register/health.sh %D%/register/listen-notice.sh %D%/register/leaving.sh %D%/register/load.sh %D%/register/rolling.sh \
	%D%/register/servers.sh %D%/register/server-health.sh \
	%D%/register/service-manager.sh %D%/register/many.sh \
	%D%/register/protocol.sh %D%/register/units.sh
SOAK_TESTS += %D%/register/protocol.sh %D%/register/rolling.sh %D%/registrar/floods.sh \
	%D%/register/many.sh %D%/register/server-health.sh
EXTRA_DIST += %D%/lib/sick_server.py %D%/lib/scripted_registrar.py %D%/lib/odd_server.py

dist_check_SCRIPTS += %D%/registrar/sctp-kernel.sh %D%/registrar/sctp.sh \
	%D%/interop/score.sh %D%/registrar/sctp-distance.sh %D%/interop/sctp-rsplib.sh %D%/interop/sctp-rsplib-ours.sh %D%/registrar/sctp-limits.sh \
	%D%/shim/sctp-clients.sh %D%/shim/sctp-none.sh
EXTRA_DIST += %D%/lib/sctp_talk.py %D%/lib/sctp_server.py %D%/interop/rsplib-lib.sh %D%/interop/rsplib_user.py
dist_check_SCRIPTS += %D%/register/register.sh %D%/register/terminal.sh

# A kernel with SCTP, where the machine's own has none.
EXTRA_DIST += %D%/lib/guest/init %D%/lib/guest/sctp-guest %D%/lib/guest/xstate.c

# HTTP in the middle of a move.
dist_check_SCRIPTS += %D%/shim/http-kill.sh %D%/shim/http-servers.sh %D%/shim/http-bad.sh \
	%D%/shim/http-silent.sh
SOAK_TESTS += %D%/shim/http-kill.sh %D%/shim/http-servers.sh %D%/shim/http-bad.sh \
	%D%/shim/http-silent.sh
EXTRA_DIST += %D%/shim/http-lib.sh %D%/shim/http_kill.py %D%/shim/http_clients.py \
	%D%/shim/http_clients.js %D%/lib/http_server.py %D%/lib/java/HttpStream.java
HTTP_WORLD = %D%/lib/http_world.c %D%/lib/http_world.h
if HAVE_CHECK
check_PROGRAMS += %D%/unit/core/failover/check_digest %D%/unit/core/failover/check_http %D%/unit/core/failover/check_http_head \
	%D%/unit/core/failover/check_http_splice
%C%_unit_core_failover_check_digest_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_failover_check_digest_LDADD = librspcore.la $(CHECK_LIBS)
HTTP_FIXTURE = %D%/lib/http_fixture.c %D%/lib/http_fixture.h
%C%_unit_core_failover_check_http_SOURCES = %D%/unit/core/failover/check_http.c $(HTTP_FIXTURE)
%C%_unit_core_failover_check_http_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_failover_check_http_LDADD = librspcore.la $(CHECK_LIBS)
%C%_unit_core_failover_check_http_splice_SOURCES = %D%/unit/core/failover/check_http_splice.c $(HTTP_FIXTURE)
%C%_unit_core_failover_check_http_splice_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_failover_check_http_splice_LDADD = librspcore.la $(CHECK_LIBS)
%C%_unit_core_failover_check_http_head_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_failover_check_http_head_LDADD = librspcore.la $(CHECK_LIBS)
check_PROGRAMS += %D%/unit/core/failover/check_http_random
SOAK_TESTS += %D%/unit/core/failover/check_http_random
%C%_unit_core_failover_check_http_random_SOURCES = %D%/unit/core/failover/check_http_random.c $(HTTP_WORLD)
%C%_unit_core_failover_check_http_random_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS_OWN)
%C%_unit_core_failover_check_http_random_LDADD = librspcore.la $(CHECK_LIBS)
endif
BENCHES += bench-http
EXTRA_PROGRAMS += %D%/bench/bench_http
measure-http: %D%/bench/bench_http
	@./%D%/bench/bench_http
%C%_bench_bench_http_LDADD = librspcore.la
