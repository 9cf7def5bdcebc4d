#!/usr/bin/env bash
# What action.yml runs: its inputs, given as INPUT_*, as arguments of the command. Nothing is evaluated.
set -euo pipefail

case "$INPUT_COMMAND" in
  bot | plan | publish | status) ;;
  *)
    echo "::error::command: expected bot, plan, publish or status"
    exit 2
    ;;
esac

arguments=("$INPUT_COMMAND")
add() { if [[ -n $2 ]]; then arguments+=("$1" "$2"); fi; }

if [[ $INPUT_COMMAND == publish ]]; then arguments+=("$INPUT_PLANS"); fi
if [[ -n $INPUT_ORG ]]; then
  add --org "$INPUT_ORG"
elif [[ -n $INPUT_REPOSITORIES ]]; then
  add --repos "$INPUT_REPOSITORIES"
elif [[ $INPUT_COMMAND != publish || -n $INPUT_REPOSITORY ]]; then
  add --repo "${INPUT_REPOSITORY:-$GITHUB_REPOSITORY}"
fi
if [[ $INPUT_COMMAND == plan ]]; then
  add --out "$INPUT_PLANS"
  add --shard "$INPUT_SHARD"
fi
if [[ $INPUT_COMMAND == bot || $INPUT_COMMAND == plan ]]; then
  add --only "$INPUT_ONLY"
  add --skip "$INPUT_SKIP"
  add --verification "$INPUT_VERIFICATION"
fi
if [[ $INPUT_COMMAND == bot || $INPUT_COMMAND == publish ]]; then
  add --recreate "$INPUT_RECREATE"
  add --report "$INPUT_REPORT"
  if [[ $INPUT_DRY_RUN == true ]]; then arguments+=(--dry-run); fi
  echo "report=$INPUT_REPORT" >>"$GITHUB_OUTPUT"
fi

code=0
node "$ACTION_PATH/dist/cli.js" "${arguments[@]}" || code=$?
if [[ $code == 75 ]]; then
  echo 'rate-limited=true' >>"$GITHUB_OUTPUT"
  echo '::notice::GitHub'\''s limits are used up for now: the next run goes on where this one stopped.'
  if [[ $INPUT_FAIL_WHEN_RATE_LIMITED != true ]]; then code=0; fi
else
  echo 'rate-limited=false' >>"$GITHUB_OUTPUT"
fi
exit "$code"
