import { Cell, MarkdownCell } from '@jupyterlab/cells';
import { INotebookModel, INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';
import { createRoot } from 'react-dom/client';

import { replacesEditor } from '../answers/control';
import { answerForm, answers, cellMark, IAnswerForm, IChoice, notebookMark } from '../cells';
import { IClock } from '../dates';
import { Glyph } from '../pieces';
import { IExercise } from '../records';
import { IExerciseRef, IServer } from '../tokens';
import type { Courses } from './model';
import { factsOf } from './words';

/** The line of facts that a generated statement has under its title: `2 pt` · for loops */
const LINE = '.jp-RenderedMarkdown > h3 + p:has(> code:first-child)';

/** Statements of exercises: the line under the title is drawn from the records, with when it is due. */
export class Statements {
  private readonly _drawn = new Map<Cell, StatementFacts>();

  constructor(
    private readonly _server: IServer,
    private readonly _courses: Courses,
    tracker: INotebookTracker
  ) {
    tracker.forEach(panel => this._watch(panel));
    tracker.widgetAdded.connect((_, panel) => this._watch(panel));
    _courses.changed.connect(() => this._drawn.forEach(facts => this._draw(facts)));
  }

  private _watch(panel: NotebookPanel): void {
    let timer = 0;
    panel.content.modelContentChanged.connect(() => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => this._sync(panel), 120);
    });
    void panel.context.ready.then(() => this._sync(panel));
  }

  private _sync(panel: NotebookPanel): void {
    const book = panel.isDisposed || !panel.model ? null : notebookMark(panel.model);
    panel.toggleClass('codegym-Notebook', book !== null);
    for (const cell of book ? panel.content.widgets : []) {
      const mark = cell instanceof MarkdownCell ? cellMark(cell.model) : null;
      if (mark?.role === 'statement' && mark.exercise && !this._drawn.has(cell)) {
        const { exercise } = mark;
        const form = () => (panel.model && !panel.isDisposed ? controlOf(panel.model, exercise) : null);
        const facts = new StatementFacts(cell, { course: book!.course, exercise }, form);
        this._drawn.set(cell, facts);
        cell.disposed.connect(() => {
          this._drawn.delete(cell);
          facts.dispose();
        });
        this._draw(facts);
      }
    }
  }

  private _draw(facts: StatementFacts): void {
    const exercise = this._courses.find(facts.of);
    if (exercise) {
      const practice = this._courses.isPractice(facts.of);
      const clock = this._courses.clockOf(facts.of.course);
      facts.draw(<Facts exercise={exercise} clock={clock} trans={this._server.trans} practice={practice} />);
    }
  }
}

function Facts(props: {
  exercise: IExercise;
  clock: IClock;
  trans: TranslationBundle;
  practice: boolean;
}): JSX.Element {
  const { worth, due, concepts } = factsOf(props.exercise, props.clock, props.trans, props.practice);
  return (
    <>
      {worth && <span>{worth}</span>}
      {props.exercise.bonus && (
        <span>
          <Glyph shape="bonus" tone="grey" />
          {props.trans.__('bonus, counts extra and never against you')}
        </span>
      )}
      {due && (
        <span>
          <Glyph shape="calendar" tone="grey" />
          {due}
        </span>
      )}
      {concepts && (
        <span>
          <Glyph shape="book" tone="grey" />
          {concepts}
        </span>
      )}
    </>
  );
}

/** What the exercise's control shows, where it stands in place of the answer's editor. */
function controlOf(model: INotebookModel, exercise: string): IAnswerForm | null {
  const cell = answers(model).find(one => one.exercise === exercise)?.cell;
  const form = cell && answerForm(cell);
  return form && replacesEditor(cell.sharedModel.getSource(), form) ? form : null;
}

function isOf(text: string): (choice: IChoice) => boolean {
  return ({ id }) => text.startsWith(`${id}) `);
}

/** Stands in for the line of text in one cell, each time that the lab has rendered it anew. */
class StatementFacts {
  private readonly _node = document.createElement('p');
  private readonly _root = createRoot(this._node);
  private readonly _observer = new MutationObserver(() => this._place());

  constructor(
    private readonly _cell: Cell,
    readonly of: IExerciseRef,
    private readonly _form: () => IAnswerForm | null
  ) {
    _cell.addClass('codegym-StatementCell');
    this._node.className = 'codegym-Facts';
  }

  draw(facts: JSX.Element): void {
    this._root.render(facts);
    this._observer.observe(this._cell.node, { childList: true, subtree: true });
    this._place();
  }

  dispose(): void {
    this._observer.disconnect();
    // React must not be unmounted while it renders
    window.setTimeout(() => this._root.unmount());
  }

  /** What the statement lists for other viewers is in the control below it. */
  private _hideForm(): void {
    const form = this._form();
    const code = form && [form.given, form.lines.join('\n')].map(text => text.trim()).filter(Boolean);
    const parts = this._cell.node.querySelectorAll<HTMLElement>('.jp-RenderedMarkdown > :is(p, pre)');
    for (const part of form ? parts : []) {
      const text = (part.textContent ?? '').trim();
      const listed = part.tagName === 'PRE' ? code?.includes(text) : form?.choices.some(isOf(text));
      if (listed && !part.hidden) {
        part.hidden = true;
      }
    }
  }

  private _place(): void {
    this._hideForm();
    const line = this._cell.node.querySelector<HTMLElement>(LINE);
    if (line && !line.hidden) {
      line.hidden = true;
      line.after(this._node);
    }
  }
}
