import { Cell, CodeCell, MarkdownCell } from '@jupyterlab/cells';
import { CodeMirrorEditor } from '@jupyterlab/codemirror';
import { StateEffect } from '@codemirror/state';
import { placeholder } from '@codemirror/view';
import { IDisposable } from '@lumino/disposable';
import React from 'react';
import { flushSync } from 'react-dom';
import { createRoot, Root } from 'react-dom/client';

import { answerForm, drawnIn, IAnswerForm, isProse } from '../cells';
import { AnswerKind, IPicture } from '../records';
import { Choice, chosen } from './choice';
import { Fill, gapsOf } from './fill';
import { IFormProps } from './form';
import { programOf } from './lines';
import { Mended } from './mend';
import { Order } from './order';
import { Plot } from './plot';
import { Predict, TypedIn } from './predict';
import { countWords, TextLength } from './text';

/** What stands in the editor's place, if the answer can be read as its form; else under the editor. */
interface IControl {
  reads?(source: string, form: IAnswerForm): boolean;
  View: (props: IFormProps) => JSX.Element | null;
}

const CONTROLS: Partial<Record<AnswerKind, IControl>> = {
  choice: { reads: (source, form) => chosen(source, form) !== null, View: Choice },
  fill: { reads: (source, form) => gapsOf(source, form) !== null, View: Fill },
  order: { reads: (source, { lines }) => lines.length > 0 && programOf(source, lines) !== null, View: Order },
  predict: { reads: (_, { given }) => given !== '', View: Predict },
  program: { View: TypedIn },
  debug: { View: Mended },
  text: { View: TextLength }
};

/** Whether the control stands in the editor's place. */
export function replacesEditor(source: string, form: IAnswerForm): boolean {
  return CONTROLS[form.kind]?.reads?.(source, form) ?? false;
}

/** The control of an answer as it is now. */
export function Control(props: IFormProps): JSX.Element | null {
  const { trans, form, source } = props;
  const control = CONTROLS[form.kind];
  if (!control) {
    return null;
  }
  if (control.reads && !control.reads(source, form)) {
    return (
      <p className="codegym-Form-foot" role="note">
        {trans.__(
          'This text does not have the format of the exercise. It is checked as it is; Reset restores the format.'
        )}
      </p>
    );
  }
  return <control.View {...props} />;
}

type Surroundings = Omit<IFormProps, 'form' | 'source' | 'write' | 'undo' | 'readOnly'> & {
  closed: boolean;
  hasPicture: boolean;
  /** Asks for the figure that is wanted. */
  picture(): Promise<IPicture | null>;
};

/** The control of one answer cell, in the frame of its editor: a view over the cell's text. */
export class AnswerControl implements IDisposable {
  private readonly _node = document.createElement('div');
  private _root: Root | null = null;

  constructor(
    private readonly _cell: Cell,
    private readonly _around: () => Surroundings
  ) {
    this._node.className = 'codegym-Form';
    this._node.addEventListener('keydown', event => this._onKey(event));
    _cell.model.contentChanged.connect(this.render, this);
  }

  get isDisposed(): boolean {
    return this._cell.isDisposed;
  }

  get form(): IAnswerForm {
    return answerForm(this._cell.model);
  }

  /** How many words a text has too few for who marks it. */
  get missingWords(): number {
    const { kind, words } = this.form;
    const count = countWords(this._cell.model.sharedModel.getSource());
    return kind === 'text' ? Math.max(0, (words.least ?? 0) - count) : 0;
  }

  /** Called once the cell's editor is there. */
  build(): void {
    const { editorWidget, editor } = this._cell;
    editorWidget?.node.append(this._node);
    this._root = createRoot(this._node);
    if (this._cell instanceof CodeCell) {
      this._cell.model.outputs.changed.connect(this.render, this);
    }
    if (this._cell instanceof MarkdownCell) {
      this._cell.renderedChanged.connect(this._keepOpen, this);
      this._keepOpen(this._cell);
    }
    if (this.form.kind === 'text' && editor instanceof CodeMirrorEditor) {
      const { trans } = this._around();
      const words = placeholder(trans.__('Write here. Markdown works.'));
      editor.editor.dispatch({ effects: StateEffect.appendConfig.of(words) });
    }
    flushSync(() => this.render());
  }

  render(): void {
    if (!this._root || this._cell.isDisposed) {
      return;
    }
    const { form, _cell: cell } = this;
    const { closed, hasPicture, picture, ...around } = this._around();
    const source = cell.model.sharedModel.getSource();
    const instead = replacesEditor(source, form);
    cell.toggleClass('codegym-mod-form', instead);
    if (form.kind === 'text') {
      cell.editor?.setOption('readOnly', closed || cell.readOnly);
    }
    this._root.render(
      <>
        <Control
          {...around}
          form={form}
          source={source}
          readOnly={closed || cell.readOnly}
          write={(text, typed) => this._write(text, typed ?? false)}
          undo={() => this._undo(false)}
        />
        {hasPicture && cell instanceof CodeCell && (
          <Plot trans={around.trans} wanted={picture} own={drawnIn(cell.model.outputs.toJSON())} />
        )}
      </>
    );
  }

  /** Focus into the control, at a line if it has lines; false where the editor is to take it. */
  focus(line?: number): boolean {
    if (!this._cell.hasClass('codegym-mod-form')) {
      return false;
    }
    const at = line === undefined ? null : this._node.querySelector<HTMLElement>(`[data-line="${line}"]`);
    const inside = 'input, textarea, [role="listbox"]';
    const chosen = this._node.querySelector<HTMLElement>('input:checked');
    if (at?.getAttribute('role') === 'option') {
      at.dispatchEvent(new MouseEvent('mousedown', { bubbles: true }));
      at.parentElement?.focus();
    } else {
      (
        at?.querySelector<HTMLElement>(inside) ??
        chosen ??
        this._node.querySelector<HTMLElement>(inside)
      )?.focus();
    }
    this._node.scrollIntoView({ block: 'nearest' });
    return true;
  }

  /** The lab brought the cursor here; a control that stands in the editor's place takes it. */
  takeFocus(): void {
    const at = document.activeElement;
    // an editor that was hidden just now may have the focus still
    if (!this._cell.editorWidget?.node.contains(at) || at?.closest('.cm-editor')) {
      this.focus();
    }
  }

  dispose(): void {
    const root = this._root;
    this._root = null;
    // React must not be unmounted while it renders
    window.setTimeout(() => root?.unmount());
    this._node.remove();
    this._cell.removeClass('codegym-mod-form');
    this._cell.model?.contentChanged.disconnect(this.render, this);
    if (this._cell instanceof CodeCell) {
      this._cell.model?.outputs.changed.disconnect(this.render, this);
    }
  }

  /** An answer in words is never drawn as a text to read: its editor, or its control, stays. */
  private _keepOpen(cell: MarkdownCell): void {
    if (isProse(this.form.kind)) {
      cell.rendered = false;
    }
  }

  /** Only what differs is written, so that what others write beside it stays. */
  private _write(text: string, typed: boolean): void {
    const { sharedModel } = this._cell.model;
    // by characters: half of one must never be cut off
    const [before, after] = [[...sharedModel.getSource()], [...text]];
    const start = sameAtStart(before, after);
    const end = sameAtStart(before.slice(start).reverse(), after.slice(start).reverse());
    const old = before.slice(start, before.length - end).join('');
    const put = after.slice(start, after.length - end).join('');
    const from = before.slice(0, start).join('').length;
    if (!typed) {
      (sharedModel as IWithHistory).undoManager?.stopCapturing();
    }
    if (old || put) {
      sharedModel.updateSource(from, from + old.length, put);
    }
  }

  private _undo(again: boolean): void {
    const { sharedModel } = this._cell.model;
    if (again) {
      sharedModel.redo();
    } else {
      sharedModel.undo();
    }
  }

  private _onKey(event: KeyboardEvent): void {
    const key = event.key.toLowerCase();
    if (key === 'tab') {
      event.stopPropagation(); // the lab's editors show help at Shift Tab
    }
    if ((event.ctrlKey || event.metaKey) && (key === 'z' || key === 'y')) {
      event.preventDefault();
      event.stopPropagation();
      this._undo(key === 'y' || event.shiftKey);
    }
  }
}

/** A cell's text has a history, of which the lab's interface does not speak. */
type IWithHistory = Cell['model']['sharedModel'] & { undoManager?: { stopCapturing(): void } | null };

function sameAtStart(one: string[], other: string[]): number {
  const differs = one.findIndex((letter, i) => letter !== other[i]);
  return differs < 0 ? one.length : differs;
}
