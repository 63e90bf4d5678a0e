import { CodeCell } from '@jupyterlab/cells';
import { CodeMirrorEditor } from '@jupyterlab/codemirror';
import { ICell, IOutput } from '@jupyterlab/nbformat';
import { NotebookPanel } from '@jupyterlab/notebook';
import { ReactWidget } from '@jupyterlab/ui-components';
import { CommandRegistry } from '@lumino/commands';
import { IDisposable } from '@lumino/disposable';
import { PanelLayout } from '@lumino/widgets';
import React from 'react';
import { createRoot, Root } from 'react-dom/client';

import {
  collect,
  digestOf,
  errorIn,
  hasRun,
  judgementIn,
  judgementOutput,
  ranSince,
  sourceDigest,
  writeJudgement
} from '../cells';
import { Bundle, IJudgement } from '../records';
import { CommandIDs, ICourses, IExerciseRef, IHints, IServer } from '../tokens';
import { Checks, ITarget } from './checks';
import { Diagnoses } from './diagnoses';
import { IJudgementHost } from './host';
import { markLines, showLine } from './lines';
import { Memory } from './memory';
import { HintOffer } from './hintoffer';
import { saveReceipt } from './receipts';
import { Strip } from './strip';
import { AnswerStatus } from './answerstatus';
import { RunActions } from './actions';

/** What every answer of the lab shares. */
export interface IGradingContext {
  server: IServer;
  courses: ICourses;
  checks: Checks;
  hints: IHints | null;
  commands: CommandRegistry;
  memory: Memory;
  offer: HintOffer;
  diagnoses: Diagnoses;
}

/** A place in a cell's layout for what is no part of the document. */
export class CellPart extends ReactWidget {
  constructor(
    className: string,
    private readonly _content: () => JSX.Element
  ) {
    super();
    this.addClass(className);
    this.node.addEventListener('keydown', event => event.stopPropagation());
  }

  render(): JSX.Element {
    return this._content();
  }
}

/** One answer cell: its toolbar above the code, its status and its hints below, and its judgement among its outputs. */
export class AnswerCell implements IDisposable, ITarget {
  readonly status: CellPart;
  readonly foot: CellPart;
  /** Where it stands among the cells. */
  at = 0;
  private readonly _node = document.createElement('div');
  private _root: Root | null = null;
  private _judgement: IOutput | null = null;
  private _older: boolean | null = null;
  private _last: ICell;
  private _undo = false;
  private _disposed = false;

  constructor(
    private readonly _context: IGradingContext,
    readonly panel: NotebookPanel,
    readonly cell: CodeCell,
    readonly ref: IExerciseRef
  ) {
    this.status = new CellPart('codegym-AnswerStatus', () => this._status());
    this.foot = new CellPart('codegym-AnswerStatus', () => this._foot());
    this._judgement = judgementIn(cell.model.outputs.toJSON())?.output ?? null;
    this._last = cell.model.sharedModel.toJSON();
    cell.addClass('codegym-AnswerCell');
    cell.model.contentChanged.connect(() => (this._last = cell.model.sharedModel.toJSON()));
    cell.model.outputs.changed.connect(this._outputsChanged, this);
    cell.disposed.connect(() => this.dispose());
    void cell.ready.then(() => this._build());
    const result = _context.checks.resultFor(ref);
    if (result) {
      this.write(result.bundle, result.digest);
    }
    void _context.checks.catchUp(ref, this.judgement);
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  get title(): string {
    return this._context.courses.find(this.ref)?.title ?? this.ref.exercise;
  }

  get path(): string {
    return this.panel.context.path;
  }

  /** The judgement that stands in the document. */
  get judgement(): IJudgement | null {
    return this._judgement ? (judgementIn([this._judgement])?.judgement ?? null) : null;
  }

  /** The cell was run after that. */
  get ran(): boolean {
    return hasRun(this._judgement);
  }

  /** The code has changed since the judgement that stands in the document. */
  get isOlder(): boolean {
    return this._isOlder(digestOf(this._judgement?.metadata));
  }

  /** The traceback below it, if what happened last is a run that ended in an error. */
  get lastError(): string | null {
    return !this._judgement || this.ran ? errorIn(this.cell.model.outputs.toJSON()) : null;
  }

  /** The cell as it was last, with its judgement and no other output. */
  get last(): ICell {
    return { ...this._last, outputs: this._judgement ? [this._judgement] : [], execution_count: null };
  }

  collect(): ReturnType<typeof collect> {
    const model = this.panel.content.model;
    return model && collect(model, this.ref.exercise);
  }

  write(bundle: Bundle, digest: string): void {
    this._undo = false;
    this._judgement = judgementOutput(bundle, digest);
    writeJudgement(this.cell.model.outputs, this._judgement);
    this._older = null;
  }

  /** Moves the page just so far that the judgement's first line is seen. */
  async reveal(): Promise<void> {
    await new Promise(done => window.requestAnimationFrame(() => window.setTimeout(done, 60)));
    if (this.panel.isVisible) {
      this.cell.node.querySelector('.codegym-Judgement-head')?.scrollIntoView({ block: 'nearest' });
    }
  }

  /** The student cleared the outputs: then the judgement goes too. */
  forget(): void {
    this._judgement = null;
    this.render();
  }

  /** Puts a text into the answer, as one step that undo takes back. */
  replace(source: string, undoable: boolean): void {
    this.cell.model.sharedModel.setSource(source);
    this._undo = undoable;
    this._context.checks.clear(this.ref);
    this.render();
  }

  /** The code changed, here or above. */
  changed(): void {
    this._older = null;
  }

  focusAnswer(): void {
    const { content } = this.panel;
    content.activeCellIndex = content.widgets.indexOf(this.cell);
    content.mode = 'edit';
    this.cell.editor?.focus();
  }

  goToLine(line: number): void {
    this.focusAnswer();
    if (this.cell.editor instanceof CodeMirrorEditor) {
      showLine(this.cell.editor, line);
    }
  }

  /** Marks the lines that a diagnosis names, until the code changes; their numbers stand beside them. */
  mark(lines: number[]): void {
    if (this.cell.editor instanceof CodeMirrorEditor) {
      this.cell.editor.setOption('lineNumbers', true);
      markLines(this.cell.editor, lines);
    }
  }

  /** Focus into the judgement, if there is one. */
  focusJudgement(): boolean {
    const first = this.cell.node.querySelector<HTMLElement>('.codegym-Judgement button');
    first?.focus();
    first?.scrollIntoView({ block: 'nearest' });
    return Boolean(first);
  }

  host(view: IJudgement, digest: string | null): IJudgementHost {
    const { checks, courses, commands, diagnoses, hints, memory } = this._context;
    const state = checks.state(this.ref);
    const newer = state.aside?.state === 'judged' && isNewer(state.aside, view) ? state.aside : null;
    const shown = newer ?? view;
    const next = courses.neighbour(this.ref, 1);
    const args = { ...this.ref };
    const older = !newer && this._isOlder(digest);
    // of a judgement of an earlier visit it is asked for once the answer is worked at
    if (!older && courses.current?.exercise === this.ref.exercise) {
      void diagnoses.need(shown, courses.find(this.ref)?.hints?.given);
    }
    return {
      checking: state.phase === 'checking' || state.phase === 'stopping',
      stopping: state.phase === 'stopping',
      newer,
      older,
      ran: !newer && this.ran,
      source: this.cell.model.sharedModel.getSource(),
      missingKernel: this._missingKernel(),
      folded: memory.folded(shown),
      diagnosis: diagnoses.of(shown),
      nextTitle: next?.title ?? null,
      practice: courses.isPractice(this.ref) ? { tries: courses.find(this.ref)?.tries ?? 0 } : null,
      hintButton: (hints?.mayOffer(this.ref) ?? false) && !this._offers(),
      fold: folded => {
        memory.fold(shown, folded);
        this._context.checks.touch();
      },
      goToLine: line => this.goToLine(line),
      back: () => this.focusAnswer(),
      can: command => commands.hasCommand(command) && commands.isVisible(command, args),
      act: command => void commands.execute(command, args),
      cancel: () => void checks.cancel(this.ref),
      next: () => void (next && commands.execute(CommandIDs.open, { course: args.course, ...next })),
      receipt: () => void saveReceipt(this._context.server, shown)
    };
  }

  render(): void {
    if (!this._disposed) {
      this._root?.render(this._strip());
      this.status.update();
      this.foot.update();
    }
  }

  dispose(): void {
    if (this._disposed) {
      return;
    }
    this._disposed = true;
    const root = this._root;
    // React must not be unmounted while it renders
    window.setTimeout(() => root?.unmount());
    this._node.remove();
    this.status.dispose();
    this.foot.dispose();
    if (!this.cell.isDisposed) {
      this.cell.removeClass('codegym-AnswerCell');
      this.cell.model?.outputs.changed.disconnect(this._outputsChanged, this);
    }
  }

  private _build(): void {
    const editor = this.cell.editorWidget;
    if (this._disposed || !editor) {
      return;
    }
    this._node.className = 'codegym-Strip-box';
    this._node.addEventListener('keydown', event => event.stopPropagation());
    editor.node.prepend(this._node);
    this._root = createRoot(this._node);
    if (this.cell.editor instanceof CodeMirrorEditor) {
      const label = this._context.server.trans.__('Your answer: %1', this.title);
      this.cell.editor.editor.contentDOM.setAttribute('aria-label', label);
    }
    const layout = this.cell.layout as PanelLayout;
    const output = layout.widgets.findIndex(widget => widget.hasClass('jp-Cell-outputWrapper'));
    layout.insertWidget(output, this.status);
    layout.insertWidget(output + 2, this.foot);
    this.render();
  }

  private _strip(): JSX.Element {
    const { server, courses, checks, commands } = this._context;
    const exercise = courses.find(this.ref);
    const { phase } = checks.state(this.ref);
    const run = (command: string) => () => void commands.execute(command, { ...this.ref });
    return (
      <Strip
        trans={server.trans}
        title={this.title}
        exercise={exercise}
        line={exercise && courses.line(this.ref.course, exercise)}
        active={this.panel.content.activeCell === this.cell}
        running={['sending', 'checking', 'stopping', 'waiting'].includes(phase)}
        keys="Control+Shift+Enter"
        check={run(CommandIDs.check)}
        handIn={run(CommandIDs.handIn)}
        hint={run(CommandIDs.hint)}
        reset={run(CommandIDs.reset)}
      />
    );
  }

  private _status(): JSX.Element {
    const { server, checks, commands, courses } = this._context;
    const state = checks.state(this.ref);
    const view = state.aside ?? this.judgement;
    return (
      <AnswerStatus
        trans={server.trans}
        clock={courses.clockOf(this.ref.course)}
        state={state}
        title={this.title}
        judged={this._judgement !== null}
        host={this.host(view ?? EMPTY, null)}
        offer={this._offers() ? answered => this._answerOffer(answered) : null}
        undoReset={this._undo ? () => void commands.execute(CommandIDs.undoReset, { ...this.ref }) : null}
      />
    );
  }

  /** Three tries stopped at the same place, and there is a hint to give that nothing else offers. */
  private _offers(): boolean {
    const { offer, hints } = this._context;
    return offer.isOpen(this.ref) && (hints?.mayOffer(this.ref) ?? false);
  }

  private _answerOffer(wanted: boolean): void {
    this._context.offer.close(this.ref);
    if (wanted) {
      void this._context.commands.execute(CommandIDs.hint, { ...this.ref });
    }
    this.focusAnswer();
    this._context.checks.touch();
  }

  private _foot(): JSX.Element {
    const { server, hints } = this._context;
    return (
      <>
        {this.lastError && (
          <RunActions trans={server.trans} host={this.host(this.judgement ?? EMPTY, null)} />
        )}
        {hints?.box(this.ref)}
      </>
    );
  }

  private _missingKernel(): string | null {
    const { model, sessionContext } = this.panel.context;
    const { name } = (model.getMetadata('kernelspec') ?? {}) as { name?: string };
    const specs = sessionContext.specsManager.specs?.kernelspecs;
    return name && specs && !(name in specs) ? name : null;
  }

  private _isOlder(digest: string | null): boolean {
    if (!digest) {
      return false;
    }
    if (this._older === null) {
      const sent = this.collect();
      this._older = sent !== null && sourceDigest(sent) !== digest;
    }
    return this._older;
  }

  /** Running the cell clears its outputs; the judgement is put back, first as before, and marked as the older. */
  private _outputsChanged(): void {
    const found = judgementIn(this.cell.model.outputs.toJSON());
    if (found) {
      this._judgement = found.output;
      this.foot.update();
      return;
    }
    window.setTimeout(() => {
      const outputs = this._disposed || this.cell.isDisposed ? null : this.cell.model.outputs;
      if (outputs && this._judgement && !judgementIn(outputs.toJSON())) {
        this._judgement = ranSince(this._judgement);
        writeJudgement(outputs, this._judgement);
      }
      this.foot.update();
    });
  }
}

const EMPTY = { submission: '', state: 'waiting', verdict: null } as IJudgement;

function isNewer(one: IJudgement, other: IJudgement): boolean {
  const time = (view: IJudgement) => Date.parse(view.judged_at ?? view.received_at ?? '') || 0;
  return one.submission !== other.submission ? time(one) > time(other) : time(one) > time(other);
}
