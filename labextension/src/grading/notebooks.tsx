import { Cell } from '@jupyterlab/cells';
import { INotebookTracker, NotebookActions, NotebookPanel } from '@jupyterlab/notebook';
import { PanelLayout } from '@lumino/widgets';
import React from 'react';

import { answers, exerciseAt, lessonAt, notebookMark } from '../cells';
import { IExerciseRef } from '../tokens';
import { AnswerCell, IGradingContext } from './answercell';
import { CellPart } from './cellpart';
import { DeletedAnswer } from './answerstatus';
import { keepDrafts } from './drafts';
import { judgementContext } from './host';
import { sameExercise } from './pending';

interface ILostAnswer {
  panel: NotebookPanel;
  exercise: string;
  part: CellPart;
}

/** The answers of all open notebooks; keeps one at each answer cell as cells come, go and move. */
export class NotebookAnswers {
  private readonly _answers = new Map<Cell, AnswerCell>();
  private readonly _lost: ILostAnswer[] = [];
  private readonly _timers = new Map<NotebookPanel, number>();

  constructor(
    private readonly _context: IGradingContext,
    private readonly _tracker: INotebookTracker
  ) {
    _tracker.forEach(panel => this._watch(panel));
    _tracker.widgetAdded.connect((_, panel) => this._watch(panel));
    _tracker.currentChanged.connect(() => this._follow());
    _tracker.activeCellChanged.connect(() => this._follow());
    NotebookActions.outputCleared.connect((_, { cell }) => this._answers.get(cell)?.forget());
  }

  /** The answer of an exercise: in the notebook in front if it has one, else in any open notebook. */
  find(ref: IExerciseRef): AnswerCell | null {
    const all = [...this._answers.values()].filter(
      answer => !answer.isDisposed && sameExercise(answer.ref, ref)
    );
    return all.find(answer => answer.panel === this._tracker.currentWidget) ?? all[0] ?? null;
  }

  /** The answer whose cell is active in the notebook in front, or that of the exercise it belongs to. */
  current(): AnswerCell | null {
    const cell = this._tracker.activeCell;
    const direct = cell ? this._answers.get(cell) : undefined;
    const content = this._tracker.currentWidget?.content;
    const book = content?.model && notebookMark(content.model);
    const exercise = book && exerciseAt(content.model!, content.activeCellIndex);
    return direct ?? (exercise ? this.find({ course: book.course, exercise }) : null);
  }

  /** The answer at whose cell a judgement is drawn. */
  around(node: HTMLElement): AnswerCell | null {
    for (const answer of this._answers.values()) {
      if (!answer.isDisposed && answer.cell.node.contains(node)) {
        return answer;
      }
    }
    return null;
  }

  render(): void {
    this._answers.forEach(answer => answer.render());
    judgementContext.touch();
  }

  private _watch(panel: NotebookPanel): void {
    const { content, context } = panel;
    const later = () => this._later(panel);
    content.modelContentChanged.connect(later);
    content.modelChanged.connect(later);
    content.activeCellChanged.connect(() => this.render());
    content.stateChanged.connect(() => {
      const cell = content.mode === 'edit' ? content.activeCell : null;
      if (cell) {
        this._answers.get(cell)?.control.takeFocus();
      }
    });
    void context.ready.then(() => this._sync(panel));
    keepDrafts(this._context.server, panel);
    panel.disposed.connect(() => this._timers.delete(panel));
  }

  /** A burst of changes becomes one pass. */
  private _later(panel: NotebookPanel): void {
    window.clearTimeout(this._timers.get(panel));
    this._timers.set(
      panel,
      window.setTimeout(() => this._sync(panel), 120)
    );
  }

  private _sync(panel: NotebookPanel): void {
    const model = panel.isDisposed ? null : panel.content.model;
    const book = model && notebookMark(model);
    const wanted = new Map<Cell, IExerciseRef>();
    if (model && book) {
      void this._context.courses.need(book.course);
      for (const { exercise, index } of answers(model)) {
        const cell = panel.content.widgets[index];
        if (cell) {
          wanted.set(cell, { course: book.course, exercise });
        }
      }
    }
    const all = [...wanted.values()].map(({ exercise }) => exercise);
    const lost: AnswerCell[] = [];
    for (const [cell, answer] of this._answers) {
      const ref = wanted.get(cell);
      if (answer.panel === panel && (answer.isDisposed || !ref || !sameExercise(ref, answer.ref))) {
        if (book && !all.includes(answer.ref.exercise)) {
          lost.push(answer);
        }
        answer.dispose();
        this._answers.delete(cell);
      }
    }
    this._lost
      .filter(one => one.panel === panel && all.includes(one.exercise))
      .forEach(one => this._found(one));
    lost.forEach(answer => this._lose(answer));
    wanted.forEach((ref, cell) => {
      if (!this._answers.has(cell)) {
        this._answers.set(cell, new AnswerCell(this._context, panel, cell, ref));
      }
      this._answers.get(cell)!.changed();
      this._answers.get(cell)!.at = panel.content.widgets.indexOf(cell);
    });
    this._follow();
    this.render();
  }

  /** An answer cell was deleted: it is offered back below what stood above it. */
  private _lose({ panel, ref, last, at }: AnswerCell): void {
    const { server } = this._context;
    const { content } = panel;
    const bring = (source = last.source) => {
      content.model?.sharedModel.insertCell(Math.min(at, content.widgets.length), { ...last, source });
      content.activeCellIndex = at;
      content.mode = 'edit';
    };
    const again = () =>
      void server.api.starter(ref.course, ref.exercise).then(
        ({ source }) => bring(source),
        () => bring()
      );
    const part = new CellPart('codegym-AnswerStatus', () => (
      <DeletedAnswer trans={server.trans} bring={() => bring()} again={again} />
    ));
    const above = content.widgets[Math.min(Math.max(at - 1, 0), content.widgets.length - 1)];
    (above?.layout as PanelLayout | undefined)?.addWidget(part);
    this._lost.push({ panel, exercise: ref.exercise, part });
    server.announcer.say(server.trans.__('Your answer cell was deleted. What you wrote is kept.'));
  }

  private _found(one: ILostAnswer): void {
    this._lost.splice(this._lost.indexOf(one), 1);
    one.part.dispose();
  }

  /** Tells the courses which exercise is in front; above the first one, the first. */
  private _follow(): void {
    const content = this._tracker.currentWidget?.content;
    const model = content?.model;
    const book = model && notebookMark(model);
    const here = book && exerciseAt(model, content.activeCellIndex);
    const exercise = here ?? (model && answers(model)[0]?.exercise);
    this._context.courses.lesson = book ? lessonAt(model, content.activeCellIndex) : null;
    this._context.courses.current = book && exercise ? { course: book.course, exercise } : null;
  }
}
