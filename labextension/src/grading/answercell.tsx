import { Cell, CodeCell } from '@jupyterlab/cells';
import { CodeMirrorEditor } from '@jupyterlab/codemirror';
import { ICell } from '@jupyterlab/nbformat';
import { NotebookPanel } from '@jupyterlab/notebook';
import { CommandRegistry } from '@lumino/commands';
import { IDisposable } from '@lumino/disposable';
import { PanelLayout } from '@lumino/widgets';
import React from 'react';
import { createRoot, Root } from 'react-dom/client';

import { AnswerControl } from '../answers/control';
import { Highlight } from '../answers/form';
import { taskWord } from '../answers/words';
import { collect, errorIn, missingKernel } from '../cells';
import { Bundle, IJudgement } from '../records';
import { CommandIDs, ICourses, IExerciseRef, IHints, IServer } from '../tokens';
import { CellPart } from './cellpart';
import { Checks, ITarget } from './checks';
import { Diagnoses } from './diagnoses';
import { DocumentJudgement } from './document';
import { IJudgementHost } from './host';
import { insertBelow, markLines, showLine } from './lines';
import { Memory } from './memory';
import { HintOffer } from './hintoffer';
import { JudgementView } from './judgement';
import { saveReceipt } from './receipts';
import { Strip } from './strip';
import { AnswerStatus } from './answerstatus';
import { isNewer } from './state';
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
  highlight: Highlight;
  /** Whose answers these are. */
  user(): string;
}

/** One answer cell: its toolbar above the code, its status and its hints below, and its judgement among its outputs. */
export class AnswerCell implements IDisposable, ITarget {
  readonly status: CellPart;
  readonly foot: CellPart;
  /** Where it stands among the cells. */
  at = 0;
  private readonly _node = document.createElement('div');
  private _root: Root | null = null;
  private _last: ICell;
  private _undo = false;
  private _disposed = false;
  /** The text of which it was said that it is short. */
  private _short: string | null = null;
  readonly control: AnswerControl;
  readonly document: DocumentJudgement;

  constructor(
    private readonly _context: IGradingContext,
    readonly panel: NotebookPanel,
    readonly cell: Cell,
    readonly ref: IExerciseRef
  ) {
    this.status = new CellPart('codegym-AnswerStatus', () => this._status());
    this.foot = new CellPart('codegym-AnswerStatus', () => this._foot());
    this.document = new DocumentJudgement(
      cell,
      () => this.collect(),
      () => this.foot.update()
    );
    this._last = cell.model.sharedModel.toJSON();
    cell.addClass('codegym-AnswerCell');
    cell.model.contentChanged.connect(() => (this._last = cell.model.sharedModel.toJSON()));
    this.control = new AnswerControl(cell, () => this._around());
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
    return this.document.view;
  }

  /** The traceback below it, if what happened last is a run that ended in an error. */
  get lastError(): string | null {
    return !this.document.output || this.document.ran ? errorIn(this.document.outputs) : null;
  }

  /** The cell as it was last, with its judgement and no other output. */
  get last(): ICell {
    const { output, drawn } = this.document;
    return drawn ? { ...this._last, outputs: output ? [output] : [], execution_count: null } : this._last;
  }

  collect(): ReturnType<typeof collect> {
    const model = this.panel.content.model;
    return model && collect(model, this.ref.exercise);
  }

  write(bundle: Bundle, digest: string): void {
    this._undo = false;
    this.document.write(bundle, digest);
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
    this.document.forget();
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
    this.document.touch();
  }

  /** Says once of a text that it is shorter than a marker wants; returns whether it did. */
  warnsShort(): boolean {
    const source = this.cell.model.sharedModel.getSource();
    const warns = this._short !== source && this.control.missingWords > 0;
    this._short = warns ? source : null;
    this.render();
    return warns;
  }

  focusAnswer(): void {
    const { content } = this.panel;
    content.activeCellIndex = content.widgets.indexOf(this.cell);
    content.mode = 'edit';
    if (!this.control.focus()) {
      this.cell.editor?.focus();
    }
  }

  goToLine(line: number): void {
    this.focusAnswer();
    if (!this.control.focus(line) && this.cell.editor instanceof CodeMirrorEditor) {
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
    const { context } = this.panel;
    const next = courses.neighbour(this.ref, 1);
    const args = { ...this.ref };
    const older = !newer && this.document.isOlder(digest);
    // of a judgement of an earlier visit it is asked for once the answer is worked at
    if (!older && courses.current?.exercise === this.ref.exercise) {
      void diagnoses.need(shown, courses.find(this.ref)?.hints?.given);
    }
    return {
      checking: state.phase === 'checking' || state.phase === 'stopping',
      stopping: state.phase === 'stopping',
      newer,
      older,
      ran: !newer && this.document.ran,
      source: this.cell.model.sharedModel.getSource(),
      missingKernel: missingKernel(context.model, context.sessionContext.specsManager.specs),
      folded: memory.folded(shown),
      diagnosis: diagnoses.of(shown),
      nextTitle: next?.title ?? null,
      practice: courses.isPractice(this.ref) ? { tries: courses.find(this.ref)?.tries ?? 0 } : null,
      runCopy:
        this.control.form.kind === 'predict' && view.verdict
          ? () => insertBelow(this.panel, this.cell, this.control.form.given)
          : null,
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
      this.control.render();
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
    this.control.dispose();
    this.document.dispose();
    if (!this.cell.isDisposed) {
      this.cell.removeClass('codegym-AnswerCell');
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
      const label = `${taskWord(this.control.form, this._context.server.trans)}: ${this.title}`;
      this.cell.editor.editor.contentDOM.setAttribute('aria-label', label);
    }
    const layout = this.cell.layout as PanelLayout;
    const input = layout.widgets.findIndex(widget => widget.hasClass('jp-Cell-inputWrapper'));
    const outputs = this.cell instanceof CodeCell ? 1 : 0;
    layout.insertWidget(input + 1, this.status);
    layout.insertWidget(input + 2 + outputs, this.foot);
    this.control.build();
    const { content } = this.panel;
    if (content.mode === 'edit' && content.activeCell === this.cell) {
      this.control.takeFocus();
    }
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
        task={taskWord(this.control.form, server.trans)}
        handsIn={this.control.form.kind === 'text'}
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

  /** What the control is told besides the answer's text. */
  private _around(): ReturnType<ConstructorParameters<typeof AnswerControl>[1]> {
    const { server, courses, commands, highlight, user } = this._context;
    return {
      trans: server.trans,
      title: this.title,
      judged: this.judgement,
      older: this.document.isOlder(),
      hasPicture: courses.find(this.ref)?.picture ?? false,
      picture: () => server.api.picture(this.ref.course, this.ref.exercise),
      given: () => server.api.given(this.ref.course, this.ref.exercise),
      closed: courses.find(this.ref)?.status === 'closed' || (this.panel.model?.readOnly ?? false),
      seed: `${user()}/${this.ref.course}/${this.ref.exercise}`,
      highlight,
      rendermime: this.panel.content.rendermime,
      check: () => void commands.execute(CommandIDs.check, { ...this.ref }),
      say: text => server.announcer.say(text)
    };
  }

  /** The judgement of an answer whose cell has no outputs to draw it among. */
  private _ownJudgement(): JSX.Element | null {
    const { view, digest, drawn } = this.document;
    if (!view || drawn) {
      return null;
    }
    const { server, courses } = this._context;
    const host = this.host(view, digest);
    const clock = courses.clockOf(this.ref.course);
    return <JudgementView view={host.newer ?? view} trans={server.trans} clock={clock} host={host} />;
  }

  private _status(): JSX.Element {
    const { server, checks, commands, courses } = this._context;
    const state = checks.state(this.ref);
    const view = state.aside ?? this.judgement;
    return (
      <>
        {this._ownJudgement()}
        <AnswerStatus
          trans={server.trans}
          clock={courses.clockOf(this.ref.course)}
          state={state}
          title={this.title}
          judged={this.document.output !== null}
          short={this._short === this.cell.model.sharedModel.getSource() ? this.control.missingWords : 0}
          host={this.host(view ?? EMPTY, null)}
          offer={this._offers() ? answered => this._answerOffer(answered) : null}
          undoReset={this._undo ? () => void commands.execute(CommandIDs.undoReset, { ...this.ref }) : null}
        />
      </>
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
}

const EMPTY = { submission: '', state: 'waiting', verdict: null } as IJudgement;
