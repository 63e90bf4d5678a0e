import { ISignal, Signal } from '@lumino/signaling';

import { IClock } from '../dates';
import { ICatalogue, ICoursePage, IExercise, IKernelChoice, ILesson, IUnit, StreamMessage } from '../records';
import { Api, ServerAway } from '../requests';
import { ICourses, IExerciseLine, IExerciseRef, IServer, IStep } from '../tokens';
import { search, IHitGroup } from './search';
import { firstOpen, isLesson, lessonKey, partsOf } from './tree';
import { exerciseLine } from './words';

const TO_DO = new Set(['not_started', 'tried', 'submitted', 'kept', 'kept_here']);

/** Opens a unit's notebook at an exercise, or at a lesson's cell. */
type OpenNotebook = (
  course: string,
  unit: string,
  exercise: string | null,
  lesson: string | null
) => Promise<void>;

/** The catalogue, the pages of courses, and what of them the sidebar shows. Fetches; knows no JSX. */
export class Courses implements ICourses {
  catalogue: ICatalogue | null = null;
  /** True while the first answer is awaited. */
  loading = true;
  away = false;
  /** The course whose page is shown, or the catalogue. */
  selected: string | null = null;
  query = '';
  /** Why the example course could not be put there, as the server says it. */
  problem: string | null = null;
  firstVisit = false;
  /** The sidebar was never here before. */
  neverShown = false;
  /** Set by the plugin: remembers that the first-visit card was closed. */
  onFirstVisitClosed: (() => void) | null = null;
  /** Set by the plugin: remembers what was read. */
  onRead: ((read: string[]) => void) | null = null;
  opener: OpenNotebook | null = null;
  /** Set by the plugin: opens a file of an author at a line. */
  sourceOpener: ((path: string, line: number) => Promise<void>) | null = null;

  private readonly _api: Api;
  private readonly _server: IServer;
  private readonly _pages = new Map<string, ICoursePage>();
  private readonly _asked = new Map<string, Promise<void>>();
  private readonly _open = new Map<string, Set<string>>();
  private readonly _kept = new Set<string>();
  private readonly _read = new Set<string>();
  private _current: IExerciseRef | null = null;
  private _lesson: string | null = null;
  private _followed: string | null = null;
  private readonly _changed = new Signal<this, void>(this);

  constructor(server: IServer) {
    this._server = server;
    this._api = server.api;
    server.stream.message.connect((_, message) => this.hear(message));
    server.stream.connected.connect((_, up) => up && void this.refresh());
    server.api.awayChanged.connect((_, away) => this._set(() => (this.away = away)));
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Every course is as it was delivered. */
  get nothingBegun(): boolean {
    return this.catalogue?.courses.every(row => row.state === 'not_started') ?? false;
  }

  get current(): IExerciseRef | null {
    return this._current;
  }

  set current(ref: IExerciseRef | null) {
    if (ref?.course !== this._current?.course || ref?.exercise !== this._current?.exercise) {
      this._set(() => {
        this._current = ref;
        this._unfold(ref);
        this._follow(ref);
      });
    }
  }

  get lesson(): string | null {
    return this._lesson;
  }

  set lesson(lesson: string | null) {
    if (lesson !== this._lesson) {
      this._set(() => (this._lesson = lesson));
    }
  }

  /** Whether a lesson was opened, or an exercise after it begun. */
  isRead(course: string, unit: IUnit, lesson: ILesson): boolean {
    const parts = partsOf(unit);
    const after = parts.slice(parts.indexOf(lesson));
    return (
      this._read.has(`${course}/${lessonKey(unit.id, lesson.id)}`) ||
      after.some(part => !isLesson(part) && part.status !== 'not_started')
    );
  }

  /** Takes over what was read before. */
  hasRead(lessons: string[]): void {
    this._set(() => lessons.forEach(lesson => this._read.add(lesson)));
  }

  /** Asks again for the catalogue and for every page that is here. */
  async refresh(): Promise<void> {
    try {
      const catalogue = await this._api.catalogue();
      this._set(() => {
        this.catalogue = catalogue;
        this.loading = false;
        this.away = false;
      });
      this._asked.clear();
      await Promise.all([...this._pages.keys()].map(id => this.need(id)));
    } catch (reason) {
      this._failed(reason);
    }
  }

  need(course: string): Promise<void> {
    const asked = this._asked.get(course);
    if (asked) {
      return asked;
    }
    const answer = this._load(course);
    this._asked.set(course, answer);
    return answer;
  }

  page(course: string | null): ICoursePage | null {
    return (course && this._pages.get(course)) || null;
  }

  async select(course: string | null): Promise<void> {
    this._set(() => {
      this.selected = course;
      this.query = '';
    });
    if (course) {
      await this.need(course);
    }
  }

  /** The units of a course that are open in the tree; one at first, the current. */
  openUnits(course: string): ReadonlySet<string> {
    let open = this._open.get(course);
    const page = this._pages.get(course);
    if (!open && page) {
      const first = firstOpen(page, this._current?.course === course ? this._current.exercise : null);
      open = new Set(first ? [first] : []);
      this._open.set(course, open);
    }
    return open ?? new Set();
  }

  toggle(course: string, unit: string, open: boolean): void {
    const units = new Set(this.openUnits(course));
    if (units.has(unit) !== open) {
      if (open) {
        units.add(unit);
      } else {
        units.delete(unit);
      }
      this._set(() => this._open.set(course, units));
    }
  }

  async seek(query: string): Promise<void> {
    this._set(() => (this.query = query));
    const readable = this.catalogue?.courses.filter(row => !row.broken) ?? [];
    if (query.trim()) {
      await Promise.all(readable.map(row => this.need(row.id)));
    }
  }

  results(): IHitGroup[] {
    const order = this.catalogue?.courses.map(row => row.id) ?? [];
    const pages = order.flatMap(id => this._pages.get(id) ?? []);
    return search(pages, this.query);
  }

  find(ref: IExerciseRef): IExercise | null {
    const found = this.unitOf(ref)?.exercises.find(e => e.id === ref.exercise);
    return found ? this.shown(ref.course, found) : null;
  }

  unitOf(ref: IExerciseRef): IUnit | null {
    const units = this._pages.get(ref.course)?.units ?? [];
    return units.find(u => u.exercises.some(e => e.id === ref.exercise)) ?? null;
  }

  /** The exercise as it is shown: an answer kept in this browser goes before the records. */
  shown(course: string, exercise: IExercise): IExercise {
    return this._kept.has(`${course}/${exercise.id}`) ? { ...exercise, status: 'kept_here' } : exercise;
  }

  line(course: string, exercise: IExercise): IExerciseLine {
    const practice = this.isPractice({ course, exercise: exercise.id });
    return exerciseLine(exercise, this.clockOf(course), this._server.trans, practice);
  }

  isStaff(): boolean {
    const staff = ['grader', 'instructor', 'admin'];
    return [...this._pages.values()].some(page => page.person?.roles.some(role => staff.includes(role)));
  }

  isPractice(ref: IExerciseRef): boolean {
    const exercise = this.unitOf(ref)?.exercises.find(one => one.id === ref.exercise);
    return this.catalogue?.place !== 'class' && !exercise?.attempts && !exercise?.due;
  }

  /** The same of all of a course. */
  isPracticeCourse(course: string): boolean {
    const row = this.catalogue?.courses.find(({ id }) => id === course);
    return this.catalogue?.place !== 'class' && row?.practice === true;
  }

  clockOf(course: string): IClock {
    const row = this.catalogue?.courses.find(({ id }) => id === course);
    const zone = (this._pages.get(course) ?? row)?.time_zone;
    return zone ? { ...this._server.clock, timeZone: zone } : this._server.clock;
  }

  update(course: string, exercise: IExercise): void {
    const unit = this.unitOf({ course, exercise: exercise.id });
    if (unit) {
      this._set(() => {
        unit.exercises = unit.exercises.map(e => (e.id === exercise.id ? exercise : e));
      });
      void this._reload(course);
    }
  }

  keep(ref: IExerciseRef, kept: boolean): void {
    const key = `${ref.course}/${ref.exercise}`;
    if (kept !== this._kept.has(key)) {
      this._set(() => (kept ? this._kept.add(key) : this._kept.delete(key)));
    }
  }

  neighbour(ref: IExerciseRef, by: 1 | -1): IStep | null {
    const units = this._pages.get(ref.course)?.units ?? [];
    const all = units.flatMap(unit => partsOf(unit).map(part => ({ unit, part })));
    const here = sameRef(ref, this._current) ? this._lesson : null;
    const home = here ? this.unitOf(ref) : null;
    const at = all.findIndex(({ unit, part }) =>
      home ? unit === home && part.id === here : part.id === ref.exercise && !isLesson(part)
    );
    const rest = by === 1 ? all.slice(at + 1) : all.slice(0, Math.max(at, 0)).reverse();
    const open = rest.filter(({ unit, part }) =>
      isLesson(part) ? !this.isRead(ref.course, unit, part) : TO_DO.has(part.status) && !isDone(part)
    );
    // what is bonus is never in the way of the rest
    const next = open.find(({ part }) => isLesson(part) || !part.bonus) ?? open[0];
    return next ? stepTo(next.unit, next.part) : null;
  }

  /** The first thing of a course to read or to do. */
  first(course: string): IStep | null {
    const unit = this._pages.get(course)?.units.find(one => !one.locked && partsOf(one).length);
    return unit ? stepTo(unit, partsOf(unit)[0]) : null;
  }

  async open(
    course: string,
    unit: string | null,
    exercise: string | null,
    lesson: string | null = null
  ): Promise<void> {
    await this.need(course);
    const where = unit ?? (exercise ? this.unitOf({ course, exercise })?.id : null);
    if (where && this.opener) {
      this._set(() => {
        this.selected = course;
        this.query = '';
        if (lesson) {
          this._read.add(`${course}/${lessonKey(where, lesson)}`);
        }
      });
      this.onRead?.([...this._read]);
      await this.opener(course, where, exercise, lesson);
    }
  }

  kernelOf(course: string): IKernelChoice | null {
    return this._pages.get(course)?.kernel ?? null;
  }

  languageOf(course: string): string | undefined {
    return this._pages.get(course)?.course.language;
  }

  /** Puts an example course where there is none; says why it could not. */
  async addExample(): Promise<void> {
    try {
      await this._api.example();
      this._set(() => (this.problem = null));
      await this.refresh();
    } catch (reason) {
      const away = reason instanceof ServerAway;
      this._failed(reason);
      this._set(() => (this.problem = away || !(reason instanceof Error) ? null : reason.message));
    }
  }

  closeFirstVisit(): void {
    this._set(() => (this.firstVisit = false));
    this.onFirstVisitClosed?.();
  }

  /** What the stream tells. */
  hear(message: StreamMessage): void {
    if (message.type === 'judgement' && message.exercise) {
      this.update(message.course, message.exercise);
    } else if (message.type === 'progress' && this._pages.has(message.course)) {
      void this._reload(message.course);
    } else if (message.type === 'course') {
      void this.refresh();
    }
  }

  /** The unit of the exercise in front is open; what else is open stays so. */
  private _unfold(ref: IExerciseRef | null): void {
    const unit = ref && this.unitOf(ref);
    const open = ref && this._open.get(ref.course);
    if (unit && open && !open.has(unit.id)) {
      this._open.set(ref.course, new Set([...open, unit.id]));
    }
  }

  /** A notebook that comes in front brings its course's page, once: who leaves that page is not brought back. */
  private _follow(ref: IExerciseRef | null): void {
    if (ref && ref.course !== this._followed) {
      this._followed = ref.course;
      if (!this.query) {
        this.selected = ref.course;
      }
    }
  }

  private async _load(course: string): Promise<void> {
    try {
      const page = await this._api.course(course);
      this._set(() => this._pages.set(course, page));
    } catch (reason) {
      this._asked.delete(course);
      this._failed(reason);
    }
  }

  /** Counts, rings and "Go on" follow from the records, so they are asked for, not guessed. */
  private async _reload(course: string): Promise<void> {
    try {
      const [catalogue, page] = await Promise.all([this._api.catalogue(), this._api.course(course)]);
      this._set(() => {
        this.catalogue = catalogue;
        this._pages.set(course, page);
      });
    } catch (reason) {
      this._failed(reason);
    }
  }

  private _failed(reason: unknown): void {
    this._set(() => {
      this.loading = false;
      this.away = this.away || reason instanceof ServerAway;
    });
  }

  private _set(change: () => unknown): void {
    change();
    this._changed.emit();
  }
}

function stepTo(unit: IUnit, part: ILesson | IExercise): IStep {
  const [lesson, exercise] = isLesson(part) ? [part.id, null] : [null, part.id];
  return { unit: unit.id, lesson, exercise, title: part.title };
}

function sameRef(one: IExerciseRef, other: IExerciseRef | null): boolean {
  return one.course === other?.course && one.exercise === other.exercise;
}

function isDone(exercise: IExercise): boolean {
  return exercise.status === 'submitted' && (exercise.score ?? 0) >= exercise.max_score;
}
