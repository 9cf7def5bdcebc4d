/** How many bytes, and how we know. Numbers of different provenance are never mixed unlabelled. */

import type { LayerRow } from './layers.ts';

/** `linux/amd64`, `linux/arm64/v8`. */
export type PlatformName = string;

/** measured: both manifests by digest; built: an engine here built it; estimated: base layers exchanged, documented ranges. */
export type Measure =
  | {
      readonly kind: 'measured' | 'built' | 'estimated';
      /** Compressed layers and configuration, in bytes: what a pull transfers. */
      readonly pull: number;
      /** Unpacked, in bytes. */
      readonly disk?: number;
      /** For estimates: the likely range of `pull` in bytes. */
      readonly range?: readonly [number, number];
      readonly digest?: string;
      readonly platform: PlatformName;
      /** Where the number comes from, in words: `registry manifest`, `docker 28.5`, `table of 2026-11-01`. */
      readonly method: string;
    }
  | { readonly kind: 'unknown'; readonly reason: string };

export interface SizeReport {
  readonly before: Measure;
  readonly after: Measure;
  /** Compressed bytes of the layers, where both images were built. */
  readonly layers?: readonly LayerRow[];
}
