/** Java: OpenJDK, Eclipse Temurin, Corretto, and the build tools on top of them. */

import { alpine, debian, rpm, ubuntu, UNKNOWN, WINDOWS, type Layer } from '../layer.ts';
import { releaseBehind } from '../releases.ts';
import type { Tag } from '../tag.ts';
import { on, type Family } from './family.ts';

/** The distribution layer that a release text names. */
export function distribution(release: string | undefined): Layer {
  const [name = ''] = (release ?? '').split(' ');
  switch (name) {
    case 'debian':
      return debian(release);
    case 'ubuntu':
      return ubuntu(release);
    case 'alpine':
      return alpine(release);
    case '':
      return UNKNOWN;
    default:
      return rpm(name, release);
  }
}

function java(official: string, home: string): (tag: Tag) => Layer {
  return (tag) => {
    if (tag.windows) return WINDOWS;
    const release = releaseBehind(official, tag);
    const base = release === undefined && tag.words.includes('alpine') ? alpine(undefined) : distribution(release);
    const libc = base.platform.libc === 'unknown' ? 'glibc' : base.platform.libc;
    const jre = tag.words.includes('jre');
    return on(
      { ...base, user: '', platform: { ...base.platform, libc } },
      { env: { JAVA_HOME: home }, cmd: jre ? undefined : ['jshell'], programs: jre ? ['java'] : ['java', 'javac', 'jshell', 'jlink'] },
    );
  };
}

/** gradle and maven name their JDK image in the tag: `3.9-eclipse-temurin-21-alpine`. Only a release that the tag states is known. */
function buildTool(program: string, adds: Partial<Layer>): (tag: Tag) => Layer {
  return (tag) => {
    if (tag.windows) return WINDOWS;
    const base = tag.words.includes('alpine') ? alpine(tag.release) : distribution(tag.release);
    const libc = base.platform.libc === 'unknown' ? 'glibc' : base.platform.libc;
    return on({ ...base, user: '', platform: { ...base.platform, libc } }, { ...adds, programs: ['java', 'javac', program] });
  };
}

export const JAVA: readonly Family[] = [
  {
    names: ['openjdk'],
    family: 'openjdk',
    kind: 'language',
    source: 'https://hub.docker.com/_/openjdk (deprecated; last builds recorded)',
    layer: java('openjdk', '/usr/local/openjdk'),
  },
  {
    names: ['eclipse-temurin'],
    family: 'eclipse-temurin',
    kind: 'language',
    source: 'https://hub.docker.com/_/eclipse-temurin',
    layer: java('eclipse-temurin', '/opt/java/openjdk'),
  },
  {
    names: ['amazoncorretto'],
    family: 'amazoncorretto',
    kind: 'language',
    source: 'https://hub.docker.com/_/amazoncorretto',
    layer: java('amazoncorretto', '/usr/lib/jvm/java-amazon-corretto'),
  },
  {
    names: [
      'ibm-semeru-runtimes',
      'sapmachine',
      'azul/zulu-openjdk*',
      'bellsoft/liberica*',
      'ghcr.io/graalvm/*',
      'container-registry.oracle.com/*',
    ],
    family: 'java',
    kind: 'language',
    source: 'https://hub.docker.com',
    layer: () => ({ ...UNKNOWN, programs: ['java'] }),
  },
  {
    names: ['gradle'],
    family: 'gradle',
    kind: 'language',
    source: 'https://github.com/keeganwitt/docker-gradle',
    layer: buildTool('gradle', {
      workdir: '/home/gradle',
      cmd: ['gradle'],
      users: [{ name: 'gradle', uid: 1000, gid: 1000, home: '/home/gradle' }],
      env: { GRADLE_HOME: '/opt/gradle' },
    }),
  },
  {
    names: ['maven'],
    family: 'maven',
    kind: 'language',
    source: 'https://github.com/carlossg/docker-maven',
    layer: buildTool('mvn', {
      entrypoint: ['/usr/local/bin/mvn-entrypoint.sh'],
      cmd: ['mvn'],
      env: { MAVEN_HOME: '/usr/share/maven', MAVEN_CONFIG: '/root/.m2' },
    }),
  },
  {
    names: ['tomcat', 'jetty'],
    family: 'tomcat',
    kind: 'server',
    source: 'https://hub.docker.com/_/tomcat',
    layer: (tag) => ({ ...distribution(tag.release), user: undefined }),
  },
];
