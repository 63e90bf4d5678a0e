import { describe, expect, it } from 'vitest';

import {
  brokenLine,
  courseError,
  courseLines,
  exerciseLine,
  exerciseName,
  goOn,
  statusLine,
  unitLine
} from '../src/course/words';
import type { ICourseRow, IExercise } from '../src/records';
import { clock, exercise, page, trans, unit } from './make';

const at = (time: string) => `2025-10-22T${time}:00Z`;
const text = (change: object) => exerciseLine(exercise(change), clock, trans).text;

describe('the second line of an exercise', () => {
  it.each([
    [{}, 'not started'],
    [{ status: 'tried', tried_at: at('14:25') }, 'tried at 14:25'],
    [{ status: 'tried', tried_at: '2025-10-17T10:00:00Z' }, 'tried on Fri 17 Oct'],
    [
      { status: 'submitted', submitted_at: at('14:03'), score: 2, counts: true },
      'handed in at 14:03 (2/2, counts)'
    ],
    [
      {
        status: 'submitted',
        submitted_at: at('14:20'),
        score: 1,
        counts: false,
        counting: { score: 1.5, submitted_at: at('13:58') }
      },
      'handed in at 14:20 (1/2; 1.5/2 of 13:58 counts)'
    ],
    [
      { status: 'submitted', submitted_at: at('14:20'), late_s: 7300, score: 1.8, counts: true },
      'handed in 2 h late (1.8/2, counts)'
    ],
    [{ status: 'awaiting_review', submitted_at: at('13:50') }, 'handed in at 13:50, awaiting review'],
    [{ status: 'kept_here' }, 'kept, sent when the server is back'],
    [{ status: 'kept', submitted_at: at('14:03') }, 'handed in at 14:03, in the queue'],
    [{ status: 'locked', opens: '2025-10-27T08:00:00Z' }, 'locked until Mon 27 Oct, 08:00'],
    [{ status: 'closed', due: '2025-10-17T23:59:00Z', score: null }, 'closed on Fri 17 Oct (–/2)']
  ])('%o', (change, words) => expect(text(change)).toBe(words));

  it.each([
    [{ submitted_at: at('14:03'), score: 2 }, 'solved at 14:03'],
    [
      {
        submitted_at: at('14:20'),
        score: 0,
        tries: 3,
        counts: false,
        counting: { score: 2, submitted_at: at('13:58') }
      },
      'solved at 13:58'
    ],
    [{ submitted_at: at('14:31'), score: 1, tries: 2 }, '2 tries, last at 14:31']
  ])('speaks of tries where nothing counts: %o', (change, words) => {
    const practised = exercise({ status: 'submitted', ...change });
    expect(exerciseLine(practised, clock, trans, true).text).toBe(words);
  });

  it('names the team that answers together', () => {
    const together: Partial<IExercise> = {
      status: 'submitted',
      submitted_at: at('14:03'),
      score: 2,
      counts: true,
      team: 'Reds (A/B)'
    };
    expect(text(together)).toBe('handed in at 14:03 (2/2, counts) · team Reds (A/B)');
    expect(exerciseName(exercise(together), clock, trans)).toBe(
      'Sum of the even numbers, 2 points, handed in at 14:03, 2 of 2, counts · team Reds (A/B)'
    );
  });

  it('has an icon that repeats it', () => {
    const shape = (change: object) => exerciseLine(exercise(change), clock, trans).shape;
    expect(shape({ status: 'submitted', score: 2 })).toBe('right');
    expect(shape({ status: 'submitted', score: 1.33 })).toBe('part');
    expect(shape({ status: 'submitted', score: 0 })).toBe('tried');
    expect(shape({ status: 'locked' })).toBe('lock');
  });

  it('is said aloud with "of" for a slash', () => {
    const handedIn = exercise({ status: 'submitted', submitted_at: at('14:31'), score: 1.33, counts: true });
    expect(exerciseName(handedIn, clock, trans)).toBe(
      'Sum of the even numbers, 2 points, handed in at 14:31, 1.33 of 2, counts'
    );
  });
});

describe('courses and units', () => {
  const row: ICourseRow = {
    id: 'python-basics',
    title: 'Python basics',
    broken: false,
    exercises: 14,
    done: 6,
    points: 11,
    max_points: 26,
    next_due: '2025-10-23T23:59:00Z',
    practice: false,
    state: 'started'
  };
  it('says progress with its counts', () =>
    expect(courseLines(row, clock, trans)).toEqual([
      '6 of 14 exercises · 11 of 26 points',
      'Next due tomorrow, 23:59'
    ]));
  it('says that nothing was begun', () =>
    expect(courseLines({ ...row, state: 'not_started', next_due: null }, clock, trans)).toEqual([
      'Not started · 14 exercises · 26 points'
    ]));
  it('says that all is done', () =>
    expect(courseLines({ ...row, state: 'done', done: 14, points: 26 }, clock, trans)).toEqual([
      '14 of 14 · 26 of 26 points'
    ]));
  it('reads an error line with file and line', () => {
    expect(courseError('loops.yaml:5: x: it has no check; write one')).toEqual({
      file: 'loops.yaml',
      line: 5,
      exercise: 'x',
      problem: 'it has no check; write one'
    });
    expect(brokenLine({ ...row, errors: ['a', 'b'] }, trans)).toBe('Cannot be read: 2 mistakes in');
  });
  it('says when a unit is due or opens', () => {
    const due = unit('loops', [], { due: '2025-10-23T23:59:00Z', done: 2, total: 6 });
    expect(unitLine(due, clock, trans)).toBe('Due tomorrow, 23:59');
    expect(statusLine(due, clock, trans)).toBe('Loops 2 of 6 · due tomorrow, 23:59');
    const past = { ...due, due: '2025-10-21T23:59:00Z' };
    expect(unitLine(past, clock, trans)).toBe('Was due yesterday, 23:59');
    const late = { share: 0.9, until: '2025-10-22T23:59:00Z' };
    expect(unitLine({ ...past, late }, clock, trans)).toBe(
      'Was due yesterday, 23:59. Late answers count 90 % until today, 23:59.'
    );
    const ever = { share: 0.5, until: null };
    expect(unitLine({ ...past, late: ever }, clock, trans)).toMatch(/Late answers count 50 %.$/);
    const locked = unit('later', [], { locked: true, opens: '2025-10-27T08:00:00Z' });
    expect(unitLine(locked, clock, trans)).toBe('Locked until Mon 27 Oct, 08:00');
  });
  it('goes on with what the server says, if it is there', () => {
    const loops = unit('loops', [exercise()]);
    const next = (unit: string) => goOn(page([loops], { go_on: { unit, exercise: 'sum-even' } }), () => true);
    expect(next('loops')?.exercise).toBe('sum-even');
    expect(next('gone')).toBeNull();
  });
});
