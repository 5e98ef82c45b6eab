#!/usr/bin/env bash
# Builds everything and runs every test. Installs what the tests need where it is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'TEXT'
Usage: eng/test.sh [--long] [--filter EXPRESSION]

Builds Curlew.slnx in Release and runs every test project, two at a time.
The last line is the sum: N passed, N failed, N skipped.

  --long               adds the campaigns (CURLEW_LONG=1) and eng/mutations.sh,
                       and runs one project at a time, because some campaigns measure
  --filter EXPRESSION  runs only what matches, as 'dotnet test --filter' does:
                       FullyQualifiedName~EventStreamParser
  --help               this text

The tests need nginx, chromium, redis-server, node (20 or later) with npm, python3,
python3-redis and curl. On Debian and its like they are installed where missing, as
root or with sudo; elsewhere install them yourself.
TEXT
}

fail() {
  echo "eng/test.sh: $*" >&2
  exit 1
}

long=false
filter=()
while (($# > 0)); do
  case $1 in
    --long) long=true ;;
    --filter)
      (($# > 1)) || fail "--filter needs an expression"
      filter=(--filter "$2")
      shift
      ;;
    --help | -h)
      usage
      exit 0
      ;;
    *)
      usage >&2
      fail "unknown argument: $1"
      ;;
  esac
  shift
done

install_missing() {
  local program missing=() packages=()
  for program in nginx chromium redis-server node npm python3 curl; do
    # Debian puts nginx where only root's PATH leads.
    PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v "$program" >/dev/null || missing+=("$program")
  done
  # The system's Python is meant, which has Debian's package of it.
  /usr/bin/python3 -c 'import redis' 2>/dev/null || missing+=(python3-redis)
  ((${#missing[@]} > 0)) || return 0

  # Debian calls it so.
  packages=("${missing[@]/%node/nodejs}")
  # A page without a font cannot be looked at.
  [[ " ${missing[*]} " != *" chromium "* ]] || packages+=(fonts-liberation)

  local as_root=()
  if ! command -v apt-get >/dev/null; then
    fail "the tests need ${missing[*]}: install them with your system's package manager, then run this again"
  elif ((EUID != 0)); then
    if command -v sudo >/dev/null && { [[ -t 0 ]] || sudo -n true 2>/dev/null; }; then
      as_root=(sudo)
    else
      fail "the tests need ${missing[*]}: run 'apt-get install ${packages[*]}' as root, then run this again"
    fi
  fi

  echo "Installing ${packages[*]}"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"
}

command -v dotnet >/dev/null || fail "needs the .NET 10 SDK: https://dotnet.microsoft.com/download"
dotnet --list-sdks | grep -q '^10\.' || fail "needs the .NET 10 SDK; 'dotnet --list-sdks' lists: $(dotnet --list-sdks | tr '\n' ' ')"
install_missing

# Build servers that outlive the run would keep its output open, and a pipe that reads it waiting. The compiler's alone is let in, because it halves the
# time of the build, and sent home after it.
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
build_status=0
dotnet build Curlew.slnx -c Release -v quiet || build_status=$?
dotnet build-server shutdown --vbcscompiler >/dev/null || true
((build_status == 0)) || exit "$build_status"

# Meant to take ten minutes in all on two cores; a machine that others slow down gets as long again and half of that before it is stopped. SECONDS has
# counted since the start.
hang=5m
deadline=1500
lanes=2
if $long; then
  export CURLEW_LONG=1
  hang=30m
  deadline=$((4 * 3600))
  lanes=1
fi

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# Runs in the background: leaves the exit code beside the recorded results, and prints all of its output at once.
run_project() {
  local project=$1 name=$2 status=0
  if ((SECONDS >= deadline)); then
    echo "no time left" >"$results/$name.log"
    status=124
  else
    timeout --kill-after=15 $((deadline - SECONDS)) dotnet test "$project" -c Release --no-build "${filter[@]}" \
      --results-directory "$results/$name" --logger "trx;LogFileName=results.trx" --logger "console;verbosity=minimal" \
      --blame-hang --blame-hang-timeout "$hang" --blame-hang-dump-type none </dev/null >"$results/$name.log" 2>&1 || status=$?
  fi
  echo "$status" >"$results/$name.status"
  printf '%s\n' "-- $name" "$(<"$results/$name.log")"
}

# The longest first, so that they do not run alone at the end.
projects() {
  find tests -name '*EndToEndTests.csproj' | LC_ALL=C sort
  find tests -name '*BrowserTests.csproj' | LC_ALL=C sort
  find tests -name '*Tests.csproj' ! -name '*EndToEndTests.csproj' ! -name '*BrowserTests.csproj' | LC_ALL=C sort
}

names=()
while IFS= read -r project; do
  ((${#names[@]} < lanes)) || wait -n || true
  names+=("$(basename "$project" .csproj)")
  run_project "$project" "${names[-1]}" &
done < <(projects)
wait

counter() {
  local count
  count=$(sed -n "s/.*<Counters [^>]*\b$2=\"\([0-9]*\)\".*/\1/p" "$1")
  echo "${count:-0}"
}

passed=0 failed=0 skipped=0
for name in "${names[@]}"; do
  trx="$results/$name/results.trx"
  status=$(cat "$results/$name.status" 2>/dev/null || echo 1)
  project_failed=0
  if [[ -f $trx ]]; then
    project_failed=$(counter "$trx" failed)
    passed=$((passed + $(counter "$trx" passed)))
    skipped=$((skipped + $(counter "$trx" total) - $(counter "$trx" executed)))
  fi
  # A test host that crashed, hung or was stopped has not recorded the test that it died of.
  if ((status != 0 && project_failed == 0)); then
    echo "$name: did not finish (exit code $status)" >&2
    project_failed=1
  fi
  failed=$((failed + project_failed))
done

if $long && [[ -x eng/mutations.sh ]]; then
  if ! eng/mutations.sh; then
    echo "eng/mutations.sh: failed" >&2
    failed=$((failed + 1))
  fi
fi

echo "After $((SECONDS / 60)) min $((SECONDS % 60)) s:"
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0 && passed > 0))
