import { UUID } from '@lumino/coreutils';
import { ISignal, Signal } from '@lumino/signaling';

import { ICollected, sourceDigest } from '../cells';
import { Bundle, IJudgement, ISubmissionBody, ISubmitted, Kind, StreamMessage } from '../records';
import { Api, isPassing, isUnstored, RequestError, ServerAway } from '../requests';
import { ICourses, IExerciseRef, keyOf } from '../tokens';
import { Happening, IAnswerState, IDLE, Phase, untouchedLine, waitingView } from './state';
import { IPendingAnswer, IPendingResult, PendingAnswers, sameExercise, TabLife } from './pending';

/** Shown only after this long, then for at least so long, in ms. */
const SHOW_AFTER = 200;
const SHOW_FOR = 400;
/** Between two attempts to stop what the server has not stored yet, in ms. */
const STOP_AGAIN = 150;

/** An answer that can be checked: what it sends, and where its judgement is written. */
export interface ITarget {
  ref: IExerciseRef;
  title: string;
  collect(): ICollected | null;
  write(bundle: Bundle, digest: string): void;
}

/** Checks that run, wait or are kept. Fetches; knows neither notebooks nor JSX. */
export class Checks {
  /** Set by the plugin: the open answer of an exercise, if its notebook is open in this tab. */
  targetOf: (ref: IExerciseRef) => ITarget | null = () => null;

  private readonly _states = new Map<string, IAnswerState & { title: string; ref: IExerciseRef }>();
  private readonly _mine = new Map<string, { ref: IExerciseRef; digest: string }>();
  private readonly _written = new Set<string>();
  private readonly _changed = new Signal<this, void>(this);
  private readonly _happened = new Signal<this, Happening>(this);
  private _flushing = false;
  private _retry = 0;
  private _waits = 0;

  constructor(
    private readonly _api: Api,
    private readonly _courses: ICourses,
    private readonly _pending: PendingAnswers,
    private readonly _tab = new TabLife(UUID.uuid4())
  ) {
    for (const { body, title } of _pending.list()) {
      this._set(body, { phase: 'kept', key: body.idempotency_key, keptAt: body.claimed_at }, title);
      _courses.keep(body, true);
    }
    this._scheduleFlush();
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get happened(): ISignal<this, Happening> {
    return this._happened;
  }

  get checking(): string | null {
    const running = [...this._states.values()].find(
      one => one.phase === 'checking' || one.phase === 'stopping'
    );
    return running?.title ?? null;
  }

  get kept(): number {
    return this._pending.list().length;
  }

  state(ref: IExerciseRef): IAnswerState {
    return this._states.get(keyOf(ref)) ?? IDLE;
  }

  /** Sends an answer; does nothing while one of the same exercise is on its way. */
  async send(target: ITarget, kind: Kind): Promise<void> {
    const { ref, title } = target;
    const sent = target.collect();
    if (!sent || ['sending', 'checking', 'stopping'].includes(this.state(ref).phase)) {
      return;
    }
    const body: ISubmissionBody = {
      ...ref,
      kind,
      ...sent,
      idempotency_key: UUID.uuid4(),
      claimed_at: new Date().toISOString()
    };
    const digest = sourceDigest(sent);
    this._mine.set(body.idempotency_key, { ref, digest });
    this._set(ref, { ...IDLE, phase: 'sending', key: body.idempotency_key }, title);
    const untouched = await untouchedLine(this._api, ref, sent.source);
    if (untouched) {
      this._set(ref, { ...IDLE, untouched });
      this._happened.emit({ what: 'untouched', ref });
      return;
    }
    await this._post(body, title, digest);
  }

  /** Stops a judgement, also while its request waits; what was judged in the meantime counts and is shown. */
  async cancel(ref: IExerciseRef): Promise<void> {
    const { phase, submission, key } = this.state(ref);
    if (phase === 'idle' || phase === 'kept' || phase === 'stopping' || !key) {
      return;
    }
    this._set(ref, { phase: 'stopping' });
    while (this._stopping(ref, key)) {
      try {
        const answer = await (submission
          ? this._api.cancel(submission)
          : this._api.cancelSent(ref.course, key));
        this._stopped(ref, key, answer);
        return;
      } catch (reason) {
        if (!(reason instanceof RequestError && reason.code === 'unknown_submission') || submission) {
          await this._tooLate(ref, key, phase);
          return;
        }
      }
      await new Promise(done => window.setTimeout(done, STOP_AGAIN));
    }
  }

  /** What the stream tells: our own judgements that came late, and those of other tabs. */
  hear(message: StreamMessage): void {
    if (message.type !== 'judgement') {
      return;
    }
    const { judgement, bundle, tab } = message;
    if (!judgement || !bundle) {
      return;
    }
    const ref = { course: judgement.course, exercise: judgement.exercise };
    const mine = this._mine.get(tab);
    if (mine && this.state(ref).phase !== 'sending' && this.state(ref).phase !== 'checking') {
      this._deliver(ref, bundle, judgement, mine.digest);
    } else if (!mine) {
      this._set(ref, { aside: judgement }, judgement.title);
    }
  }

  /** A judgement of the document awaited a person's marks: what they gave since is shown in its place. */
  async catchUp(ref: IExerciseRef, view: IJudgement | null): Promise<void> {
    const id = view?.state === 'awaiting_review' ? view.submission : null;
    const answer = id ? await this._api.submission(id).catch(() => null) : null;
    if (answer?.judgement && answer.submission.state === 'judged' && this.state(ref).phase === 'idle') {
      this._set(ref, { aside: answer.judgement }, answer.judgement.title);
    }
  }

  /** A judgement that came while the exercise's notebook was closed; handed out once. */
  resultFor(ref: IExerciseRef): IPendingResult | null {
    return this._pending.takeResult(ref);
  }

  /** Tells that something beside the checks changed what is shown of them. */
  touch(): void {
    this._changed.emit();
  }

  /** Forgets what stands aside of the document, as when the answer is reset. */
  clear(ref: IExerciseRef): void {
    if (this.state(ref).phase === 'idle') {
      this._set(ref, IDLE);
    }
  }

  /** Sends what was kept, each once, oldest first; stops where the server is away again. */
  async flush(): Promise<void> {
    if (this._flushing || !this._pending.list().length) {
      return;
    }
    this._flushing = true;
    const sent: { ref: IExerciseRef; judgement: IJudgement | null }[] = [];
    try {
      await this._tab.alone(async () => {
        for (const answer of this._pending.list()) {
          if ((await this._tab.sends(answer.tab)) && !(await this._sendKept(answer, sent))) {
            break;
          }
        }
      });
    } finally {
      this._flushing = false;
      if (sent.length) {
        this._happened.emit({ what: 'sent', refs: sent });
      }
      this._scheduleFlush();
      this._changed.emit();
    }
  }

  /** Another tab changed what is kept: an answer that it sent is no longer waiting here. */
  reconcile(): void {
    const keys = new Set(this._pending.list().map(one => one.body.idempotency_key));
    for (const { ref, phase, key } of this._states.values()) {
      if (phase === 'kept' && key && !keys.has(key)) {
        this._set(ref, IDLE);
        this._courses.keep(ref, false);
      }
    }
  }

  private async _post(body: ISubmissionBody, title: string, digest: string): Promise<void> {
    const settle = this._showLater(body);
    try {
      const answer = await this._api.submit(body);
      await settle();
      this._take(body, answer, digest);
    } catch (reason) {
      await settle();
      if (reason instanceof ServerAway || isUnstored(reason)) {
        this._keep({ body, title, digest, tab: this._tab.id }, reason instanceof ServerAway);
      } else {
        this._refused(body, title, digest, reason);
      }
    }
  }

  private _take(body: ISubmissionBody, answer: ISubmitted, digest: string): void {
    const ref = { course: body.course, exercise: body.exercise };
    const { submission, judgement, bundle, exercise } = answer;
    if (submission.state === 'cancelled') {
      this._stopped(ref, body.idempotency_key, answer);
      return;
    }
    if (exercise) {
      this._courses.update(ref.course, exercise);
    }
    if (judgement && bundle && submission.state !== 'waiting') {
      this._deliver(ref, bundle, judgement, digest);
      return;
    }
    const phase = this.state(ref).phase === 'stopping' ? 'stopping' : 'waiting';
    const { not_before, ahead } = submission;
    const aside = judgement ?? { ...waitingView(body, this._title(ref)), not_before, ahead };
    this._set(ref, { phase, submission: submission.id, aside });
    this._pollLater(body, submission.id, digest, 1000);
  }

  private _stopping(ref: IExerciseRef, key: string): boolean {
    const state = this.state(ref);
    return state.phase === 'stopping' && state.key === key;
  }

  /** Told by whichever comes first: the answer to Cancel, or that to the request that was stopped. */
  private _stopped(ref: IExerciseRef, key: string, { submission, exercise }: ISubmitted): void {
    if (exercise) {
      this._courses.update(ref.course, exercise);
    }
    if (this.state(ref).key === key) {
      const view = waitingView({ ...ref, kind: submission.kind }, this._title(ref));
      this._set(ref, { ...IDLE, aside: { ...view, state: 'cancelled' } });
      this._happened.emit({ what: 'stopped', ref });
    }
  }

  /** It was judged first, or the server is away: who waits for the judgement goes on waiting. */
  private async _tooLate(ref: IExerciseRef, key: string, before: Phase): Promise<void> {
    if (!this._stopping(ref, key)) {
      return;
    }
    const { submission } = this.state(ref);
    this._set(ref, { phase: submission ? 'waiting' : before });
    const answer = submission ? await this._api.submission(submission).catch(() => null) : null;
    if (answer?.judgement && answer.bundle && answer.submission.state !== 'waiting') {
      this._deliver(ref, answer.bundle, answer.judgement, this._mine.get(key)?.digest ?? '');
    }
  }

  private _deliver(ref: IExerciseRef, bundle: Bundle, judgement: IJudgement, digest: string): void {
    const mark = `${judgement.submission}@${judgement.judged_at ?? ''}`;
    const again = this._written.has(mark);
    const late = this.state(ref).phase === 'kept' || this.state(ref).phase === 'waiting';
    this._written.add(mark);
    const target = this.targetOf(ref);
    if (target) {
      target.write(bundle, digest);
    } else {
      this._pending.addResult({ ...ref, bundle, digest });
    }
    this._set(ref, IDLE);
    if (!again) {
      this._happened.emit({ what: 'judged', ref, judgement, late });
    }
  }

  /** "Checking…" after 200 ms; the returned function waits until it was shown long enough. */
  private _showLater(ref: IExerciseRef): () => Promise<void> {
    let shownAt = 0;
    const timer = window.setTimeout(() => {
      shownAt = Date.now();
      if (this.state(ref).phase === 'sending') {
        this._set(ref, { phase: 'checking' });
      }
    }, SHOW_AFTER);
    return async () => {
      window.clearTimeout(timer);
      const rest = shownAt ? SHOW_FOR - (Date.now() - shownAt) : 0;
      if (rest > 0) {
        await new Promise(done => window.setTimeout(done, rest));
      }
    };
  }

  /** The stream tells of it, usually; asking is for when the stream is down. */
  private _pollLater(body: ISubmissionBody, id: string, digest: string, pause: number): void {
    window.setTimeout(async () => {
      const waits = () => ['waiting', 'stopping'].includes(this.state(body).phase);
      if (this.state(body).submission !== id || !waits()) {
        return;
      }
      const answer = await this._api.submission(id).catch(() => null);
      if (answer?.judgement && answer.bundle && answer.submission.state !== 'waiting') {
        this._deliver(body, answer.bundle, answer.judgement, digest);
      } else if (waits()) {
        const { aside } = this.state(body);
        if (answer && aside) {
          this._set(body, { aside: { ...aside, ahead: answer.submission.ahead } });
        }
        this._pollLater(body, id, digest, Math.min(10000, pause * 1.5));
      }
    }, pause);
  }

  private _refused(body: ISubmissionBody, title: string, digest: string, reason: unknown): void {
    const wait = reason instanceof RequestError && reason.status === 429 ? Number(reason.details.wait_s) : 0;
    if (wait > 0) {
      const aside = { ...waitingView(body, title), wait_s: wait };
      this._set(body, { phase: 'waiting', aside });
      window.setTimeout(() => void this._post(body, title, digest), wait * 1000);
      return;
    }
    const problem = reason instanceof Error ? reason.message : String(reason);
    this._set(body, { ...IDLE, problem });
  }

  private _keep(answer: IPendingAnswer, away: boolean): void {
    const { body } = answer;
    this._pending.add(answer);
    const why = away ? null : 'store';
    this._set(body, { ...IDLE, phase: 'kept', why, key: body.idempotency_key, keptAt: body.claimed_at });
    this._courses.keep(body, true);
    this._happened.emit({ what: 'kept', ref: { course: body.course, exercise: body.exercise }, away });
    this._scheduleFlush();
  }

  /** Whether to go on with the next. */
  private async _sendKept(
    { body, digest, title }: IPendingAnswer,
    sent: { ref: IExerciseRef; judgement: IJudgement | null }[]
  ): Promise<boolean> {
    const ref = { course: body.course, exercise: body.exercise };
    try {
      const answer = await this._api.submit(body);
      this._forget(ref, body.idempotency_key);
      this._mine.set(body.idempotency_key, { ref, digest });
      sent.push({ ref, judgement: answer.judgement });
      this._take(body, answer, digest);
      return true;
    } catch (reason) {
      if (reason instanceof ServerAway || (reason instanceof RequestError && isPassing(reason))) {
        return false;
      }
      this._forget(ref, body.idempotency_key);
      this._refused(body, title, digest, reason);
      return true;
    }
  }

  private _forget(ref: IExerciseRef, key: string): void {
    this._pending.remove(key);
    if (!this._pending.list().some(one => sameExercise(one.body, ref))) {
      this._courses.keep(ref, false);
    }
  }

  private _scheduleFlush(): void {
    window.clearTimeout(this._retry);
    if (!this._pending.list().length) {
      this._waits = 0;
      return;
    }
    const pause = Math.min(10000, 2000 * 2 ** Math.min(this._waits++, 4));
    this._retry = window.setTimeout(() => void this.flush(), pause);
  }

  private _title(ref: IExerciseRef): string {
    return this._states.get(keyOf(ref))?.title ?? ref.exercise;
  }

  private _set(ref: IExerciseRef, change: Partial<IAnswerState>, title = this._title(ref)): void {
    const { course, exercise } = ref;
    const state = { ...this.state(ref), ...change };
    this._states.set(keyOf(ref), { ...state, title, ref: { course, exercise } });
    this._changed.emit();
  }
}
