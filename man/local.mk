# Manual pages, mdoc.
dist_man_MANS += %D%/librsp.3 %D%/librspshim.7 %D%/rsp-register.1 \
	%D%/rsp-registrar.8 %D%/rsp-registrar.conf.5 %D%/rsp-resolve.1 \
	%D%/rsp-run.1 %D%/rsp-status.1 %D%/rspool.7
