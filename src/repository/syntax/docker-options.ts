/** Options without a value, command by command; every other option takes one, as `--name=value` or as the next word. */

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

/** From `docker COMMAND --help`, with what podman, buildah and kubectl add. */
export const BARE = {
  global: new Set(['-D', '--debug', '--tls', '--tlsverify', '-v', '--remote', '-r']),
  build: new Set(
    words(`
    --no-cache --pull --push --load --squash --squash-all --rm --force-rm -q --quiet --compress --check -D --debug --disable-content-trust
    --layers --format-docker --skip-unused-stages --tls-verify --all-platforms --no-hosts --identity-label
  `),
  ),
  run: new Set(
    words(`
    -d --detach -i --interactive -t --tty --rm --privileged --init --read-only -P --publish-all --no-healthcheck --oom-kill-disable --sig-proxy
    --disable-content-trust -q --quiet --replace --rmi --no-hosts --tls-verify --env-host --http-proxy
  `),
  ),
  exec: new Set(['-d', '--detach', '-i', '--interactive', '-t', '--tty', '--privileged', '-T', '--no-TTY', '--no-tty', '-l', '--latest']),
  composeRun: new Set(
    words(`
    -d --detach --rm -T --no-TTY --no-tty --no-deps --service-ports -P --build -i --interactive -t --tty --use-aliases --quiet-pull -q --quiet
    --remove-orphans --quiet-build
  `),
  ),
  compose: new Set(['--all-resources', '--compatibility', '--dry-run', '--verbose', '--no-ansi', '-v', '--version']),
  kubectl: new Set(['-i', '--stdin', '-t', '--tty', '-q', '--quiet', '--insecure-skip-tls-verify', '--match-server-version']),
  /** https://github.com/GoogleContainerTools/kaniko#additional-flags */
  kaniko: new Set(
    words(`
    --cleanup --reproducible --single-snapshot --skip-tls-verify --insecure --no-push --cache --force --use-new-run
  `),
  ),
} satisfies Readonly<Record<string, ReadonlySet<string>>>;
