# The core (no I/O), the poll-based shell around it, and the tools.
noinst_LTLIBRARIES += librspcore.la librspclient.la
librspcore_la_SOURCES = \
	%D%/core/base/ascii.h \
	%D%/core/base/duration.c %D%/core/base/duration.h \
	%D%/core/base/error.c %D%/core/base/error.h \
	%D%/core/base/hash.c %D%/core/base/hash.h \
	%D%/core/base/heap.c %D%/core/base/heap.h \
	%D%/core/base/list.h \
	%D%/core/base/random.h \
	%D%/core/base/span.h \
	%D%/core/base/time.h \
	%D%/core/wire/builder.c %D%/core/wire/builder.h \
	%D%/core/wire/cookie.c %D%/core/wire/cookie.h \
	%D%/core/wire/cursor.c %D%/core/wire/cursor.h \
	%D%/core/wire/message.c %D%/core/wire/message.h \
	%D%/core/wire/message_decode.c \
	%D%/core/wire/message_def.h \
	%D%/core/wire/message_encode.c \
	%D%/core/wire/message_text.c \
	%D%/core/wire/message_walk.c \
	%D%/core/wire/param.c %D%/core/wire/param.h \
	%D%/core/wire/pool_name.c %D%/core/wire/pool_name.h \
	%D%/core/pool/checksum.c %D%/core/pool/checksum.h \
	%D%/core/pool/distance.c %D%/core/pool/distance.h \
	%D%/core/pool/handlespace.c %D%/core/pool/handlespace.h \
	%D%/core/pool/policy.c %D%/core/pool/policy.h \
	%D%/core/pool/select.c %D%/core/pool/select.h \
	%D%/core/pool/select_ops.h \
	%D%/core/pool/select_random.c %D%/core/pool/select_random.h \
	%D%/core/pool/select_ranked.c \
	%D%/core/pool/select_rr.c \
	%D%/core/pool/select_small.c %D%/core/pool/select_small.h \
	%D%/core/pool/select_user.c %D%/core/pool/select_user.h \
	%D%/core/pool/select_wrr.c %D%/core/pool/select_wrr.h \
	%D%/core/pool/select_wrr_clock.c \
	%D%/core/registry/announce.c %D%/core/registry/announce.h \
	%D%/core/registry/change.c %D%/core/registry/change.h \
	%D%/core/registry/configured.c %D%/core/registry/configured.h \
	%D%/core/registry/connecting.c %D%/core/registry/connecting.h \
	%D%/core/registry/emit.c %D%/core/registry/emit.h \
	%D%/core/registry/enrp.c %D%/core/registry/enrp.h \
	%D%/core/registry/enrp_timer.c %D%/core/registry/enrp_timer.h \
	%D%/core/registry/event.c \
	%D%/core/registry/holders.c %D%/core/registry/holders.h \
	%D%/core/registry/inherit.c %D%/core/registry/inherit.h \
	%D%/core/registry/keep_alive.c %D%/core/registry/keep_alive.h \
	%D%/core/registry/liveness.c %D%/core/registry/liveness.h \
	%D%/core/registry/mentor.c %D%/core/registry/mentor.h \
	%D%/core/registry/outbox.c %D%/core/registry/outbox.h \
	%D%/core/registry/owners.c %D%/core/registry/owners.h \
	%D%/core/registry/peer.c %D%/core/registry/peer.h \
	%D%/core/registry/peer_assoc.c %D%/core/registry/peer_assoc.h \
	%D%/core/registry/peer_life.c %D%/core/registry/peer_life.h \
	%D%/core/registry/presence.c %D%/core/registry/presence.h \
	%D%/core/registry/quotas.c %D%/core/registry/quotas.h \
	%D%/core/registry/registration.c %D%/core/registry/registration.h \
	%D%/core/registry/registry.c %D%/core/registry/registry.h \
	%D%/core/registry/registry_inner.h \
	%D%/core/registry/removal.c %D%/core/registry/removal.h \
	%D%/core/registry/reports.c %D%/core/registry/reports.h \
	%D%/core/registry/resolution.c %D%/core/registry/resolution.h \
	%D%/core/registry/response.c %D%/core/registry/response.h \
	%D%/core/registry/subscription.c %D%/core/registry/subscription.h \
	%D%/core/registry/suggest.c %D%/core/registry/suggest.h \
	%D%/core/registry/table_apply.c %D%/core/registry/table_apply.h \
	%D%/core/registry/table_fetch.c %D%/core/registry/table_fetch.h \
	%D%/core/registry/table_send.c %D%/core/registry/table_send.h \
	%D%/core/registry/takeover.c %D%/core/registry/takeover.h \
	%D%/core/registry/update_apply.c %D%/core/registry/update_apply.h \
	%D%/core/registry/update_send.c %D%/core/registry/update_send.h \
	%D%/core/element/element.c %D%/core/element/element.h \
	%D%/core/element/element_hunt.c \
	%D%/core/element/element_inner.h \
	%D%/core/element/element_input.c \
	%D%/core/element/element_output.c \
	%D%/core/user/answer.c %D%/core/user/answer.h \
	%D%/core/user/cache.c %D%/core/user/cache.h \
	%D%/core/user/cache_answer.c \
	%D%/core/user/cache_block.h \
	%D%/core/user/cache_host.c \
	%D%/core/user/cache_mark.c \
	%D%/core/user/cache_registrar.c \
	%D%/core/user/cache_renew.c \
	%D%/core/user/resolver.c %D%/core/user/resolver.h \
	%D%/core/failover/digest.c %D%/core/failover/digest.h \
	%D%/core/failover/digest_wide.c %D%/core/failover/digest_wide.h \
	%D%/core/failover/failover.h \
	%D%/core/failover/http.c %D%/core/failover/http.h \
	%D%/core/failover/http_ask.c \
	%D%/core/failover/http_body.c %D%/core/failover/http_body.h \
	%D%/core/failover/http_head.c %D%/core/failover/http_head.h \
	%D%/core/failover/http_inner.h \
	%D%/core/failover/http_ops.c \
	%D%/core/failover/http_proof.c %D%/core/failover/http_proof.h \
	%D%/core/failover/http_splice.c \
	%D%/core/failover/replay.c %D%/core/failover/replay.h \
	%D%/core/failover/resp.c %D%/core/failover/resp.h \
	%D%/core/failover/trail.c %D%/core/failover/trail.h

librspclient_la_SOURCES = \
	%D%/net/clock.c \
	%D%/net/descriptor.c \
	%D%/net/endpoint.c %D%/net/endpoint.h \
	%D%/net/log.c %D%/net/log.h \
	%D%/net/multicast.c %D%/net/multicast.h \
	%D%/net/sctp.c %D%/net/sctp.h \
	%D%/net/sys.h \
	%D%/user/ask_registrars.c %D%/user/ask_registrars.h \
	%D%/user/cachefile.c %D%/user/cachefile.h \
	%D%/user/choose.c \
	%D%/user/config.c \
	%D%/user/discover.c %D%/user/discover.h \
	%D%/user/failover_mode.c %D%/user/failover_mode.h \
	%D%/user/given.c %D%/user/given.h \
	%D%/user/hunt.c \
	%D%/user/local_notice.c %D%/user/local_notice.h \
	%D%/user/recall.c %D%/user/recall.h \
	%D%/user/refresh.c \
	%D%/user/renew.c \
	%D%/user/room.c %D%/user/room.h \
	%D%/user/scratch.c \
	%D%/user/user.c %D%/user/user.h \
	%D%/user/user_inner.h
librspclient_la_LIBADD = librspcore.la

# The installed library: the core for other programs.  Its headers stand in one
# folder there, <rsp/message.h>, and what they declare is what it exports.
public_headers = include/rsp/answer.h include/rsp/builder.h \
	include/rsp/cookie.h include/rsp/cursor.h include/rsp/duration.h \
	include/rsp/element.h include/rsp/error.h include/rsp/message.h \
	include/rsp/param.h include/rsp/policy.h include/rsp/pool_name.h \
	include/rsp/random.h include/rsp/registry.h include/rsp/resolver.h \
	include/rsp/select_user.h include/rsp/span.h include/rsp/time.h
rspincludedir = $(includedir)/rsp
nodist_rspinclude_HEADERS = $(public_headers)
$(public_headers): Makefile $(librspcore_la_SOURCES)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	sed 's|"rsp/core/[a-z]*/\([a-z_]*[.]h\)"|<rsp/\1>|' \
	  $(srcdir)/%D%/core/*/$(@F) >$@
CLEANFILES += $(public_headers) librsp.sym
librsp.sym: $(public_headers)
	$(AM_V_GEN)for h in $(public_headers); do echo "#include \"$$h\""; done | \
	$(CC) -std=gnu11 -E -P -I. -Iinclude -x c - | \
	sed -n -e '/^static inline/,/^{/d' -e '/^typedef/d' \
	  -e 's/^[a-z][A-Za-z_0-9 ]*[ *]\(rsp_[a-z][a-z0-9_]*\)(.*/\1/p' | \
	LC_ALL=C sort -u >$@
lib_LTLIBRARIES += librsp.la
librsp_la_SOURCES =
librsp_la_LIBADD = librspcore.la
librsp_la_LDFLAGS = $(AM_LDFLAGS) -version-info 0:0:0 -no-undefined \
	-export-symbols librsp.sym
librsp_la_DEPENDENCIES = librspcore.la librsp.sym

nodist_pkgconfig_DATA += rsp.pc
CLEANFILES += rsp.pc
rsp.pc: Makefile
	$(AM_V_GEN)printf '%s\n' 'prefix=$(prefix)' 'libdir=$(libdir)' \
	  'includedir=$(includedir)' '' 'Name: rsp' \
	  'Description: Reliable Server Pooling, the protocol core' \
	  'Version: $(PACKAGE_VERSION)' 'Libs: -L$${libdir} -lrsp' \
	  'Cflags: -I$${includedir}' > $@

# rsp-register: everything but its main is a library, for the tests.
noinst_LTLIBRARIES += librspregister.la
librspregister_la_SOURCES = \
	%D%/register/accept_queue.c %D%/register/accept_queue.h \
	%D%/register/address.c %D%/register/address.h \
	%D%/register/advice.c %D%/register/advice.h \
	%D%/register/announced.c %D%/register/announced.h \
	%D%/register/check.c %D%/register/check.h \
	%D%/register/command.c %D%/register/command.h \
	%D%/register/cpu.c %D%/register/cpu.h \
	%D%/register/descriptors.c %D%/register/descriptors.h \
	%D%/register/drain.c %D%/register/drain.h \
	%D%/register/element_id.c %D%/register/element_id.h \
	%D%/register/guard.c %D%/register/guard.h \
	%D%/register/health.c %D%/register/health.h \
	%D%/register/lifeline.c %D%/register/lifeline.h \
	%D%/register/listen_notice.c %D%/register/listen_notice.h \
	%D%/register/listeners.c %D%/register/listeners.h \
	%D%/register/load.c %D%/register/load.h \
	%D%/register/monitor.c %D%/register/monitor.h \
	%D%/register/no_port.c %D%/register/no_port.h \
	%D%/register/options.c %D%/register/options.h \
	%D%/register/phases.c %D%/register/phases.h \
	%D%/register/pollset.c %D%/register/pollset.h \
	%D%/register/pool_element.c %D%/register/pool_element.h \
	%D%/register/pool_option.c %D%/register/pool_option.h \
	%D%/register/ports.c %D%/register/ports.h \
	%D%/register/process_tree.c %D%/register/process_tree.h \
	%D%/register/program.h \
	%D%/register/reply.c %D%/register/reply.h \
	%D%/register/service_manager.c %D%/register/service_manager.h \
	%D%/register/shed.c %D%/register/shed.h \
	%D%/register/signals.c %D%/register/signals.h \
	%D%/register/supervise.c %D%/register/supervise.h \
	%D%/register/tcp_connections.c %D%/register/tcp_connections.h \
	%D%/register/transport.c %D%/register/transport.h \
	%D%/register/word.c %D%/register/word.h \
	%D%/net/lookup.c %D%/net/lookup.h
librspregister_la_LIBADD = rsp/net/libpreload.la librspclient.la $(PTHREAD_LIBS)
bin_PROGRAMS += %D%/register/rsp-register
%C%_register_rsp_register_SOURCES = %D%/register/register.c
%C%_register_rsp_register_LDADD = librspregister.la

# rsp-resolve and rsp-status: likewise.
noinst_LTLIBRARIES += librsptools.la
librsptools_la_SOURCES = \
	%D%/tools/ask.c %D%/tools/ask.h \
	%D%/tools/follow.c %D%/tools/follow.h \
	%D%/tools/json.c %D%/tools/json.h \
	%D%/tools/show.c %D%/tools/show.h \
	%D%/tools/snapshot.c %D%/tools/snapshot.h \
	%D%/tools/status_show.c %D%/tools/status_show.h
librsptools_la_LIBADD = librspclient.la
bin_PROGRAMS += %D%/tools/rsp-resolve
%C%_tools_rsp_resolve_SOURCES = %D%/tools/resolve.c
%C%_tools_rsp_resolve_LDADD = librsptools.la
bin_PROGRAMS += %D%/tools/rsp-status
%C%_tools_rsp_status_SOURCES = %D%/tools/status.c
%C%_tools_rsp_status_LDADD = librsptools.la

units += %D%/register/rsp-register@.service
