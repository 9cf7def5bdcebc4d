/** Directories of caches that variables of the image name, and which places a service may have as its own. */

import type { RuntimeContract } from '../../dockerfile/contract.ts';
import type { Dockerfile } from '../../dockerfile/dockerfile.ts';
import { absolutePath, isInside } from '../../dockerfile/image-path.ts';

const SYSTEM = /^\/(?:bin|boot|dev|etc|lib|lib32|lib64|media|opt|proc|root|sbin|sys|tmp|usr)(?:\/|$)|^\/(?:home|mnt|run|srv|var)?$|^\/var\/(?:cache|lib|log|opt|run|spool|tmp|www)?$|^\/var\/(?:cache|lib|log)\/(?:apt|debconf|dpkg)(?:\/|$)|^\/var\/tmp\//;

/** A place that belongs to the service rather than to the distribution. */
export function isStateDirectory(path: string): boolean {
  return !SYSTEM.test(path);
}

/** Where libraries keep models, fonts and compiled code. */
const VARIABLE = /^(?:HF_HOME|HF_HUB_CACHE|HUGGINGFACE_HUB_CACHE|TRANSFORMERS_CACHE|SENTENCE_TRANSFORMERS_HOME|TORCH_HOME|XDG_(?:CACHE|CONFIG|DATA|STATE)_HOME|NLTK_DATA|MPLCONFIGDIR|NUMBA_CACHE_DIR|MODELS?_(?:DIR|PATH|CACHE|HOME))$/;

/** Absolute directories outside of the working directory, or in it where root makes the mount point of a build cache in them. */
export function cacheDirectories({ env, workdir }: RuntimeContract, { text }: Pick<Dockerfile, 'text'>): readonly string[] {
  const found = Object.entries(env).flatMap(([name, value = '']) => {
    if (!VARIABLE.test(name) || !/^\/[\w./@-]+$/.test(value) || /\.\w+$/.test(value)) return [];
    const path = absolutePath(value, '/');
    return isStateDirectory(path) && (!isInside(path, workdir === '/' ? '/nowhere' : workdir) || text.includes(`target=${path}/`)) ? [path] : [];
  });
  return [...new Set(found)];
}
