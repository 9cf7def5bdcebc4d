/** Reasons and evidence quote what users wrote, whatever its length: each stays one line that a person reads at a glance. */

/** Longer quotes are cut: the line that is named beside them shows the rest. */
const LONGEST_QUOTE = 160;

/** `text` without line breaks and runs of blanks, its quotes shortened. */
export function oneLine(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/`([^`]*)`/g, (quote, inner: string) =>
      inner.length <= LONGEST_QUOTE ? quote : `\`${inner.slice(0, LONGEST_QUOTE).trimEnd()} …\``,
    );
}
