import { ICoursePage, IExercise, ILesson, IUnit } from '../records';
import { ICourseError } from './words';

/** One visible row of the tree of units, lessons and exercises, and for its authors of their mistakes. */
export type Row =
  | { key: string; unit: IUnit; lesson: null; exercise: null; mistake: null; open: boolean }
  | { key: string; unit: IUnit; lesson: ILesson; exercise: null; mistake: null }
  | { key: string; unit: IUnit; lesson: null; exercise: IExercise; mistake: null }
  | { key: string; unit: IUnit; lesson: null; exercise: null; mistake: ICourseError };

export function unitKey(unit: string): string {
  return `unit:${unit}`;
}

export function exerciseKey(exercise: string): string {
  return `exercise:${exercise}`;
}

export function lessonKey(unit: string, lesson: string): string {
  return `lesson:${unit}/${lesson}`;
}

/** What a unit holds, in reading order. */
export function partsOf(unit: IUnit): (ILesson | IExercise)[] {
  const before = (id: string | null) => unit.lessons.filter(lesson => lesson.before === id);
  return [...unit.exercises.flatMap(one => [...before(one.id), one]), ...before(null)];
}

export function isLesson(part: ILesson | IExercise): part is ILesson {
  return 'minutes' in part;
}

/** The rows that are visible when these units are open; mistakes stand there always, else who is to mend them? */
export function rowsOf(
  page: ICoursePage,
  open: ReadonlySet<string>,
  mistakes: readonly ICourseError[] = []
): Row[] {
  return page.units.flatMap(unit => {
    const none = { unit, lesson: null, exercise: null, mistake: null };
    const head: Row = { ...none, key: unitKey(unit.id), open: open.has(unit.id) };
    const own = mistakes
      .filter(one => one.file.replace(/\.\w+$/, '') === unit.id)
      .map((mistake, i): Row => ({ ...none, key: `mistake:${unit.id}/${i}`, mistake }));
    const of = (id: string) => own.filter(row => row.mistake?.exercise === id);
    const rest = own.filter(row => !unit.exercises.some(one => one.id === row.mistake?.exercise));
    const body = partsOf(unit).flatMap((part): Row[] =>
      isLesson(part)
        ? [{ ...none, key: lessonKey(unit.id, part.id), lesson: part }]
        : [{ ...none, key: exerciseKey(part.id), exercise: part }, ...of(part.id)]
    );
    return open.has(unit.id) ? [head, ...body, ...rest] : [head, ...own];
  });
}

/** What a key does in the tree; focus rests on row `at`. */
export type TreeMove =
  | { do: 'focus'; at: number }
  | { do: 'expand' | 'collapse'; unit: string }
  | { do: 'activate'; at: number }
  | null;

export function moveBy(key: string, rows: Row[], at: number, rtl: boolean): TreeMove {
  switch (key) {
    case 'ArrowDown':
      return focus(rows, at + 1);
    case 'ArrowUp':
      return focus(rows, at - 1);
    case 'Home':
      return focus(rows, 0);
    case 'End':
      return focus(rows, rows.length - 1);
    case 'ArrowRight':
      return rtl ? inOrOut('out', rows, at) : inOrOut('in', rows, at);
    case 'ArrowLeft':
      return rtl ? inOrOut('in', rows, at) : inOrOut('out', rows, at);
    case 'Enter':
    case ' ':
      return rows[at] ? { do: 'activate', at } : null;
    default:
      return null;
  }
}

function focus(rows: Row[], at: number): TreeMove {
  return at >= 0 && at < rows.length ? { do: 'focus', at } : null;
}

function inOrOut(way: 'in' | 'out', rows: Row[], at: number): TreeMove {
  const row = rows[at];
  if (!row) {
    return null;
  }
  if (row.exercise || row.lesson || row.mistake) {
    return way === 'out'
      ? focus(
          rows,
          rows.findIndex(r => r.key === unitKey(row.unit.id))
        )
      : null;
  }
  if (!row.unit.exercises.length) {
    return null;
  }
  if (way === 'in') {
    return row.open ? focus(rows, at + 1) : { do: 'expand', unit: row.unit.id };
  }
  return row.open ? { do: 'collapse', unit: row.unit.id } : null;
}

/** The next row whose title begins with what was typed, from the one after `at` on, round the end. */
export function typeAhead(typed: string, rows: Row[], at: number): number | null {
  const wanted = typed.toLocaleLowerCase();
  const start = typed.length > 1 ? at : at + 1;
  for (let i = 0; i < rows.length; i++) {
    const index = (start + i + rows.length) % rows.length;
    const { exercise, lesson, mistake, unit } = rows[index];
    if ((mistake?.problem ?? (exercise ?? lesson ?? unit).title).toLocaleLowerCase().startsWith(wanted)) {
      return index;
    }
  }
  return null;
}

/** The unit that is open at first: the one with the current exercise, else the one to go on with. */
export function firstOpen(page: ICoursePage, current: string | null): string | null {
  const holds = (unit: IUnit) => unit.exercises.some(e => e.id === current);
  const goOn = page.units.find(u => u.id === page.go_on?.unit);
  const todo = page.units.find(u => !u.locked && u.done < u.total);
  return (page.units.find(holds) ?? goOn ?? todo ?? page.units[0])?.id ?? null;
}
