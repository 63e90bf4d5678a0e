import { nullTranslator } from '@jupyterlab/translation';

import type { IClock } from '../src/dates';
import type { IJudgementHost } from '../src/grading/host';
import type { ICheck, ICoursePage, IExercise, IJudgement, IUnit } from '../src/records';

export const trans = nullTranslator.load('codegym');
export const clock: IClock = {
  locale: 'en-GB',
  timeZone: 'UTC',
  now: () => new Date('2025-10-22T15:00:00Z')
};

export function exercise(change: Partial<IExercise> = {}): IExercise {
  return {
    id: 'sum-even',
    title: 'Sum of the even numbers',
    points: 2,
    concepts: ['for loops', 'modulo'],
    status: 'not_started',
    max_score: 2,
    ...change
  };
}

export function unit(id: string, exercises: IExercise[], change: Partial<IUnit> = {}): IUnit {
  const title = id[0].toUpperCase() + id.slice(1);
  const base = {
    path: null,
    due: null,
    late: null,
    opens: null,
    locked: false,
    done: 0,
    total: exercises.length,
    lessons: []
  };
  return { id, title, exercises, ...base, ...change };
}

export function page(units: IUnit[], change: Partial<ICoursePage> = {}): ICoursePage {
  return {
    course: { id: 'python-basics', title: 'Python basics' },
    units,
    points: 0,
    max_points: 26,
    done: 0,
    total: 14,
    go_on: null,
    ...change
  };
}

export function check(change: Partial<ICheck> = {}): ICheck {
  return { label: 'sum_even([7])', hidden: false, verdict: 'AC', status: 'passed', ...change };
}

export function hidden(label: string, passed: boolean): ICheck {
  return { label, hidden: true, verdict: passed ? 'AC' : 'WA', status: passed ? 'passed' : 'not_passed' };
}

export function judgement(change: Partial<IJudgement> = {}): IJudgement {
  return {
    schema: 1,
    submission: 'a1b2c3d4e5f6',
    course: 'python-basics',
    exercise: 'sum-even',
    title: 'Sum of the even numbers',
    kind: 'submit',
    state: 'judged',
    verdict: 'AC',
    score: 2,
    max_score: 2,
    passed: 5,
    total: 5,
    limit: { seconds: 2, memory_mb: 256, output_kb: 64 },
    checks: [],
    notices: [],
    received_at: '2025-10-22T14:03:00Z',
    judged_at: '2025-10-22T14:03:00Z',
    ...change
  };
}

const none = () => undefined;

/** What stands around a judgement, asking for nothing. */
export const host: IJudgementHost = {
  checking: false,
  stopping: false,
  newer: null,
  older: false,
  ran: false,
  source: '',
  missingKernel: null,
  folded: false,
  diagnosis: null,
  nextTitle: 'Countdown',
  runCopy: null,
  hintButton: true,
  practice: null,
  fold: none,
  goToLine: none,
  back: none,
  can: () => true,
  act: none,
  cancel: none,
  next: none,
  receipt: none
};
