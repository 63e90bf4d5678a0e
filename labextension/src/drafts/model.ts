import { ISignal, Signal } from '@lumino/signaling';

import { components } from '../api';
import { ICoursePage } from '../records';
import { Api, RequestError, ServerAway } from '../requests';

type Shapes = components['schemas'];
export type IDraft = Shapes['ExerciseDraft'];
export type IAttempt = Shapes['DraftAttempt'];
export type IHealth = Shapes['DraftHealth'];
export type Mode = Shapes['DraftOrder']['mode'];

export const MODES: Mode[] = ['exercise', 'checks', 'hints', 'misconceptions', 'variant', 'translation'];

/** What the author has typed. */
export interface IForm {
  course: string;
  unit: string;
  mode: Mode;
  exercise: string;
  language: string;
  topic: string;
  /** An expression a line. */
  cases: string;
  /** Empty: all of them, in the order of the settings. */
  llm: string;
  tries: number;
}

export interface IDraftsState {
  health: IHealth | null;
  courses: { id: string; title: string }[];
  /** Of the course that is chosen. */
  units: { id: string; title: string; exercises: { id: string; title: string }[] }[];
  form: IForm;
  drafts: IDraft[];
  /** The draft that is looked at: its id. */
  chosen: string;
  /** The attempt that a model works on now; 0 for none. */
  asked: number;
  busy: boolean;
  problem: string | null;
  /** Where the chosen one was put. */
  placed: { file: string; line: number; lines: number } | null;
}

const EMPTY: IForm = {
  course: '', unit: '', mode: 'exercise', exercise: '', language: '', topic: '', cases: '', llm: '', tries: 3
}; // prettier-ignore

type Asked = Pick<Api, 'staff' | 'catalogue' | 'course'>;

/** Drafts of exercises by a model: what is asked, what came of it. Fetches; knows no JSX. */
export class Drafts {
  private _state: IDraftsState = {
    health: null,
    courses: [],
    units: [],
    form: EMPTY,
    drafts: [],
    chosen: '',
    asked: 0,
    busy: false,
    problem: null,
    placed: null
  };
  private readonly _changed = new Signal<this, void>(this);

  constructor(private readonly _api: Asked) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get state(): IDraftsState {
    return this._state;
  }

  /** The draft that is looked at. */
  get chosen(): IDraft | null {
    return this._state.drafts.find(one => one.id === this._state.chosen) ?? null;
  }

  /** Whether this person may draft at all; students may not, and are told nothing. */
  async isAuthor(): Promise<boolean> {
    try {
      this._set({ health: await this._api.staff<IHealth>('GET', ['authoring', 'health']) });
    } catch {
      return false;
    }
    return true;
  }

  async load(): Promise<void> {
    if (this._state.busy) {
      return;
    }
    await this._do(async () => {
      const [health, catalogue, listed] = await Promise.all([
        this._api.staff<IHealth>('GET', ['authoring', 'health']),
        this._api.catalogue(),
        this._api.staff<{ drafts: IDraft[] }>('GET', ['authoring', 'drafts'])
      ]);
      const courses = catalogue.courses.filter(one => !one.broken);
      this._set({ health, courses, drafts: listed.drafts });
      const course = this._state.form.course || courses[0]?.id;
      if (course) {
        await this._course(course);
      }
    });
  }

  /** Takes over what was typed; another course brings its units. */
  fill(change: Partial<IForm>): void {
    this._set({ form: { ...this._state.form, ...change } });
    if (change.course) {
      void this._do(() => this._course(change.course!));
    }
  }

  choose(chosen: string): void {
    this._set({ chosen, asked: 0, placed: null, problem: null });
  }

  async begin(): Promise<void> {
    const { course, unit, mode, exercise, language, topic, cases, llm, tries } = this._state.form;
    const lines = cases.split('\n').filter(line => line.trim());
    const about = { course, unit, mode, exercise: mode === 'exercise' ? '' : exercise, cases: lines };
    const body = { ...about, language: mode === 'translation' ? language : '', topic, tries };
    await this._take(['authoring', 'generate'], { ...body, llms: llm ? [llm] : [] });
  }

  async refine(wish: string): Promise<void> {
    await this._take(['authoring', 'refine'], { draft: this._state.chosen, wish });
  }

  async stop(): Promise<void> {
    await this._take(this._place('stop'));
  }

  async resume(id: string): Promise<void> {
    this.choose(id);
    await this._take(this._place('resume'));
  }

  /** Puts what passes into the course. */
  async accept(): Promise<void> {
    await this._do(async () => {
      const placed = await this._api.staff<IDraftsState['placed']>('POST', this._place('accept'), {});
      this._set({ placed });
    });
  }

  /** The stream says that something happened in a draft. */
  async heard(draft: string, what: 'asked' | 'attempt', attempt: number): Promise<void> {
    if (draft === this._state.chosen) {
      this._set({ asked: what === 'asked' ? attempt : 0 });
    }
    await this._look(draft);
  }

  /** Reads the chosen one anew: after the last attempt it takes the server a moment to end it. */
  async look(): Promise<void> {
    await this._look(this._state.chosen);
  }

  private async _look(id: string): Promise<void> {
    if (id) {
      await this._do(async () =>
        this._put(await this._api.staff<IDraft>('GET', ['authoring', 'drafts', id]))
      );
    }
  }

  private async _take(place: string[], body: object = {}): Promise<void> {
    await this._do(async () => {
      const draft = await this._api.staff<IDraft>('POST', place, body);
      this._put(draft);
      this._set({ chosen: draft.id, placed: null });
    });
  }

  private _place(what: string): string[] {
    return ['authoring', 'drafts', this._state.chosen, what];
  }

  private _put(draft: IDraft): void {
    const { drafts } = this._state;
    const known = drafts.some(one => one.id === draft.id);
    this._set({
      drafts: known ? drafts.map(one => (one.id === draft.id ? draft : one)) : [draft, ...drafts]
    });
  }

  private async _course(course: string): Promise<void> {
    const page: ICoursePage = await this._api.course(course);
    const units = page.units.map(({ id, title, exercises }) => ({
      id,
      title,
      exercises: exercises.map(one => ({ id: one.id, title: one.title }))
    }));
    const unit = units.some(one => one.id === this._state.form.unit) ? this._state.form.unit : '';
    this._set({
      units,
      form: { ...this._state.form, course, unit: unit || (units[units.length - 1]?.id ?? '') }
    });
  }

  private async _do(work: () => Promise<void>): Promise<void> {
    this._set({ busy: true, problem: null });
    try {
      await work();
    } catch (reason) {
      const isWord = reason instanceof RequestError || reason instanceof ServerAway;
      this._set({ problem: isWord ? reason.message : String(reason) });
    } finally {
      this._set({ busy: false });
    }
  }

  private _set(change: Partial<IDraftsState>): void {
    this._state = { ...this._state, ...change };
    this._changed.emit();
  }
}

/** Whether more attempts come by themselves. */
export function isUnderWay(draft: IDraft): boolean {
  return draft.state === 'waiting' || draft.state === 'drafting';
}
