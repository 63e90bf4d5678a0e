import { ISignal, Signal } from '@lumino/signaling';

import { StreamMessage } from '../records';
import { Api, Query, RequestError } from '../requests';
import { Marking, wordsOf } from './marking';
import { Mistakes } from './mistakes';
import { IAsked, IClass, IClasses, IClassTicket, IWithheldTurn } from './records';

/** What of a class is looked at; an empty text leaves nothing out. */
export interface IFilter {
  unit: string;
  exercise: string;
  section: string;
  /** Of the last so many days. */
  days: string;
}

/** The parts of the page, in their order. */
export const TABS = [
  ...(['people', 'dates', 'progress', 'wrong', 'marking'] as const),
  ...(['marks', 'regrade', 'publish', 'questions', 'similar'] as const)
];
export type Tab = (typeof TABS)[number];

/** What of the page is looked at; an empty text: no more than that. */
export interface IPlace {
  tab: Tab;
  offering: string;
  exercise: string;
}

export const EVERYTHING: IFilter = { unit: '', exercise: '', section: '', days: '' };
/** Parts in which an exercise may be chosen. */
const OF_EXERCISES: Tab[] = ['wrong', 'marking', 'questions'];
const PAGE = '20';
const DAY = 86400000;
/** In how many classes a question is looked for, before one is shown. */
const LOOKED_AT = 8;

/** A list that is read page by page. */
interface IPaged<T> {
  list: T[];
  more: boolean;
}

export interface IClassState {
  /** Null: not known yet. */
  classes: IClass[] | null;
  /** Of the whole site: may make classes. */
  admin: boolean;
  chosen: string;
  tab: Tab;
  filter: IFilter;
  /** What a student's name has to hold. */
  find: string;
  /** Students in each section of the class. */
  sections: { section: string; students: number }[];
  asked: IAsked | null;
  tickets: IPaged<IClassTicket> | null;
  /** Questions that are answered are listed, too. */
  answered: boolean;
  withheld: IPaged<IWithheldTurn> | null;
  loading: boolean;
  /** When what is shown was read, in ms. */
  readAt: number;
  /** Another number each time that all of it is to be read anew. */
  turn: number;
  /** Another number each time that something was judged in the class. */
  beat: number;
  /** `away`, or why there is nothing to see, in the server's words. */
  problem: string | null;
  /** What was typed and not sent, by question. */
  drafts: ReadonlyMap<string, string>;
  sending: ReadonlySet<string>;
}

const NOTHING: IClassState = {
  classes: null,
  admin: false,
  chosen: '',
  tab: 'people',
  filter: EVERYTHING,
  find: '',
  sections: [],
  asked: null,
  tickets: null,
  answered: false,
  withheld: null,
  loading: false,
  readAt: 0,
  turn: 0,
  beat: 0,
  problem: null,
  drafts: new Map(),
  sending: new Set()
};

/** The questions of classes, for their staff. Fetches; knows no JSX. */
export class ClassPage {
  private _state = NOTHING;
  /** The wrong answers. */
  readonly mistakes: Mistakes;
  /** What awaits marks. */
  readonly marking: Marking;
  private _turn = 0;
  /** Of which classes this person is a grader, as far as it is known. */
  private readonly _graders = new Map<string, boolean>();
  private readonly _changed = new Signal<this, void>(this);

  constructor(
    readonly api: Pick<Api, 'staff' | 'staffFile'>,
    private readonly _now: () => number = Date.now,
    /** The course that is worked at, whose class is looked at first. */
    private readonly _atHand: () => string | null = () => null,
    language = 'en'
  ) {
    this.mistakes = new Mistakes(api, language);
    this.mistakes.changed.connect(() => this._changed.emit());
    this.marking = new Marking(api);
    this.marking.changed.connect(() => this._changed.emit());
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get state(): IClassState {
    return this._state;
  }

  get chosen(): IClass | null {
    return this._state.classes?.find(({ id }) => id === this._state.chosen) ?? null;
  }

  /** Whether this person may look and mark in the chosen class, and no more; null: not known yet. */
  get grader(): boolean | null {
    return this._state.admin ? false : (this._graders.get(this._state.chosen) ?? null);
  }

  get place(): IPlace {
    const { tab, chosen, filter } = this._state;
    const { exercise } = tab === 'wrong' ? this.mistakes.state : filter;
    return { tab, offering: chosen, exercise: OF_EXERCISES.includes(tab) ? exercise : '' };
  }

  /** Whether the server says that this person is staff of something. */
  async isStaff(): Promise<boolean> {
    try {
      const { classes, admin } = await this.api.staff<IClasses>('GET', ['classes']);
      this._set({ classes, admin });
      return classes.length > 0;
    } catch {
      return false;
    }
  }

  /** Reads what the part that is shown lacks; of the class that was chosen, else of the first. */
  async load(): Promise<void> {
    const turn = ++this._turn;
    this._set({ loading: true });
    try {
      const { classes, admin } = await this.api.staff<IClasses>('GET', ['classes']);
      if (turn !== this._turn) {
        return;
      }
      const there = classes.some(({ id }) => id === this._state.chosen);
      const chosen = there ? this._state.chosen : await this._first(classes);
      if (turn !== this._turn) {
        return;
      }
      if (chosen && !admin && !this._graders.has(chosen)) {
        this._graders.set(chosen, await this._isGrader(chosen));
      }
      if (turn !== this._turn) {
        return;
      }
      this._set({ classes, admin, chosen });
      await (classes.length ? this._read(turn) : this._end(turn, null));
    } catch (reason) {
      this._end(turn, wordsOf(reason));
    }
  }

  /** Reads everything anew that is shown. */
  again(): Promise<void> {
    this._set({ turn: this._state.turn + 1 });
    return this.load();
  }

  /** What the stream tells: something was judged. A page that nobody looks at reads it when it is shown again. */
  hear(message: StreamMessage): void {
    if (message.type === 'class' && message.offering === this._state.chosen && !document.hidden) {
      this._set({ beat: this._state.beat + 1 });
    }
  }

  /** A new class, which is shown; why it could not be made, else null. */
  async make(asked: IClass): Promise<string | null> {
    try {
      await this.api.staff('POST', ['classes'], asked);
    } catch (reason) {
      return wordsOf(reason);
    }
    this._set({ tab: 'people' });
    await this.choose(asked.id);
    return null;
  }

  choose(chosen: string): Promise<void> {
    return this.show(this._state.tab, chosen);
  }

  /** Shows a part of the page; of a class and an exercise, where they are named. */
  show(tab: Tab, chosen = this._state.chosen, exercise?: string): Promise<void> {
    const other = chosen !== this._state.chosen;
    const filter = other ? EVERYTHING : this._state.filter;
    const change = { tab, chosen, filter };
    if (other) {
      this.marking.open('');
    }
    if (tab === 'wrong' && exercise !== undefined) {
      this.mistakes.aim(chosen, exercise);
    } else if (OF_EXERCISES.includes(tab) && exercise !== undefined && exercise !== filter.exercise) {
      change.filter = { ...filter, unit: '', exercise };
    }
    this._set({ ...change, ...(other && { sections: [], asked: null, tickets: null, withheld: null }) });
    return this.load();
  }

  /** Shows one answer for marks, whether it waits for them or has them. */
  review(submission: string): Promise<void> {
    this.marking.open(submission);
    return this.show('marking');
  }

  seek(find: string): void {
    this._set({ find });
  }

  /** Looks at another part; another unit leaves no exercise chosen. */
  narrow(change: Partial<IFilter>): Promise<void> {
    const exercise = change.unit === undefined ? {} : { exercise: '' };
    this._set({ filter: { ...this._state.filter, ...exercise, ...change } });
    return this.load();
  }

  showAnswered(answered: boolean): Promise<void> {
    this._set({ answered });
    return this.load();
  }

  async moreTickets(): Promise<void> {
    const { tickets } = this._state;
    const last = tickets?.list.at(-1)?.id;
    await this._add(async () => {
      const next = await this._tickets(last);
      this._set({ tickets: { ...next, list: [...(tickets?.list ?? []), ...next.list] } });
    });
  }

  async moreWithheld(): Promise<void> {
    const { withheld } = this._state;
    const last = withheld?.list.at(-1)?.id;
    await this._add(async () => {
      const next = await this._withheld(last);
      this._set({ withheld: { ...next, list: [...(withheld?.list ?? []), ...next.list] } });
    });
  }

  /** Keeps what is typed. */
  type(ticket: string, answer: string): void {
    this._set({ drafts: new Map(this._state.drafts).set(ticket, answer) });
  }

  /** Sends an answer; what was typed stays where it could not be sent. */
  async answer(ticket: IClassTicket): Promise<boolean> {
    const answer = this._state.drafts.get(ticket.id)?.trim();
    if (!answer || this._state.sending.has(ticket.id)) {
      return false;
    }
    this._set({ sending: new Set(this._state.sending).add(ticket.id), problem: null });
    try {
      const parts = ['classes', this._state.chosen, 'tickets', ticket.id];
      const kept = await this.api.staff<IClassTicket>('POST', parts, { answer });
      this._answered({ ...kept, account: ticket.account }, ticket.answer === null);
      return true;
    } catch (reason) {
      this._set({ problem: wordsOf(reason) });
      return false;
    } finally {
      const sending = new Set(this._state.sending);
      sending.delete(ticket.id);
      this._set({ sending });
    }
  }

  /** Graders are those of its staff who may not read what staff did there. */
  private async _isGrader(chosen: string): Promise<boolean> {
    try {
      await this.api.staff('GET', ['classes', chosen, 'audit'], undefined, { limit: '1' });
      return false;
    } catch (reason) {
      if (reason instanceof RequestError && reason.status === 403) {
        return true;
      }
      throw reason;
    }
  }

  /** The class of the course at hand, else the first where somebody asked, else the first. */
  private async _first(classes: IClass[]): Promise<string> {
    const atHand = this._atHand();
    const own = classes.find(({ course }) => course === atHand);
    for (const { id } of own || classes.length < 2 ? [] : classes.slice(0, LOOKED_AT)) {
      const asked = await this.api.staff<IAsked>('GET', ['classes', id, 'questions']);
      if (asked.turns || asked.waiting) {
        return id;
      }
    }
    return (own ?? classes[0])?.id ?? '';
  }

  private _answered(kept: IClassTicket, first: boolean): void {
    const { tickets, asked } = this._state;
    const drafts = new Map(this._state.drafts);
    drafts.delete(kept.id);
    this._set({
      drafts,
      tickets: tickets && { ...tickets, list: tickets.list.map(one => (one.id === kept.id ? kept : one)) },
      asked: asked && first ? { ...asked, waiting: Math.max(0, asked.waiting - 1) } : asked
    });
  }

  /** What the part that is shown lacks; the other parts read what they show themselves. */
  private async _read(turn: number): Promise<void> {
    const { chosen, tab, filter } = this._state;
    const { unit, exercise, section } = filter;
    const about = this.api.staff<Pick<IClassState, 'sections'>>('GET', ['classes', chosen]);
    let shown: Partial<IClassState> = {};
    if (tab === 'wrong') {
      void this.mistakes.read(chosen);
    } else if (tab === 'marking') {
      const reviews = await this.marking.read(chosen, { unit, exercise, section });
      shown = turn === this._turn ? (reviews(), {}) : {};
    } else if (tab === 'questions') {
      const parts = ['classes', chosen, 'questions'];
      const [asked, tickets, withheld] = await Promise.all([
        this.api.staff<IAsked>('GET', parts, undefined, this._query({})),
        this._tickets(),
        this._withheld()
      ]);
      shown = { asked, tickets, withheld };
    }
    const { sections } = await about;
    if (turn === this._turn) {
      this._set({ ...shown, sections, readAt: this._now() });
      this._end(turn, null);
    }
  }

  private async _tickets(after?: string): Promise<IPaged<IClassTicket>> {
    const query = this._query({ after, limit: PAGE, open: this._state.answered ? '' : '1' });
    const parts = ['classes', this._state.chosen, 'tickets'];
    type Page = { tickets: IClassTicket[]; next: string | null };
    const { tickets, next } = await this.api.staff<Page>('GET', parts, undefined, query);
    return { list: tickets, more: next !== null };
  }

  private async _withheld(after?: string): Promise<IPaged<IWithheldTurn>> {
    const parts = ['classes', this._state.chosen, 'withheld'];
    const query = this._query({ after, limit: PAGE });
    const { turns } = await this.api.staff<{ turns: IWithheldTurn[] }>('GET', parts, undefined, query);
    return { list: turns, more: turns.length === Number(PAGE) };
  }

  private _query(more: Query): Query {
    const { exercise, section, days } = this._state.filter;
    const since = days ? new Date(this._now() - Number(days) * DAY).toISOString() : '';
    return { exercise, section, since, ...more };
  }

  private async _add(read: () => Promise<void>): Promise<void> {
    try {
      await read();
    } catch (reason) {
      this._set({ problem: wordsOf(reason) });
    }
  }

  private _end(turn: number, problem: string | null): void {
    if (turn === this._turn) {
      this._set({ loading: false, problem });
    }
  }

  private _set(change: Partial<IClassState>): void {
    this._state = { ...this._state, ...change };
    this._changed.emit();
  }
}
