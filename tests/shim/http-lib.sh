# SPDX-License-Identifier: Apache-2.0
# http-lib.sh - for the scripts with HTTP downloads, after lib.sh and pools.sh

# small_buffers: no server is far ahead of its client, in this network.
small_buffers()
{
	{ echo 4096 65536 131072 >/proc/sys/net/ipv4/tcp_rmem &&
		echo 4096 16384 65536 >/proc/sys/net/ipv4/tcp_wmem; } 2>/dev/null ||
		skip "socket buffers cannot be made small here"
}

# web_pool [OPTION...]: a registrar, and the pool Web of the ports 8001 to 8003,
# whose servers somebody else starts, kills and starts again; options for
# rsp-registrar.
web_pool()
{
	local port

	small_buffers
	chmod 711 "$T"
	start_registrar "$@"
	for port in 8001 8002 8003; do
		element Web 127.0.0.1 "$port"
	done
	wait_for 10 has_elements Web 3 || fail "three elements"
}

# java_classes: compiles what http_kill.py runs, once.
java_classes()
{
	command -v javac >/dev/null || return 0
	javac -d "$T/classes" "$top_srcdir/tests/lib/java/HttpStream.java" ||
		fail "HttpStream.java does not compile"
}

# downloads [OPTION...]: see http_kill.py
downloads()
{
	python3 "$top_srcdir/tests/shim/http_kill.py" "$@"
}

# answers HOST PORT: somebody accepts connections there.
answers()
{
	python3 -c 'import socket, sys
socket.create_connection((sys.argv[1], int(sys.argv[2])), 1)' "$1" "$2"
}
