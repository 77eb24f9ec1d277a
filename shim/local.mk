# librspshim.so and rsp-run.
#
# Two libraries because real.c must not be compiled with sibling calls (see
# there).
SHIM_CFLAGS = $(AM_CFLAGS) -fvisibility=hidden -ftls-model=initial-exec

noinst_LTLIBRARIES += %D%/libreal.la
%C%_libreal_la_SOURCES = %D%/real.c %D%/real.h
%C%_libreal_la_CFLAGS = $(SHIM_CFLAGS) -fno-optimize-sibling-calls

pkglib_LTLIBRARIES += %D%/librspshim.la
%C%_librspshim_la_SOURCES = \
	%D%/abandoned.c %D%/abandoned.h \
	%D%/attempt.c %D%/attempt.h \
	%D%/beside.c %D%/beside.h \
	%D%/byte_count.c %D%/byte_count.h \
	%D%/conn.c %D%/conn.h \
	%D%/elsewhere.c %D%/elsewhere.h \
	%D%/epolls.c %D%/epolls.h \
	%D%/exchange.c %D%/exchange.h \
	%D%/exchange_inner.h \
	%D%/exchange_room.c \
	%D%/explain.c %D%/explain.h \
	%D%/fdtable.c %D%/fdtable.h \
	%D%/ftp.c %D%/ftp.h \
	%D%/gate.c %D%/gate.h \
	%D%/given.c %D%/given.h \
	%D%/handshake.c %D%/handshake.h \
	%D%/kept.c %D%/kept.h \
	%D%/lock.c %D%/lock.h \
	%D%/move.c %D%/move.h \
	%D%/multiplex.c %D%/multiplex.h \
	%D%/noted.c %D%/noted.h \
	%D%/option.c %D%/option.h \
	%D%/pending.c %D%/pending.h \
	%D%/reach.c %D%/reach.h \
	%D%/ready.c %D%/ready.h \
	%D%/replace.c %D%/replace.h \
	%D%/sctp.c %D%/sctp.h \
	%D%/sctp_file.c \
	%D%/sctp_option.c \
	%D%/sctp_read.c \
	%D%/sctp_write.c \
	%D%/search.c %D%/search.h \
	%D%/settings.c %D%/settings.h \
	%D%/shim.c \
	%D%/silence.c %D%/silence.h \
	%D%/silence_due.c %D%/silence_due.h \
	%D%/stream.c %D%/stream.h \
	%D%/stream_file.c \
	%D%/stream_inner.h \
	%D%/stream_many.c \
	%D%/stream_receive.c \
	%D%/stream_send.c \
	%D%/udp.c %D%/udp.h \
	%D%/udp_watch.c %D%/udp_watch.h \
	%D%/unsettled.c %D%/unsettled.h \
	%D%/verdict.c %D%/verdict.h \
	%D%/wait.c %D%/wait.h \
	%D%/watch.c %D%/watch.h \
	%D%/hooks/close.c \
	%D%/hooks/connect.c \
	%D%/hooks/dup.c \
	%D%/hooks/epoll.c \
	%D%/hooks/getaddrinfo.c %D%/hooks/getaddrinfo.h \
	%D%/hooks/gethostbyname.c \
	%D%/hooks/getnameinfo.c \
	%D%/hooks/getpeername.c \
	%D%/hooks/ioctl.c \
	%D%/hooks/poll.c \
	%D%/hooks/read_write.c \
	%D%/hooks/res_query.c \
	%D%/hooks/select.c \
	%D%/hooks/sendmsg.c \
	%D%/hooks/sockopt.c
%C%_librspshim_la_CFLAGS = $(SHIM_CFLAGS)
%C%_librspshim_la_LIBADD = %D%/libreal.la librspclient.la \
	$(DL_LIBS)
%C%_librspshim_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared \
	-no-undefined -Wl,-z,noseparate-code,-z,now \
	-export-symbols $(srcdir)/%D%/shim.sym
%C%_librspshim_la_DEPENDENCIES = %D%/libreal.la librspclient.la \
	$(srcdir)/%D%/shim.sym
EXTRA_DIST += %D%/shim.sym

bin_PROGRAMS += %D%/run/rsp-run
%C%_run_rsp_run_SOURCES = %D%/run/run.c %D%/run/run_check.c %D%/run/run_check.h \
	%D%/run/run_setting.c %D%/run/run_setting.h
%C%_run_rsp_run_LDADD = rsp/net/libpreload.la librspclient.la $(DL_LIBS)

# What rsp-run and rsp-register know of preloading.
noinst_LTLIBRARIES += rsp/net/libpreload.la
rsp_net_libpreload_la_SOURCES = rsp/net/preload.c rsp/net/preload.h \
	rsp/net/target.c rsp/net/target.h
rsp_net_libpreload_la_CPPFLAGS = $(AM_CPPFLAGS) -DPKGLIBDIR='"$(pkglibdir)"'

# librsplisten.so, for servers under rsp-register.
pkglib_LTLIBRARIES += %D%/librsplisten.la
%C%_librsplisten_la_SOURCES = %D%/listen.c rsp/net/descriptor.c
%C%_librsplisten_la_CFLAGS = $(AM_CFLAGS) -fvisibility=hidden
%C%_librsplisten_la_LIBADD = $(DL_LIBS)
%C%_librsplisten_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared \
	-no-undefined
