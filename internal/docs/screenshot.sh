#!/usr/bin/env bash
# Takes the README's picture of the page: a connection whose test found a missing grant. It needs chromium, curl and jq.
#
#	bash internal/docs/screenshot.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
picture=$PWD/internal/docs/page.png
work=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT

go build -o "$work/dashboard" ./examples/dashboard
cd "$work"
mkfifo output
./dashboard -addr 127.0.0.1:0 >output &
server=$!
exec 3<output
read -r line <&3 # Listening on http://…
url=${line##* }

api=$url/api/v1/organisations/1/integrations/warehouse-connections
call() { curl -sSf -H 'Authorization: Bearer demo-1' "$@"; }
run() { curl -sSf --data-binary @- "$url/demo/snowflake/run" >/dev/null; }

call -H 'Content-Type: application/json' -d '{"type": "snowflake", "account_identifier": "myorg-account123"}' "$api/" >connection.json
jq -r .setup_script connection.json | run
run <<<'USE ROLE SECURITYADMIN; REVOKE READ ON STAGE FLAGSMITH.ANALYTICS.FLAGSMITH_STAGE FROM ROLE FLAGSMITH_LOADER;'
call -X POST "$api/$(jq -r .id connection.json)/test/" >/dev/null

chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --hide-scrollbars \
	--user-data-dir="$work/profile" --virtual-time-budget=5000 --window-size=900,1100 --screenshot="$picture" "$url/" 2>/dev/null
