/** Containers in Kubernetes manifests, also in kinds that are not known: whatever has a list of containers is a pod. */

import { entries, get, items, text, type YamlNode } from '../syntax/yaml.ts';

export interface ManifestContainer {
  readonly container: YamlNode;
  /** The pod specification around it. */
  readonly pod: YamlNode;
  /** The object that the pod belongs to. */
  readonly workload: YamlNode;
  readonly kind: string | undefined;
  readonly name: string | undefined;
}

const MAX_DEPTH = 12;

/** All containers of a document, those of items of a List included. */
export function manifestContainers(document: YamlNode): readonly ManifestContainer[] {
  const found: ManifestContainer[] = [];
  const seen = new Set<YamlNode>();
  const visit = (node: YamlNode, workload: YamlNode, depth: number): void => {
    if (depth > MAX_DEPTH || seen.has(node)) return;
    seen.add(node);
    if (node.kind === 'list') {
      for (const item of node.items) visit(item, get(item, 'kind') && get(item, 'metadata') ? item : workload, depth + 1);
      return;
    }
    if (node.kind !== 'map') return;
    for (const key of ['initContainers', 'containers', 'ephemeralContainers']) {
      for (const container of items(get(node, key))) {
        if (container.kind === 'map')
          found.push({ container, pod: node, workload, kind: text(get(workload, 'kind')), name: text(get(workload, 'metadata', 'name')) });
      }
    }
    for (const { key, value } of entries(node))
      if (value.kind !== 'scalar' && key !== 'metadata' && key !== 'status') visit(value, workload, depth + 1);
  };
  visit(document, document, 0);
  return found;
}

/** Documents of a file with the line and offset each starts at, so that a large bundle is not parsed as a whole. */
export function splitDocuments(content: string): readonly { readonly text: string; readonly line: number; readonly start: number }[] {
  const parts: { text: string; line: number; start: number }[] = [];
  let start = 0;
  let line = 1;
  let first = 1;
  const push = (end: number): void => void (end > start && parts.push({ text: content.slice(start, end), line: first, start }));
  for (let at = 0; at < content.length; line++) {
    const next = content.indexOf('\n', at);
    const end = next < 0 ? content.length : next + 1;
    if (at > 0 && content.startsWith('---', at) && /^---(?:\s|$)/.test(content.slice(at, at + 4))) {
      push(at);
      start = at;
      first = line;
    }
    at = end;
  }
  push(content.length);
  return parts;
}
