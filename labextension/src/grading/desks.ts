import { CodeCell } from '@jupyterlab/cells';
import { INotebookTracker, NotebookActions, NotebookPanel } from '@jupyterlab/notebook';

import { answers, exerciseAt, notebookMark } from '../cells';
import { IExerciseRef } from '../tokens';
import { AnswerDesk, IGradingRoom } from './desk';
import { keepDrafts } from './drafts';
import { deskHolder } from './host';
import { sameExercise } from './kept';

/** The answers of all open notebooks; keeps a desk at each answer cell as cells come, go and move. */
export class AnswerDesks {
  private readonly _desks = new Map<CodeCell, AnswerDesk>();
  private readonly _timers = new Map<NotebookPanel, number>();

  constructor(
    private readonly _room: IGradingRoom,
    private readonly _tracker: INotebookTracker
  ) {
    _tracker.forEach(panel => this._watch(panel));
    _tracker.widgetAdded.connect((_, panel) => this._watch(panel));
    _tracker.currentChanged.connect(() => this._follow());
    _tracker.activeCellChanged.connect(() => this._follow());
    NotebookActions.outputCleared.connect((_, { cell }) => this._desks.get(cell as CodeCell)?.forget());
  }

  /** The desk of an exercise: in the notebook in front if it has one, else in any open notebook. */
  find(ref: IExerciseRef): AnswerDesk | null {
    const all = [...this._desks.values()].filter(desk => !desk.isDisposed && sameExercise(desk.ref, ref));
    return all.find(desk => desk.panel === this._tracker.currentWidget) ?? all[0] ?? null;
  }

  /** The desk whose cell is active in the notebook in front, or that of the exercise it belongs to. */
  current(): AnswerDesk | null {
    const cell = this._tracker.activeCell;
    const direct = cell instanceof CodeCell ? this._desks.get(cell) : undefined;
    const content = this._tracker.currentWidget?.content;
    const book = content?.model && notebookMark(content.model);
    const exercise = book && exerciseAt(content.model!, content.activeCellIndex);
    return direct ?? (exercise ? this.find({ course: book.course, exercise }) : null);
  }

  /** The desk at whose cell a judgement is drawn. */
  around(node: HTMLElement): AnswerDesk | null {
    for (const desk of this._desks.values()) {
      if (!desk.isDisposed && desk.cell.node.contains(node)) {
        return desk;
      }
    }
    return null;
  }

  render(): void {
    this._desks.forEach(desk => desk.render());
    deskHolder.touch();
  }

  private _watch(panel: NotebookPanel): void {
    const { content, context } = panel;
    const later = () => this._later(panel);
    content.modelContentChanged.connect(later);
    content.modelChanged.connect(later);
    content.activeCellChanged.connect(() => this.render());
    void context.ready.then(() => this._sync(panel));
    keepDrafts(this._room.server, panel);
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
    const wanted = new Map<CodeCell, IExerciseRef>();
    if (model && book) {
      void this._room.courses.need(book.course);
      for (const { exercise, index } of answers(model)) {
        const cell = panel.content.widgets[index];
        if (cell instanceof CodeCell) {
          wanted.set(cell, { course: book.course, exercise });
        }
      }
    }
    for (const [cell, desk] of this._desks) {
      const ref = wanted.get(cell);
      if (desk.panel === panel && (desk.isDisposed || !ref || !sameExercise(ref, desk.ref))) {
        desk.dispose();
        this._desks.delete(cell);
      }
    }
    wanted.forEach((ref, cell) => {
      if (!this._desks.has(cell)) {
        this._desks.set(cell, new AnswerDesk(this._room, panel, cell, ref));
      }
      this._desks.get(cell)!.changed();
    });
    this._follow();
    this.render();
  }

  /** Tells the courses which exercise is in front; above the first one, the first. */
  private _follow(): void {
    const content = this._tracker.currentWidget?.content;
    const model = content?.model;
    const book = model && notebookMark(model);
    const here = book && exerciseAt(model, content.activeCellIndex);
    const exercise = here ?? (model && answers(model)[0]?.exercise);
    this._room.courses.current = book && exercise ? { course: book.course, exercise } : null;
  }
}
