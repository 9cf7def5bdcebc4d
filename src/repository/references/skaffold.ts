/** skaffold.yaml: artifacts built by Docker or kaniko. */

import { basename, dirname } from '../path.ts';
import { present } from '../present.ts';
import type { Survey } from '../survey.ts';
import { entries, get, items, placed, text } from '../syntax/yaml.ts';
import { references, type Reference } from './reference.ts';

const NAMED = /^skaffold(?:[._-].*)?\.ya?ml$/i;

/** @see https://skaffold.dev/docs/references/yaml/ */
export function skaffoldReferences(survey: Survey): readonly Reference[] {
  return survey.sources
    .filter((path) => NAMED.test(basename(path)))
    .flatMap((path) =>
      survey.yaml(path, true).flatMap((document) => {
        const builds = [get(document, 'build'), ...items(get(document, 'profiles')).map((profile) => get(profile, 'build'))];
        return builds
          .flatMap((build) => items(get(build, 'artifacts')))
          .flatMap((artifact) => {
            const builder = get(artifact, 'docker') ?? get(artifact, 'kaniko');
            const other = ['buildpacks', 'jib', 'ko', 'bazel', 'custom'].some((kind) => get(artifact, kind) !== undefined);
            if (other && builder === undefined) return [];
            const image = text(get(artifact, 'image'));
            const [file, target] = [text(get(builder, 'dockerfile')), text(get(builder, 'target'))];
            return references(survey, {
              by: 'skaffold',
              at: placed(artifact),
              ...(image === undefined ? {} : { name: image, images: [image] }),
              bases: [dirname(path)],
              ...present({ file }),
              context: text(get(artifact, 'context')) ?? text(get(artifact, 'workspace')) ?? '.',
              fileFrom: 'context',
              ...present({ target }),
              args: Object.fromEntries(
                entries(get(builder, 'buildArgs')).map(({ key, value }) => [key, /\{\{/.test(text(value) ?? '') ? undefined : text(value)]),
              ),
            });
          });
      }),
    );
}
