/** Compose services that build: `build:` in its short and long form. */

import { dirname, repoPath, type RepoPath } from '../path.ts';
import { present } from '../present.ts';
import type { SkippedFile } from '../service.ts';
import type { Survey } from '../survey.ts';
import { entries, entry, get, items, placed, text, texts, type YamlNode } from '../syntax/yaml.ts';
import { composeServices, field, interpolated, valueText, type ComposeService } from './compose-file.ts';
import { ancestors, argumentsOf, references, type Reference, type Statement } from './reference.ts';

export interface ComposeBuild {
  readonly service: ComposeService;
  readonly references: readonly Reference[];
}

/** @see https://docs.docker.com/reference/compose-file/build/ */
export function composeBuilds(survey: Survey): { readonly builds: readonly ComposeBuild[]; readonly inline: readonly SkippedFile[] } {
  const builds: ComposeBuild[] = [];
  const inline: SkippedFile[] = [];
  for (const service of composeServices(survey)) {
    const build = field(service, 'build');
    if (build === undefined || (build.value.kind === 'scalar' && build.value.isNull)) continue;
    const embedded = entry(build.value, 'dockerfile_inline');
    if (embedded) {
      inline.push({
        path: build.file,
        reason: 'inline',
        detail: `line ${embedded.at.line}: the Dockerfile of ${service.name} stands inside of this file`,
      });
      continue;
    }
    const statement = statementOf(service, build.value, build.file);
    const found = references(survey, statement);
    if (found.length > 0) builds.push({ service, references: found });
    else noteAbsent(survey, service, statement);
  }
  return { builds, inline };
}

function statementOf(service: ComposeService, build: YamlNode, file: RepoPath): Statement {
  const value = (key: string): string | undefined => valueText(service, get(build, key));
  const args = get(build, 'args');
  const [target, dockerfile] = [value('target'), value('dockerfile')];
  const image = valueText(service, field(service, 'image')?.value);
  const context = valueText(service, build) ?? value('context') ?? '.';
  return {
    by: 'compose',
    at: placed(build),
    name: service.name,
    // With `-f`, paths are relative to the first file's directory. `.` would be found in any of them.
    bases: /^(?:\.\/?)?$/.test(context) ? [dirname(file)] : ancestors(file),
    ...present({ file: dockerfile }),
    context,
    fileFrom: 'context',
    ...present({ target }),
    args: {
      ...Object.fromEntries(entries(args).map(({ key, value: argument }) => [key, valueText(service, argument)])),
      ...argumentsOf(items(args).flatMap((item) => valueText(service, item) ?? [])),
    },
    platforms: texts(get(build, 'platforms')),
    images: [...(image === undefined ? [] : [image]), ...texts(get(build, 'tags')).map((tag) => interpolated(service, tag))],
  };
}

/** A Dockerfile that is named and not there is worth a word, unless it lies elsewhere or its name is computed. */
function noteAbsent(survey: Survey, service: ComposeService, { at, context, file }: Statement): void {
  const directory = context === undefined ? undefined : repoPath(context, dirname(at.path));
  if (directory === undefined || /[\uE000:]/.test(`${context}${file ?? ''}`)) return;
  const path = repoPath(file ?? 'Dockerfile', directory);
  if (path === undefined) return;
  const what = survey.files.isDirectory(path) ? 'is a directory' : 'does not exist';
  survey.note(at, `${service.name} is built from ${path}, which ${what}`);
}

/** `additional_contexts: { base: service:other }`: one image is the base of another. */
export function contextServices(
  service: ComposeService,
): readonly { readonly other: string; readonly line: number; readonly file: ComposeService['file'] }[] {
  const build = field(service, 'build');
  const contexts = get(build?.value, 'additional_contexts');
  const pairs = [
    ...entries(contexts).map(({ value, at }) => ({ value: text(value) ?? '', at })),
    ...items(contexts).map((item) => ({ value: (text(item) ?? '').replace(/^[^=]*=/, ''), at: placed(item) })),
  ];
  return pairs.flatMap(({ value, at }) =>
    value.startsWith('service:') ? [{ other: value.slice('service:'.length), line: at.line, file: at.path }] : [],
  );
}
