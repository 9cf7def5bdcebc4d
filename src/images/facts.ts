/** What is known about a base image without pulling it. */

/** C library and distribution release, as far as they are known. `release` like `debian 12`, `alpine 3.20`. */
export interface Platform {
  readonly libc: 'glibc' | 'musl' | 'none' | 'unknown';
  readonly distribution: string | undefined;
  readonly release: string | undefined;
}

export interface ImageUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** Knowledge about one image reference. Unknown means unknown: transforms refuse rather than guess. */
export interface ImageFacts {
  /** `golang`, `alpine`, `distroless/static`, `denoland/deno`, ... */
  readonly family: string;
  /** What the image is for: decides which transforms may touch it. */
  readonly kind: 'os' | 'language' | 'distroless' | 'scratch' | 'database' | 'server' | 'tool' | 'ml' | 'browser';
  readonly platform: Platform;
  /** Path of the default shell; `'none'` where the image has none. */
  readonly shell: string | 'none' | 'unknown';
  readonly packageManager: 'apk' | 'apt' | 'dnf' | 'none' | 'unknown';
  /** Configured user: `''` is root. `undefined` = unknown. */
  readonly user: string | undefined;
  /** Non-root users that exist in the image and are meant for services (`node`, `deno`, `nonroot`, ...). */
  readonly users: readonly ImageUser[];
  readonly entrypoint: readonly string[] | undefined;
  readonly cmd: readonly string[] | undefined;
  readonly workdir: string;
  /** Environment that the image sets (PATH, GOPATH, ...). */
  readonly env: Readonly<Record<string, string>>;
  /** Programs that services and probes are known to rely on: `wget`, `curl`, `python3`, `busybox`, `bash`, ... */
  readonly programs: readonly string[];
  /** Sonames or package names of shared libraries beyond libc: `libssl3`, `libgcc_s`, `libstdc++`. */
  readonly libraries: readonly string[];
  /** Language version that the tag names, e.g. `1.24`; `undefined` when floating without knowledge. */
  readonly version: string | undefined;
  /** True when the tag names no fixed version: `latest`, none, `stable`, `slim`. */
  readonly floating: boolean;
  readonly windows: boolean;
  /** Where the knowledge comes from. */
  readonly source: string;
}
