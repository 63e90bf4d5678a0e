import { nullTranslator, TranslationBundle } from '@jupyterlab/translation';
import { ISignal, Signal } from '@lumino/signaling';

import { clockFor, IClock } from '../dates';
import { IDiagnosis, IJudgement } from '../records';

/** What stands around one judgement: what it may ask for, and what it is told. */
export interface IJudgementHost {
  /** The answer is being checked again; this judgement keeps its height meanwhile. */
  checking: boolean;
  stopping: boolean;
  /** A newer judgement that another tab wrote; it is shown in place of the document's. */
  newer: IJudgement | null;
  /** The code has changed since. */
  older: boolean;
  /** The cell was run since. */
  ran: boolean;
  /** The answer as it is now. */
  source: string;
  /** The name of the notebook's kernel, where it is not installed. */
  missingKernel: string | null;
  folded: boolean;
  /** Where it is wrong, if that is looked for or was found. */
  diagnosis: IDiagnosis | null;
  nextTitle: string | null;
  /** Puts the code whose output was to be predicted into a new cell; null before it was predicted. */
  runCopy: (() => void) | null;
  /** False where the ladder itself offers the next hint. */
  hintButton: boolean;
  /** Nothing counts here: how many answers were judged; else null. */
  practice: { tries: number } | null;
  fold(folded: boolean): void;
  goToLine(line: number): void;
  back(): void;
  /** Whether a command of the lab can be carried out for this exercise. */
  can(command: string): boolean;
  act(command: string): void;
  cancel(): void;
  next(): void;
  receipt(): void;
}

/**
 * Where renderers look for what is around them. The renderer is made by the lab from a bundle, without tokens, and
 * may be made before the plugins run; until one provides a context, a judgement is read only and in English.
 */
export interface IJudgementContext {
  trans: TranslationBundle;
  clockOf(course: string): IClock;
  host(node: HTMLElement, view: IJudgement, digest: string | null): IJudgementHost | null;
}

class ContextHolder {
  private _current: IJudgementContext = {
    trans: nullTranslator.load('codegym'),
    clockOf: () => clockFor('en'),
    host: () => null
  };
  private readonly _changed = new Signal<this, void>(this);

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get current(): IJudgementContext {
    return this._current;
  }

  provide(context: IJudgementContext): void {
    this._current = context;
    this._changed.emit();
  }

  /** Tells every judgement that something around it may have changed. */
  touch(): void {
    this._changed.emit();
  }
}

export const judgementContext = new ContextHolder();
