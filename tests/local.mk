# Tests, a folder for each kind (HACKING has the list).
#
# A unit test is a line in check_PROGRAMS: its source has its name, and it is
# linked with the fixtures of lib/ and sim/, the pool user and the core.  An
# integration test is a line in dist_check_SCRIPTS and begins by reading
# lib/lib.sh.  `make soak` runs those of SOAK_TESTS with RSP_SOAK=1: full counts.
# Without integration tests (configure --disable-integration; distcheck is so)
# only unit and meta tests run.
AM_TESTS_ENVIRONMENT = \
	top_srcdir='$(abs_top_srcdir)'; top_builddir='$(abs_top_builddir)'; \
	CC='$(CC)'; MAKE='$(MAKE)'; export top_srcdir top_builddir CC MAKE; \
	CK_DEFAULT_TIMEOUT=$${CK_DEFAULT_TIMEOUT-60}; export CK_DEFAULT_TIMEOUT;
TESTS += $(check_PROGRAMS) $(meta_tests)
dist_check_SCRIPTS += $(meta_tests) $(integration_tests)
if INTEGRATION
TESTS += $(integration_tests)
endif

# What needs no Check: messages in hex and made up, registrars of a few lines,
# registrars and elements in one process on virtual time.
check_LTLIBRARIES += %D%/lib/libplain.la
%C%_lib_libplain_la_CPPFLAGS = $(AM_CPPFLAGS) \
	-DTESTS_DIRECTORY='"$(abs_srcdir)/%D%"'
%C%_lib_libplain_la_SOURCES = %D%/lib/fake_registrar.c \
	%D%/lib/fake_registrar.h %D%/lib/http_fixture.c %D%/lib/http_fixture.h \
	%D%/lib/http_world.c %D%/lib/http_world.h %D%/lib/marked_answer.c \
	%D%/lib/marked_answer.h %D%/lib/pcap.c %D%/lib/pcap.h \
	%D%/lib/peer_fixture.c %D%/lib/peer_fixture.h \
	%D%/lib/registry_audit.c %D%/lib/registry_audit.h \
	%D%/lib/registry_driver.c %D%/lib/registry_driver.h \
	%D%/lib/repeatable.h %D%/lib/sample.c %D%/lib/sample.h \
	%D%/lib/test_data.c %D%/lib/test_data.h %D%/lib/vector.c \
	%D%/lib/vector.h %D%/sim/net.c %D%/sim/net.h %D%/sim/net_element.c \
	%D%/sim/net_element.h %D%/sim/net_handmade.c %D%/sim/net_handmade.h \
	%D%/sim/net_inner.h %D%/sim/net_look.c %D%/sim/net_look.h \
	%D%/sim/net_pipe.c %D%/sim/net_registrar.c %D%/sim/net_registrar.h
PLAIN = %D%/lib/libplain.la librspclient.la

if HAVE_CHECK
EXTRA_DIST += %D%/lib/suite.h
check_LTLIBRARIES += %D%/lib/libuser.la
%C%_lib_libuser_la_SOURCES = %D%/lib/user_fixture.c %D%/lib/user_fixture.h
LDADD = %D%/lib/libuser.la $(PLAIN) $(CHECK_LIBS)

check_PROGRAMS += \
	%D%/unit/core/registry/check_strangers \
	%D%/unit/core/registry/check_quotas \
	%D%/unit/core/registry/check_owners \
	%D%/unit/core/registry/check_holders \
	%D%/unit/core/user/check_answer_words \
	%D%/unit/core/registry/check_liveness \
	%D%/unit/core/registry/check_emit \
	%D%/unit/core/registry/check_connecting \
	%D%/unit/core/user/check_answer \
	%D%/unit/core/registry/check_reports \
	%D%/unit/core/registry/check_outbox \
	%D%/unit/core/registry/check_event \
	%D%/unit/core/registry/check_enrp_timer \
	%D%/unit/core/pool/check_checksum \
	%D%/unit/core/base/check_span \
	%D%/unit/core/base/check_random \
	%D%/unit/core/base/check_list \
	%D%/unit/core/base/check_hash \
	%D%/unit/core/base/check_error \
	%D%/unit/core/registry/check_change \
	%D%/unit/core/pool/check_select_wrr \
	%D%/unit/core/pool/check_select_rr \
	%D%/unit/core/pool/check_select_ranked \
	%D%/unit/user/check_renew \
	%D%/unit/core/failover/check_trail \
	%D%/unit/core/failover/check_skip \
	%D%/unit/core/failover/check_resp \
	%D%/unit/core/base/check_duration \
	%D%/unit/core/base/check_heap \
	%D%/unit/core/wire/check_builder \
	%D%/unit/core/wire/check_cookie \
	%D%/unit/core/wire/check_cursor \
	%D%/unit/core/wire/check_message \
	%D%/unit/core/wire/check_message_flags \
	%D%/unit/core/wire/check_message_memory \
	%D%/unit/core/wire/check_message_rsplib \
	%D%/unit/core/wire/check_param \
	%D%/unit/core/wire/check_pool_name \
	%D%/unit/core/pool/check_distance \
	%D%/unit/core/pool/check_handlespace \
	%D%/unit/core/pool/check_policy \
	%D%/unit/core/pool/check_select \
	%D%/unit/core/pool/check_select_random \
	%D%/unit/core/pool/check_select_small \
	%D%/unit/core/pool/check_select_user \
	%D%/unit/core/registry/check_announce \
	%D%/unit/core/registry/check_heartbeat \
	%D%/unit/core/registry/check_inherit \
	%D%/unit/core/registry/check_keep_alive \
	%D%/unit/core/registry/check_mentor \
	%D%/unit/core/registry/check_peer \
	%D%/unit/core/registry/check_peer_agree \
	%D%/unit/core/registry/check_peer_nomem \
	%D%/unit/core/registry/check_pool_terms \
	%D%/unit/core/registry/check_registration \
	%D%/unit/core/registry/check_registration_address \
	%D%/unit/core/registry/check_registry \
	%D%/unit/core/registry/check_registry_calls \
	%D%/unit/core/registry/check_registry_event \
	%D%/unit/core/registry/check_registry_nomem \
	%D%/unit/core/registry/check_resolution \
	%D%/unit/core/registry/check_retire \
	%D%/unit/core/registry/check_sessions \
	%D%/unit/core/registry/check_subscription \
	%D%/unit/core/registry/check_subscription_random \
	%D%/unit/core/registry/check_configured \
	%D%/unit/core/registry/check_presence \
	%D%/unit/core/registry/check_response \
	%D%/unit/core/registry/check_table_apply \
	%D%/unit/core/registry/check_table_fetch \
	%D%/unit/core/registry/check_table_send \
	%D%/unit/core/registry/check_table_audit \
	%D%/unit/core/registry/check_takeover \
	%D%/unit/core/registry/check_takeover_acks \
	%D%/unit/core/registry/check_update_apply \
	%D%/unit/core/registry/check_update_send \
	%D%/unit/core/registry/check_watch_rate \
	%D%/unit/core/element/check_element \
	%D%/unit/core/element/check_element_call \
	%D%/unit/core/element/check_element_home \
	%D%/unit/core/element/check_element_hunt \
	%D%/unit/core/element/check_element_leave \
	%D%/unit/core/element/check_element_limits \
	%D%/unit/core/element/check_element_reject \
	%D%/unit/core/element/check_element_shell \
	%D%/unit/core/user/check_answer \
	%D%/unit/core/user/check_cache \
	%D%/unit/core/user/check_cache_mark \
	%D%/unit/core/user/check_resolver \
	%D%/unit/core/failover/check_digest \
	%D%/unit/core/failover/check_failover \
	%D%/unit/core/failover/check_http \
	%D%/unit/core/failover/check_http_bytes \
	%D%/unit/core/failover/check_http_head \
	%D%/unit/core/failover/check_http_random \
	%D%/unit/core/failover/check_http_splice \
	%D%/unit/core/failover/check_replay \
	%D%/unit/net/check_clock \
	%D%/unit/net/check_endpoint \
	%D%/unit/net/check_log \
	%D%/unit/net/check_lookup \
	%D%/unit/net/check_multicast \
	%D%/unit/net/check_preload \
	%D%/unit/net/check_target \
	%D%/unit/user/check_ask_registrars \
	%D%/unit/user/check_choose \
	%D%/unit/user/check_local_notice \
	%D%/unit/user/check_refresh \
	%D%/unit/user/check_room \
	%D%/unit/user/check_scratch \
	%D%/unit/user/check_cachefile \
	%D%/unit/user/check_config \
	%D%/unit/user/check_discover \
	%D%/unit/user/check_discover_flood \
	%D%/unit/user/check_hunt \
	%D%/unit/user/check_user \
	%D%/unit/user/check_user_dead \
	%D%/unit/user/check_user_process \
	$(register_units) $(tools_units) $(registrar_units)
SOAK_TESTS = %D%/unit/core/failover/check_http_random \
	%D%/unit/core/registry/check_peer_agree

# The n-th allocation fails, for every n; or none is made.
WRAP_MALLOC = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
%C%_unit_core_wire_check_message_memory_LDFLAGS = $(AM_LDFLAGS) $(WRAP_MALLOC)
%C%_unit_core_wire_check_cookie_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc
%C%_unit_core_registry_check_registry_nomem_LDFLAGS = $(AM_LDFLAGS) $(WRAP_MALLOC)
%C%_unit_core_registry_check_peer_nomem_LDFLAGS = $(AM_LDFLAGS) $(WRAP_MALLOC)

# One pool's elements in order.
check_LTLIBRARIES += %D%/lib/libselect.la
%C%_lib_libselect_la_SOURCES = %D%/lib/select_fixture.c %D%/lib/select_fixture.h
SELECT_LDADD = %D%/lib/libselect.la $(PLAIN) $(CHECK_LIBS)
%C%_unit_core_pool_check_select_LDADD = $(SELECT_LDADD)
%C%_unit_core_pool_check_select_random_LDADD = $(SELECT_LDADD)
%C%_unit_core_pool_check_select_wrr_LDADD = $(SELECT_LDADD)
%C%_unit_core_pool_check_select_rr_LDADD = $(SELECT_LDADD)
%C%_unit_core_pool_check_select_ranked_LDADD = $(SELECT_LDADD)

# A pool element, and a shell that writes down what it is told.
check_LTLIBRARIES += %D%/lib/libelement.la
%C%_lib_libelement_la_SOURCES = %D%/lib/element_fixture.c \
	%D%/lib/element_fixture.h
ELEMENT_LDADD = %D%/lib/libelement.la $(PLAIN) $(CHECK_LIBS)
%C%_unit_core_element_check_element_LDADD = $(ELEMENT_LDADD)
%C%_unit_core_element_check_element_call_LDADD = $(ELEMENT_LDADD)
%C%_unit_core_element_check_element_home_LDADD = $(ELEMENT_LDADD)
%C%_unit_core_element_check_element_hunt_LDADD = $(ELEMENT_LDADD)
%C%_unit_core_element_check_element_leave_LDADD = $(ELEMENT_LDADD)
%C%_unit_core_element_check_element_limits_LDADD = $(ELEMENT_LDADD)
%C%_unit_core_element_check_element_reject_LDADD = $(ELEMENT_LDADD)
%C%_unit_core_element_check_element_shell_LDADD = $(ELEMENT_LDADD)

register_units = \
	%D%/unit/register/check_accept_queue \
	%D%/unit/register/check_address \
	%D%/unit/register/check_advice \
	%D%/unit/register/check_element_id \
	%D%/unit/register/check_lifeline \
	%D%/unit/register/check_load \
	%D%/unit/register/check_pollset \
	%D%/unit/register/check_ports \
	%D%/unit/register/check_register \
	%D%/unit/register/check_reply \
	%D%/unit/register/check_word
REGISTER_LDADD = librspregister.la $(LDADD)
%C%_unit_net_check_lookup_LDADD = $(REGISTER_LDADD)
%C%_unit_net_check_preload_LDADD = rsp/net/libpreload.la $(LDADD)
%C%_unit_net_check_target_LDADD = rsp/net/libpreload.la $(LDADD)
%C%_unit_register_check_accept_queue_LDADD = $(REGISTER_LDADD)
%C%_unit_register_check_address_LDADD = $(REGISTER_LDADD)
%C%_unit_register_check_advice_LDADD = $(REGISTER_LDADD)
%C%_unit_register_check_element_id_LDADD = $(REGISTER_LDADD)
%C%_unit_register_check_lifeline_LDADD = $(REGISTER_LDADD)
%C%_unit_register_check_load_LDADD = $(REGISTER_LDADD)
%C%_unit_register_check_pollset_LDADD = $(REGISTER_LDADD)
%C%_unit_register_check_ports_LDADD = $(REGISTER_LDADD)
%C%_unit_register_check_register_LDADD = $(REGISTER_LDADD)
%C%_unit_register_check_reply_LDADD = $(REGISTER_LDADD)
%C%_unit_register_check_word_LDADD = $(REGISTER_LDADD)
tools_units = %D%/unit/tools/check_ask %D%/unit/tools/check_json \
	%D%/unit/tools/check_show %D%/unit/tools/check_snapshot
TOOLS_LDADD = librsptools.la $(LDADD)
%C%_unit_tools_check_ask_LDADD = $(TOOLS_LDADD)
%C%_unit_tools_check_json_LDADD = $(TOOLS_LDADD)
%C%_unit_tools_check_show_LDADD = $(TOOLS_LDADD)
%C%_unit_tools_check_snapshot_LDADD = $(TOOLS_LDADD)
registrar_units = \
	%D%/unit/registrar/check_clients \
	%D%/unit/registrar/check_config \
	%D%/unit/registrar/check_connection
REGISTRAR_LDADD = librspregistrar.la $(LDADD)
%C%_unit_registrar_check_clients_LDADD = $(REGISTRAR_LDADD)
%C%_unit_registrar_check_config_LDADD = $(REGISTRAR_LDADD)
%C%_unit_registrar_check_connection_LDADD = $(REGISTRAR_LDADD)
else
LDADD = $(PLAIN)
SOAK_TESTS =
endif

# The shared cache under processes that are stopped, killed and late.
check_PROGRAMS += %D%/unit/core/user/cache_steps %D%/unit/core/user/cache_torture
SOAK_TESTS += %D%/unit/core/user/cache_torture
%C%_unit_core_user_cache_steps_SOURCES = %D%/unit/core/user/cache_steps.c \
	rsp/core/user/cache.c rsp/core/user/cache_answer.c \
	rsp/core/user/cache_mark.c
%C%_unit_core_user_cache_steps_CPPFLAGS = $(AM_CPPFLAGS) -DRSP_CACHE_STEPS
%C%_unit_core_user_cache_steps_LDADD = $(PLAIN)
%C%_unit_core_user_cache_torture_LDADD = $(PLAIN)

# ---- Programs that run under the shim, with calls that break preload libraries.
check_LTLIBRARIES += %D%/shim/libshimtest.la
%C%_shim_libshimtest_la_SOURCES = %D%/shim/shim_test.c %D%/shim/shim_test.h \
	%D%/shim/move_world.c %D%/shim/move_world.h %D%/shim/script_world.c %D%/shim/script_world.h
SHIM_LDADD = %D%/shim/libshimtest.la -lpthread
# Libraries that stand beside the shim in one process.
check_LTLIBRARIES += %D%/shim/libearly.la %D%/shim/libstill.la
%C%_shim_libearly_la_SOURCES = %D%/shim/early.c
%C%_shim_libearly_la_LDFLAGS = -module -avoid-version -shared -rpath /none
%C%_shim_libstill_la_SOURCES = %D%/shim/still.c
%C%_shim_libstill_la_LDFLAGS = -module -avoid-version -shared -rpath /none
%C%_shim_listen_cancel_LDADD = -lpthread
%C%_shim_shim_strange_LDADD = $(SHIM_LDADD)
%C%_shim_shim_ready_LDADD = $(SHIM_LDADD)
%C%_shim_shim_kept_LDADD = $(SHIM_LDADD)
%C%_shim_shim_jump_LDADD = $(SHIM_LDADD)
%C%_shim_shim_anew_LDADD = $(SHIM_LDADD)
check_programs_for_scripts = %D%/shim/shim_peers \
	%D%/shim/shim_connect %D%/shim/shim_fds %D%/shim/shim_io \
	%D%/shim/shim_move %D%/shim/shim_move_threads %D%/shim/shim_moves \
	%D%/shim/shim_names %D%/shim/shim_options %D%/shim/shim_signals \
	%D%/shim/shim_threads %D%/shim/shim_udp %D%/shim/shim_wait \
	%D%/shim/shim_anew %D%/shim/shim_jump %D%/shim/shim_kept %D%/shim/shim_ready %D%/shim/shim_strange %D%/shim/listen_cancel %D%/interop/every_message %D%/interop/messages_to_pcap \
	%D%/lib/asap_client %D%/registrar/registrar_flood %D%/sim/sim \
	%D%/fuzz/fuzz_dict
noinst_PROGRAMS += $(check_programs_for_scripts)
%C%_shim_shim_peers_LDADD = $(PLAIN)
%C%_shim_shim_connect_LDADD = $(SHIM_LDADD)
%C%_shim_shim_fds_LDADD = $(SHIM_LDADD)
%C%_shim_shim_io_LDADD = $(SHIM_LDADD)
%C%_shim_shim_move_SOURCES = %D%/shim/shim_move.c %D%/shim/move_calls.c
%C%_shim_shim_move_LDADD = $(SHIM_LDADD)
%C%_shim_shim_move_threads_LDADD = $(SHIM_LDADD)
%C%_shim_shim_moves_LDADD = $(SHIM_LDADD)
%C%_shim_shim_names_LDADD = $(SHIM_LDADD)
%C%_shim_shim_options_LDADD = $(SHIM_LDADD)
%C%_shim_shim_signals_LDADD = $(SHIM_LDADD)
%C%_shim_shim_threads_LDADD = $(SHIM_LDADD)
%C%_shim_shim_udp_LDADD = $(SHIM_LDADD)
%C%_shim_shim_wait_LDADD = $(SHIM_LDADD)
%C%_interop_every_message_LDADD = $(PLAIN)
%C%_interop_messages_to_pcap_LDADD = $(PLAIN)
%C%_lib_asap_client_LDADD = $(PLAIN)
%C%_registrar_registrar_flood_LDADD = $(PLAIN)
%C%_fuzz_fuzz_dict_LDADD = $(PLAIN)

# Whole systems on virtual time: scenarios, and trouble made up from seeds.
%C%_sim_sim_LDADD = $(PLAIN)
%C%_sim_sim_SOURCES = %D%/sim/sim.c %D%/sim/sim_check.c %D%/sim/sim_check.h \
	%D%/sim/sim_clock.c %D%/sim/sim_clock.h %D%/sim/sim_conn.c \
	%D%/sim/sim_conn.h %D%/sim/sim_equal.c %D%/sim/sim_equal.h \
	%D%/sim/sim_invent.c %D%/sim/sim_invent.h %D%/sim/sim_memory.c \
	%D%/sim/sim_memory.h %D%/sim/sim_net.c %D%/sim/sim_net.h \
	%D%/sim/sim_pe.c %D%/sim/sim_pe.h %D%/sim/sim_registrar.c \
	%D%/sim/sim_registrar.h %D%/sim/sim_run.c %D%/sim/sim_run.h \
	%D%/sim/sim_scenario.c %D%/sim/sim_scenario.h %D%/sim/sim_shrink.c \
	%D%/sim/sim_shrink.h %D%/sim/sim_trace.c %D%/sim/sim_trace.h \
	%D%/sim/sim_traffic.c %D%/sim/sim_traffic.h %D%/sim/sim_user.c \
	%D%/sim/sim_user.h %D%/sim/sim_world.c %D%/sim/sim_world.h

# ---- Scripts.
meta_tests = %D%/meta/mutate.sh %D%/meta/named-tests.sh %D%/meta/exports.sh %D%/meta/headers.sh %D%/meta/install.sh \
	%D%/meta/layers.sh %D%/meta/man.sh %D%/meta/purity.sh \
	%D%/meta/requirements.sh %D%/meta/style.sh
integration_tests = \
	%D%/tools/resolve-odd.sh \
	%D%/registrar/stall.sh \
	%D%/registrar/sctp-stall.sh \
	%D%/registrar/peers.sh \
	%D%/registrar/host.sh \
	%D%/shim/stick.sh \
	%D%/shim/patience.sh \
	%D%/shim/given.sh \
	%D%/shim/ftp.sh \
	%D%/shim/ftp-servers.sh \
	%D%/shim/datagrams.sh \
	%D%/shim/datagrams-families.sh \
	%D%/shim/strange.sh \
	%D%/shim/ready.sh \
	%D%/shim/http-skip.sh \
	%D%/shim/answers.sh \
	%D%/interop/score.sh %D%/interop/sctp-enrp-rsplib.sh \
	%D%/interop/sctp-rsplib-ours.sh %D%/interop/sctp-rsplib.sh \
	%D%/interop/tshark-enrp.sh %D%/interop/tshark-every.sh \
	%D%/interop/tshark-session.sh %D%/interop/tshark-vectors.sh \
	%D%/register/again.sh %D%/register/checks.sh %D%/register/far.sh \
	%D%/register/files.sh %D%/register/health.sh \
	%D%/register/leaving.sh %D%/register/listen-notice.sh \
	%D%/register/load.sh %D%/register/many.sh \
	%D%/register/namespace.sh %D%/register/notify.sh \
	%D%/register/orphan.sh %D%/register/ports.sh \
	%D%/register/protocol.sh %D%/register/register.sh \
	%D%/register/retire.sh %D%/register/rolling.sh \
	%D%/register/server-health.sh %D%/register/servers.sh \
	%D%/register/service-manager.sh %D%/register/shed.sh \
	%D%/register/signals.sh %D%/register/suspend.sh \
	%D%/register/terminal.sh %D%/register/theft.sh \
	%D%/register/units.sh %D%/register/word.sh \
	%D%/registrar/discover.sh %D%/registrar/enrp-big.sh \
	%D%/registrar/enrp-kill.sh %D%/registrar/enrp-partition.sh \
	%D%/registrar/floods.sh %D%/registrar/hostile.sh \
	%D%/registrar/lifetimes.sh %D%/registrar/limits.sh \
	%D%/registrar/registrar.sh %D%/registrar/sctp-distance.sh \
	%D%/registrar/sctp-kernel.sh %D%/registrar/sctp-limits.sh \
	%D%/registrar/sctp.sh \
	%D%/shim/builds.sh %D%/shim/cache-hazards.sh \
	%D%/shim/clients-at-once.sh %D%/shim/clients-slow.sh \
	%D%/shim/demo.sh %D%/shim/exports.sh %D%/shim/handles.sh \
	%D%/shim/hazards.sh %D%/shim/http-bad.sh %D%/shim/http-kill.sh \
	%D%/shim/http-servers.sh %D%/shim/http-silent.sh %D%/shim/ipv6.sh \
	%D%/shim/main-dead-host.sh %D%/shim/main-first-failures.sh \
	%D%/shim/main-kill-server.sh %D%/shim/main-names.sh \
	%D%/shim/main-registrar-outage.sh %D%/shim/main-spread.sh \
	%D%/shim/move-once.sh %D%/shim/move-others.sh %D%/shim/move-redis.sh \
	%D%/shim/move.sh %D%/shim/moves.sh %D%/shim/nginx.sh \
	%D%/shim/no-dns.sh %D%/shim/preload-company.sh %D%/shim/races.sh \
	%D%/shim/rsp-run.sh %D%/shim/sctp-clients.sh %D%/shim/sctp-none.sh \
	%D%/shim/settings.sh %D%/shim/udp.sh \
	%D%/sim/scenarios.sh %D%/sim/seeds.sh \
	%D%/tools/follow.sh %D%/tools/resolve.sh %D%/tools/status.sh
SOAK_TESTS += %D%/interop/sctp-enrp-rsplib.sh %D%/register/load.sh \
	%D%/registrar/stall.sh \
	%D%/shim/ready.sh \
	%D%/register/many.sh %D%/register/protocol.sh %D%/register/rolling.sh \
	%D%/register/server-health.sh %D%/registrar/enrp-big.sh \
	%D%/registrar/enrp-kill.sh %D%/registrar/floods.sh \
	%D%/registrar/lifetimes.sh %D%/registrar/limits.sh \
	%D%/shim/handles.sh %D%/shim/http-bad.sh %D%/shim/http-kill.sh \
	%D%/shim/http-servers.sh %D%/shim/http-silent.sh \
	%D%/shim/main-kill-server.sh %D%/shim/main-registrar-outage.sh \
	%D%/shim/move-once.sh %D%/shim/move-redis.sh %D%/shim/move.sh \
	%D%/shim/moves.sh %D%/sim/seeds.sh
# What scripts read or start.
EXTRA_DIST += \
	%D%/lib/strange_peers.py \
	%D%/lib/stalled.py \
	%D%/meta/mutate.py \
	%D%/meta/mutants.py \
	%D%/data/mutants.left \
	%D%/data/untested.txt \
	%D%/lib/ftpd.py \
	%D%/lib/teller.py \
	%D%/lib/events.py \
	%D%/lib/answers.py \
	%D%/data/requirements.left %D%/data/requirements.txt \
	%D%/data/rsplib.txt %D%/data/vectors \
	%D%/fuzz/corpus %D%/fuzz/fuzz.sh \
	%D%/interop/rsplib-lib.sh %D%/interop/rsplib_user.py \
	%D%/lib/announce.py %D%/lib/asap.py %D%/lib/asap_messages.py \
	%D%/lib/clients.sh %D%/lib/delay_link.py %D%/lib/guest %D%/lib/hangup_server.py \
	%D%/lib/hostile.py %D%/lib/hosts.sh %D%/lib/http_server.py \
	%D%/lib/java %D%/lib/lib.sh %D%/lib/many_ports.py \
	%D%/lib/odd_server.py %D%/lib/pools.sh %D%/lib/scripted_registrar.py \
	%D%/lib/sctp_server.py %D%/lib/sctp_talk.py %D%/lib/sick_server.py \
	%D%/lib/sniff.py %D%/lib/tcp_ends.py %D%/lib/udp_echo.py \
	%D%/meta/coverage.sh %D%/meta/requirements.py \
	%D%/registrar/registrar_crowd.py \
	%D%/shim/count.py %D%/shim/http-lib.sh %D%/shim/http_clients.js \
	%D%/shim/http_clients.py %D%/shim/http_kill.py %D%/shim/shim-lib.sh \
	%D%/sim/scenarios %D%/tools/unsubscribed.py

# ---- Fuzz targets: fuzz_NAME with its inputs in corpus/NAME.  Without libFuzzer
# they replay these as tests.
FUZZ_TARGETS = %D%/fuzz/fuzz_asap %D%/fuzz/fuzz_enrp %D%/fuzz/fuzz_element \
	%D%/fuzz/fuzz_http %D%/fuzz/fuzz_peers %D%/fuzz/fuzz_registry \
	%D%/fuzz/fuzz_resolver
FUZZ_SECONDS = 60
check_LTLIBRARIES += %D%/fuzz/libfuzz.la
%C%_fuzz_libfuzz_la_SOURCES = %D%/fuzz/fuzz_codec.c %D%/fuzz/fuzz_codec.h \
	%D%/fuzz/promise.c %D%/fuzz/promise.h
if FUZZ
noinst_PROGRAMS += $(FUZZ_TARGETS)
else
check_PROGRAMS += $(FUZZ_TARGETS)
%C%_fuzz_libfuzz_la_SOURCES += %D%/fuzz/fuzz_main.c
endif
FUZZ_LDADD = %D%/fuzz/libfuzz.la $(PLAIN) $(FUZZ_LDFLAGS)
%C%_fuzz_fuzz_asap_LDADD = $(FUZZ_LDADD)
%C%_fuzz_fuzz_enrp_LDADD = $(FUZZ_LDADD)
%C%_fuzz_fuzz_element_LDADD = $(FUZZ_LDADD)
%C%_fuzz_fuzz_http_LDADD = $(FUZZ_LDADD)
%C%_fuzz_fuzz_peers_LDADD = $(FUZZ_LDADD)
%C%_fuzz_fuzz_registry_LDADD = $(FUZZ_LDADD)
%C%_fuzz_fuzz_resolver_LDADD = $(FUZZ_LDADD)
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

# ---- Benchmarks: NAME here and a rule measure-NAME, which prints one line per
# case (bench.h, or bench_line in a script).
EXTRA_DIST += %D%/bench/FIGURES.md
BENCHES = bench-user bench-shim bench-dataplane bench-failover bench-codec \
	bench-enrp bench-handlespace bench-registrar bench-http
EXTRA_LTLIBRARIES += %D%/bench/libbench.la %D%/bench/null_preload.la
%C%_bench_libbench_la_SOURCES = %D%/bench/bench.c %D%/bench/bench.h
# -rpath is what makes a shared library of it
%C%_bench_null_preload_la_LDFLAGS = -module -avoid-version -shared -rpath /none
%C%_bench_null_preload_la_LIBADD = $(DL_LIBS)
EXTRA_PROGRAMS = %D%/bench/bench_codec %D%/bench/bench_enrp \
	%D%/bench/bench_failover %D%/bench/bench_handlespace \
	%D%/bench/bench_http %D%/bench/bench_line %D%/bench/bench_registrar \
	%D%/bench/bench_shim %D%/bench/bench_user
BENCH_LDADD = %D%/bench/libbench.la $(PLAIN) $(DL_LIBS) -lpthread
%C%_bench_bench_codec_LDADD = $(BENCH_LDADD)
%C%_bench_bench_enrp_LDADD = $(BENCH_LDADD)
%C%_bench_bench_failover_LDADD = $(BENCH_LDADD)
%C%_bench_bench_handlespace_LDADD = $(BENCH_LDADD)
%C%_bench_bench_http_LDADD = $(BENCH_LDADD)
%C%_bench_bench_line_LDADD = $(BENCH_LDADD)
%C%_bench_bench_registrar_LDADD = $(BENCH_LDADD)
%C%_bench_bench_shim_LDADD = $(BENCH_LDADD)
%C%_bench_bench_user_LDADD = $(BENCH_LDADD)
EXTRA_DIST += %D%/bench/dataplane.sh %D%/bench/enrp.sh %D%/bench/failover.sh \
	%D%/bench/shim.sh
measure-codec: %D%/bench/bench_codec
	@./%D%/bench/bench_codec
measure-http: %D%/bench/bench_http
	@./%D%/bench/bench_http
measure-user: %D%/bench/bench_user
	@./%D%/bench/bench_user
# The tunable as in the registrar's unit.
measure-handlespace: %D%/bench/bench_handlespace
	@GLIBC_TUNABLES=glibc.malloc.hugetlb=1 ./%D%/bench/bench_handlespace
measure-registrar: all %D%/bench/bench_registrar
	@./%D%/bench/bench_registrar
measure-shim: all %D%/bench/bench_shim %D%/bench/null_preload.la \
		%D%/shim/shim_peers
	@$(AM_TESTS_ENVIRONMENT) bash $(srcdir)/%D%/bench/shim.sh
measure-dataplane: all %D%/bench/bench_line
	@$(AM_TESTS_ENVIRONMENT) bash $(srcdir)/%D%/bench/dataplane.sh
measure-failover: all %D%/bench/bench_failover %D%/bench/bench_line
	@$(AM_TESTS_ENVIRONMENT) bash $(srcdir)/%D%/bench/failover.sh
measure-enrp: all %D%/bench/bench_enrp %D%/bench/bench_line
	@$(AM_TESTS_ENVIRONMENT) bash $(srcdir)/%D%/bench/enrp.sh
