/**
 * A sentence with code, emphasis and links to lines in it, made from a translated template.
 *
 * A template writes code as `…`, a link to a line as [line %2|2] (the words, then which argument is the
 * line's number), emphasis as *…* and its arguments as %1, %2. Arguments are put in after the template was
 * read, so that no text of a student's is ever taken for markup.
 */
import { TranslationBundle } from '@jupyterlab/translation';

import type { IOutcome } from './records';

export type Part =
  | { text: string }
  | { code: string }
  | { em: string }
  | { strong: string }
  | { text: string; line: number };

export type Phrase = Part[];
export type Argument = string | number;

const MARKUP = /`([^`]+)`|\[([^\]|]+)\|(\d+)\]|\*([^*]+)\*/g;

/** The template with its placeholders kept, so that `phrase` can fill them after reading the markup. */
export const HOLD: readonly string[] = ['%1', '%2', '%3', '%4'];

export function phrase(template: string, ...args: Argument[]): Phrase {
  const fill = (text: string) => text.replace(/%(\d)/g, (_, n: string) => String(args[Number(n) - 1] ?? ''));
  const parts: Phrase = [];
  let end = 0;
  for (const match of template.matchAll(MARKUP)) {
    push(parts, fill(template.slice(end, match.index)));
    parts.push(marked(match, fill, args));
    end = match.index + match[0].length;
  }
  push(parts, fill(template.slice(end)));
  return parts;
}

function marked(match: RegExpMatchArray, fill: (text: string) => string, args: Argument[]): Part {
  const [, code, words, which, em] = match;
  if (code !== undefined) {
    return { code: fill(code) };
  }
  return em !== undefined ? { em: fill(em) } : { text: fill(words), line: Number(args[Number(which) - 1]) };
}

function push(parts: Phrase, text: string): void {
  if (text) {
    parts.push({ text });
  }
}

/** What an answer's code gives for a call, and should give; nothing given is no end. */
export function outcome({ call, got, wanted }: IOutcome, trans: TranslationBundle): Phrase {
  return got
    ? phrase(trans.__('`%1` gives `%2`; it should give `%3`.', ...HOLD), call, got, wanted)
    : phrase(trans.__('`%1` does not come to an end; it should give `%2`.', ...HOLD), call, wanted);
}

/** Sentences one after another, a space between them. */
export function sentences(...phrases: (Phrase | null)[]): Phrase {
  const said = phrases.filter((one): one is Phrase => one !== null && one.length > 0);
  return said.flatMap((one, i) => (i ? [{ text: ' ' }, ...one] : one));
}

/** The same words as plain text, for the live region and for labels. */
export function plain(parts: Phrase): string {
  return parts
    .map(part =>
      'code' in part ? part.code : 'em' in part ? part.em : 'strong' in part ? part.strong : part.text
    )
    .join('');
}

/** The server's sentence; what it sets in backticks is code. */
export function ticked(sentence: string): Phrase {
  return sentence
    .split(/(`[^`]+`)/)
    .filter(Boolean)
    .map(part => (/^`.+`$/.test(part) ? { code: part.slice(1, -1) } : { text: part }));
}
