import { TranslationBundle } from '@jupyterlab/translation';

import { kindWord, shownKind } from '../answers/words';
import { daysAhead, day, IClock, points, span, timeOfDay, when } from '../dates';
import { ICoursePage, ICourseRow, IExercise, ILesson, IUnit } from '../records';
import { IExerciseLine, IStep } from '../tokens';

/** The second line of an exercise, with the icon that repeats it, and the team that answers it. */
export function exerciseLine(
  ex: IExercise,
  clock: IClock,
  trans: TranslationBundle,
  practice = false
): IExerciseLine {
  const practised = practice && ex.status === 'submitted';
  const line = practised ? practisedLine(ex, clock, trans) : stateLine(ex, clock, trans);
  return { ...line, text: withTeam(line.text, ex, trans) };
}

/** Where nothing counts: "solved at 14:03", "2 tries, last at 14:31". */
function practisedLine(ex: IExercise, clock: IClock, trans: TranslationBundle): IExerciseLine {
  const times = [ex.submitted_at, ex.counting?.submitted_at];
  const solvedAt = [ex.score, ex.counting?.score].findIndex(score => (score ?? 0) >= ex.max_score);
  const at = times[Math.max(solvedAt, 0)] ?? ex.submitted_at;
  const today = at ? daysAhead(at, clock) === 0 : false;
  const time = at ? (today ? timeOfDay(at, clock) : day(at, clock)) : '';
  if (solvedAt >= 0) {
    const text = today
      ? trans.__('solved at %1', time)
      : time
        ? trans.__('solved on %1', time)
        : trans.__('solved');
    return { shape: 'right', tone: 'right', text };
  }
  const tries = trans._n('%1 try', '%1 tries', ex.tries ?? 1);
  const text = today ? trans.__('%1, last at %2', tries, time) : trans.__('%1, last on %2', tries, time);
  return { shape: (ex.score ?? 0) > 0 ? 'part' : 'tried', tone: 'notyet', text };
}

function withTeam(text: string, ex: IExercise, trans: TranslationBundle): string {
  return ex.team ? trans.__('%1 · team %2', text, ex.team) : text;
}

function stateLine(ex: IExercise, clock: IClock, trans: TranslationBundle): IExerciseLine {
  switch (ex.status) {
    case 'locked':
      return { shape: 'lock', tone: 'grey', text: lockedLine(ex.opens, clock, trans) };
    case 'closed':
      return { shape: 'lock', tone: 'grey', text: closedLine(ex, clock, trans) };
    case 'kept_here':
      return { shape: 'kept', tone: 'info', text: trans.__('kept, sent when the server is back') };
    case 'kept':
      return { shape: 'clock', tone: 'info', text: trans.__('%1, in the queue', handedIn(ex, clock, trans)) };
    case 'awaiting_review':
      return {
        shape: 'person',
        tone: 'info',
        text: trans.__('%1, awaiting review', handedIn(ex, clock, trans))
      };
    case 'submitted':
      return submittedLine(ex, clock, trans);
    case 'tried':
      return { shape: 'tried', tone: 'notyet', text: triedLine(ex, clock, trans) };
    default:
      return { shape: 'todo', tone: 'grey', text: trans.__('not started') };
  }
}

/** "Locked until Mon 27 Oct, 08:00" in the lower case of a second line. */
export function lockedLine(
  opens: string | null | undefined,
  clock: IClock,
  trans: TranslationBundle
): string {
  return opens ? trans.__('locked until %1', when(opens, clock, trans)) : trans.__('locked');
}

function closedLine(ex: IExercise, clock: IClock, trans: TranslationBundle): string {
  const score = ex.score === null || ex.score === undefined ? '–' : points(ex.score, clock);
  const of = `${score}/${points(ex.max_score, clock)}`;
  return ex.due ? trans.__('closed on %1 (%2)', day(ex.due, clock), of) : trans.__('closed (%1)', of);
}

function triedLine(ex: IExercise, clock: IClock, trans: TranslationBundle): string {
  if (!ex.tried_at) {
    return trans.__('tried');
  }
  return daysAhead(ex.tried_at, clock) === 0
    ? trans.__('tried at %1', timeOfDay(ex.tried_at, clock))
    : trans.__('tried on %1', day(ex.tried_at, clock));
}

function handedIn(ex: IExercise, clock: IClock, trans: TranslationBundle): string {
  if (ex.late_s) {
    return trans.__('handed in %1 late', span(ex.late_s, trans));
  }
  if (!ex.submitted_at) {
    return trans.__('handed in');
  }
  return daysAhead(ex.submitted_at, clock) === 0
    ? trans.__('handed in at %1', timeOfDay(ex.submitted_at, clock))
    : trans.__('handed in on %1', day(ex.submitted_at, clock));
}

function submittedLine(ex: IExercise, clock: IClock, trans: TranslationBundle): IExerciseLine {
  const best = Math.max(ex.score ?? 0, ex.counting?.score ?? 0);
  const full = best >= ex.max_score;
  return {
    shape: full ? 'right' : best > 0 ? 'part' : 'tried',
    tone: full ? 'right' : 'notyet',
    text: trans.__('%1 (%2)', handedIn(ex, clock, trans), scoreOf(ex, clock, trans))
  };
}

/** "2/2, counts" or "1/2; 1.5/2 of 13:58 counts" */
function scoreOf(ex: IExercise, clock: IClock, trans: TranslationBundle): string {
  const max = points(ex.max_score, clock);
  const score = `${ex.score === null || ex.score === undefined ? '–' : points(ex.score, clock)}/${max}`;
  if (ex.counts !== false || !ex.counting) {
    return ex.counts === false ? score : trans.__('%1, counts', score);
  }
  const { submitted_at: at } = ex.counting;
  const other = `${points(ex.counting.score ?? 0, clock)}/${max}`;
  if (!at) {
    return trans.__('%1; %2 counts', score, other);
  }
  const time = daysAhead(at, clock) === 0 ? timeOfDay(at, clock) : day(at, clock);
  return trans.__('%1; %2 of %3 counts', score, other, time);
}

/** How it is answered, where that is not plain code, and whether it is bonus. */
export function kindWords(ex: IExercise, trans: TranslationBundle): string[] {
  return [
    ex.excused ? trans.__('excused') : '',
    ex.dropped ? trans.__('dropped as the lowest so far') : '',
    ex.bonus ? trans.__('bonus') : '',
    kindWord(shownKind(ex), trans)
  ].filter(Boolean);
}

/** What a screen reader says of an exercise: title, points and state, with "1.33 of 2" for "1.33/2". */
export function exerciseName(
  ex: IExercise,
  clock: IClock,
  trans: TranslationBundle,
  practice = false
): string {
  const title = [ex.title, ...kindWords(ex, trans)].join(', ');
  if (practice) {
    return `${title}, ${exerciseLine(ex, clock, trans, true).text}`;
  }
  const line = stateLine(ex, clock, trans)
    .text.replace(/ \((.*)\)$/, ', $1')
    .replace(/([^\s,;]+)\/([^\s,;]+)/g, (_, score: string, max: string) => trans.__('%1 of %2', score, max));
  const worth = trans._n('%1 point', '%1 points', ex.points);
  return `${title}, ${worth}, ${withTeam(line, ex, trans)}`;
}

/** "2 of 6" */
export function countLine(done: number, total: number, trans: TranslationBundle): string {
  return trans.__('%1 of %2', done, total);
}

/** "6 of 14 exercises · 11 of 26 points"; where nothing counts "6 of 14 exercises solved · practice" */
export function progressLine(
  c: { done: number; exercises: number; points: number; max_points: number },
  clock: IClock,
  trans: TranslationBundle,
  practice = false
): string {
  if (practice) {
    const solved = trans._n('%2 of %1 exercise solved', '%2 of %1 exercises solved', c.exercises, c.done);
    return `${solved} · ${trans.__('practice')}`;
  }
  const exercises = trans._n('%2 of %1 exercise', '%2 of %1 exercises', c.exercises, c.done);
  return `${exercises} · ${scored(c, clock, trans)}`;
}

/** "11 of 26 points" */
function scored(c: { points: number; max_points: number }, clock: IClock, trans: TranslationBundle): string {
  const [got, max] = [points(c.points, clock), points(c.max_points, clock)];
  return trans._n('%2 of %3 point', '%2 of %3 points', c.max_points, got, max);
}

/** The lines under a course's title in the catalogue. */
export function courseLines(
  row: ICourseRow,
  clock: IClock,
  trans: TranslationBundle,
  practice = false
): string[] {
  if (practice && row.state !== 'not_started') {
    return [progressLine(row, clock, trans, true)];
  }
  if (row.state === 'not_started') {
    const exercises = trans._n('%1 exercise', '%1 exercises', row.exercises);
    const worth = trans._n('%2 point', '%2 points', row.max_points, points(row.max_points, clock));
    return [
      `${trans.__('Not started')} · ${exercises} · ${practice ? trans.__('practice') : worth}`,
      ...dueLines(row, clock, trans)
    ];
  }
  if (row.state === 'done') {
    return [`${countLine(row.done, row.exercises, trans)} · ${scored(row, clock, trans)}`];
  }
  return [progressLine(row, clock, trans), ...dueLines(row, clock, trans)];
}

function dueLines(row: ICourseRow, clock: IClock, trans: TranslationBundle): string[] {
  return row.next_due ? [trans.__('Next due %1', when(row.next_due, clock, trans))] : [];
}

/** "Due tomorrow, 23:59", "Locked until Mon 27 Oct, 08:00", or nothing. */
export function unitLine(unit: IUnit, clock: IClock, trans: TranslationBundle): string | null {
  if (unit.locked) {
    return unit.opens ? trans.__('Locked until %1', when(unit.opens, clock, trans)) : trans.__('Locked');
  }
  return dueLine(unit, clock, trans);
}

/** "Due tomorrow, 23:59"; then "Was due yesterday, 23:59. Late answers count 90 % until today, 23:59." */
function dueLine(
  of: Partial<Pick<IUnit, 'due' | 'late'>>,
  clock: IClock,
  trans: TranslationBundle
): string | null {
  if (!of.due) {
    return null;
  }
  const time = when(of.due, clock, trans);
  if (Date.parse(of.due) >= clock.now().getTime()) {
    return trans.__('Due %1', time);
  }
  const past = trans.__('Was due %1', time);
  if (!of.late) {
    return past;
  }
  const share = Math.round(of.late.share * 100);
  const late = of.late.until
    ? trans.__('Late answers count %1 % until %2.', share, when(of.late.until, clock, trans))
    : trans.__('Late answers count %1 %.', share);
  return `${past}. ${late}`;
}

/** What stands under an exercise's title: "2 points", "Due tomorrow, 23:59", "for loops, modulo". */
export function factsOf(
  ex: IExercise,
  clock: IClock,
  trans: TranslationBundle,
  practice = false
): { worth: string; due: string | null; concepts: string } {
  return {
    worth: practice ? '' : trans._n('%1 point', '%1 points', ex.points),
    due: dueLine(ex, clock, trans),
    concepts: (ex.concepts ?? []).join(', ')
  };
}

/** The status bar: "Loops 2 of 6 · due tomorrow, 23:59". */
export function statusLine(unit: IUnit, clock: IClock, trans: TranslationBundle): string {
  const count = trans.__('%1 %2 of %3', unit.title, unit.done, unit.total);
  if (!unit.due) {
    return count;
  }
  const time = when(unit.due, clock, trans);
  const past = Date.parse(unit.due) < clock.now().getTime();
  return `${count} · ${past ? trans.__('was due %1', time) : trans.__('due %1', time)}`;
}

/** One line of a broken course: where it is, and what is wrong. */
export interface ICourseError {
  file: string;
  line: number | null;
  /** Where the exercise has an id. */
  exercise: string | null;
  problem: string;
}

/** Reads `FILE.yaml:LINE: EXERCISE: what is wrong; what to write instead`. */
export function courseError(error: string): ICourseError {
  const match = /^(.*?):(\d+): (?:([A-Za-z0-9][\w-]*): )?(.*)$/s.exec(error);
  return match
    ? { file: match[1], line: Number(match[2]), exercise: match[3] ?? null, problem: match[4] }
    : { file: '', line: null, exercise: null, problem: error };
}

/** "Cannot be read: 2 mistakes in" and the file that holds the first. */
export function brokenLine(row: Pick<ICourseRow, 'errors'>, trans: TranslationBundle): string {
  const count = Math.max(1, row.errors?.length ?? 0);
  return trans._n('Cannot be read: %1 mistake in', 'Cannot be read: %1 mistakes in', count);
}

/** For a course that can be used in part. */
export function mistakesLine(row: ICourseRow, trans: TranslationBundle): string {
  return trans._n('%1 mistake in', '%1 mistakes in', row.errors?.length ?? 0);
}

/** "3 min", or that it is read. */
export function lessonLine(lesson: ILesson, read: boolean, trans: TranslationBundle): string {
  return read ? trans.__('read') : trans.__('%1 min', lesson.minutes);
}

/** What "Go on" opens: the exercise that the server chose, or the first lesson before it that is not read. */
export function goOn(
  page: ICoursePage,
  isRead: (unit: IUnit, lesson: ILesson) => boolean
): (IStep & { worth: number }) | null {
  const unit = page.units.find(u => u.id === page.go_on?.unit);
  const exercise = unit?.exercises.find(e => e.id === page.go_on?.exercise);
  if (!unit || !exercise) {
    return null;
  }
  const lesson = unit.lessons.find(one => one.before === exercise.id && !isRead(unit, one));
  const base = { unit: unit.id, worth: exercise.points };
  return lesson
    ? { ...base, lesson: lesson.id, exercise: null, title: lesson.title }
    : { ...base, lesson: null, exercise: exercise.id, title: exercise.title };
}
