import { Cell } from '@jupyterlab/cells';
import { CodeMirrorEditor } from '@jupyterlab/codemirror';
import { PathExt } from '@jupyterlab/coreutils';
import type { INotebookContent } from '@jupyterlab/nbformat';
import { NotebookActions, NotebookPanel } from '@jupyterlab/notebook';
import { PanelLayout } from '@lumino/widgets';
import React from 'react';

import { CellPart } from '../grading/cellpart';
import type { IAuthorFinding, IAuthorUnit } from '../records';
import { RequestError } from '../requests';
import { IServer } from '../tokens';
import { ExerciseCheck } from './check';
import { AddRow, Head } from './head';
import { Misread, misreadIn } from './misread';
import { Report } from './report';
import {
  begun,
  freeId,
  groupAt,
  KEY,
  markAs,
  placeFor,
  Role,
  roleName,
  roleOf,
  ROLES,
  withHidden
} from './roles';

/** After a burst of changes, what saving would write is looked at. */
const LOOK_MS = 700;

interface IParts {
  head: CellPart;
  report: CellPart;
  check: ExerciseCheck;
}

/** A unit that is open as its author's notebook: a head above each cell, the row that adds, and the checks. */
export class AuthorNotebook {
  private readonly _parts = new Map<Cell, IParts>();
  private _timer = 0;
  private _lookTimer = 0;
  private _saving = '';
  private _looked = '';

  constructor(
    private readonly _server: IServer,
    private readonly _panel: NotebookPanel
  ) {
    const { content, context } = _panel;
    _panel.addClass('codegym-Author');
    const { trans } = _server;
    const bar = new CellPart('codegym-Author-bar', () => (
      <AddRow trans={trans} add={(...what) => void this.add(...what)} saving={this._saving} />
    ));
    const later = () => {
      window.clearTimeout(this._timer);
      this._timer = window.setTimeout(() => this._sync(), 120);
      window.clearTimeout(this._lookTimer);
      this._lookTimer = window.setTimeout(() => void this._look().then(() => bar.update()), LOOK_MS);
    };
    const same = () => {
      this._looked = this._text;
      this._saving = '';
      bar.update();
    };
    context.saveState.connect((_, state) => state === 'completed' && same());
    content.modelContentChanged.connect(later);
    content.modelChanged.connect(later);
    void context.ready.then(() => {
      _panel.contentHeader.addWidget(bar); // what is added before the file has come goes as it comes
      this._sync();
      same();
    });
    _panel.disposed.connect(() => this._parts.forEach(({ check }) => check.stop()));
  }

  /** What of the notebook is written: not what a kernel leaves in it. */
  private get _text(): string {
    const cells = [...(this._panel.content.model?.cells ?? [])];
    return JSON.stringify(
      cells.map(one => [one.type, one.sharedModel.getSource(), one.getMetadata(KEY) as unknown])
    );
  }

  /** What saving would write now. */
  private async _look(): Promise<void> {
    const { content, context } = this._panel;
    const text = this._text;
    if (this._panel.isDisposed || !content.model || text === this._looked) {
      return;
    }
    this._looked = text;
    const { trans, api } = this._server;
    try {
      const { changes } = await api.saveAuthorUnit(context.path, content.model.toJSON(), true);
      const name = PathExt.basename(context.path);
      const said = trans._n(
        'Saving writes %2: %1 line changes',
        'Saving writes %2: %1 lines change',
        changes ?? 0,
        name
      );
      this._saving = changes ? said : '';
    } catch (reason) {
      this._saving = reason instanceof RequestError ? reason.message : '';
    }
  }

  private get _cells(): readonly Cell[] {
    return this._panel.content.widgets;
  }

  private get _roles(): Role[] {
    return this._cells.map(cell => roleOf(cell.model));
  }

  /** Adds a cell where its role belongs, or goes to the one that is there; an exercise comes with what it needs. */
  async add(role: Role, kind = ''): Promise<void> {
    const { api, announcer } = this._server;
    try {
      const made = role === 'exercise' && kind ? await api.newExercise(this._panel.context.path, kind) : null;
      const place = placeFor(role, this._roles, this._panel.content.activeCellIndex);
      const at = 'there' in place ? place.there : place.at;
      this._goTo('there' in place ? at : made ? this._insertMade(at, made) : this._insert(at, role));
    } catch (reason) {
      this._saving = reason instanceof RequestError ? reason.message : '';
      announcer.say(this._saving);
    }
  }

  /** The cells of a new exercise, under an id that is free here too; returns where the exercise is. */
  private _insertMade(at: number, { content }: IAuthorUnit): number {
    const { cells } = content as unknown as INotebookContent;
    const here = this._cells.map(cell => cell.model.sharedModel.getSource());
    const made = cells.slice(1).map(({ cell_type, source, metadata }) => {
      const { role } = metadata[KEY] as { role: string };
      return { cell_type, source: freeId(String(source), here), metadata: { [KEY]: { role } } };
    });
    this._panel.content.model?.sharedModel.insertCells(at, made);
    return at + made.findIndex(one => one.metadata[KEY].role === 'exercise');
  }

  /** Returns where the new cell is. */
  private _insert(at: number, role: Role, source?: string): number {
    const roles = this._roles;
    const group = groupAt(roles, this._panel.content.activeCellIndex);
    const needs = role !== 'text' && role !== 'given' && (role === 'exercise' || !group);
    const number = roles.filter(one => one === (needs ? 'exercise' : role)).length + 1;
    const name = /^def +(\w+)/m.exec(group ? this._source('solution', group) : '')?.[1] ?? 'f';
    const whole: Role[] = ['exercise', 'statement', 'starter', 'solution', 'sample'];
    const made = needs ? [...whole, ...(whole.includes(role) ? [] : [role])] : [role];
    this._panel.content.model?.sharedModel.insertCells(
      at,
      made.map(one => ({
        cell_type: ROLES[one].cell as 'raw',
        source: source ?? begun(one, name, number, this._server.trans),
        metadata: { [KEY]: markAs(one, null) as never }
      }))
    );
    return at + made.indexOf(role);
  }

  private _source(role: Role, { first, end }: { first: number; end: number }): string {
    const at = this._roles.findIndex((one, i) => i >= first && i < end && one === role);
    return at < 0 ? '' : this._cells[at].model.sharedModel.getSource();
  }

  /** Puts the cursor into a cell. */
  private _goTo(index: number): void {
    const { content } = this._panel;
    content.activeCellIndex = index;
    content.mode = 'edit';
    this._sync();
    const cell = this._cells[index];
    void Promise.all([content.scrollToItem(index), cell?.ready]).then(() => cell?.editor?.focus());
  }

  private _setRole(cell: Cell, role: Role): void {
    const { content } = this._panel;
    const { model } = cell;
    const label = this._server.trans.__('what it looks at');
    const source = model.sharedModel.getSource();
    if (role === 'sample' || role === 'hidden') {
      model.sharedModel.setSource(withHidden(source, role === 'hidden', label));
    }
    model.setMetadata(KEY, markAs(role, model.getMetadata(KEY)));
    content.activeCellIndex = this._cells.indexOf(cell);
    if (model.type !== ROLES[role].cell) {
      NotebookActions.changeCellType(content, ROLES[role].cell);
    }
    this._sync();
    content.activeCell?.node.querySelector<HTMLElement>('.codegym-Author-head select')?.focus();
  }

  /** One pass over the cells, after a burst of changes. */
  private _sync(): void {
    if (this._panel.isDisposed) {
      return;
    }
    for (const [cell, { check }] of this._parts) {
      if (cell.isDisposed) {
        check.stop();
        this._parts.delete(cell);
      }
    }
    for (const cell of this._cells) {
      if (!this._parts.has(cell)) {
        this._parts.set(cell, this._made(cell));
        void cell.ready.then(() => this._place(cell));
        cell.inViewportChanged.connect(() => this._name(cell)); // its editor may be another
      }
      this._name(cell);
      const { head, report } = this._parts.get(cell)!;
      head.update();
      report.update();
    }
  }

  private _made(cell: Cell): IParts {
    const { api, trans, announcer } = this._server;
    const check = new ExerciseCheck(api);
    const head = new CellPart('codegym-Author-part', () => this._head(cell, check));
    const report = new CellPart('codegym-Author-part', () =>
      roleOf(cell.model) === 'misconception' ? (
        <Misread {...misreadIn(cell.model.sharedModel.getSource())} trans={trans} />
      ) : (
        <Report
          trans={trans}
          state={check.state}
          take={(mutant, text, hidden) => this._take(cell, check, mutant, text, hidden)}
          same={mutant => this._same(cell, check, mutant)}
          goTo={finding => this._goToFinding(cell, finding)}
        />
      )
    );
    check.changed.connect(() => {
      head.update();
      report.update();
      if (check.state.phase === 'done' || check.state.phase === 'failed') {
        window.setTimeout(() => {
          announcer.say(report.node.querySelector('.codegym-Author-row')?.textContent ?? '');
        }, 100); // once it is drawn
      }
    });
    return { head, report, check };
  }

  private _place(cell: Cell): void {
    const parts = this._parts.get(cell);
    if (cell.isDisposed || !parts) {
      return;
    }
    const layout = cell.layout as PanelLayout;
    const input = layout.widgets.findIndex(widget => widget.hasClass('jp-Cell-inputWrapper'));
    layout.insertWidget(input, parts.head);
    layout.insertWidget(input + 2, parts.report);
    this._name(cell);
  }

  private _name(cell: Cell): void {
    const role = roleOf(cell.model);
    if (cell.model.type === 'raw' && cell.model.mimeType !== 'text/x-yaml') {
      cell.model.mimeType = 'text/x-yaml';
    }
    if (cell.editor instanceof CodeMirrorEditor) {
      cell.editor.editor.contentDOM.setAttribute('aria-label', roleName(role, this._server.trans));
    }
  }

  private _head(cell: Cell, check: ExerciseCheck): JSX.Element {
    const role = roleOf(cell.model);
    const { content, context } = this._panel;
    const group = groupAt(this._roles, this._cells.indexOf(cell));
    const own = group ? this._roles.slice(group.first, group.end) : [];
    const checks = role === 'solution' || (role === 'exercise' && !own.includes('solution'));
    const run = () => {
      content.activeCellIndex = this._cells.indexOf(cell);
      content.deselectAll();
      void NotebookActions.run(content, context.sessionContext);
    };
    return (
      <Head
        trans={this._server.trans}
        role={role}
        running={check.state.phase === 'running'}
        setRole={next => this._setRole(cell, next)}
        run={cell.model.type === 'code' ? run : null}
        check={checks ? () => void this._check(cell, check) : null}
        stop={() => check.stop()}
      />
    );
  }

  /** Saves, then checks what was saved. */
  private async _check(cell: Cell, check: ExerciseCheck): Promise<void> {
    const { context } = this._panel;
    const { trans } = this._server;
    const group = groupAt(this._roles, this._cells.indexOf(cell));
    const id = group && /^id: *["']?([\w-]+)/m.exec(this._source('exercise', group))?.[1];
    if (!id) {
      const why = trans.__('This exercise has no id: write one into its settings.');
      check.fail(why);
      return;
    }
    // not by `dirty`: a kernel that starts writes into the notebook at any time
    let failed = false;
    const note = (_: unknown, state: string) => void (failed ||= state === 'failed');
    context.saveState.connect(note);
    await context.save().catch(() => void (failed = true));
    context.saveState.disconnect(note);
    if (!failed) {
      await check.run(context.path, id, trans.__('The server is away. Try again in a moment.'));
    }
  }

  private _take(cell: Cell, check: ExerciseCheck, mutant: string, text: string, hidden: boolean): void {
    const lines = text.trimEnd().split('\n');
    const bare = lines.map(line => line.replace(/^(- | {2})/, '')).join('\n');
    const role = hidden ? 'hidden' : 'sample';
    const here = this._cells.indexOf(cell);
    this._panel.content.activeCellIndex = here;
    const place = placeFor(role, this._roles, here);
    const at = this._insert('at' in place ? place.at : here + 1, role, withHidden(bare, hidden, ''));
    this._server.announcer.say(this._server.trans.__('Added as cell %1.', at + 1));
    this._goOn(cell, check, mutant);
  }

  /** The mutant is dealt with; the keyboard goes to the next, or to the button that checks again. */
  private _goOn(cell: Cell, check: ExerciseCheck, mutant: string): void {
    check.settle(mutant);
    window.setTimeout(() => {
      const next = cell.node.querySelector<HTMLElement>('.codegym-Author-found button');
      (next ?? cell.node.querySelector<HTMLElement>('.codegym-Author-head .codegym-mod-main'))?.focus();
    }, 60);
  }

  private _same(cell: Cell, check: ExerciseCheck, mutant: string): void {
    const group = groupAt(this._roles, this._cells.indexOf(cell));
    const settings = group && this._cells[group.first].model.sharedModel;
    if (!settings) {
      return;
    }
    const why = this._server.trans.__('say here why it means the same');
    const item = `\n  - mutant: ${mutant}\n    reason: ${why}`;
    const text = settings.getSource().trimEnd();
    const key = /^equivalent:$/m;
    settings.setSource(
      key.test(text) ? text.replace(key, `equivalent:${item}`) : `${text}\nequivalent:${item}`
    );
    check.settle(mutant);
    this._goTo(group.first);
  }

  private _goToFinding(cell: Cell, { at }: IAuthorFinding): void {
    const group = groupAt(this._roles, this._cells.indexOf(cell));
    if (!group) {
      return;
    }
    const wanted: Record<string, Role[]> = {
      checks: ['sample', 'hidden'],
      hints: ['hint'],
      misconceptions: ['misconception'],
      questions: ['question'],
      given: ['shown']
    };
    const roles = wanted[String(at[0])] ?? [at[0] as Role];
    const fits = this._roles
      .map((role, i) => (roles.includes(role) && i >= group.first && i < group.end ? i : -1))
      .filter(i => i >= 0);
    this._goTo(fits[typeof at[1] === 'number' ? at[1] : 0] ?? group.first);
  }
}
