import { TranslationBundle } from '@jupyterlab/translation';

import { countdown } from '../dates';
import { ILadderState } from './model';

/** "Hint 2 of 4" */
export function rungLine(rung: number, total: number, trans: TranslationBundle): string {
  return trans.__('Hint %1 of %2', rung, total);
}

/** What is said of the next rung: ready, in how long, what it costs, or that there is none. */
export function nextLine(state: ILadderState, now: number, trans: TranslationBundle): string {
  const { ladder, problem, readyAt } = state;
  if (problem) {
    return problem === 'away' ? trans.__('The server is away. Hints come back with it.') : problem;
  }
  if (!ladder) {
    return '';
  }
  if (!ladder.total) {
    return trans.__('This exercise has no hints.');
  }
  if (!ladder.next) {
    return trans.__('That was the last hint.');
  }
  if (ladder.next.say_back) {
    return trans.__('Next: once you told the tutor what you understood');
  }
  if (readyAt > now) {
    return trans.__('Next after a try, or in %1', countdown((readyAt - now) / 1000));
  }
  if (!ladder.next.ready) {
    return trans.__('Next after a try');
  }
  return ladder.next.cost
    ? trans._n('Next: ready, costs %1 point', 'Next: ready, costs %1 points', ladder.next.cost)
    : trans.__('Next: ready');
}

/** Whether the button for the next rung can be used: once a wait is over the server decides. */
export function canClimb(state: ILadderState, now: number): boolean {
  return !state.busy && Boolean(state.ladder?.next) && state.readyAt <= now;
}
