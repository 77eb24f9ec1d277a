# rsp-registrar: the daemon.  All but main() is a library, for the tests.
noinst_LTLIBRARIES += librspregistrar.la
librspregistrar_la_SOURCES = \
	%D%/config.c %D%/config.h
librspregistrar_la_LIBADD = librspclient.la
