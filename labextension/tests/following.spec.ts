import type { INotebookContent } from '@jupyterlab/nbformat';
import type { INotebookTracker } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';
import { describe, expect, it } from 'vitest';

import { followCourses } from '../src/course/opening';
import type { IdCell } from '../src/course/repair';
import type { IServer } from '../src/tokens';
import { FakeNotebook } from './fakes';

const UNIT = { course: 'c', unit: 'u' };

function notebook(statement: string, version: string): INotebookContent {
  const cell = (id: string, cell_type: string, source: string) => ({ id, cell_type, source, metadata: {} });
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { codegym: { ...UNIT, version } },
    cells: [cell('one-statement', 'markdown', statement), cell('one-answer', 'raw', 'mine')]
  };
}

/** An open notebook, as far as it is brought up to date. */
class Model {
  readonly sharedModel: FakeNotebook;
  private readonly _metadata: Record<string, unknown>;

  constructor({ cells, metadata }: INotebookContent) {
    this.sharedModel = new FakeNotebook(cells);
    this._metadata = metadata;
  }
  get cells() {
    return this.sharedModel.cells.map(cell => ({ id: cell.id, toJSON: () => cell }));
  }
  getMetadata(key: string): unknown {
    return this._metadata[key];
  }
  setMetadata(key: string, value: unknown): void {
    this._metadata[key] = value;
  }
  toJSON(): INotebookContent {
    const { cells } = this.sharedModel;
    return structuredClone({
      nbformat: 4,
      nbformat_minor: 5,
      metadata: this._metadata,
      cells
    }) as INotebookContent;
  }
}

/** A file on a server and a lab that holds it open: a save of what is older than the file is refused, as the lab does. */
class Author {
  readonly model = new Model(notebook('Twice', 'v-Twice'));
  readonly message = new Signal<this, { type: string; course: string }>(this);
  readonly conflicts: string[] = [];
  /** What happens while the server thinks. */
  meanwhile = (): void => undefined;
  text = 'Twice';
  private _file = '';
  private _seen = '';

  constructor() {
    this._file = this._seen = this._held();
    const context = { model: this.model, isReady: true, isDisposed: false, save: () => this._save() };
    const tracker = { forEach: (each: (panel: unknown) => void) => each({ context }) };
    const server = { api: this, stream: this, trans: { __: (text: string) => text } };
    followCourses(
      server as unknown as IServer,
      { isPracticeCourse: () => true },
      tracker as unknown as INotebookTracker
    );
  }

  async bring(_course: string, _unit: string, mine: INotebookContent) {
    const [statement, answer] = notebook(this.text, '').cells;
    const cells = [statement, { ...answer, source: mine.cells[1].source }];
    const after = { ...mine, cells, metadata: notebook('', `v-${this.text}`).metadata };
    await Promise.resolve();
    this.meanwhile();
    return { notebook: after, changed: 'cells', notices: [] };
  }
  async open() {
    await Promise.resolve();
    const file = JSON.parse(this._file) as INotebookContent;
    if (file.cells[0].source !== this.text) {
      file.cells[0].source = this.text;
      this._file = JSON.stringify(file);
    }
    return { path: 'u.ipynb' };
  }
  private async _save() {
    await Promise.resolve();
    if (this._file !== this._seen) {
      this.conflicts.push(this._file);
      throw new Error('changed on disk');
    }
    this._file = this._held();
    await Promise.resolve();
    this._seen = this._file;
  }
  private _held(): string {
    return JSON.stringify(this.model.toJSON());
  }

  saves(text: string): void {
    this.text = text;
    this.message.emit({ type: 'course', course: 'c' });
  }
  get statement(): string {
    return String(this.model.sharedModel.cells[0].source);
  }
  get answer(): IdCell {
    return this.model.sharedModel.cells[1];
  }
}

const settled = () => new Promise(resolve => setTimeout(resolve, 20));

describe('a notebook of a course whose files change', () => {
  it('follows change after change, though they come at once', async () => {
    const author = new Author();
    author.saves('Thrice');
    author.saves('Doubled');
    await settled();
    expect(author.statement).toBe('Doubled');
    expect(author.conflicts).toEqual([]);
  });
  it('follows though the kernel tells its language meanwhile', async () => {
    const author = new Author();
    let told = false;
    author.meanwhile = () => {
      if (!told) {
        told = true;
        author.model.setMetadata('language_info', { name: 'python' });
      }
    };
    author.saves('Doubled');
    await settled();
    expect(author.statement).toBe('Doubled');
    expect(author.model.getMetadata('language_info')).toEqual({ name: 'python' });
  });
  it('keeps what is typed meanwhile', async () => {
    const author = new Author();
    let typed = 0;
    author.meanwhile = () => {
      if (typed++ === 0) {
        author.answer.source = 'mine, typed on';
      }
    };
    author.saves('Doubled');
    await settled();
    expect(author.statement).toBe('Doubled');
    expect(author.answer.source).toBe('mine, typed on');
  });
});
