/** What a proof is asked for, and what it answers. */

import type { RepositoryFiles } from '../repository/files.ts';
import type { LayerRow } from '../size/layers.ts';
import type { Measure } from '../size/measure.ts';
import type { BuildOutcome, Engine } from './engine.ts';
import type { ConfigDifference, ImageConfig } from './image-config.ts';
import type { Finding, Judgement } from './judge.ts';
import type { Observation } from './observe.ts';
import type { CompressedLayers } from './pull-size.ts';
import type { Scan } from './scanners.ts';

/** The image as it is, and as the plan makes it. */
export type SideName = 'before' | 'after';

/** The same of both sides. */
export type BothSides<Value> = Readonly<Record<SideName, Value>>;

/** Names of what a proof creates in the engine, noted before it is created: all of it is removed at the end. */
export interface Leavings {
  readonly images: string[];
  readonly containers: string[];
  readonly networks: string[];
}

export interface VerifyOptions {
  /** Absolute root of the repository that the plan was made from. */
  readonly root: string;
  readonly files: RepositoryFiles;
  readonly engine: Engine;
  /** Unique among runs on this machine, the process id first: part of the names of containers, images and directories. */
  readonly id: string;
  readonly platform?: string;
  /** No frontend image can be fetched: `# syntax=` lines are left out at once. */
  readonly offline: boolean;
  readonly reach: { readonly kind: 'namespace' | 'published'; readonly node: string };
  readonly limits: Limits;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly signal?: AbortSignal;
  /** Told what happens, for progress. */
  readonly onStep?: (text: string) => void;
  /** Layers that were compressed for sizes already. */
  readonly compressed?: CompressedLayers;
  readonly scan: boolean;
  readonly rebuild: boolean;
}

export interface Limits {
  /** Milliseconds for one build. */
  readonly build: number;
  /** Milliseconds that a container must stay up. */
  readonly uptime: number;
  /** Milliseconds to wait for ports and health. */
  readonly patience: number;
  /** Bytes. */
  readonly memory: number;
  /** Bytes of a build context. */
  readonly context: number;
}

export const DEFAULT_LIMITS: Limits = { build: 20 * 60_000, uptime: 3000, patience: 20_000, memory: 1024 ** 3, context: 2 * 1024 ** 3 };

export interface Rebuild {
  /** The file that was changed. */
  readonly touched: string;
  readonly before: Extract<BuildOutcome, { readonly kind: 'built' }>;
  readonly after: Extract<BuildOutcome, { readonly kind: 'built' }>;
}

export interface Side {
  readonly build: BuildOutcome;
  readonly config?: ImageConfig;
  readonly measure?: Measure;
  readonly observation?: Observation;
  readonly scan?: Scan;
}

export interface Verification {
  readonly service: string;
  readonly dockerfile: string;
  readonly engine: string;
  readonly judgement: Judgement | 'unchanged' | 'aborted';
  readonly findings: readonly Finding[];
  readonly differences: readonly ConfigDifference[];
  readonly before?: Side;
  readonly after?: Side;
  readonly rebuild?: Rebuild;
  /** Compressed bytes, layer by layer. */
  readonly layers?: readonly LayerRow[];
  readonly notes: readonly string[];
}
