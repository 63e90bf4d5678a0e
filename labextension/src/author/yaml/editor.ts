import { autocompletion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { Diagnostic, forEachDiagnostic, linter, lintGutter, setDiagnostics } from '@codemirror/lint';
import { Extension } from '@codemirror/state';
import { EditorView, hoverTooltip, keymap, Tooltip, ViewPlugin, ViewUpdate } from '@codemirror/view';
import { TranslationBundle } from '@jupyterlab/translation';
import { ISignal, Signal } from '@lumino/signaling';

import type { IAuthorPreview } from '../../records';
import { IKey, IProblem, YamlSchema } from './schema';

/** After the last key, the schema is held against the text, then the server is asked. */
const SCHEMA_MS = 150;
const SERVER_MS = 500;

interface IMistake extends Diagnostic {
  syntax: boolean;
}

/** What is known of a course's file as it is typed: its mistakes, the keys that fit, what the server reads in it. */
export class YamlEditor {
  /** What the server read last; null before. */
  read: IAuthorPreview | null = null;
  private _own: IMistake[] = [];
  private _servers: IMistake[] = [];
  private _timers: number[] = [];
  private _view: EditorView | null = null;
  private readonly _looked = new Signal<this, void>(this);
  private readonly _moved = new Signal<this, void>(this);

  constructor(
    private readonly _schema: YamlSchema,
    private readonly _ask: (text: string) => Promise<IAuthorPreview>,
    private readonly _trans: TranslationBundle
  ) {}

  /** The server has read the text. */
  get looked(): ISignal<this, void> {
    return this._looked;
  }

  /** The cursor is elsewhere. */
  get moved(): ISignal<this, void> {
    return this._moved;
  }

  get text(): string {
    return this._view?.state.doc.toString() ?? '';
  }

  get cursor(): number {
    return this._view?.state.selection.main.head ?? 0;
  }

  /** Puts the cursor at the begin of a line. */
  goTo(line: number): void {
    const view = this._view;
    if (view) {
      const { from } = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
      view.dispatch({
        selection: { anchor: from },
        effects: EditorView.scrollIntoView(from, { y: 'center' })
      });
      view.focus();
    }
  }

  extension(): Extension {
    const watch = ViewPlugin.define(view => {
      this._view = view;
      this._later();
      return { update: update => this._update(update), destroy: () => this._stop() };
    });
    return [
      watch,
      linter(null, { autoPanel: true }),
      lintGutter(),
      // Enter takes what is offered as soon as it is seen
      autocompletion({ override: [context => this._complete(context)], icons: false, interactionDelay: 0 }),
      hoverTooltip((view, at) => this._hover(view, at)),
      keymap.of([{ key: 'Ctrl-.', run: view => repair(view) }])
    ];
  }

  private _stop(): void {
    this._timers.forEach(one => window.clearTimeout(one));
  }

  private _update(update: ViewUpdate): void {
    if (update.docChanged) {
      const moved = (one: IMistake) => ({
        ...one,
        from: update.changes.mapPos(one.from, 1),
        to: update.changes.mapPos(one.to, -1)
      });
      this._servers = this._servers.map(moved).filter(one => one.from < one.to);
      this._later();
    } else if (update.selectionSet) {
      this._moved.emit();
    }
  }

  private _later(): void {
    this._stop();
    this._timers = [
      window.setTimeout(() => this._hold(), SCHEMA_MS),
      window.setTimeout(() => void this._look(), SERVER_MS)
    ];
  }

  private _hold(): void {
    this._own = this._schema.problems(this.text).map(one => this._mistake(one));
    this._show();
  }

  private async _look(): Promise<void> {
    const { text } = this;
    const read = await this._ask(text).catch(() => null);
    const document = this._view?.state.doc;
    if (!read || !document || text !== this.text) {
      return; // away, or there is a newer text, which is asked for too
    }
    this.read = read;
    this._servers = read.errors
      .filter(one => one.here)
      .map(one => {
        const line = document.line(Math.min(one.line, document.lines));
        const from = line.from + line.text.search(/\S|$/);
        const said = `${one.problem}; ${one.mend}.`;
        return { from, to: Math.max(line.to, from), severity: 'error', message: said, syntax: false };
      });
    if (this._servers.length) {
      this._own = this._own.filter(one => !one.syntax); // the server says it in plain words
    }
    this._show();
    this._looked.emit();
  }

  /** Of what is said of one line, what can be repaired at a press, else what the server says in plain words. */
  private _show(): void {
    const view = this._view;
    if (view) {
      const line = ({ from }: IMistake) =>
        view.state.doc.lineAt(Math.min(from, view.state.doc.length)).number;
      const repaired = this._own.filter(one => one.actions?.length).map(line);
      const servers = this._servers.filter(one => !repaired.includes(line(one)));
      const said = servers.map(line);
      const own = this._own.filter(one => !said.includes(line(one)));
      view.dispatch(setDiagnostics(view.state, [...own, ...servers]));
    }
  }

  private _mistake(problem: IProblem): IMistake {
    const { from, kind, meant } = problem;
    const to = Math.min(Math.max(problem.to, from + 1), this.text.length);
    const put = (view: EditorView, at: number, end: number) =>
      view.dispatch({ changes: { from: at, to: end, insert: meant } });
    return {
      from: Math.min(from, to),
      to,
      severity: 'error',
      message: this._words(problem),
      syntax: kind === 'syntax',
      actions: meant ? [{ name: this._trans.__('Change to %1', meant), apply: put }] : []
    };
  }

  private _words({ kind, name, meant, wanted }: IProblem): string {
    const { _trans: trans } = this;
    switch (kind) {
      case 'unknown':
        return meant
          ? trans.__('There is no key %1 here. Did you mean %2?', name, meant)
          : trans.__('There is no key %1 here.', name);
      case 'missing':
        return trans.__('The key %1 is missing here.', name);
      case 'choice':
        return trans.__('%1 is one of: %2.', name, wanted!.join(', '));
      case 'shape':
        return wanted!.includes('array')
          ? trans.__('Write a list here: each item on a line of its own, after a dash.')
          : wanted!.includes('object')
            ? trans.__('Write keys and values here, indented.')
            : trans.__('Write one value here, no list and no keys.');
      default:
        return name;
    }
  }

  private _complete(context: CompletionContext): CompletionResult | null {
    const { state, pos, explicit } = context;
    const line = state.doc.lineAt(pos);
    const before = line.text.slice(0, pos - line.from);
    const value = /^(\s*(?:- +)*)([\w-]+):( +)([\w-]*)$/.exec(before);
    if (value) {
      const [, indent, , space, word] = value;
      const values = this._schema.valuesAt(this.text, line.from + indent.length);
      const from = pos - word.length;
      return space && values.length
        ? { from, options: values.map(label => ({ label })), validFor: /^[\w-]*$/ }
        : null;
    }
    const key = /^(\s*(?:- +)*)([\w-]*)$/.exec(before);
    if (!key || !(key[2] || explicit || key[1].trim())) {
      return null;
    }
    const rest = /^([\w-]*)(:?)/.exec(line.text.slice(before.length))!;
    if (rest[1]) {
      return null; // in the midst of a word
    }
    const from = pos - key[2].length;
    const keys = this._schema.keysAt(this.text, from, key[2]);
    const options = keys.map(one => ({
      label: one.name,
      detail: one.type,
      boost: one.required ? 1 : 0,
      info: one.description ? () => described(one) : undefined,
      apply: rest[2] ? one.name : begun(one, key[1].length)
    }));
    return options.length ? { from, options, validFor: /^[\w-]*$/ } : null;
  }

  private _hover(view: EditorView, at: number): Tooltip | null {
    const found = this._schema.meaningAt(view.state.doc.toString(), at);
    return (
      found && {
        pos: found.from,
        end: found.to,
        create: () => ({ dom: described(found.key) })
      }
    );
  }
}

/** What is written for a key that is chosen. */
function begun({ name, type }: IKey, indent: number): string {
  const below = `\n${' '.repeat(indent + 2)}`;
  return type === 'list' ? `${name}:${below}- ` : type === 'map' ? `${name}:${below}` : `${name}: `;
}

function described({ name, description, type }: IKey): HTMLElement {
  const node = document.createElement('div');
  node.className = 'codegym-Yaml-key';
  const [head, kind, text] = ['b', 'span', 'p'].map(tag => node.appendChild(document.createElement(tag)));
  [head.textContent, kind.textContent, text.textContent] = [name, type, description];
  return node;
}

/** Repairs what is wrong in the cursor's line, if it is known how. */
function repair(view: EditorView): boolean {
  const line = view.state.doc.lineAt(view.state.selection.main.head);
  const found: [Diagnostic, number, number][] = [];
  forEachDiagnostic(view.state, (one, from, to) => {
    if (from <= line.to && to >= line.from && one.actions?.length) {
      found.push([one, from, to]);
    }
  });
  found[0]?.[0].actions![0].apply(view, found[0][1], found[0][2]);
  return found.length > 0;
}
