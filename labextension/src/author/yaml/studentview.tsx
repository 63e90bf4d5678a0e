import { Cell } from '@jupyterlab/cells';
import { ICell, INotebookContent } from '@jupyterlab/nbformat';
import { NotebookModel, NotebookWidgetFactory, StaticNotebook } from '@jupyterlab/notebook';
import { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Panel, PanelLayout } from '@lumino/widgets';
import React from 'react';

import { AnswerControl } from '../../answers/control';
import { taskWord } from '../../answers/words';
import { answers, cellMark, firstCellOf } from '../../cells';
import { applyRepair, IdCell, planRepair } from '../../course/repair';
import { timeOfDay } from '../../dates';
import { CellPart } from '../../grading/cellpart';
import { ticked } from '../../phrases';
import { Glyph, Said } from '../../pieces';
import type { IAuthorError } from '../../records';
import { IServer } from '../../tokens';
import { Misread } from '../misread';
import { YamlEditor } from './editor';
import { IPlace, misreadAt, placeAt } from './schema';

/** A unit as a student gets it, from the text in the editor; what cannot be read stays in its last good state. */
export class StudentView extends Panel {
  private readonly _head: CellPart;
  private readonly _notebook: StaticNotebook;
  private readonly _model: NotebookModel;
  /** What stands above an exercise that has mistakes. */
  private readonly _told = new Map<Cell, CellPart>();
  private readonly _controls = new Map<Cell, AnswerControl>();
  private _errors: IAuthorError[] = [];
  private _lost = new Set<string>();
  private _whole = false;
  private _good = '';
  private _place = '';
  /** Below an answer: what a student reads who has the wrong idea that the cursor is in. */
  private _misread: CellPart | null = null;
  private _misreadBelow: Cell | null = null;

  constructor(
    private readonly _server: IServer,
    private readonly _editor: YamlEditor,
    lab: NotebookWidgetFactory,
    resolver: IRenderMime.IResolver
  ) {
    super();
    this.addClass('codegym-StudentView');
    const { trans } = _server;
    this._head = new CellPart('codegym-StudentView-head', () => this._headline());
    this._notebook = new StaticNotebook({
      rendermime: lab.rendermime.clone({ resolver }),
      contentFactory: lab.contentFactory,
      mimeTypeService: lab.mimeTypeService,
      editorConfig: lab.editorConfig,
      notebookConfig: { ...lab.notebookConfig, windowingMode: 'none' }
    });
    this._model = new NotebookModel();
    this._notebook.model = this._model;
    const { outerNode } = this._notebook;
    outerNode.tabIndex = 0;
    outerNode.setAttribute('role', 'region');
    outerNode.setAttribute('aria-label', trans.__("Student's view"));
    this.addWidget(this._head);
    this.addWidget(this._notebook);
    _editor.looked.connect(this._follow, this);
    _editor.moved.connect(this._scroll, this);
    this._follow();
  }

  dispose(): void {
    if (!this.isDisposed) {
      this._editor.looked.disconnect(this._follow, this);
      this._editor.moved.disconnect(this._scroll, this);
      super.dispose();
      this._model.dispose();
    }
  }

  /** The editor's text was read: what can be shown is. */
  private _follow(): void {
    const { read } = this._editor;
    const notebook = read?.notebook as unknown as INotebookContent | null;
    this._errors = read?.errors ?? [];
    this._whole = Boolean(notebook);
    if (notebook) {
      const before = [...this._model.cells].map(one => one.toJSON() as IdCell);
      const cells = withLost(before, notebook.cells, this._errors);
      this._lost = new Set(
        cells.map(exerciseOf).filter(id => !notebook.cells.some(one => exerciseOf(one) === id))
      );
      this._model.setMetadata('language_info', notebook.metadata.language_info ?? { name: '' });
      applyRepair(this._model.sharedModel, planRepair(before, cells));
      if (!this._errors.some(one => one.here)) {
        this._good = this._server.clock.now().toISOString();
      }
    }
    this._dress();
    this._head.update();
    this._scroll();
  }

  /** Answers have their controls, exercises with mistakes the words above them. */
  private _dress(): void {
    const cells = this._notebook.widgets;
    for (const map of [this._told, this._controls]) {
      for (const [cell, part] of map) {
        if (cell.isDisposed) {
          part.dispose();
          map.delete(cell);
        }
      }
    }
    for (const cell of cells) {
      const mark = cellMark(cell.model);
      cell.readOnly = true;
      if (mark?.role === 'answer' && !this._controls.has(cell)) {
        this._controls.set(cell, this._control(cell, mark.exercise ?? ''));
      }
      if (mark?.role === 'statement') {
        this._tell(cell, mark.exercise ?? '');
      }
    }
  }

  private _control(cell: Cell, exercise: string): AnswerControl {
    const { trans } = this._server;
    const control = new AnswerControl(cell, () => ({
      ...{ trans, title: exercise, judged: null, older: false, closed: true, seed: exercise },
      ...{ highlight: null, rendermime: this._notebook.rendermime, hasPicture: false },
      picture: () => Promise.resolve(null),
      given: () => Promise.resolve(null),
      check: () => undefined,
      say: () => undefined
    }));
    cell.addClass('codegym-AnswerCell');
    void cell.ready.then(() => {
      if (!cell.isDisposed) {
        const strip = document.createElement('div');
        strip.className = 'codegym-StudentView-task';
        strip.textContent = taskWord(control.form, trans);
        cell.editorWidget?.node.prepend(strip);
        control.build();
      }
    });
    return control;
  }

  private _tell(cell: Cell, exercise: string): void {
    const wrong = this._errors.some(one => one.here && one.exercise === exercise);
    const part = this._told.get(cell);
    if (!wrong) {
      part?.dispose();
      this._told.delete(cell);
    } else if (part) {
      part.update();
    } else {
      const made = new CellPart('codegym-StudentView-part', () => {
        const lost = this._lost.has(exercise);
        return this._mistakes(
          this._errors.filter(one => one.here && one.exercise === exercise),
          lost
            ? this._server.trans.__('This exercise cannot be read.')
            : this._server.trans.__('There is a mistake in this exercise.'),
          lost
        );
      });
      this._told.set(cell, made);
      (cell.layout as PanelLayout).insertWidget(0, made);
    }
  }

  private _headline(): JSX.Element {
    const { trans } = this._server;
    if (!this._editor.read) {
      return <p>{trans.__('Reading the unit…')}</p>;
    }
    const shown = new Set([...this._model.cells].map(one => cellMark(one)?.exercise));
    const rest = this._errors.filter(one =>
      one.here ? !one.exercise || !shown.has(one.exercise) : !this._whole
    );
    return (
      <>
        <p>{trans.__('Live, from the text as it is. It does not show what only the author knows.')}</p>
        {!this._whole && this._mistakes(rest, trans.__('This unit cannot be read.'), true)}
        {this._whole &&
          rest.length > 0 &&
          this._mistakes(rest, trans.__('There is a mistake in this unit.'), false)}
      </>
    );
  }

  private _mistakes(errors: IAuthorError[], head: string, lost: boolean): JSX.Element {
    const { trans, clock } = this._server;
    return (
      <div className="codegym-StudentView-mistakes" role="status">
        <Glyph shape="error" tone="notyet" />
        <div>
          <b>{head}</b>
          {errors.map((one, i) => (
            <div key={i}>
              {one.here ? (
                <button type="button" className="codegym-Link" onClick={() => this._editor.goTo(one.line)}>
                  {trans.__('line %1', one.line)}
                </button>
              ) : (
                `${one.file}:${one.line}`
              )}
              {': '}
              <Said words={ticked(`${one.problem}; ${one.mend}.`)} />
            </div>
          ))}
          {lost &&
            this._good &&
            trans.__('Below is its last good state, of %1.', timeOfDay(this._good, clock, true))}
        </div>
      </div>
    );
  }

  /** Shows the wrong idea that the cursor is in; returns the answer that it stands below. */
  private _showMisread(): Cell | null {
    const found = misreadAt(this._editor.text, this._editor.cursor);
    const at = found && answers(this._model).find(one => one.exercise === found.exercise)?.index;
    const cell = this._notebook.widgets[at ?? -1] ?? null;
    if (cell !== this._misreadBelow || this._misread?.isDisposed) {
      this._misread?.dispose();
      this._misreadBelow = cell;
      this._misread = cell && new CellPart('codegym-StudentView-part', () => this._misreadHere());
      if (cell && this._misread) {
        (cell.layout as PanelLayout).addWidget(this._misread);
      }
    }
    this._misread?.update();
    return cell;
  }

  private _misreadHere(): JSX.Element {
    const found = misreadAt(this._editor.text, this._editor.cursor);
    return <Misread {...found} trans={this._server.trans} />;
  }

  /** Shows the part that the cursor of the editor is in. */
  private _scroll(): void {
    const place = placeAt(this._editor.text, this._editor.cursor);
    const cell = this._showMisread() ?? this._notebook.widgets[place ? indexOf(place, this._model) : 0];
    const now = cell ? cell.model.id : '';
    if (!cell || now === this._place) {
      return;
    }
    this._place = now;
    void cell.ready.then(() => {
      const { outerNode } = this._notebook;
      const by = cell.node.getBoundingClientRect().top - outerNode.getBoundingClientRect().top;
      outerNode.scrollTop += by - 8;
    });
  }
}

/** The cell of a place in the YAML. */
function indexOf({ exercise, after, steps }: IPlace, model: NotebookModel): number {
  if (exercise) {
    return Math.max(0, firstCellOf(model, exercise));
  }
  const from = answers(model).find(one => one.exercise === after)?.index ?? -1;
  return Math.min(from + steps, model.cells.length - 1);
}

function exerciseOf(cell: Pick<ICell, 'metadata'>): string {
  const mark = cell.metadata.codegym as { exercise?: string } | undefined;
  return mark?.exercise ?? '';
}

/** The cells that can be read, with those of exercises that cannot be read any more where they stood. */
function withLost(before: IdCell[], after: IdCell[], errors: IAuthorError[]): IdCell[] {
  const wrong = new Set(errors.filter(one => one.here).map(one => one.exercise));
  const cells = [...after];
  before.forEach((cell, i) => {
    const exercise = exerciseOf(cell);
    if (exercise && wrong.has(exercise) && !after.some(one => exerciseOf(one) === exercise)) {
      const above = i ? cells.findIndex(one => one.id === before[i - 1].id) : -1;
      cells.splice(above + 1, 0, cell);
    }
  });
  return cells;
}
