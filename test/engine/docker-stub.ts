/** The engine's command line played by a script. */

/** A `docker` whose `build` does what BUILD_before and BUILD_after say. */
export const DOCKER_STUB = `#!/bin/sh
echo "$*" >> "$STUB_LOG"
case "$1 $2" in
  "version "*) echo 28.0.1 ;;
  "build "*)
    side=before; case "$*" in *-after*) side=after ;; esac
    eval "how=\\$BUILD_$side"
    file=; while [ $# -gt 0 ]; do [ "$1" = -f ] && file=$2; shift; done
    case "$how" in
      fail) echo 'ERROR: failed to solve: process "/bin/sh -c false" did not complete successfully: exit code: 1' >&2; exit 1 ;;
      space) echo 'write /var/x: no space left on device' >&2; exit 1 ;;
      gone) echo 'Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?' >&2; exit 1 ;;
      hang) sleep 60 ;;
      frontend) grep -q 'syntax=' "$file" && { echo 'ERROR: failed to solve: failed to resolve source metadata for docker.io/docker/dockerfile:1: no such host' >&2; exit 1; } ;;
    esac
    printf '#5 [1/2] FROM x\\n#5 CACHED\\n#6 [2/2] COPY . .\\n#6 DONE 0.1s\\n' >&2 ;;
  "image inspect")
    [ "$INSPECT" = garbage ] && { echo '<html>'; exit 0; }
    case "$3" in *-after*) user=65532 size=50 ;; *) user= size=100 ;; esac
    echo "[{\\"Os\\":\\"linux\\",\\"Architecture\\":\\"amd64\\",\\"Size\\":$size,\\"Config\\":{\\"User\\":\\"$user\\",\\"Entrypoint\\":[\\"/app\\"]}}]" ;;
  "run "*) case "$RUN" in refuse) echo 'docker: Error response from daemon: exec: "/app": no such file or directory' >&2; exit 127 ;; esac ; echo id ;;
  "container inspect")
    case "$3 $STATE" in
      *-after*' crash-after') echo '[{"State":{"Status":"exited","ExitCode":139,"Pid":0}}]' ;;
      *' never') echo '[{"State":{"Status":"exited","ExitCode":1,"Pid":0}}]' ;;
      *) echo '[{"State":{"Status":"running","ExitCode":0,"Pid":0}}]' ;;
    esac ;;
  "top "*) case "$2" in *-after*) echo 'UID PID CMD'; echo '65532 1 /app' ;; *) echo 'UID PID CMD'; echo '0 1 /app' ;; esac ;;
  "logs "*) [ "$STATE" = crash-after ] && echo "Segmentation fault $CANARY" ; true ;;
  "scout "*) echo "docker: 'scout' is not a docker command." >&2; exit 1 ;;
  "image save") exit 1 ;;
  "exec "*) case "$2 $3" in *-after*' wget') exit 127 ;; esac ;;
esac
exit 0
`;
