import { TranslationBundle } from '@jupyterlab/translation';

import type { Tone } from '../pieces';
import type { Shape } from '../shapes';
import { IAttempt, IDraft, Mode } from './model';

export function modeWord(mode: Mode, trans: TranslationBundle): string {
  switch (mode) {
    case 'exercise':
      return trans.__('Exercise');
    case 'checks':
      return trans.__('More checks');
    case 'hints':
      return trans.__('Hints');
    case 'misconceptions':
      return trans.__('Misconceptions');
    case 'variant':
      return trans.__('Variant');
    case 'translation':
      return trans.__('Translation');
  }
}

export interface IMark {
  shape: Shape;
  tone: Tone;
  text: string;
}

export function verdictMark(verdict: IAttempt['verdict'], trans: TranslationBundle): IMark {
  switch (verdict) {
    case 'passes':
      return { shape: 'right', tone: 'right', text: trans.__('Passes.') };
    case 'too_weak':
      return { shape: 'no', tone: 'notyet', text: trans.__('Too weak.') };
    case 'no_answer':
      return { shape: 'offline', tone: 'grey', text: trans.__('No answer.') };
    default:
      return { shape: 'no', tone: 'notyet', text: trans.__('Not passed.') };
  }
}

/** How a draft stands, in a line. */
export function stateMark(draft: IDraft, trans: TranslationBundle): IMark {
  const count = draft.attempts.length;
  switch (draft.state) {
    case 'passed':
      return {
        shape: 'right',
        tone: 'right',
        text: trans._n('%1 attempt, it passes', '%1 attempts, the last passes', count)
      };
    case 'for_a_person':
      return {
        shape: 'person',
        tone: 'info',
        text: trans._n(
          '%1 attempt, it did not pass; for a person',
          '%1 attempts, none passed; for a person',
          count
        )
      };
    case 'stopped':
      return { shape: 'stop', tone: 'grey', text: trans.__('stopped') };
    case 'interrupted':
      return { shape: 'clock', tone: 'grey', text: trans.__('stopped by a restart') };
    case 'failed':
      return { shape: 'error', tone: 'notyet', text: trans.__('failed: %1', draft.why) };
    default:
      return {
        shape: 'spin',
        tone: 'info',
        text: trans._n('%1 attempt so far', '%1 attempts so far', count)
      };
  }
}

/** Tokens and seconds of attempts. */
export function costs(attempts: IAttempt[], trans: TranslationBundle): string {
  const sum = (key: 'prompt_tokens' | 'reply_tokens' | 'seconds') =>
    attempts.reduce((all, one) => all + one[key], 0);
  return trans.__(
    '%1 + %2 tokens · %3 s',
    sum('prompt_tokens'),
    sum('reply_tokens'),
    sum('seconds').toFixed(1)
  );
}
