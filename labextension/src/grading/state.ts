import { IJudgement, Kind } from '../records';
import { Api } from '../requests';
import { IExerciseRef } from '../tokens';

export type Phase = 'idle' | 'sending' | 'checking' | 'stopping' | 'waiting' | 'kept';

/** Where one answer stands between Check and judgement. */
export interface IAnswerState {
  phase: Phase;
  /** The idempotency key of what was sent last. */
  key: string | null;
  submission: string | null;
  /** A judgement to show that is not in the document: queued, stopped, or from another tab. */
  aside: IJudgement | null;
  /** Why the server did not take it, in its words. */
  problem: string | null;
  /** Of a starter that nothing was written into: the line with its `...`, or the last of its comments. */
  untouched: IUntouched | null;
  keptAt: string | null;
  /** While it is kept: `store` where the server is there, and cannot store it now. */
  why: 'store' | null;
}

export interface IUntouched {
  line: number;
  /** The line is to be replaced; else the answer comes below it. */
  dots: boolean;
}

export const IDLE: IAnswerState = {
  phase: 'idle',
  key: null,
  submission: null,
  aside: null,
  problem: null,
  untouched: null,
  keptAt: null,
  why: null
};

export type Happening =
  | { what: 'judged'; ref: IExerciseRef; judgement: IJudgement; late: boolean }
  | { what: 'kept'; ref: IExerciseRef; away: boolean }
  | { what: 'sent'; refs: { ref: IExerciseRef; judgement: IJudgement | null }[] }
  | { what: 'untouched'; ref: IExerciseRef }
  | { what: 'stopped'; ref: IExerciseRef };

/** A judgement that is not there yet, as far as it can be shown. */
export function waitingView(what: IExerciseRef & { kind: Kind }, title: string): IJudgement {
  return {
    schema: 1,
    submission: '',
    course: what.course,
    exercise: what.exercise,
    title,
    kind: what.kind,
    state: 'waiting',
    verdict: null,
    score: null,
    max_score: 0,
    passed: 0,
    total: 0,
    checks: [],
    notices: []
  };
}

/** Whether one was made, or changed, after the other. */
export function isNewer(one: IJudgement, other: IJudgement): boolean {
  const time = (view: IJudgement) => Date.parse(view.judged_at ?? view.received_at ?? '') || 0;
  return time(one) > time(other);
}

/** Where an answer is to be written that is the starter as it was, of `...` or of comments only; null elsewhere. */
export async function untouchedLine(
  api: Pick<Api, 'starter'>,
  { course, exercise }: IExerciseRef,
  source: string
): Promise<IUntouched | null> {
  const lines = source.trimEnd().split('\n');
  const dotted = lines.findIndex(text => text.trim() === '...') + 1;
  const isBare = lines.every(text => /^\s*(#|$)/.test(text)) && source.trim() !== '';
  const starter = dotted || isBare ? await api.starter(course, exercise).catch(() => null) : null;
  const line = dotted || lines.length;
  return starter?.source.trim() === source.trim() ? { line, dots: dotted > 0 } : null;
}
