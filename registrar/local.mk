# rsp-registrar: the daemon.
