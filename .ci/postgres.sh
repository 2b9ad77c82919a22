#!/usr/bin/env bash
# Starts a throw-away PostgreSQL on a free port of the loopback interface, and prints its DSN:
#
#	export WAREHOUSEKIT_TEST_POSTGRES="$(.ci/postgres.sh start)"
#	export WAREHOUSEKIT_TEST_PGBOUNCER="$(.ci/postgres.sh pgbouncer)"
#	go test ./store/...
#	.ci/postgres.sh stop
#
# A second start prints the DSN of the running server, and removes one that was not stopped. The verb pgbouncer starts
# a PgBouncer in transaction mode in front of the running server, and prints its DSN. A running server can be crashed,
# resumed on the same port, and restarted as a replica. Servers with different TMPDIRs are independent. The script runs as root
# (the server then runs as the user postgres) or as any other user, who needs sudo to install PostgreSQL.
set -euo pipefail
cd / # the server's user may lack access to the current folder

directory="${TMPDIR:-/tmp}/warehousekit-postgres-$(id -u)"

as_server() {
	if [ "$(id -u)" = 0 ]; then
		runuser -u postgres -- "$@"
	else
		"$@"
	fi
}

# binaries prints the folder of the newest server that is installed.
binaries() {
	local found
	found=$(find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1) || true
	[ -n "$found" ] || found=$(command -v initdb) || return 1
	dirname "$found"
}

install() {
	local root=''
	[ "$(id -u)" = 0 ] || root=sudo
	$root apt-get update >&2
	DEBIAN_FRONTEND=noninteractive $root apt-get install -y --no-install-recommends "$@" >&2
}

# running asks the server itself: a killed process that nobody reaps still looks alive.
running() {
	[ -s "$directory/dsn" ] && "$(binaries)/pg_isready" -q -d "$(cat "$directory/dsn")"
}

remove() {
	local pid
	pid=$(cat "$directory/pgbouncer/pid" 2>/dev/null) || true
	if [ -n "$pid" ] && [ "$(ps -o comm= -p "$pid")" = pgbouncer ]; then
		kill "$pid" || true
	fi
	if [ -e "$directory/data/postmaster.pid" ]; then
		as_server "$(binaries)/pg_ctl" stop -w -t 10 -m immediate -D "$directory/data" >/dev/null 2>&1 || true
	fi
	rm -rf "$directory"
}

start() {
	binaries >/dev/null || install postgresql procps
	if running; then
		cat "$directory/dsn"
		return
	fi
	remove
	mkdir -m 700 "$directory"
	local bin password provider=()
	bin=$(binaries)
	password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
	printf '%s\n' "$password" >"$directory/password"
	if [ "$(id -u)" = 0 ]; then
		chown -R postgres "$directory"
	fi
	# With an ICU locale, text does not sort by bytes, and tests notice code that relies on that.
	if "$bin/initdb" --help | grep -q icu-locale; then
		provider=(--locale-provider=icu --icu-locale=en-US)
	fi
	as_server "$bin/initdb" --pgdata="$directory/data" --username=warehousekit --pwfile="$directory/password" \
		--auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 "${provider[@]}" >"$directory/initdb.log" 2>&1 ||
		{ cat "$directory/initdb.log" >&2; exit 1; }

	# The server fails if the port is taken. Try another, below the ports that the system gives to clients: one of
	# those that connects while the server is down could take the server's port, or connect to itself.
	local port
	for _ in $(seq 30); do
		port=$((20000 + RANDOM % 12000))
		if serve "$port"; then
			printf 'postgres://warehousekit:%s@127.0.0.1:%d/postgres?sslmode=disable\n' "$password" "$port" >"$directory/dsn"
			printf '%d\n' "$port" >"$directory/port"
			cat "$directory/dsn"
			return
		fi
	done
	cat "$directory/data/server.log" >&2
	exit 1
}

# serve starts the server on a port, and waits until it is ready.
serve() {
	as_server "$(binaries)/pg_ctl" start -w -t 60 -D "$directory/data" -l "$directory/data/server.log" -o \
		"-p $1 -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200 -c fsync=off" \
		>/dev/null 2>&1 9>&-
}

# pooler starts a PgBouncer that lets its clients share few sessions of the server, so a client soon meets a session of another one.
pooler() {
	running || { echo "$0: start the server first" >&2; exit 1; }
	export PATH=$PATH:/usr/sbin
	command -v pgbouncer >/dev/null || install pgbouncer
	local folder="$directory/pgbouncer" port
	if [ -s "$folder/dsn" ] && "$(binaries)/pg_isready" -q -d "$(cat "$folder/dsn")"; then
		cat "$folder/dsn"
		return
	fi
	mkdir -p -m 700 "$folder"
	printf '"warehousekit" "%s"\n' "$(cat "$directory/password")" >"$folder/users"
	for _ in $(seq 30); do
		port=$((20000 + RANDOM % 12000))
		cat >"$folder/pgbouncer.ini" <<-END
			[databases]
			* = host=127.0.0.1 port=$(cat "$directory/port")
			[pgbouncer]
			listen_addr = 127.0.0.1
			listen_port = $port
			unix_socket_dir =
			auth_type = scram-sha-256
			auth_file = $folder/users
			admin_users = warehousekit
			pool_mode = transaction
			default_pool_size = 4
			max_client_conn = 500
			logfile = $folder/log
			pidfile = $folder/pid
		END
		: >"$folder/log"
		[ "$(id -u)" != 0 ] || chown -R postgres "$folder"
		as_server pgbouncer -q -d "$folder/pgbouncer.ini" 9>&-
		# It returns before it listens.
		for _ in $(seq 100); do
			grep -q 'process up\|FATAL' "$folder/log" && break
			sleep 0.1
		done
		if grep -q 'process up' "$folder/log"; then
			sed -E "s|:[0-9]+/|:$port/|" "$directory/dsn" >"$folder/dsn"
			cat "$folder/dsn"
			return
		fi
	done
	cat "$folder/log" >&2
	exit 1
}

# crash kills the server, as losing power does. It recovers when it is resumed.
crash() {
	local postmaster
	postmaster=$(head -n 1 "$directory/data/postmaster.pid")
	kill -9 "$postmaster" $(ps -o pid= --ppid "$postmaster") || true
	while kill -0 "$postmaster" 2>/dev/null && [ "$(ps -o stat= -p "$postmaster" | cut -c1)" != Z ]; do :; done
	rm -f "$directory/data/postmaster.pid"
}

resume() {
	serve "$(cat "$directory/port")" || { cat "$directory/data/server.log" >&2; exit 1; }
}

# standby restarts the server as a replica without a primary.
standby() {
	crash
	as_server touch "$directory/data/standby.signal"
	resume
}

exec 9>"$directory.lock" # two at once would remove each other's server
flock 9
case "${1:-}" in
start) start ;;
pgbouncer) pooler ;;
stop) remove ;;
crash) crash ;;
resume) resume ;;
standby) standby ;;
*)
	echo "usage: $0 start|pgbouncer|stop|crash|resume|standby" >&2
	exit 2
	;;
esac
