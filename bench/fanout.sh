#!/usr/bin/env bash
# Compares servers that fan Server-Sent Events out. Installs those that are missing, builds in Release, runs bench/Fanout with the arguments given.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'TEXT'
Usage: bench/fanout.sh [--no-install] [OPTIONS]

Installs the servers that are missing (nginx with nchan, Starlette on uvicorn,
Redis, Node, npm and a C compiler from Debian, as root or with sudo; better-sse
from npm), builds Curlew in Release, and compares. Everything at its defaults takes
about an hour; --quick takes some minutes, and its figures mean nothing.

  --no-install   leaves out what is missing

The other options are those of bench/Fanout:

TEXT
}

note() {
  echo "bench/fanout.sh: $*" >&2
}

has() {
  # Debian puts nginx where only root's PATH leads.
  PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v "$1" >/dev/null
}

install_missing() {
  local packages=()
  if ! has nginx || [[ ! -e /usr/lib/nginx/modules/ngx_nchan_module.so ]]; then
    packages+=(nginx libnginx-mod-nchan)
  fi
  /usr/bin/python3 -c 'import starlette, uvicorn, uvloop, httptools' 2>/dev/null ||
    packages+=(python3-starlette python3-uvicorn python3-uvloop python3-httptools)
  has redis-server || packages+=(redis-server)
  has node || packages+=(nodejs)
  has npm || packages+=(npm)
  has gcc || has cc || packages+=(gcc libc6-dev)

  if ((${#packages[@]} > 0)); then
    local as_root=()
    if ! has apt-get; then
      note "this is no Debian; install what is left out with your system's package manager"
    elif ((EUID != 0)) && ! { has sudo && { [[ -t 0 ]] || sudo -n true 2>/dev/null; }; }; then
      note "to have all servers, run as root: apt-get install ${packages[*]}"
    else
      ((EUID == 0)) || as_root=(sudo)
      note "installing ${packages[*]}"
      { "${as_root[@]}" apt-get update -qq &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null; } ||
        note "could not install them; what is missing is left out"
    fi
  fi

  if [[ ! -d bench/Peers/better-sse/node_modules/better-sse ]] && has npm; then
    note "installing better-sse"
    npm ci --silent --no-audit --no-fund --prefix bench/Peers/better-sse || note "could not install better-sse; it is left out"
  fi
}

command -v dotnet >/dev/null || {
  note "needs the .NET 10 SDK: https://dotnet.microsoft.com/download"
  exit 1
}

install=true
help=false
arguments=()
for argument in "$@"; do
  case $argument in
    --no-install) install=false ;;
    --help | -h) help=true ;;
    *) arguments+=("$argument") ;;
  esac
done

if $help; then
  usage
elif $install; then
  install_missing
fi

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet build bench/Fanout -c Release -v quiet --disable-build-servers >&2
# A stream is an open file, here and in the server; the servers inherit this.
ulimit -Sn "$(ulimit -Hn)" 2>/dev/null || true
$help && arguments=(--help)
exec dotnet bench/Fanout/bin/Release/net10.0/Curlew.Bench.Fanout.dll "${arguments[@]}"
