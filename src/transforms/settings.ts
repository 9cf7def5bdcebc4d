/** The choices that users make for transforms, with their defaults. Validated where configuration is read. */

export interface DenoAuditRecord {
  readonly permission: string;
  readonly value: string | null;
}

export interface Settings {
  /** Language of the comments that dockmod writes. */
  readonly comments: 'en' | 'ja' | 'off';
  readonly distroless: { readonly debian: 12 | 13 };
  readonly goLdflags: { readonly trimpath: boolean; readonly removeInstallsuffix: boolean };
  readonly cargoCache: { readonly strategy: 'auto' | 'stub' | 'chef' | 'mount' };
  readonly pinBase: { readonly digests: boolean };
  readonly uv: { readonly rewriteCommand: boolean };
  readonly nonroot: { readonly uid: number };
  /** Lines of a Deno permission audit log, when one was given. */
  readonly denoAudit: readonly DenoAuditRecord[] | undefined;
}

export const DEFAULT_SETTINGS: Settings = {
  comments: 'en',
  distroless: { debian: 13 },
  goLdflags: { trimpath: false, removeInstallsuffix: false },
  cargoCache: { strategy: 'auto' },
  pinBase: { digests: false },
  uv: { rewriteCommand: false },
  nonroot: { uid: 10001 },
  denoAudit: undefined,
};
