/** Kubernetes manifests that run the images of the repository, kustomize patches included. */

import { basename, type RepoPath } from '../path.ts';
import type { Survey } from '../survey.ts';
import { entry, get, items, readYaml, text } from '../syntax/yaml.ts';
import { ties, type Match, type Surroundings, type Tie } from './dependent.ts';
import type { KnownImages } from './known-images.ts';
import { manifestContainers, splitDocuments, type ManifestContainer } from './manifests.ts';
import { containerSayings } from './pod.ts';

export interface KubernetesFindings {
  readonly ties: readonly Tie[];
  /** Names of workloads, `deploy/NAME` of kubectl, with what they run. */
  readonly workloads: ReadonlyMap<string, readonly Match[]>;
}

/** More text than this is somebody's generated bundle; its relevant documents are read up to here. In characters. */
const MAX_DOCUMENT = 256 * 1024;

export function kubernetesTies({ survey }: Surroundings, known: KnownImages): KubernetesFindings {
  const containers = survey.sources
    .filter((path) => /\.(?:ya?ml|json)$/i.test(path) && !/(?:^|\/)templates\//.test(path))
    .flatMap((path) => containersOf(survey, path, known));
  const aliases = kustomizeAliases(survey);
  const found: Tie[] = [];
  const workloads = new Map<string, readonly Match[]>();
  const byContainer = new Map<string, readonly Match[]>();
  const report = ({ container, pod, workload, kind, name }: ManifestContainer, matches: readonly Match[]): void => {
    const by = text(get(container, 'name')) ?? name ?? '';
    const image = entry(container, 'image');
    if (image)
      found.push(
        ...ties(
          matches,
          { source: 'kubernetes', at: image.at, by },
          { kind: 'container', workload: [kind, name].filter(Boolean).join('/'), container: by },
        ),
      );
    for (const { at, saying } of containerSayings(container, pod, workload))
      found.push(...ties(matches, { source: 'kubernetes', at, by }, saying));
  };
  const patches: ManifestContainer[] = [];
  for (const one of containers) {
    const image = text(get(one.container, 'image'));
    if (image === undefined) {
      patches.push(one);
      continue;
    }
    const matches =
      [image, ...(aliases.get(image.replace(/[:@].*$/, '')) ?? [])]
        .map((reference) => known.byImage(reference))
        .find((some) => some.length > 0) ?? known.byContainer(text(get(one.container, 'name')) ?? '', image);
    if (matches.length === 0) continue;
    if (one.name !== undefined) {
      workloads.set(one.name, matches);
      byContainer.set(`${one.name}\0${text(get(one.container, 'name')) ?? ''}`, matches);
    }
    report(one, matches);
  }
  // A patch names workload and container; the image stands in what it patches.
  for (const patch of patches) {
    const matches = byContainer.get(`${patch.name ?? ''}\0${text(get(patch.container, 'name')) ?? ''}`);
    if (matches) report(patch, matches);
  }
  return { ties: found, workloads };
}

function containersOf(survey: Survey, path: RepoPath, known: KnownImages): readonly ManifestContainer[] {
  const content = survey.text(path);
  if (content === undefined || !/ontainers"?\s*:/.test(content) || !/kind"?\s*:/.test(content) || content.includes('{{')) return [];
  return splitDocuments(content).flatMap(({ text: document, line, start }) => {
    if (document.length > MAX_DOCUMENT || !/ontainers"?\s*:/.test(document) || !concernsUs(document, known)) return [];
    const answer = readYaml(path, document, line, start);
    return answer.kind === 'read' ? answer.documents.flatMap(manifestContainers) : [];
  });
}

/** A quick look: a known name of an image or a container; or a patch, which names no image at all. */
function concernsUs(document: string, known: KnownImages): boolean {
  const images = [...document.matchAll(/\bimage"?\s*:\s*["']?([^\s"'#]+)/g)];
  if (images.length === 0) return true;
  return (
    images.some(([, image = '']) => {
      const name = image.slice(image.lastIndexOf('/') + 1).replace(/[:@].*$/, '');
      return known.words.has(name) || name.includes('$') || name.includes('{');
    }) || [...document.matchAll(/\bname"?\s*:\s*["']?([^\s"'#,}]+)/g)].some(([, name = '']) => known.words.has(name))
  );
}

/** `images: [{ name: app, newName: registry/acme/app }]` of kustomization files: one name stands for the other. */
function kustomizeAliases(survey: Survey): ReadonlyMap<string, readonly string[]> {
  const aliases = new Map<string, string[]>();
  for (const path of survey.sources) {
    if (!/^kustomization\.ya?ml$/i.test(basename(path))) continue;
    for (const document of survey.yaml(path, false)) {
      for (const image of items(get(document, 'images'))) {
        const [name, other] = [text(get(image, 'name')), text(get(image, 'newName'))];
        if (name !== undefined && other !== undefined) aliases.set(name, [...(aliases.get(name) ?? []), other]);
      }
    }
  }
  return aliases;
}
