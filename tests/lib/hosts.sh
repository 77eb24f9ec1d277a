# SPDX-License-Identifier: Apache-2.0
# hosts.sh - hosts of their own for registrars, servers and clients; after
# lib.sh and setup
#
# Each host is a network namespace with the address 10.88.0.NUMBER, on one
# bridge, which is in the script's own namespace and has 10.88.0.254.

# hosts NUMBER...: makes them
hosts()
{
	local n

	ip link add hosts type bridge 2>/dev/null ||
		skip "no bridge can be made here"
	ip addr add 10.88.0.254/24 dev hosts && ip link set hosts up
	for n; do
		start "host$n" unshare -n sleep 100000
		eval "host$n=$pid"
		ip link add "port$n" type veth peer name eth0 \
			netns "$(host_ready "$pid")" || fail "no host $n"
		ip link set "port$n" master hosts up
		on "$n" ip link set lo up
		on "$n" ip addr add "10.88.0.$n/24" dev eth0
		on "$n" ip link set eth0 up
		# as a network has it that is used for multicast
		on "$n" ip route add 224.0.0.0/4 dev eth0
	done
}

host_ready() # PID
{
	wait_for 5 eval '! [ /proc/self/ns/net -ef /proc/'"$1"'/ns/net ]' ||
		fail "no network namespace"
	echo "$1"
}

# on NUMBER COMMAND [ARG...]: there.  `exec`ed, so that start has its process ID.
on()
{
	local n="$1" process

	shift
	eval "process=\$host$n"
	nsenter -t "$process" -n "$@"
}

# start_on NUMBER NAME COMMAND [ARG...]: as start; $pid.
start_on()
{
	local n="$1" name="$2" process

	shift 2
	eval "process=\$host$n"
	start "$name" nsenter -t "$process" -n "$@"
}

# cut NUMBER, mend NUMBER: its cable
cut_link()
{
	ip link set "port$1" down
}

mend_link()
{
	ip link set "port$1" up
}

# part NUMBER NUMBER, unite NUMBER NUMBER: these two do not reach each other,
# everybody else reaches both
part()
{
	bridge link set dev "port$1" isolated on &&
		bridge link set dev "port$2" isolated on
}

unite()
{
	bridge link set dev "port$1" isolated off &&
		bridge link set dev "port$2" isolated off
}

# registrar NUMBER [OPTION...]: on that host, log $T/registrarN.log, process ID
# in $registrarN.  Its ID is a random one.
registrar()
{
	local n="$1"

	shift
	start_on "$n" "registrar$n" rsp-registrar \
		--listen "tcp://10.88.0.$n" --enrp "tcp://10.88.0.$n" "$@"
	eval "registrar$n=$pid"
}

# status_of NUMBER, by $scheme (tcp): what rsp-status --json says of the registrar there, in
# $T/statusN.json
status_of()
{
	RSP_CONNECT_TIMEOUT=1 rsp-status --json \
		--registrar "${scheme:-tcp}://10.88.0.$1" >"$T/status$1.new" \
		2>"$T/status$1.err" && mv "$T/status$1.new" "$T/status$1.json"
}

# knows NUMBER JQ-EXPRESSION: whether it holds of that registrar's status; $all
# is the list of its elements
knows()
{
	local n="$1" expression="$2"

	shift 2
	status_of "$n" && jq -e "$@" \
		"[.pools[].elements[]] as \$all | $expression" \
		"$T/status$n.json" >/dev/null
}

# has NUMBER COUNT: that many elements
has()
{
	knows "$1" '$all | length == '"$2"
}

# id_of NUMBER: the server ID
id_of()
{
	status_of "$1" && jq -r .registrar.id "$T/status$1.json"
}

# handlespace NUMBER: pools, elements and their homes, in order
handlespace()
{
	status_of "$1" && jq -c '.pools[] | .pool as $p | .elements[] |
		[$p, .id, .home, .addresses, .port, .policy]' \
		"$T/status$1.json" | sort >"$T/handlespace$1"
}

# alike NUMBER NUMBER: have the same handlespace
alike()
{
	handlespace "$1" && handlespace "$2" &&
		cmp -s "$T/handlespace$1" "$T/handlespace$2"
}
