# rsp-registrar: the daemon.  All but main() is a library, for the tests.
noinst_LTLIBRARIES += librspregistrar.la
librspregistrar_la_SOURCES = \
	%D%/announce.c %D%/announce.h \
	%D%/config.c %D%/config.h %D%/config_keep.c \
	%D%/config_text.c \
	%D%/connection.c %D%/connection.h \
	%D%/dial.c %D%/dial.h \
	%D%/due.c %D%/due.h \
	%D%/event_log.c %D%/event_log.h \
	%D%/clients.c %D%/clients.h \
	%D%/listener.c %D%/listener.h \
	%D%/log.c %D%/log.h \
	%D%/notify.c %D%/notify.h \
	%D%/host_addresses.c %D%/host_addresses.h \
	%D%/process.c %D%/process.h \
	%D%/output.c %D%/output.h \
	%D%/quota.c %D%/quota.h \
	%D%/server.c %D%/server.h \
	%D%/accept.c %D%/accept.h %D%/turn.c %D%/turn.h \
	%D%/client_io.c %D%/client_io.h
librspregistrar_la_SOURCES += rsp/net/lookup.c rsp/net/lookup.h
librspregistrar_la_LIBADD = librspclient.la $(EV_LIBS)
librspregistrar_la_SOURCES += %D%/sctp.h
if HAVE_SCTP
librspregistrar_la_SOURCES += %D%/sctp.c
librspregistrar_la_LIBADD += $(SCTP_LIBS)
else
librspregistrar_la_SOURCES += %D%/sctp_none.c
endif

sbin_PROGRAMS += %D%/rsp-registrar
%C%_rsp_registrar_SOURCES = %D%/main.c
%C%_rsp_registrar_LDADD = librspregistrar.la

units += %D%/rsp-registrar.service
