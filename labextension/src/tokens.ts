import { TranslationBundle } from '@jupyterlab/translation';
import { Token } from '@lumino/coreutils';
import { ISignal } from '@lumino/signaling';
import type { ReactElement } from 'react';

import type { Announcer } from './announce';
import type { AwayNotice } from './away';
import type { IClock } from './dates';
import type { Tone } from './pieces';
import type { IExercise, IJudgement, IKernelChoice } from './records';
import type { Api } from './requests';
import type { Shape } from './shapes';
import type { Stream } from './stream';

/** The commands through which the plugins call each other; each takes an optional `IExerciseRef` as args. */
export namespace CommandIDs {
  export const check = 'codegym:check';
  export const handIn = 'codegym:hand-in';
  export const hint = 'codegym:hint';
  export const askTutor = 'codegym:ask-tutor';
  export const why = 'codegym:why-wrong';
  export const explainError = 'codegym:explain-error';
  export const review = 'codegym:review';
  export const reset = 'codegym:reset';
  export const undoReset = 'codegym:undo-reset';
  export const toggle = 'codegym:answer-or-result';
  export const next = 'codegym:next-exercise';
  export const previous = 'codegym:previous-exercise';
  export const showCourses = 'codegym:show-courses';
  export const open = 'codegym:open';
  export const download = 'codegym:download-work';
  export const newUnit = 'codegym:new-unit';
  export const studentView = 'codegym:students-view';
  export const classQuestions = 'codegym:class-questions';
  export const draft = 'codegym:draft';
}

/** Which exercise of which course. */
export interface IExerciseRef {
  course: string;
  exercise: string;
}

/** Tells one exercise from all others, in maps. */
export function keyOf({ course, exercise }: IExerciseRef): string {
  return `${course}/${exercise}`;
}

/** The server and the words: what everything is built on. */
export interface IServer {
  api: Api;
  stream: Stream;
  announcer: Announcer;
  away: AwayNotice;
  trans: TranslationBundle;
  clock: IClock;
}

/** What the class's page needs of it, in the lab or without. */
export type StaffServer = Pick<IServer, 'api' | 'announcer' | 'trans' | 'clock'>;

export const IServer = new Token<IServer>(
  'codegym-jlab:IServer',
  'The requests, stream and words of CodeGYM.'
);

/** Something to read or to do: a lesson, or else an exercise. */
export interface IStep {
  unit: string;
  lesson: string | null;
  exercise: string | null;
  title: string;
}

/** An exercise's state as the sidebar and the answer strip show it. */
export interface IExerciseLine {
  shape: Shape;
  tone: Tone;
  text: string;
}

/** Courses, units and exercises as the records know them. */
export interface ICourses {
  readonly changed: ISignal<ICourses, void>;
  /** The exercise whose answer cell is active in the notebook in front. */
  current: IExerciseRef | null;
  /** The lesson in front, where what is in front is one. */
  lesson: string | null;
  /** Asks for a course's page, unless it is here. */
  need(course: string): Promise<void>;
  find(ref: IExerciseRef): IExercise | null;
  line(course: string, exercise: IExercise): IExerciseLine;
  /** In whose time zone a course's times are shown. */
  clockOf(course: string): IClock;
  /** Takes over what an answer or the stream says of one exercise. */
  update(course: string, exercise: IExercise): void;
  /** Whether an answer of this exercise waits in this browser for the server. */
  keep(ref: IExerciseRef, kept: boolean): void;
  /** The next (1) or previous (−1) lesson that is not read or exercise that is open and not done. */
  neighbour(ref: IExerciseRef, by: 1 | -1): IStep | null;
  open(course: string, unit: string | null, exercise: string | null, lesson?: string | null): Promise<void>;
  /** Whether nothing counts there: no attempts, no due time, and no class. */
  isPractice(ref: IExerciseRef): boolean;
  /** The kernel for a course's notebooks, once its page is here. */
  kernelOf(course: string): IKernelChoice | null;
  /** Whether this person is staff of a course whose page is here. */
  isStaff(): boolean;
  /** The language of a course's texts. */
  languageOf(course: string): string | undefined;
}

export const ICourses = new Token<ICourses>('codegym-jlab:ICourses', 'Courses, units and exercises.');

/** The ladder of authored hints, as answers show it. */
export interface IHints {
  readonly changed: ISignal<IHints, IExerciseRef>;
  /** Whether a button elsewhere may offer a hint: not beside the box that does, nor after the last. */
  mayOffer(ref: IExerciseRef): boolean;
  box(ref: IExerciseRef): ReactElement;
  /** The ladder's state in one row; `ask` is called where the next hint is wanted, `busy` keeps it from that. */
  row(ref: IExerciseRef, ask: () => void, busy: boolean): ReactElement | null;
  /** Asks the server anew how the ladder stands. */
  refresh(ref: IExerciseRef): Promise<void>;
}

export const IHints = new Token<IHints>('codegym-jlab:IHints', 'The ladder of hints.');

/** What an answer and its outputs hold at this moment. */
export interface IAnswerShown {
  source: string;
  /** The traceback below it, if its last run ended in an error. */
  lastError: string | null;
  output: string | null;
  judgement: IJudgement | null;
}

/** What is being checked or kept, and the answers of the open notebooks. */
export interface IGrading {
  readonly changed: ISignal<IGrading, void>;
  readonly checking: string | null;
  readonly kept: number;
  /** Null where no open notebook has the answer. */
  shown(ref: IExerciseRef): IAnswerShown | null;
  goToLine(ref: IExerciseRef, line: number): void;
  /** Puts code into a new cell below the answer. */
  insertBelow(ref: IExerciseRef, source: string): void;
  /** Back to where the student was. */
  focusAnswer(ref: IExerciseRef): void;
}

export const IGrading = new Token<IGrading>(
  'codegym-jlab:IGrading',
  'Checks that run, answers that are kept, and what open answers hold.'
);
