/** The folded end of a body: the evidence behind each decision, and how to configure or stop the bot. */

import { code } from '../../report/neutralise.ts';
import { redactSecrets } from '../../report/redact.ts';
import { layersAsMarkdown } from '../../size/layer-table.ts';
import { bullets, quoteCode, quoteLocation, quoteProse } from './quote.ts';
import { appliedIn, type Section } from './view.ts';

export const evidence: Section = ({ unit }) => {
  const parts = unit.plans.flatMap((plan) =>
    appliedIn(plan).flatMap((outcome) =>
      outcome.evidence.length === 0
        ? []
        : [
            `${quoteCode(plan.service)}, ${code(outcome.transform)}:\n\n${bullets(outcome.evidence.map(({ text, at }) => `${quoteProse(text)}${quoteLocation(at)}`))}`,
          ],
    ),
  );
  if (parts.length === 0) return undefined;
  return ['<details>\n<summary>Evidence for each decision</summary>', ...parts, '</details>'].join('\n\n');
};

/** What every layer weighs, where the image was built before and after. */
export const layers: Section = ({ unit }) => {
  const parts = unit.plans.flatMap(({ service, size }) =>
    size?.layers === undefined || size.layers.length === 0
      ? []
      : [`${quoteCode(service)}, compressed:\n\n${redactSecrets(layersAsMarkdown(size.layers)).trimEnd()}`],
  );
  return parts.length === 0 ? undefined : ['<details>\n<summary>Layers</summary>', ...parts, '</details>'].join('\n\n');
};

export const configure: Section = ({ unit }) =>
  [
    '<details>\n<summary>Configure or stop this</summary>',
    bullets([
      "Push to this branch and it is yours: the bot never touches a branch that holds somebody else's commits.",
      'Close this pull request to decline it; the same change is not offered again. Reopen it, or add the label `dockmod:retry`, to have it back.',
      '`# dockmod: ignore` above an instruction leaves that instruction alone, `# dockmod: ignore go-ldflags` only for one transform, `# dockmod: ignore-file` the whole file.',
      'In `dockmod.yaml`: `enabled: false` stops everything; `transforms: {distroless: off}` one decision.',
      'Ticked boxes stay ticked until the files of the change are different ones; text below the last line always stays.',
    ]),
    `Plan ${quoteCode(unit.hash)}, ${unit.changes.length} ${unit.changes.length === 1 ? 'file' : 'files'}: ${unit.changes
      .slice(0, 20)
      .map(({ path }) => quoteCode(path))
      .join(', ')}.`,
    '</details>',
  ].join('\n\n');
