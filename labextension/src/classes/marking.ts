import { ISignal, Signal } from '@lumino/signaling';

import { Api, Query, RequestError, ServerAway } from '../requests';
import { IReview } from './records';

/** What was typed for one answer and is not saved. Points are texts, as they are typed. */
export interface IMarksDraft {
  /** By line of the rubric; under the empty text where there is none. */
  points: Readonly<Record<string, string>>;
  comment: string;
  why: string;
  allowLower: boolean;
}

export interface IMarkingState {
  /** Null: not known yet. */
  list: IReview[] | null;
  /** How many there are; `list` may hold fewer. */
  count: number;
  /** The answer that is looked at. */
  at: string;
  /** The field for points that the next digit fills; -1: none. */
  line: number;
  /** Names are shown once an answer is marked. */
  blind: boolean;
  drafts: ReadonlyMap<string, IMarksDraft>;
  sending: ReadonlySet<string>;
  /** Why it could not be saved, in the server's words; or `away`. By answer. */
  problems: ReadonlyMap<string, string>;
  /** Those whose score would fall by what is typed. */
  lower: ReadonlySet<string>;
}

const NOTHING: IMarkingState = {
  list: null,
  count: 0,
  at: '',
  line: -1,
  blind: false,
  drafts: new Map(),
  sending: new Set(),
  problems: new Map(),
  lower: new Set()
};
export const PAGE = 100;

/** What awaits the marks of a class's staff. Fetches; knows no JSX. */
export class Marking {
  private _state = NOTHING;
  private _offering = '';
  /** What was done, to be undone: an answer, and what was typed for it before; null: it was recorded. */
  private _done: [string, IMarksDraft | null][] = [];
  private readonly _changed = new Signal<this, void>(this);

  constructor(private readonly _api: Pick<Api, 'staff'>) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get state(): IMarkingState {
    return this._state;
  }

  /** What to show once it is known that it is still wanted. */
  async read(offering: string, query: Query): Promise<() => void> {
    type Page = { reviews: IReview[]; count: number };
    const asked = { ...query, limit: String(PAGE), blind: this._state.blind ? '1' : '' };
    const page = await this._api.staff<Page>('GET', ['classes', offering, 'reviews'], undefined, asked);
    return () => {
      this._offering = offering;
      const there = page.reviews.some(one => one.submission === this._state.at);
      const at = there ? this._state.at : (page.reviews[0]?.submission ?? '');
      this._set({
        list: page.reviews,
        count: page.count,
        at,
        line: -1,
        problems: new Map(),
        lower: new Set()
      });
    };
  }

  setBlind(blind: boolean): void {
    this._set({ blind });
  }

  /** The answer that is looked at. */
  get here(): IReview | null {
    return this._state.list?.find(one => one.submission === this._state.at) ?? null;
  }

  choose(at: string): void {
    this._set({ at, line: -1 });
  }

  /** To the next answer, or back. */
  step(by: number): void {
    const list = this._state.list ?? [];
    const place = list.findIndex(one => one.submission === this._state.at) + by;
    if (list[place]) {
      this.choose(list[place].submission);
    }
  }

  /** The first digit says which field, from 1 on; the next one gives half points. */
  digit(digit: number): void {
    const review = this.here;
    const own = review ? fields(review) : [];
    const { line } = this._state;
    if (!review || !own.length) {
      return;
    }
    if (line < 0 && own.length > 1) {
      this._set({ line: digit >= 1 && digit <= own.length ? digit - 1 : -1 });
      return;
    }
    const { id, most } = own[Math.max(line, 0)];
    const { points } = this.draft(review);
    this._done.push([review.submission, this.draft(review)]);
    this.type(review, { points: { ...points, [id]: String(Math.min(digit / 2, most)) } });
    this._set({ line: -1 });
  }

  /** What was set last is as before; what was recorded last is looked at again, to be marked otherwise. */
  undo(why: string): void {
    const last = this._done.pop();
    const review = this._state.list?.find(one => one.submission === last?.[0]);
    if (last && review) {
      this.choose(last[0]);
      this.type(review, last[1] ?? { why });
    }
  }

  /** What is typed, else what was given before. */
  draft(review: IReview): IMarksDraft {
    return this._state.drafts.get(review.submission) ?? given(review);
  }

  type(review: IReview, change: Partial<IMarksDraft>): void {
    const draft = { ...this.draft(review), ...change };
    this._set({ drafts: new Map(this._state.drafts).set(review.submission, draft) });
  }

  /** The fields whose points are not there, or are not to be had. */
  unfit(review: IReview): string[] {
    const { points } = this.draft(review);
    return fields(review)
      .filter(({ id, most }) => !(numberOf(points[id]) >= 0 && numberOf(points[id]) <= most))
      .map(({ id }) => id);
  }

  /** Nothing is missing: every line has its points, and marks that take the place of others their reason. */
  ready(review: IReview): boolean {
    const reasoned = review.points === null || this.draft(review).why.trim() !== '';
    return reasoned && !this.unfit(review).length && !this._state.sending.has(review.submission);
  }

  /** Saves what is typed; it stays where it could not be saved. */
  async save(review: IReview): Promise<boolean> {
    if (!this.ready(review)) {
      return false;
    }
    const id = review.submission;
    this._set({ sending: new Set(this._state.sending).add(id), problems: without(this._state.problems, id) });
    try {
      const parts = ['classes', this._offering, 'reviews', id];
      this._saved(await this._api.staff<IReview>('POST', parts, bodyOf(review, this.draft(review))));
      this._done.push([id, null]);
      return true;
    } catch (reason) {
      const lower = reason instanceof RequestError && reason.code === 'would_lower';
      this._set({
        problems: new Map(this._state.problems).set(id, wordsOf(reason)),
        lower: lower ? new Set(this._state.lower).add(id) : this._state.lower
      });
      return false;
    } finally {
      const sending = new Set(this._state.sending);
      sending.delete(id);
      this._set({ sending });
    }
  }

  private _saved(kept: IReview): void {
    const before = this._state.list?.find(one => one.submission === kept.submission);
    const lower = new Set(this._state.lower);
    lower.delete(kept.submission);
    this._set({
      list: this._state.list?.map(one => (one === before ? kept : one)) ?? null,
      count: this._state.count - (before?.state === 'awaiting_review' ? 1 : 0),
      drafts: without(this._state.drafts, kept.submission),
      lower
    });
  }

  private _set(change: Partial<IMarkingState>): void {
    this._state = { ...this._state, ...change };
    this._changed.emit();
  }
}

/** The fields for points: a line of the rubric each, or one of its own, without an id. */
export function fields(review: IReview): { id: string; text: string; most: number }[] {
  if (!review.rubric.length) {
    return review.to_give ? [{ id: '', text: '', most: review.to_give }] : [];
  }
  return review.rubric.map(({ id, text, max_points }) => ({ id, text, most: max_points }));
}

function given(review: IReview): IMarksDraft {
  const points: Record<string, string> = {};
  for (const { id, points: got } of review.rubric) {
    points[id] = got === null ? '' : String(got);
  }
  if (!review.rubric.length) {
    points[''] = review.points === null ? '' : String(review.points);
  }
  return { points, comment: review.comment, why: '', allowLower: false };
}

function numberOf(text: string | undefined): number {
  return text?.trim() ? Number(text) : NaN;
}

function bodyOf(review: IReview, draft: IMarksDraft): object {
  const items = review.rubric.map(({ id }) => ({ id, points: numberOf(draft.points[id]) }));
  const alone = review.to_give ? numberOf(draft.points['']) : null;
  const points = review.rubric.length ? { items } : { points: alone };
  return { ...points, comment: draft.comment, why: draft.why.trim(), allow_lower: draft.allowLower };
}

function without<T>(map: ReadonlyMap<string, T>, key: string): Map<string, T> {
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}

/** `away`, or the server's own words. */
export function wordsOf(reason: unknown): string {
  if (reason instanceof RequestError || !(reason instanceof ServerAway)) {
    return reason instanceof Error ? reason.message : String(reason);
  }
  return 'away';
}
