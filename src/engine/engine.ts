/** What a container engine can do, as far as proving a rewrite needs it. */

import type { ImageConfig } from './image-config.ts';

export type EngineName = 'docker' | 'podman' | 'buildah';

/** Name of the images that are built for a proof; their tags begin with the id of the process that made them. */
export const VERIFY_IMAGE = 'dockmod-verify';

export interface BuildRequest {
  /** Directory that is sent as the context. */
  readonly context: string;
  /** Absolute path of the Dockerfile; `<path>.dockerignore` beside it is the ignore file. */
  readonly dockerfile: string;
  readonly tag: string;
  readonly target?: string;
  readonly args: Readonly<Record<string, string>>;
  readonly platform?: string;
  /** Milliseconds. */
  readonly timeout: number;
}

export type BuildOutcome =
  | {
      readonly kind: 'built';
      readonly seconds: number;
      /** Steps of the Dockerfile, and how many came from the cache. */ readonly steps: number;
      readonly cached: number;
      readonly log: string;
    }
  | { readonly kind: 'failed' | 'timeout' | 'aborted' | 'no-space' | 'engine-gone'; readonly reason: string; readonly log: string };

export interface RunRequest {
  readonly image: string;
  readonly name: string;
  /** hardened: read-only root, no capabilities; plain: what `docker run` gives. */
  readonly profile: 'hardened' | 'plain';
  /** none: the container's own loopback only; else the network to join, with its ports published on the host's loopback. */
  readonly network:
    | { readonly kind: 'none' }
    | { readonly kind: 'published'; /** The engine's default where `undefined`. */ readonly name: string | undefined };
  readonly ports: readonly number[];
  readonly user?: string;
  readonly env: Readonly<Record<string, string>>;
  /** Paths at which the platform mounts fresh volumes. */
  readonly volumes: readonly string[];
  readonly tmpfs: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  /** Bytes. */
  readonly memory: number;
}

export interface ContainerState {
  readonly status: 'running' | 'exited' | 'created' | 'gone';
  readonly exitCode: number | undefined;
  readonly health: 'none' | 'starting' | 'healthy' | 'unhealthy';
  /** What the health check printed last. */
  readonly healthLog: string;
  readonly outOfMemory: boolean;
  /** Why the engine could not start it. */
  readonly error: string;
  /** Process id on the host; 0 when it does not run here. */
  readonly pid: number;
  /** Host port by container port, where published. */
  readonly published: Readonly<Record<number, number>>;
}

export type EngineFailure = { readonly kind: 'failed'; readonly reason: string };

export interface Engine {
  readonly name: EngineName;
  /** `docker 28.5.2`. */
  readonly version: string;
  /** buildah builds and describes, and does not run. */
  readonly canRun: boolean;
  readonly build: (request: BuildRequest) => Promise<BuildOutcome>;
  readonly inspect: (image: string) => Promise<ImageConfig | EngineFailure>;
  readonly run: (request: RunRequest) => Promise<{ readonly kind: 'started' } | EngineFailure>;
  readonly state: (container: string) => Promise<ContainerState>;
  /** Both streams, the end of them. */
  readonly logs: (container: string) => Promise<string>;
  /** Runs a command in a running container. */
  readonly exec: (container: string, argv: readonly string[]) => Promise<{ readonly code: number | undefined; readonly output: string }>;
  /** Effective user id of the container's first process. */
  readonly uid: (container: string) => Promise<number | undefined>;
  /** Makes a network that nothing else is in; false when the engine cannot. */
  readonly createNetwork: (name: string) => Promise<boolean>;
  readonly remove: (containers: readonly string[], images: readonly string[], networks?: readonly string[]) => Promise<void>;
  /** The image as a tar archive with its layers, streamed. */
  readonly save: (image: string, consume: (chunks: AsyncIterable<Buffer>) => Promise<void>) => Promise<boolean>;
  /** Containers and images of runs that died: removed by their labels. Returns how many. */
  readonly sweep: (isAlive: (pid: number) => boolean) => Promise<number>;
}
