import { CellType } from '@jupyterlab/nbformat';
import { TranslationBundle } from '@jupyterlab/translation';

import type { ICellModelLike } from '../cells';
import type { Shape } from '../shapes';

/** Metadata of an author's notebook and its cells; the server reads and writes it too. */
export const KEY = 'codegym_author';

/** What a cell of a unit is for. A check is a sample unless its YAML has the key `hidden`. */
export type Role =
  | 'unit'
  | 'exercise'
  | 'text'
  | 'given'
  | 'statement'
  | 'shown'
  | 'starter'
  | 'solution'
  | 'sample'
  | 'hidden'
  | 'hint'
  | 'misconception'
  | 'question';

interface IRole {
  shape: Shape;
  cell: CellType;
  /** Students have it in their notebook from the beginning. */
  seen: boolean;
}

export const ROLES: Record<Role, IRole> = {
  unit: { shape: 'book', cell: 'raw', seen: true },
  exercise: { shape: 'order', cell: 'raw', seen: true },
  text: { shape: 'lines', cell: 'markdown', seen: true },
  given: { shape: 'program', cell: 'code', seen: true },
  statement: { shape: 'book', cell: 'markdown', seen: true },
  shown: { shape: 'predict', cell: 'code', seen: true },
  starter: { shape: 'pen', cell: 'code', seen: true },
  solution: { shape: 'flag', cell: 'code', seen: false },
  sample: { shape: 'predict', cell: 'raw', seen: true },
  hidden: { shape: 'hidden', cell: 'raw', seen: false },
  hint: { shape: 'hint', cell: 'markdown', seen: false },
  misconception: { shape: 'aim', cell: 'raw', seen: false },
  question: { shape: 'chat', cell: 'raw', seen: false }
};

/** The parts of an exercise in the order in which they are written. */
export const PARTS: readonly Role[] = [
  'statement',
  'shown',
  'starter',
  'solution',
  'sample',
  'hidden',
  'hint',
  'misconception',
  'question'
];
/** Of which an exercise has one. */
const SINGLE: readonly Role[] = ['statement', 'shown', 'starter', 'solution'];
const CHECKS: readonly Role[] = ['sample', 'hidden'];
const HIDDEN_LINE = /(^|\n)hidden *:[^\n]*/;
const HIDDEN_PART = /, *hidden *: *("[^"]*"|'[^']*'|[^,}]*)/;

export function roleName(role: Role, trans: TranslationBundle): string {
  return {
    unit: trans.__('Unit'),
    exercise: trans.__('Exercise'),
    text: trans.__('Text'),
    given: trans.__('Given'),
    statement: trans.__('Statement'),
    shown: trans.__('Shown code'),
    starter: trans.__('Starter'),
    solution: trans.__('Solution'),
    sample: trans.__('Sample check'),
    hidden: trans.__('Hidden check'),
    hint: trans.__('Hint'),
    misconception: trans.__('Misconception'),
    question: trans.__('Question')
  }[role];
}

/** The role of a cell; one without a mark is text, or code that is given, as the server has it. */
export function roleOf(cell: ICellModelLike): Role {
  const role = (cell.getMetadata(KEY) as { role?: string } | undefined)?.role;
  if (role === 'check') {
    return isHidden(cell.sharedModel.getSource()) ? 'hidden' : 'sample';
  }
  return role && role in ROLES ? (role as Role) : cell.type === 'markdown' ? 'text' : 'given';
}

/** The mark that makes a cell one of this role; the place that it came from stays. */
export function markAs(role: Role, before: unknown): Record<string, unknown> {
  return { ...(before as object | undefined), role: CHECKS.includes(role) ? 'check' : role };
}

export function isHidden(check: string): boolean {
  return HIDDEN_LINE.test(check) || (check.startsWith('{') && HIDDEN_PART.test(check));
}

/** A check's YAML, hidden or a sample. */
export function withHidden(check: string, hidden: boolean, label: string): string {
  if (hidden === isHidden(check)) {
    return check;
  }
  if (!hidden) {
    return check.replace(check.startsWith('{') ? HIDDEN_PART : HIDDEN_LINE, '').replace(/^\n/, '');
  }
  return check.startsWith('{')
    ? check.replace(/ *\}\s*$/, `, hidden: "${label}"}`)
    : `${check.trimEnd()}\nhidden: ${label}`;
}

/** What a cell that is added holds, for a solution that defines this name. */
export function begun(role: Role, name: string, number: number, trans: TranslationBundle): string {
  const call = `call: ${name}()\nequals: `;
  switch (role) {
    case 'exercise':
      return `id: exercise-${number}\ntitle: ${trans.__('Exercise')} ${number}\npoints: 1`;
    case 'sample':
      return call;
    case 'hidden':
      return withHidden(call, true, trans.__('what it looks at'));
    case 'misconception':
      return `id: idea-${number}\nwrong: |\n  def ${name}():\n      ...\nsay: `;
    case 'question':
      return 'ask: \nsay: ';
    default:
      return '';
  }
}

/** An exercise's settings with a number more in its id, where other cells have that id. */
export function freeId(settings: string, others: readonly string[]): string {
  const id = /^id: (my-[\w-]+)$/m.exec(settings)?.[1];
  const isTaken = (name: string) => others.some(one => one.split('\n').includes(`id: ${name}`));
  let free = id ?? '';
  for (let number = 2; id && isTaken(free); number++) {
    free = `${id}-${number}`;
  }
  return settings.replace(`id: ${id}\n`, `id: ${free}\n`);
}

/** The cells of an exercise, from its settings to before what comes next. */
export interface IGroup {
  first: number;
  end: number;
}

/** The exercise that a place is in; null where it stands above all. */
export function groupAt(roles: readonly Role[], index: number): IGroup | null {
  const first = roles.lastIndexOf('exercise', index);
  if (first < 0) {
    return null;
  }
  const rest = roles.slice(first + 1).findIndex(role => !PARTS.includes(role));
  const end = rest < 0 ? roles.length : first + 1 + rest;
  return index < end ? { first, end } : null;
}

/** Where a cell of this role is: `there` is one that is there already, `at` is where a new one goes. */
export function placeFor(
  role: Role,
  roles: readonly Role[],
  active: number
): { there: number } | { at: number } {
  const group = groupAt(roles, active);
  if (!PARTS.includes(role)) {
    return { at: group?.end ?? Math.min(active + 1, roles.length) };
  }
  const { first, end } = group ?? { first: roles.length, end: roles.length };
  const own = roles.slice(first, end);
  if (SINGLE.includes(role) && own.includes(role)) {
    return { there: first + own.indexOf(role) };
  }
  const rank = CHECKS.includes(role) ? PARTS.indexOf('hidden') : PARTS.indexOf(role);
  const above = own.map(one => PARTS.indexOf(one)).filter(one => one <= rank).length;
  return { at: first + above };
}
