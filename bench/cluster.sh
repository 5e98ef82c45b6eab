#!/usr/bin/env bash
# Kills one of two curlew processes that share a Redis, and checks that no client loses or repeats an event. Builds in Release, runs bench/Cluster with the arguments given.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
  echo "bench/cluster.sh: $*" >&2
  exit 1
}

command -v dotnet >/dev/null || fail "needs the .NET 10 SDK: https://dotnet.microsoft.com/download"
command -v redis-server >/dev/null || fail "needs redis-server: 'apt-get install redis-server' on Debian and its like"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet build bench/Cluster -c Release -v quiet --disable-build-servers >&2
# A stream is an open file, here and in the server; the servers inherit this.
ulimit -Sn "$(ulimit -Hn)" 2>/dev/null || true
exec dotnet bench/Cluster/bin/Release/net10.0/Curlew.Bench.Cluster.dll "$@"
