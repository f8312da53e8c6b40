# shellcheck shell=bash
# Progress lines for ./quickstart and ./check. Sourced; the caller sets `steps` to how many steps there are.
#   step "building"             [2/6] building
#   step_done "nothing to do"          nothing to do (3 s)
# Works without a terminal; bold only on one, and not when NO_COLOR is set.

step_number=0
step_started=0
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
  bold=$'\e[1m' plain=$'\e[0m'
else
  bold='' plain=''
fi

step() {
  step_number=$((step_number + 1))
  step_started=$SECONDS
  printf '%s[%d/%d]%s %s\n' "$bold" "$step_number" "${steps:?}" "$plain" "$1"
}

say() {
  printf '      %s\n' "$1"
}

step_done() {
  say "$1 ($((SECONDS - step_started)) s)"
}

# The last thing a log says that looks like progress: ninja's "[12/80] …" or ctest's "12/80 Test …".
progress_of() {
  grep -aoE '^(\[[0-9]+/[0-9]+\]| *[0-9]+/[0-9]+ Test) .*' "$1" | tail -n 1 | cut -c 1-100 || true
}

# Runs a command with all its output in a log, and shows how far it is: a line that changes on a terminal, a line
# now and then otherwise. Returns the command's exit status.
#   run_logged LOG COMMAND...
run_logged() {
  local log=$1 every=15 shown=$SECONDS pid status=0
  shift
  "$@" >"$log" 2>&1 </dev/null &
  pid=$!
  [[ -t 1 ]] && every=1
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.2
    ((SECONDS - shown < every)) && continue
    shown=$SECONDS
    if [[ -t 1 ]]; then
      printf '\r\e[K      %s' "$(progress_of "$log")"
    else
      say "$((SECONDS - step_started)) s: $(progress_of "$log")"
    fi
  done
  [[ -t 1 ]] && printf '\r\e[K'
  wait "$pid" || status=$?
  return "$status"
}

show_end_of() {
  printf -- '---- the end of %s\n' "$1" >&2
  tail -n "${2:-40}" "$1" >&2
  printf -- '----\n' >&2
}
