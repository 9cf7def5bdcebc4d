// Derives src/images/releases.json from the history of docker-library/official-images: which distribution release each floating tag was last built on.
// usage: node scripts/images/releases.mjs CLONE     (a clone of https://github.com/docker-library/official-images with its history)
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const clone = process.argv[2];
if (clone === undefined) throw new Error('usage: node scripts/images/releases.mjs CLONE');

const FAMILIES = [
  'golang', 'rust', 'python', 'node', 'ruby', 'php', 'openjdk', 'eclipse-temurin', 'amazoncorretto', 'nginx', 'httpd', 'haproxy',
  'postgres', 'mysql', 'mariadb', 'redis', 'mongo', 'memcached', 'docker', 'buildpack-deps', 'gcc', 'swift', 'dart', 'perl',
];
const VARIANT = /^(?:(?:current|stable|mainline|argon|boron|carbon|dubnium|erbium|fermium|gallium|hydrogen|iron|jod|krypton)(?:-alpine)?|slim|alpine|jdk|jre|jdk-alpine|jre-alpine|jdk-slim|)$/;
const SUITES = {
  wheezy: 'debian 7', jessie: 'debian 8', stretch: 'debian 9', buster: 'debian 10', bullseye: 'debian 11', bookworm: 'debian 12', trixie: 'debian 13',
  xenial: 'ubuntu 16.04', bionic: 'ubuntu 18.04', focal: 'ubuntu 20.04', jammy: 'ubuntu 22.04', noble: 'ubuntu 24.04', resolute: 'ubuntu 26.04',
  al2: 'amazon 2', al2023: 'amazon 2023',
};
const WORD = new RegExp(`(?:^|[-/])(${Object.keys(SUITES).join('|')}|alpine3\\.\\d+|(?:ol|oraclelinux|oracle)\\d+|ubi\\d+)(?=$|[-/])`);
const release = (word) => SUITES[word] ?? (word.startsWith('alpine') ? `alpine ${word.slice(6)}` : word.startsWith('ubi') ? `ubi ${word.slice(3)}` : `oracle ${word.replace(/\D/g, '')}`);
const git = (...args) => execFileSync('git', ['-C', clone, ...args], { encoding: 'utf8', maxBuffer: 1 << 30 });

/** Tag -> release, as of the last commit that still listed the tag: from then on it was never built again. */
function history(family) {
  const commits = git('log', '--reverse', '--format=%H', '--', `library/${family}`).trim().split('\n');
  const input = commits.map((commit) => `${commit}:library/${family}\n`).join('');
  const blobs = spawnSync('git', ['-C', clone, 'cat-file', '--batch'], { input, maxBuffer: 1 << 30 }).stdout;
  const tags = new Map();
  for (let at = 0; at < blobs.length;) {
    const lineEnd = blobs.indexOf(10, at);
    const size = /blob (\d+)$/.exec(blobs.toString('utf8', at, lineEnd))?.[1];
    at = lineEnd + 1;
    if (size === undefined) continue;
    for (const stanza of blobs.toString('utf8', at, at + Number(size)).split(/\n\s*\n/)) {
      const field = (name) => new RegExp(`^${name}: *(.*)$`, 'm').exec(stanza)?.[1] ?? '';
      const names = `${field('Tags')},${field('SharedTags')}`.split(',').map((tag) => tag.trim()).filter(Boolean);
      const directory = field('Directory') || field('amd64-Directory');
      if (names.length === 0 || /windows|nanoserver/.test(names + directory)) continue;
      const word = [directory, ...names].map((text) => WORD.exec(text)?.[1]).find(Boolean);
      for (const name of names) tags.set(name, word === undefined ? undefined : release(word));
    }
    at += Number(size) + 1;
  }
  return tags;
}

const parts = (version) => (version === '' ? [] : version.split(/[._]/).map(Number));
const compare = (a, b) => {
  const [x, y] = [parts(a), parts(b)];
  for (let i = 0; i < Math.max(x.length, y.length); i++) if (x[i] !== y[i]) return (x[i] ?? -1) - (y[i] ?? -1);
  return 0;
};
const parent = (version) => version.replace(/[._]?\d+$/, '');

/** The newest version of each precision: what is above it was released after this table. */
function newest(releases) {
  const versions = [...releases.keys()].sort(compare);
  return [1, 2].map((depth) => versions.findLast((version) => parts(version).length === depth) ?? '');
}

/** Ranges `[from, to, release]`; a version that no range names has the release of its shorter form (1.22.3 -> 1.22). */
function ranges(releases) {
  const out = [];
  for (const depth of [0, 1, 2, 3, 4]) {
    const versions = [...releases.keys()].filter((version) => parts(version).length === depth).sort(compare);
    for (const [index, version] of versions.entries()) {
      let shorter = parent(version);
      while (shorter !== '' && !releases.has(shorter)) shorter = parent(shorter);
      const value = releases.get(version) ?? null;
      if (depth > 0 && shorter !== '' && (releases.get(shorter) ?? null) === value) continue;
      const last = out.at(-1);
      if (last !== undefined && last[2] === value && versions[index - 1] === last[1]) last[1] = version;
      else out.push([version, version, value]);
    }
  }
  return out;
}

const families = {};
for (const family of FAMILIES) {
  const variants = new Map();
  for (const [tag, value] of history(family)) {
    const match = /^v?(\d+(?:[._]\d+)*)?-?(.*)$/.exec(tag === 'latest' ? '' : tag);
    const [version, variant] = [match[1] ?? '', match[2]];
    if (!VARIANT.test(variant)) continue;
    if (!variants.has(variant)) variants.set(variant, new Map());
    variants.get(variant).set(version, value);
  }
  const table = {};
  for (const [variant, releases] of [...variants].sort(([a], [b]) => (a < b ? -1 : 1))) table[variant] = ranges(releases);
  for (const variant of Object.keys(table)) if (variant.includes('slim') && JSON.stringify(table[variant]) === JSON.stringify(table[variant.replace(/-?slim/, '')])) delete table[variant];
  families[family] = { newest: newest(variants.get('')), variants: table };
}
const asOf = git('log', '-1', '--format=%cs').trim();
const row = ([variant, list]) => `      ${JSON.stringify(variant)}: ${JSON.stringify(list)}`;
const lines = Object.entries(families).map(([family, { newest: top, variants }]) =>
  `    ${JSON.stringify(family)}: { "newest": ${JSON.stringify(top)}, "variants": {\n${Object.entries(variants).map(row).join(',\n')}\n    } }`);
writeFileSync(new URL('../../src/images/releases.json', import.meta.url), `{\n  "source": "https://github.com/docker-library/official-images",\n  "asOf": "${asOf}",\n  "families": {\n${lines.join(',\n')}\n  }\n}\n`);
