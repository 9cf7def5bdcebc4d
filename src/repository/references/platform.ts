/** Hosting and release tools that name a Dockerfile: fly.toml, render.yaml, railway, App Engine, GoReleaser, dev containers. */

import { basename, dirname, ROOT, type RepoPath } from '../path.ts';
import { present } from '../present.ts';
import type { Source } from '../service.ts';
import type { Survey } from '../survey.ts';
import { get, items, placed, text, texts } from '../syntax/yaml.ts';
import { references, type Reference, type Statement } from './reference.ts';

type Stated = Pick<Statement, 'context' | 'fileFrom' | 'at'> & {
  readonly file?: string | undefined;
  readonly target?: string | undefined;
  readonly images?: readonly string[];
  readonly name?: string | undefined;
  readonly bases?: readonly RepoPath[];
};

export function platformReferences(survey: Survey): readonly Reference[] {
  return survey.sources.flatMap((path) => {
    const name = basename(path);
    if (/^fly(?:\..+)?\.toml$/.test(name)) return stated(survey, path, 'platform', fly(survey, path));
    if (/^render\.ya?ml$/.test(name)) return stated(survey, path, 'platform', render(survey, path));
    if (/^railway\.(?:json|toml)$/.test(name))
      return stated(survey, path, 'platform', named(survey, path, /dockerfilePath"?\s*[:=]\s*"([^"]+)"/i));
    if (/^\.?goreleaser(?:[._-].*)?\.ya?ml$/.test(name)) return stated(survey, path, 'goreleaser', goreleaser(survey, path));
    if (name === 'devcontainer.json' || /(?:^|\/)\.devcontainer\/[^/]+\/devcontainer\.json$/.test(path))
      return stated(survey, path, 'devcontainer', devcontainer(survey, path));
    return [];
  });
}

function stated(survey: Survey, path: RepoPath, by: Source, found: readonly Stated[]): readonly Reference[] {
  return found.flatMap(({ file, target, name, bases, ...rest }) =>
    references(survey, {
      by,
      bases: bases ?? [dirname(path)],
      ...rest,
      ...present({ name, file, target }),
    }),
  );
}

/** @see https://fly.io/docs/reference/configuration/ */
function fly(survey: Survey, path: RepoPath): readonly Stated[] {
  const content = survey.text(path) ?? '';
  const app = /^app\s*=\s*["']([^"']+)["']/m.exec(content)?.[1];
  const found = named(survey, path, /^\s*dockerfile\s*=\s*["']([^"']+)["']/im);
  const target = /^\s*build-target\s*=\s*["']([^"']+)["']/m.exec(content)?.[1];
  if (/^\s*(?:image|builder)\s*=/m.test(content)) return found;
  return (found.length > 0 ? found : [{ context: '.', fileFrom: 'cwd' as const, at: { path, line: 1 } }]).map((one) => ({
    ...one,
    name: app,
    target,
  }));
}

function named(survey: Survey, path: RepoPath, pattern: RegExp): readonly Stated[] {
  const content = survey.text(path) ?? '';
  const match = pattern.exec(content);
  return match
    ? [
        {
          file: match[1],
          context: '.',
          fileFrom: 'cwd',
          at: { path, line: content.slice(0, match.index + match[0].length).split('\n').length },
        },
      ]
    : [];
}

/** @see https://render.com/docs/blueprint-spec */
function render(survey: Survey, path: RepoPath): readonly Stated[] {
  return survey
    .yaml(path, false)
    .flatMap((document) => items(get(document, 'services')))
    .flatMap((service) => {
      const file = text(get(service, 'dockerfilePath'));
      if (file === undefined && (text(get(service, 'runtime')) ?? text(get(service, 'env'))) !== 'docker') return [];
      const root = text(get(service, 'rootDir')) ?? '.';
      return [
        {
          file,
          context: text(get(service, 'dockerContext')) ?? root,
          fileFrom: 'cwd' as const,
          at: placed(service),
          name: text(get(service, 'name')),
          bases: [ROOT],
        },
      ];
    });
}

/**
 * GoReleaser copies its binary into a temporary directory, which is the context: nothing of the repository but `extra_files`.
 * @see https://goreleaser.com/customization/docker/
 */
function goreleaser(survey: Survey, path: RepoPath): readonly Stated[] {
  return survey
    .yaml(path, false)
    .flatMap((document) => [...items(get(document, 'dockers')), ...items(get(document, 'dockers_v2'))])
    .flatMap((docker) => {
      const images = [...texts(get(docker, 'image_templates')), ...texts(get(docker, 'images'))]
        .filter((image) => !/\{\{/.test(image.replace(/:[^/]*$/, '')))
        .map((image) => image.replace(/:.*\{\{.*$/, ''));
      return [
        {
          file: text(get(docker, 'dockerfile')) ?? 'Dockerfile',
          context: undefined,
          fileFrom: 'cwd' as const,
          at: placed(docker),
          images,
          name: text(get(docker, 'id')),
          target: undefined,
          bases: [dirname(path), ROOT],
        },
      ];
    });
}

/** JSON with comments, read as text. @see https://containers.dev/implementors/json_reference/ */
function devcontainer(survey: Survey, path: RepoPath): readonly Stated[] {
  const content = (survey.text(path) ?? '').replace(/^\s*\/\/.*$/gm, '');
  const [file] = named(survey, path, /"(?:dockerfile|dockerFile)"\s*:\s*"([^"]+)"/);
  if (!file) return [];
  const context = /"context"\s*:\s*"([^"]+)"/.exec(content)?.[1] ?? '.';
  return [{ ...file, context, target: /"target"\s*:\s*"([^"]+)"/.exec(content)?.[1] }];
}
