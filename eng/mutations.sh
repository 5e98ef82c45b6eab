#!/usr/bin/env bash
# Breaks the engine in each way of eng/mutations, and expects its property test to notice.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'TEXT'
Usage: eng/mutations.sh [PATCH...]

Copies the tracked files to a temporary directory, applies one patch of eng/mutations at
a time, builds, and runs the property test of the engine. A mutation is caught when the
oracle of that test fails. Ends with 1 if one survives, does not apply or does not build.
TEXT
}

if [[ ${1:-} == --help || ${1:-} == -h ]]; then
  usage
  exit 0
fi

readonly tests=Curlew.Tests.Simulation.EngineScheduleTests
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
# As many schedules as in the ordinary run, whatever the caller has set.
unset CURLEW_LONG CURLEW_SEED

patches=()
for patch in "${@:-eng/mutations/*.patch}"; do
  # Unquoted: the default is a pattern.
  for file in $patch; do
    patches+=("$(realpath "$file")")
  done
done

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z | tar --create --null --files-from=- | tar --extract --directory "$copy"
cd "$copy"

# Says what becomes of the tests with the engine as it is here, and succeeds if the oracle failed.
run() {
  local status=0
  if ! dotnet build tests/Curlew.Tests -c Release -v quiet --disable-build-servers -p:RunAnalyzers=false -p:TreatWarningsAsErrors=false >build.log 2>&1; then
    echo "does not build: $(grep -m 1 error build.log)"
    return 2
  fi
  timeout 300 tests/Curlew.Tests/bin/Release/net10.0/Curlew.Tests -class "$tests" -noColor >test.log 2>&1 || status=$?
  if ((status == 0)); then
    echo survives
    return 1
  elif ! grep -q 'The oracle: ' test.log; then
    echo "fails without the oracle (exit code $status)"
    return 2
  fi
  grep -m 1 'The oracle: ' test.log | sed -E 's/^ *(CURLEW_SEED=[0-9]+) fails\. The oracle: (.{110}).*/caught by \1: \2…/'
}

row() {
  printf '%-18s %s\n' "$1" "$2"
}

row mutation result
outcome=$(run) || true
row '(none)' "$outcome"
[[ $outcome == survives ]] || exit 1

failed=0
for patch in "${patches[@]}"; do
  if ! git apply "$patch" 2>apply.log; then
    outcome="does not apply: $(head -n 1 apply.log)"
    failed=1
  else
    outcome=$(run) || failed=1
    git apply --reverse "$patch"
  fi
  row "$(basename "$patch" .patch)" "$outcome"
done
exit "$failed"
