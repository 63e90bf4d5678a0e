import { Cell, CodeCell } from '@jupyterlab/cells';
import { IOutput } from '@jupyterlab/nbformat';

import {
  digestOf,
  hasRun,
  ICollected,
  IOutputsLike,
  judgementIn,
  judgementOutput,
  judgementStore,
  ranSince,
  sourceDigest,
  writeJudgement
} from '../cells';
import { Bundle, IJudgement } from '../records';
import { readJudgement } from './renderer';

/** The judgement of one answer as it stands in the document: among the cell's outputs, or in its metadata. */
export class DocumentJudgement {
  private readonly _store: IOutputsLike;
  private _output: IOutput | null;

  private _older: boolean | null = null;

  constructor(
    private readonly _cell: Cell,
    private readonly _collect: () => ICollected | null,
    private readonly _changed: () => void
  ) {
    this._store = _cell instanceof CodeCell ? _cell.model.outputs : judgementStore(_cell.model);
    this._output = judgementIn(this.outputs)?.output ?? null;
    if (_cell instanceof CodeCell) {
      _cell.model.outputs.changed.connect(this._outputsChanged, this);
    }
  }

  /** All outputs of the cell, its judgement among them. */
  get outputs(): IOutput[] {
    return this._store.toJSON();
  }

  get output(): IOutput | null {
    return this._output;
  }

  get view(): IJudgement | null {
    return this._output ? readJudgement(judgementIn([this._output])?.judgement) : null;
  }

  /** The mark of the answer that was judged. */
  get digest(): string | null {
    return digestOf(this._output?.metadata);
  }

  /** The cell was run after that. */
  get ran(): boolean {
    return hasRun(this._output);
  }

  /** Whether the lab draws it itself. */
  get drawn(): boolean {
    return this._cell instanceof CodeCell;
  }

  /** Whether the code is another than that with this mark; what was judged last, if none is given. */
  isOlder(digest = this.digest): boolean {
    if (!digest) {
      return false;
    }
    if (this._older === null) {
      const sent = this._collect();
      this._older = sent !== null && sourceDigest(sent) !== digest;
    }
    return this._older;
  }

  /** The code changed, here or above. */
  touch(): void {
    this._older = null;
  }

  write(bundle: Bundle, digest: string): void {
    this._older = null;
    this._output = judgementOutput(bundle, digest);
    writeJudgement(this._store, this._output);
  }

  /** The student cleared the outputs: then the judgement goes too. */
  forget(): void {
    this._output = null;
  }

  dispose(): void {
    if (!this._cell.isDisposed && this._cell instanceof CodeCell) {
      this._cell.model?.outputs.changed.disconnect(this._outputsChanged, this);
    }
  }

  /** Running the cell clears its outputs; the judgement is put back, first as before, and marked as the older. */
  private _outputsChanged(): void {
    const found = judgementIn(this.outputs);
    if (found) {
      this._output = found.output;
      this._changed();
      return;
    }
    window.setTimeout(() => {
      if (!this._cell.isDisposed && this._output && !judgementIn(this.outputs)) {
        this._output = ranSince(this._output);
        writeJudgement(this._store, this._output);
      }
      this._changed();
    });
  }
}
