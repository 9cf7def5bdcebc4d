/** Copies of what distroless has anyway: certificates, time zones, accounts that nobody runs as any more. */

import type { CopiedFile } from '../../dockerfile/contract.ts';
import type { Instruction } from '../../dockerfile/dockerfile.ts';
import { absolutePath } from '../../dockerfile/image-path.ts';
import { lineage } from '../../dockerfile/runtime-contract.ts';
import type { Subject } from '../transform.ts';
import type { Candidate } from './candidate.ts';

const CERTIFICATES = /^\/etc\/ssl\/certs(?:\/ca-certificates\.crt)?$/;
const FILE = /\/(?:ca-certificates\.crt|passwd|group)$/;

/** COPY instructions of the runtime stage that bring nothing new, from a stage or image that has nothing of its own there. */
export function needlessCopies(
  subject: Subject,
  candidate: Candidate,
  instructions: readonly Instruction[],
  user: string,
): readonly Instruction[] {
  const { files } = candidate.contract;
  const found = instructions.flatMap((copy): readonly { readonly copy: Instruction; readonly file: CopiedFile }[] => {
    const own = copy.keyword === 'COPY' ? files.filter(({ at }) => at.line === copy.at.line) : [];
    const [file] = own;
    return file !== undefined && own.every((one) => isNeedless(subject, one, user)) ? [{ copy, file }] : [];
  });
  const lines = new Set(found.map(({ copy }) => copy.at.line));
  // A stage that serves for nothing else would be left behind.
  return found.flatMap(({ copy, file: { origin } }) =>
    origin.kind !== 'stage' ||
    origin.stage === candidate.builder ||
    files.some((other) => other.origin.kind === 'stage' && other.origin.stage === origin.stage && !lines.has(other.at.line)) ||
    subject.dockerfile.stages.some(({ parent }) => parent === origin.stage)
      ? [copy]
      : [],
  );
}

function isNeedless(subject: Subject, { source, target, origin }: CopiedFile, user: string): boolean {
  const from = absolutePath(source, '/');
  const to = absolutePath(target, '/');
  const name = FILE.exec(from)?.[0];
  if (to !== from && (name === undefined || !target.endsWith('/') || `${to}${name}` !== from)) return false;
  if (CERTIFICATES.test(from)) return !hasOwnCertificates(subject, origin);
  if (from === '/usr/share/zoneinfo') return isOrdinary(subject, origin);
  return /^\/etc\/(?:passwd|group)$/.test(from) && user.startsWith('65532') && origin.kind === 'stage';
}

/** A stage of this file, or a public image of a distribution or a language: nothing unheard of is in its system directories. */
function isOrdinary({ images }: Subject, origin: CopiedFile['origin']): boolean {
  const kind = origin.kind === 'image' ? images.facts(origin.image)?.kind : undefined;
  return origin.kind === 'stage' || kind === 'os' || kind === 'language';
}

function hasOwnCertificates(subject: Subject, origin: CopiedFile['origin']): boolean {
  if (origin.kind !== 'stage') return !isOrdinary(subject, origin);
  const chain = lineage(subject.dockerfile, origin.stage);
  const { base } = subject.contract(origin.stage);
  return (
    base === undefined ||
    subject.images.facts(base) === undefined ||
    chain.some(({ instructions }) =>
      instructions.some(({ args, heredocs }) =>
        /\/usr\/local\/share\/ca-certificates|\.(?:crt|pem|cer)\b/.test([args.text, ...heredocs.map(({ body }) => body)].join('\n')),
      ),
    )
  );
}
