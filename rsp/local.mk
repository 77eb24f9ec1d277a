# The core (no I/O), the poll-based shell around it, and the tools.
noinst_LTLIBRARIES += librspcore.la librspclient.la
librspcore_la_SOURCES = \
	%D%/core/answer.c %D%/core/answer.h \
	%D%/core/builder.c %D%/core/builder.h \
	%D%/core/checksum.c %D%/core/checksum.h \
	%D%/core/cache.c %D%/core/cache.h %D%/core/cache_block.h \
	%D%/core/cache_answer.c %D%/core/cache_host.c \
	%D%/core/cache_mark.c %D%/core/cache_registrar.c \
	%D%/core/choice.c %D%/core/choice.h \
	%D%/core/control.c %D%/core/control.h \
	%D%/core/cursor.c %D%/core/cursor.h \
	%D%/core/digest.c %D%/core/digest.h \
	%D%/core/digest_wide.c %D%/core/digest_wide.h \
	%D%/core/distance.c %D%/core/distance.h \
	%D%/core/duration.c %D%/core/duration.h \
	%D%/core/element.c %D%/core/element.h \
	%D%/core/element_hunt.c %D%/core/element_inner.h \
	%D%/core/element_input.c %D%/core/element_output.c \
	%D%/core/enrp.c %D%/core/enrp_timer.c \
	%D%/core/error.c %D%/core/error.h \
	%D%/core/fetch.c \
	%D%/core/few.c %D%/core/few.h %D%/core/few_list.c \
	%D%/core/handlespace.c %D%/core/handlespace.h \
	%D%/core/hash.c %D%/core/hash.h \
	%D%/core/heap.c %D%/core/heap.h \
	%D%/core/http.c %D%/core/http.h %D%/core/http_inner.h \
	%D%/core/http_ask.c %D%/core/http_splice.c \
	%D%/core/http_body.c %D%/core/http_body.h \
	%D%/core/http_head.c %D%/core/http_head.h \
	%D%/core/inherit.c %D%/core/learn.c \
	%D%/core/list.h \
	%D%/core/lots.c %D%/core/lots.h \
	%D%/core/mentor.c \
	%D%/core/message.c %D%/core/message.h %D%/core/message_def.h \
	%D%/core/message_decode.c %D%/core/message_encode.c \
	%D%/core/message_list.c %D%/core/message_text.c \
	%D%/core/name.c %D%/core/name.h \
	%D%/core/order.c %D%/core/order.h \
	%D%/core/outbox.c %D%/core/outbox.h \
	%D%/core/param.c %D%/core/param.h \
	%D%/core/peer.c %D%/core/peer_link.c \
	%D%/core/policy.c %D%/core/policy.h \
	%D%/core/presence.c \
	%D%/core/random.h \
	%D%/core/resolver.c %D%/core/resolver.h \
	%D%/core/registry.c %D%/core/registry.h \
	%D%/core/registry_enrp.h %D%/core/registry_event.c \
	%D%/core/registry_impl.h \
	%D%/core/registry_member.c \
	%D%/core/registry_resolve.c \
	%D%/core/registry_announce.c %D%/core/registry_announce.h \
	%D%/core/registry_subscribe.c %D%/core/registry_subscribe.h \
	%D%/core/registry_watch.c \
	%D%/core/replay.c %D%/core/replay.h \
	%D%/core/reports.c %D%/core/reports.h \
	%D%/core/shares.c %D%/core/shares.h \
	%D%/core/span.h \
	%D%/core/table.c %D%/core/takeover.c \
	%D%/core/time.h %D%/core/update.c

librspclient_la_SOURCES = \
	%D%/client/cachefile.c %D%/client/cachefile.h \
	%D%/client/choose.c %D%/client/config.c \
	%D%/client/conversation.c %D%/client/conversation.h \
	%D%/client/discover.c %D%/client/discover.h \
	%D%/client/hunt.c \
	%D%/client/group.c %D%/client/group.h \
	%D%/client/notice.c %D%/client/notice.h \
	%D%/client/refresh.c \
	%D%/client/clock.c \
	%D%/client/sctp.c %D%/client/sctp.h \
	%D%/client/user.c %D%/client/user_inner.h \
	%D%/client/endpoint.c %D%/client/endpoint.h \
	%D%/client/log.c %D%/client/log.h \
	%D%/client/sys.h \
	%D%/client/user.h
librspclient_la_LIBADD = librspcore.la

# The installed library: the core for other programs.
lib_LTLIBRARIES += librsp.la
librsp_la_SOURCES =
librsp_la_LIBADD = librspcore.la
librsp_la_LDFLAGS = $(AM_LDFLAGS) -version-info 0:0:0 -no-undefined \
	-export-symbols-regex '^rsp_[^_]'
rspincludedir = $(includedir)
nobase_rspinclude_HEADERS = \
	%D%/core/builder.h \
	%D%/core/choice.h \
	%D%/core/cursor.h \
	%D%/core/duration.h \
	%D%/core/element.h \
	%D%/core/error.h \
	%D%/core/message.h \
	%D%/core/name.h \
	%D%/core/param.h \
	%D%/core/policy.h \
	%D%/core/random.h \
	%D%/core/registry.h \
	%D%/core/span.h \
	%D%/core/time.h

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
	%D%/tools/address.c %D%/tools/address.h \
	%D%/tools/backlog.c %D%/tools/backlog.h \
	%D%/tools/check.c %D%/tools/check.h \
	%D%/tools/connections.c %D%/tools/connections.h \
	%D%/tools/cpu.c %D%/tools/cpu.h \
	%D%/tools/drain.c %D%/tools/drain.h \
	%D%/tools/health.c %D%/tools/health.h \
	%D%/tools/hunt.c %D%/tools/hunt.h \
	%D%/tools/ids.c %D%/tools/ids.h \
	%D%/tools/job.c %D%/tools/job.h \
	%D%/tools/knock.c %D%/tools/knock.h \
	%D%/tools/lifeline.c %D%/tools/lifeline.h \
	%D%/tools/listeners.c %D%/tools/listeners.h \
	%D%/tools/protocol.c %D%/tools/protocol.h \
	%D%/tools/load.c %D%/tools/load.h \
	%D%/tools/lookup.c %D%/tools/lookup.h \
	%D%/tools/manager.c %D%/tools/manager.h \
	%D%/tools/member.c %D%/tools/member.h \
	%D%/tools/nowhere.c %D%/tools/nowhere.h \
	%D%/tools/options.c %D%/tools/options.h \
	%D%/tools/ports.c %D%/tools/ports.h \
	%D%/tools/supervise.c %D%/tools/supervise.h \
	%D%/tools/tree.c %D%/tools/tree.h \
	%D%/tools/watch.c %D%/tools/watch.h \
	%D%/tools/wish.c %D%/tools/wish.h
librspregister_la_LIBADD = shim/libpreload.la librspclient.la $(PTHREAD_LIBS)
bin_PROGRAMS += %D%/tools/rsp-register
%C%_tools_rsp_register_SOURCES = %D%/tools/register.c
%C%_tools_rsp_register_LDADD = librspregister.la

bin_PROGRAMS += %D%/tools/rsp-resolve
%C%_tools_rsp_resolve_SOURCES = %D%/tools/resolve.c \
	%D%/tools/ask.c %D%/tools/ask.h %D%/tools/follow.c %D%/tools/follow.h \
	%D%/tools/json.c %D%/tools/json.h %D%/tools/show.c %D%/tools/show.h
%C%_tools_rsp_resolve_LDADD = librspclient.la
bin_PROGRAMS += %D%/tools/rsp-status
%C%_tools_rsp_status_SOURCES = %D%/tools/status.c \
	%D%/tools/ask.c %D%/tools/ask.h \
	%D%/tools/json.c %D%/tools/json.h %D%/tools/show.c %D%/tools/show.h \
	%D%/tools/snapshot.c %D%/tools/snapshot.h \
	%D%/tools/status_show.c %D%/tools/status_show.h
%C%_tools_rsp_status_LDADD = librspclient.la

units += %D%/tools/rsp-register@.service
