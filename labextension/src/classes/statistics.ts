import { TranslationBundle } from '@jupyterlab/translation';

import { IAsked, IAskedExercise } from './records';
import { IFilter } from './model';

/** One bar: what it stands for, how many, and the share of the longest. */
export interface IBar {
  key: string;
  label: string;
  value: number;
  share: number;
}

/** The exercises of the unit that was chosen; all where none was. */
export function exercisesOf(asked: IAsked, filter: IFilter): IAskedExercise[] {
  return asked.exercises.filter(one => !filter.unit || one.unit === filter.unit);
}

function bars(counts: [string, number][], label: (key: string) => string): IBar[] {
  const most = Math.max(1, ...counts.map(([, value]) => value));
  return counts.map(([key, value]) => ({ key, label: label(key), value, share: value / most }));
}

/** What was asked for, the most frequent first. */
export function intentBars(exercises: IAskedExercise[], trans: TranslationBundle): IBar[] {
  const counts = added(exercises.map(one => one.intents));
  const sorted = [...counts].sort(([one, a], [other, b]) => b - a || (one < other ? -1 : 1));
  return bars(sorted, intent => intentName(intent, trans));
}

/** How many had one hint of an exercise, two, three, …, without a gap. */
export function rungBars(exercises: IAskedExercise[], trans: TranslationBundle): IBar[] {
  const counts = added(exercises.map(one => one.rungs));
  const last = Math.max(0, ...[...counts.keys()].map(Number));
  const all = Array.from({ length: last }, (_, i): [string, number] => {
    const rung = String(i + 1);
    return [rung, counts.get(rung) ?? 0];
  });
  return bars(all, rung => trans._n('%1 hint', '%1 hints', Number(rung)));
}

/** The number of questions by exercise, for the bars of the table. */
export function turnShares(exercises: IAskedExercise[]): Map<string, number> {
  const most = Math.max(1, ...exercises.map(one => one.turns));
  return new Map(exercises.map(one => [one.exercise, one.turns / most]));
}

/** What was asked for most, of one exercise. */
export function mostAsked({ intents }: IAskedExercise): string | null {
  return Object.entries(intents).sort(([, a], [, b]) => b - a)[0]?.[0] ?? null;
}

function added(counts: Record<string, number>[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [key, value] of counts.flatMap(one => Object.entries(one))) {
    sums.set(key, (sums.get(key) ?? 0) + value);
  }
  return sums;
}

export function sum(exercises: IAskedExercise[], of: (one: IAskedExercise) => number): number {
  return exercises.reduce((total, one) => total + of(one), 0);
}

/** What a question was for, in words; one that is not known stays as it is. */
export function intentName(intent: string, trans: TranslationBundle): string {
  const names: Record<string, string> = {
    hint: trans.__('a hint'),
    explain_error: trans.__('an error explained'),
    review: trans.__('a review'),
    concept: trans.__('an idea explained'),
    solution_request: trans.__('the solution'),
    progress: trans.__('own progress'),
    logistics: trans.__('dates and rules'),
    off_topic: trans.__('something else'),
    distress: trans.__('in distress'),
    injection: trans.__('orders to the tutor')
  };
  return names[intent] ?? intent;
}

/** What a reply that was not shown would have given away. */
export function leakName(leaks: string | undefined, trans: TranslationBundle): string {
  switch (leaks) {
    case 'solution':
      return trans.__('the solution');
    case 'partial':
      return trans.__('a part of the solution');
    case 'hidden_test':
      return trans.__('a hidden test');
    default:
      return trans.__('could not be checked');
  }
}
