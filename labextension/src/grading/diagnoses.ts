import { ISignal, Signal } from '@lumino/signaling';

import { IDiagnosis, IJudgement, Verdict } from '../records';
import { Api } from '../requests';

const WRONG: (Verdict | null)[] = ['WA', 'RTE', 'TLE', 'MLE', 'OLE'];
/** Of so many judgements it is remembered what was found. */
const MOST = 100;

/** Where wrong answers are wrong, as far as the server says it: asked once for each judgement. */
export class Diagnoses {
  private readonly _known = new Map<string, IDiagnosis>();
  private readonly _found = new Signal<this, { view: IJudgement; diagnosis: IDiagnosis }>(this);

  constructor(
    private readonly _api: Api,
    private readonly _language: string
  ) {}

  /** Emits when something was found, or not. */
  get found(): ISignal<this, { view: IJudgement; diagnosis: IDiagnosis }> {
    return this._found;
  }

  /** What is known of it; null where nobody has asked. */
  of(view: IJudgement): IDiagnosis | null {
    return this._known.get(view.submission) ?? null;
  }

  /** Asks for it, once; again where it waits for a hint, and so many were given by now. */
  async need(view: IJudgement, hints = 0): Promise<void> {
    const known = this.of(view);
    const paid = known?.state === 'hint' && hints >= (known.hint?.rung ?? Infinity);
    if (view.state !== 'judged' || !WRONG.includes(view.verdict) || (known && !paid)) {
      return;
    }
    this._keep(view, LOOKING);
    let diagnosis = LOOKING;
    while (diagnosis.state === 'looking') {
      diagnosis = await this._api.diagnosis(view.submission, this._language).catch(() => NONE);
    }
    this._keep(view, diagnosis);
    this._found.emit({ view, diagnosis });
  }

  private _keep({ submission }: IJudgement, diagnosis: IDiagnosis): void {
    this._known.set(submission, diagnosis);
    if (this._known.size > MOST) {
      this._known.delete(this._known.keys().next().value!);
    }
  }
}

const NONE: IDiagnosis = { state: 'off', lines: [], question: '', example: null, hint: null };
const LOOKING: IDiagnosis = { ...NONE, state: 'looking' };
