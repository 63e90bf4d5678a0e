/**
 * The sole reader and writer of `metadata.codegym`, and of what a judgement leaves in a cell's outputs.
 *
 * It works on the shapes below, which the lab's notebook models have, so that it can be tested without the lab.
 */
import type { IOutput } from '@jupyterlab/nbformat';

import { AnswerKind, Bundle, IJudgement, ISentCell, JUDGEMENT_MIME } from './records';

export interface ICellModelLike {
  readonly id: string;
  readonly type: string;
  readonly sharedModel: { getSource(): string };
  getMetadata(key: string): unknown;
}

export interface INotebookModelLike {
  readonly cells: Iterable<ICellModelLike>;
  getMetadata(key: string): unknown;
}

export interface IOutputsLike {
  readonly length: number;
  toJSON(): IOutput[];
  set(index: number, output: IOutput): void;
  add(output: IOutput): number;
  remove?(index: number): void;
}

export type Role = 'statement' | 'answer' | 'given';

export interface ICellMark {
  role: Role;
  exercise: string | null;
}

export interface INotebookMark {
  course: string;
  unit: string;
  version: string | null;
}

/** The most that is quoted of a traceback or an output, in characters. */
const QUOTED = 8000;
/** Where a cell without outputs keeps its judgement. */
const KEPT = 'codegym_judgement';
/** What is answered in words stands in a text cell. */
const PROSE: readonly AnswerKind[] = ['choice', 'predict', 'text'];
const KINDS: readonly AnswerKind[] = ['code', 'program', 'debug', 'fill', 'order', ...PROSE];
const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*[A-Za-z]`, 'g');
const KEY = 'codegym';
const ROLES: readonly string[] = ['statement', 'answer', 'given'];

/** What `metadata.codegym` of a cell says, or null where it says nothing that can be read. */
export function cellMark(cell: ICellModelLike): ICellMark | null {
  const mark = cell.getMetadata(KEY) as { role?: unknown; exercise?: unknown } | undefined;
  if (!mark || typeof mark !== 'object' || !ROLES.includes(String(mark.role))) {
    return null;
  }
  return { role: mark.role as Role, exercise: typeof mark.exercise === 'string' ? mark.exercise : null };
}

/** How the answer in a cell is given, and what the course says for its control. */
export interface IAnswerForm {
  kind: AnswerKind;
  choices: IChoice[];
  several: boolean;
  pick: number | null;
  /** The code that is shown, has gaps, or is to be mended. */
  given: string;
  lines: string[];
  stdin: string | null;
  words: { least?: number; most?: number };
}

export interface IChoice {
  id: string;
  text: string;
}

/** The form that a cell's mark asks for; what cannot be read of it counts as not there. */
export function answerForm(cell: ICellModelLike): IAnswerForm {
  const mark = (cell.getMetadata(KEY) ?? {}) as { answer?: AnswerKind; controls?: unknown };
  const given = (mark.controls ?? {}) as Record<string, unknown>;
  const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
  const text = (value: unknown) => (typeof value === 'string' ? value : null);
  const words = (given.words ?? {}) as IAnswerForm['words'];
  const count = (value: unknown) => (typeof value === 'number' ? value : undefined);
  return {
    kind: KINDS.find(kind => kind === mark.answer) ?? 'code',
    choices: list(given.choices).filter(
      (one): one is IChoice => text((one as IChoice)?.id) !== null && text((one as IChoice).text) !== null
    ),
    several: given.several === true,
    pick: count(given.pick) ?? null,
    given: text(given.given) ?? '',
    lines: list(given.lines).filter((line): line is string => typeof line === 'string'),
    stdin: text(given.stdin),
    words: { least: count(words.least), most: count(words.most) }
  };
}

/** Whether an answer of this kind stands in a text cell. */
export function isProse(kind: AnswerKind): boolean {
  return PROSE.includes(kind);
}

/** Which course and unit a notebook is of, or null where it is none of ours. */
export function notebookMark(model: INotebookModelLike): INotebookMark | null {
  const mark = model.getMetadata(KEY) as { course?: unknown; unit?: unknown; version?: unknown } | undefined;
  if (!mark || typeof mark !== 'object' || typeof mark.course !== 'string' || typeof mark.unit !== 'string') {
    return null;
  }
  const version = typeof mark.version === 'string' ? mark.version : null;
  return { course: mark.course, unit: mark.unit, version };
}

/** The name of a notebook's kernel, where the lab knows its kernels and has none of that name. */
export function missingKernel(
  model: Pick<INotebookModelLike, 'getMetadata'>,
  known: { kernelspecs: object } | null
): string | null {
  const { name } = (model.getMetadata('kernelspec') ?? {}) as { name?: string };
  return name && known && !(name in known.kernelspecs) ? name : null;
}

/** Whether a notebook bears marks of ours, be they damaged: then the server is asked to put them right. */
export function looksOurs(model: INotebookModelLike): boolean {
  if (notebookMark(model)) {
    return true;
  }
  for (const cell of model.cells) {
    if (cellMark(cell) || /-(answer|statement)$/.test(cell.id)) {
      return true;
    }
  }
  return false;
}

/** The answer cells that are graded, in order: of copies the original, by its id, else the first. */
export function answers<C extends ICellModelLike>(model: {
  readonly cells: Iterable<C>;
}): { exercise: string; cell: C; index: number }[] {
  const found = new Map<string, { exercise: string; cell: C; index: number }>();
  let index = -1;
  for (const cell of model.cells) {
    index++;
    const fits = cell.type === (isProse(answerForm(cell).kind) ? 'markdown' : 'code');
    const mark = fits ? cellMark(cell) : null;
    if (mark?.role === 'answer' && mark.exercise) {
      const { exercise } = mark;
      if (!found.has(exercise) || cell.id === `${exercise}-answer`) {
        found.set(exercise, { exercise, cell, index });
      }
    }
  }
  return [...found.values()].sort((one, other) => one.index - other.index);
}

/** Where an exercise begins: its statement right above the answer, or the answer itself. */
export function firstCellOf(model: INotebookModelLike, exercise: string): number {
  let index = 0;
  for (const cell of model.cells) {
    if (cellMark(cell)?.exercise === exercise) {
      return index;
    }
    index++;
  }
  return -1;
}

export interface ICollected {
  source: string;
  cells: ISentCell[];
}

/** What a check sends: the answer's source, and for code the code cells above it in document order. */
export function collect(model: INotebookModelLike, exercise: string): ICollected | null {
  const answer = answers(model).find(one => one.exercise === exercise)?.cell;
  const cells: ISentCell[] = [];
  for (const cell of model.cells) {
    const mark = cellMark(cell);
    const source = cell.sharedModel.getSource();
    if (cell === answer) {
      return { source, cells: cell.type === 'code' ? cells : [] };
    }
    if (cell.type !== 'code') {
      continue;
    }
    // a statement that was made a code cell is a cell of the student's own
    const role = mark && mark.role !== 'statement' ? mark.role : null;
    cells.push({ source, id: cell.id, role, exercise: role ? (mark?.exercise ?? null) : null });
  }
  return null;
}

/** A short mark of all that was sent, to tell later whether the code has changed since. */
export function sourceDigest(sent: ICollected): string {
  return digest(JSON.stringify([sent.source, ...sent.cells.map(cell => cell.source)]));
}

/** A short mark of a text (cyrb53, not secret). */
export function digest(text: string): string {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36);
}

/** The output that holds a judgement: the server's bundle, and the mark of the code it is of. */
export function judgementOutput(bundle: Bundle, digest: string): IOutput {
  return {
    output_type: 'display_data',
    data: bundle as never,
    metadata: { [JUDGEMENT_MIME]: { source: digest } }
  };
}

/** The judgement, after the cell was run: what was run is newer. */
export function ranSince(output: IOutput): IOutput {
  const metadata = output.metadata as Record<string, object> | undefined;
  return { ...output, metadata: { [JUDGEMENT_MIME]: { ...metadata?.[JUDGEMENT_MIME], ran: true } } };
}

/** Whether `ranSince` marked it. */
export function hasRun(output: IOutput | null): boolean {
  const metadata = output?.metadata as Record<string, { ran?: unknown }> | undefined;
  return metadata?.[JUDGEMENT_MIME]?.ran === true;
}

/** The mark that `judgementOutput` left, from the metadata that a renderer is given. */
export function digestOf(metadata: unknown): string | null {
  const mine = (metadata as Record<string, { source?: unknown }> | undefined)?.[JUDGEMENT_MIME];
  return typeof mine?.source === 'string' ? mine.source : null;
}

export function isJudgement(output: IOutput): boolean {
  const data = (output as { data?: unknown }).data;
  return typeof data === 'object' && data !== null && JUDGEMENT_MIME in data;
}

/** The judgement that a cell's outputs hold, as an output and as a record. */
export function judgementIn(outputs: IOutput[]): { output: IOutput; judgement: IJudgement } | null {
  const output = outputs.find(isJudgement);
  const data = output && (output as { data?: Record<string, unknown> }).data;
  const judgement = data?.[JUDGEMENT_MIME] as IJudgement | undefined;
  return output && judgement ? { output, judgement } : null;
}

/** The outputs with this judgement: in the former one's place, else first, and never two; with no older error. */
export function withJudgement(outputs: IOutput[], judgement: IOutput): IOutput[] {
  const isOld = (one: IOutput) => isJudgement(one) || (!hasRun(judgement) && one.output_type === 'error');
  const others = outputs.filter(one => !isOld(one));
  const at = outputs.slice(0, Math.max(0, outputs.findIndex(isJudgement))).filter(one => !isOld(one)).length;
  return [...others.slice(0, at), judgement, ...others.slice(at)];
}

/** Writes a judgement into a cell's outputs, setting only what changes, so that nothing else is redrawn. */
export function writeJudgement(outputs: IOutputsLike, judgement: IOutput): void {
  const before = outputs.toJSON();
  const after = withJudgement(before, judgement);
  after.forEach((output, i) => {
    if (i >= before.length) {
      outputs.add(output);
    } else if (output !== before[i]) {
      outputs.set(i, output);
    }
  });
  for (let i = before.length - 1; i >= after.length; i--) {
    outputs.remove?.(i);
  }
}

/** The place of the judgement in a cell that has no outputs: among its metadata, beside the course's mark. */
export function judgementStore(model: {
  getMetadata(key: string): unknown;
  setMetadata(key: string, value: unknown): void;
  deleteMetadata(key: string): void;
}): IOutputsLike {
  const kept = () => (model.getMetadata(KEPT) as IOutput | undefined) ?? null;
  const keep = (output: IOutput) => {
    const data = (output as { data?: Bundle }).data ?? {};
    model.setMetadata(KEPT, { ...output, data: { [JUDGEMENT_MIME]: data[JUDGEMENT_MIME] } });
    return 1;
  };
  return {
    get length() {
      return kept() ? 1 : 0;
    },
    toJSON: () => [kept() ?? []].flat(),
    set: (_, output) => void keep(output),
    add: keep,
    remove: () => model.deleteMetadata(KEPT)
  };
}

/** The traceback of the last error among the outputs, without the colours of a terminal. */
export function errorIn(outputs: IOutput[]): string | null {
  const error = outputs.filter(one => one.output_type === 'error').at(-1) as
    | { ename?: string; evalue?: string; traceback?: string[] }
    | undefined;
  if (!error) {
    return null;
  }
  const last = `${error.ename ?? ''}: ${error.evalue ?? ''}`;
  const lines = (error.traceback ?? []).join('\n').replace(COLOURS, '');
  return (lines.includes(last) ? lines : `${lines}\n${last}`).trim().slice(-QUOTED);
}

/** The picture that a run drew last (PNG, base64). */
export function drawnIn(outputs: IOutput[]): string | null {
  const data = outputs.map(one => (one as { data?: Record<string, unknown> }).data?.['image/png']);
  const last = data.filter((png): png is string => typeof png === 'string').at(-1);
  return last?.replace(/\s/g, '') ?? null;
}

/** What was printed. */
export function printedIn(outputs: IOutput[]): string | null {
  const texts = outputs
    .filter(one => one.output_type === 'stream')
    .map(one => (Array.isArray(one.text) ? one.text.join('') : (one.text as string)));
  return texts.length ? texts.join('').slice(0, QUOTED) : null;
}

/** The exercise that a place in the notebook belongs to: the cell's own, else the last one that begins above it. */
export function exerciseAt(model: INotebookModelLike, index: number): string | null {
  let found: string | null = null;
  let at = 0;
  for (const cell of model.cells) {
    if (at++ > index) {
      break;
    }
    found = cellMark(cell)?.exercise ?? found;
  }
  return found;
}

/** The lesson that a place in the notebook belongs to: the text with a heading above it, with no exercise between. */
export function lessonAt(model: INotebookModelLike, index: number): string | null {
  const cells = [...model.cells].slice(0, index + 1).reverse();
  for (const cell of cells) {
    const mark = cellMark(cell);
    if (mark?.exercise) {
      return null;
    }
    if (mark && cell.type === 'markdown' && /^\s*#{1,6}\s/.test(cell.sharedModel.getSource())) {
      return cell.id;
    }
  }
  return null;
}

/** Takes over the notebook's mark from a repaired notebook's metadata. */
export function setNotebookMark(
  model: INotebookModelLike & { setMetadata(key: string, value: unknown): void },
  metadata: Record<string, unknown>
): void {
  const mark = metadata[KEY];
  if (mark && JSON.stringify(mark) !== JSON.stringify(model.getMetadata(KEY))) {
    model.setMetadata(KEY, mark);
  }
}
