import { ISignal } from '@lumino/signaling';

import { printedIn } from '../cells';
import { IAnswerShown, IExerciseRef, IGrading } from '../tokens';
import { Checks } from './checks';
import { insertBelow } from './lines';
import { NotebookAnswers } from './notebooks';

/** What the other plugins see of the grading. */
export class GradingService implements IGrading {
  constructor(
    private readonly _checks: Checks,
    private readonly _notebooks: NotebookAnswers
  ) {}

  get changed(): ISignal<IGrading, void> {
    return this._checks.changed as unknown as ISignal<IGrading, void>;
  }

  get checking(): string | null {
    return this._checks.checking;
  }

  get kept(): number {
    return this._checks.kept;
  }

  shown(ref: IExerciseRef): IAnswerShown | null {
    const answer = this._notebooks.find(ref);
    const sent = answer?.collect();
    if (!answer || !sent) {
      return null;
    }
    const { outputs } = answer.document;
    return {
      source: sent.source,
      lastError: answer.lastError,
      output: printedIn(outputs),
      judgement: answer.judgement
    };
  }

  goToLine(ref: IExerciseRef, line: number): void {
    this._notebooks.find(ref)?.goToLine(line);
  }

  focusAnswer(ref: IExerciseRef): void {
    this._notebooks.find(ref)?.focusAnswer();
  }

  insertBelow(ref: IExerciseRef, source: string): void {
    const answer = this._notebooks.find(ref);
    if (answer) {
      insertBelow(answer.panel, answer.cell, source);
    }
  }
}
