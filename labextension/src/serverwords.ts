import { TranslationBundle } from '@jupyterlab/translation';

import { Phrase, ticked } from './phrases';
import { texts } from './locale/server.json';

/** `said` is how its message was made: the words, with %1 for the first of their arguments. */
export interface IServerError {
  code: string;
  message: string;
  details?: { said?: { template: string; args: string[] } } & Record<string, unknown>;
}

/** An error in the reader's language; one that no catalogue has stays as it is. */
export function errorText({ message, details }: IServerError, trans: TranslationBundle): string {
  return details?.said ? trans.__(details.said.template, ...details.said.args) : message;
}

interface IPattern {
  template: string;
  pattern: RegExp;
}

/** What the server says of an answer is English, in sentences that are known here, their arguments as %1, %2. */
const PATTERNS: IPattern[] = texts.map(template => ({ template, pattern: patternOf(template) }));

function patternOf(template: string): RegExp {
  const escaped = template.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/%\d/g, '(.+?)')}$`, 's');
}

/** What the server says, in the reader's language; a sentence that is not known stays as it is. */
export function serverText(text: string, trans: TranslationBundle): string {
  for (const { template, pattern } of PATTERNS) {
    const match = pattern.exec(text);
    if (match) {
      const said = match.slice(1).map(part => serverText(part, trans));
      return trans.__(template, ...said);
    }
  }
  return trans.__(text); // such as a refusal that was kept
}

/** The same; what stands in backticks is code. */
export function serverPhrase(text: string, trans: TranslationBundle): Phrase {
  return ticked(serverText(text, trans));
}
