import { ISignal, Signal } from '@lumino/signaling';

import { Api, Query, RequestError, ServerAway } from '../requests';
import { IMarkers, IReview, IReviews } from './records';
import { bodyOf, fields, given, IMarksDraft, numberOf, proposal, recorded, settled, waits } from './review';

export interface IMarkingState {
  /** Null: not known yet. */
  list: IReview[] | null;
  /** How many there are; `list` may hold fewer. */
  count: number;
  /** Of answers that two people marked. */
  agreement: IReviews['agreement'] | null;
  /** The answer that is looked at. */
  at: string;
  /** One that was asked for by itself, marked or not: it stands above those that wait. */
  opened: string;
  /** The field for points that the next digit fills; -1: none. */
  line: number;
  /** Single keys do something. */
  keys: boolean;
  /** Names are shown once an answer is marked. */
  blind: boolean;
  drafts: ReadonlyMap<string, IMarksDraft>;
  sending: ReadonlySet<string>;
  /** Those whose marks a model drafts now. */
  drafting: ReadonlySet<string>;
  /** Why it could not be saved, in the server's words; or `away`. By answer. */
  problems: ReadonlyMap<string, string>;
  /** Those whose score would fall by what is typed. */
  lower: ReadonlySet<string>;
}

const NOTHING: IMarkingState = {
  list: null,
  count: 0,
  agreement: null,
  at: '',
  opened: '',
  line: -1,
  keys: true,
  blind: false,
  drafts: new Map(),
  sending: new Set(),
  drafting: new Set(),
  problems: new Map(),
  lower: new Set()
};
export const PAGE = 100;
/** Where it is kept that single keys are off. */
const KEYS = 'codegym:single-keys';
/** So many before the last one, the next ones are read. */
const NEAR = 10;
/** Between two looks at a draft that a model still writes. */
const LOOK_MS = 2000;
const NO_DRAFT =
  'No language model that may read this answer is available, or it did not reply. Give the points yourself.';

/** What awaits the marks of a class's staff. Fetches; knows no JSX. */
export class Marking {
  private _state = { ...NOTHING, keys: localStorage.getItem(KEYS) !== 'off' };
  private _offering = '';
  /** What was asked for last, and whether more of it waits on the server. */
  private _asked: Query = {};
  private _more = false;
  private _isNew = false;
  /** What was done, to be undone: an answer, what was typed for it before, and whether that was recorded then. */
  private _done: [string, IMarksDraft, boolean][] = [];
  private readonly _changed = new Signal<this, void>(this);

  constructor(
    private readonly _api: Pick<Api, 'staff'>,
    private readonly _lookMs = LOOK_MS
  ) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get state(): IMarkingState {
    return this._state;
  }

  /** What to show once it is known that it is still wanted. */
  async read(offering: string, query: Query): Promise<() => void> {
    const asked = { ...query, limit: String(PAGE), blind: this._state.blind ? '1' : '' };
    const parts = ['classes', offering, 'reviews'];
    const page = await this._api.staff<IReviews>('GET', parts, undefined, asked);
    const { opened } = this._state;
    const waits = page.reviews.some(one => one.submission === opened);
    const own = opened && !waits ? await this._one([...parts, opened]) : [];
    const list = [...own, ...page.reviews];
    return () => {
      this._offering = offering;
      this._asked = asked;
      this._more = page.count > page.reviews.length;
      const before = this.here;
      const there = list.find(one => one.submission === this._state.at);
      const at = there?.submission ?? list[0]?.submission ?? '';
      const same = there && before && fields(there).length === fields(before).length;
      this._set({
        list,
        count: page.count,
        agreement: page.agreement,
        at,
        line: same ? this._state.line : -1,
        problems: new Map(),
        lower: new Set()
      });
    };
  }

  private async _one(parts: string[]): Promise<IReview[]> {
    try {
      return [await this._api.staff<IReview>('GET', parts)];
    } catch (reason) {
      this._set({ opened: '' }); // the others are there, once they are read again
      throw reason;
    }
  }

  setBlind(blind: boolean): void {
    this._set({ blind });
  }

  setKeys(keys: boolean): void {
    localStorage.setItem(KEYS, keys ? 'on' : 'off');
    this._set({ keys });
  }

  /** The answer that is looked at. */
  get here(): IReview | null {
    return this._state.list?.find(one => one.submission === this._state.at) ?? null;
  }

  /** Shows this one from the next reading on, until another is chosen. */
  open(opened: string): void {
    this._isNew = opened !== '';
    this._set({ opened, at: opened, line: -1 });
  }

  /** Whether the one that was asked for is shown for the first time. */
  arrive(): boolean {
    const isNew = this._isNew;
    this._isNew = false;
    return isNew;
  }

  choose(at: string): void {
    this._set({ at, line: -1, opened: at === this._state.opened ? at : '' });
    void this._grow();
  }

  /** Near its end the list goes on by itself. */
  private async _grow(): Promise<void> {
    const list = this._state.list ?? [];
    const place = list.findIndex(one => one.submission === this._state.at);
    const asked = this._asked;
    if (!this._more || place < list.length - NEAR) {
      return;
    }
    this._more = false;
    const query = { ...asked, after: list[list.length - 1].submission };
    const parts = ['classes', this._offering, 'reviews'];
    const page = await this._api.staff<IReviews>('GET', parts, undefined, query).catch(() => null);
    if (asked === this._asked) {
      this._more = !page || page.reviews.length > 0;
      this._set({ list: [...(this._state.list ?? []), ...(page?.reviews ?? [])] });
    }
  }

  /** To the next answer, or back. */
  step(by: number): void {
    const list = this._state.list ?? [];
    const place = list.findIndex(one => one.submission === this._state.at) + by;
    this.choose((list[place] ?? this.here)?.submission ?? '');
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
    this._give(review, id, String(Math.min(digit / 2, most)));
    this._set({ line: -1 });
  }

  /** To be undone by a key. */
  private _give(review: IReview, line: string, points: string, isAccepted = false): void {
    this._done.push([review.submission, this.draft(review), false]);
    this._put(review, line, points, isAccepted);
  }

  private _put(review: IReview, line: string, points: string, isAccepted: boolean): void {
    const before = this.draft(review);
    const others = before.accepted.filter(one => one !== line);
    this.type(review, {
      points: { ...before.points, [line]: points },
      accepted: isAccepted ? [...others, line] : others,
      refused: before.refused.filter(one => one !== line)
    });
  }

  /** Who decides begins with the marks of one of two markers. */
  take(review: IReview, marks: IMarkers['given'][number]): void {
    const before = this.draft(review);
    this._done.push([review.submission, before, false]);
    const of = new Map(marks.items.map(item => [item.id, item.points]));
    const points: Record<string, string> = {};
    for (const { id } of fields(review)) {
      points[id] = String(id ? (of.get(id) ?? '') : marks.points);
    }
    const comment = before.comment || marks.comment;
    this.type(review, { points, accepted: [], comment });
  }

  /** Has a model draft marks, and waits for them; they stand beside the answer and count for nothing. */
  async propose(review: IReview): Promise<boolean> {
    const id = review.submission;
    // another draft would take the place of the one that the marks were given after
    if (!review.draft || recorded(review) || this._state.drafting.has(id)) {
      return false;
    }
    this._set({
      drafting: new Set(this._state.drafting).add(id),
      problems: without(this._state.problems, id)
    });
    try {
      const parts = ['classes', this._offering, 'reviews', id];
      let { draft } = await this._api.staff<IReview>('POST', [...parts, 'draft'], {});
      while (draft?.drafting) {
        await new Promise(done => setTimeout(done, this._lookMs));
        ({ draft } = await this._api.staff<IReview>('GET', parts));
      }
      if (!draft?.lines.length) {
        throw new Error(NO_DRAFT);
      }
      const list = this._state.list?.map(one => (one.submission === id ? { ...one, draft } : one)) ?? null;
      this._set({ list, line: id === this._state.at ? -1 : this._state.line });
      return true;
    } catch (reason) {
      this._set({ problems: new Map(this._state.problems).set(id, wordsOf(reason)) });
      return false;
    } finally {
      const drafting = new Set(this._state.drafting);
      drafting.delete(id);
      this._set({ drafting });
    }
  }

  /** One line has the points of its draft. */
  accept(review: IReview, line: string): void {
    const found = proposal(review, line);
    if (found && found.points !== null) {
      this._give(review, line, String(found.points), true);
    }
  }

  /** The draft of one line is not wanted; points that were given by it are gone. */
  refuse(review: IReview, line: string): void {
    const { accepted, points } = this.draft(review);
    this._give(review, line, accepted.includes(line) ? '' : points[line]);
    this.type(review, { refused: [...this.draft(review).refused, line] });
  }

  /** The draft of the line that is chosen is accepted or refused; the next one without points is chosen, and is not. */
  decideHere(accepts: boolean): void {
    const review = this.here;
    const own = review ? fields(review) : [];
    const { line } = this._state;
    if (!review) {
      return;
    }
    const drafted = (id: string) => (proposal(review, id)?.points ?? null) !== null;
    if (line >= 0 && drafted(own[line].id)) {
      (accepts ? this.accept : this.refuse).call(this, review, own[line].id);
    }
    const { points, refused } = this.draft(review);
    this._set({ line: own.findIndex(({ id }) => !points[id] && !refused.includes(id) && drafted(id)) });
  }

  /** What was set last is as before. Marks that were recorded last are taken back: true; where that is refused they
   * can be given otherwise. */
  async undo(why: string): Promise<boolean> {
    const [id, draft, saved] = this._done.pop() ?? [];
    const review = this._state.list?.find(one => one.submission === id);
    if (!review || !draft) {
      return false;
    }
    this.choose(review.submission);
    const back = saved && recorded(review) && (await this._send(review, 'undo', {}));
    this.type(review, saved && recorded(review) && !back ? { ...draft, why } : draft);
    return Boolean(back);
  }

  /** What is typed, else what was given before. */
  draft(review: IReview): IMarksDraft {
    return this._state.drafts.get(review.submission) ?? given(review);
  }

  type(review: IReview, change: Partial<IMarksDraft>): void {
    const draft = { ...this.draft(review), ...change };
    this._set({ drafts: new Map(this._state.drafts).set(review.submission, draft) });
  }

  /** Points by hand: the line that was chosen by a key is left, so that the next key is not about it. */
  write(review: IReview, line: string, points: string): void {
    this._put(review, line, points, false);
    this._set({ line: -1 });
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
    const reasoned = !settled(review) && (!recorded(review) || this.draft(review).why.trim() !== '');
    return reasoned && !this.unfit(review).length && !this._state.sending.has(review.submission);
  }

  /** Saves what is typed; it stays where it could not be saved. */
  async save(review: IReview): Promise<boolean> {
    if (!this.ready(review)) {
      return false;
    }
    const draft = this.draft(review);
    const saved = await this._send(review, '', bodyOf(review, draft));
    if (saved) {
      this._done.push([review.submission, draft, true]);
    }
    return saved;
  }

  /** Marks are recorded, or taken back; what is typed stays where that is refused. */
  private async _send(review: IReview, act: string, body: object): Promise<boolean> {
    const id = review.submission;
    this._set({ sending: new Set(this._state.sending).add(id), problems: without(this._state.problems, id) });
    try {
      const parts = ['classes', this._offering, 'reviews', id, act].filter(Boolean);
      this._saved(await this._api.staff<IReview>('POST', parts, body));
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
      count: this._state.count + (before ? Number(waits(kept)) - Number(waits(before)) : 0),
      drafts: without(this._state.drafts, kept.submission),
      lower
    });
  }

  private _set(change: Partial<IMarkingState>): void {
    this._state = { ...this._state, ...change };
    this._changed.emit();
  }
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
