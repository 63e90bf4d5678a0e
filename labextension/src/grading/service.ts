import { CodeCell } from '@jupyterlab/cells';
import { ISignal } from '@lumino/signaling';

import { printedIn } from '../cells';
import { IAnswerShown, IExerciseRef, IGrading } from '../tokens';
import { Checks } from './checks';
import { AnswerCell } from './answercell';
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
    const outputs = answer.cell.model.outputs.toJSON();
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
      insertAfter(answer, source);
    }
  }
}

function insertAfter(answer: AnswerCell, source: string): void {
  const { content } = answer.panel;
  const at = content.widgets.indexOf(answer.cell) + 1;
  content.model?.sharedModel.insertCell(at, { cell_type: 'code', source, metadata: { trusted: true } });
  content.activeCellIndex = at;
  const cell = content.widgets[at];
  if (cell instanceof CodeCell) {
    content.mode = 'edit';
    cell.editor?.focus();
    void cell.ready.then(() => cell.node.scrollIntoView({ block: 'nearest' }));
  }
}
