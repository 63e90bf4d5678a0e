import React from 'react';
import { TranslationBundle } from '@jupyterlab/translation';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';

import { IAnswerForm } from '../cells';
import { IJudgement, IOutcome } from '../records';

/** Puts code into an element, coloured. */
export type Highlight = (code: string, into: HTMLElement) => Promise<void>;

/** Enter alone: with another key it is one of the lab's commands. */
export function isEnter(event: React.KeyboardEvent): boolean {
  return event.key === 'Enter' && !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
}

/** What a control is given: the answer as text, what the course says of it, and what it may do. */
export interface IFormProps {
  trans: TranslationBundle;
  title: string;
  form: IAnswerForm;
  source: string;
  /** What was judged last; null before the first judgement. */
  judged: IJudgement | null;
  /** The answer has changed since. */
  older: boolean;
  readOnly: boolean;
  /** The same for one student and one exercise, always. */
  seed: string;
  highlight: Highlight | null;
  rendermime: IRenderMimeRegistry | null;
  /** Writes the answer; a step of its own for undo, unless it goes on with what is typed. */
  write(source: string, typed?: boolean): void;
  undo(): void;
  /** Asks what the given code gives, and should give. */
  given(): Promise<IOutcome | null>;
  check(): void;
  say(text: string): void;
}

/** What the server says when it is asked once; null before that, and where it says nothing. */
export function useSaid<T>(ask: () => Promise<T | null>): T | null {
  const [said, setSaid] = React.useState<T | null>(null);
  const first = React.useRef(ask);
  React.useEffect(() => {
    void first.current().then(setSaid, () => undefined);
  }, []);
  return said;
}
