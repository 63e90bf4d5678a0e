import { StateEffect, StateField } from '@codemirror/state';
import { Decoration, DecorationSet, EditorView } from '@codemirror/view';
import { Cell, CodeCell } from '@jupyterlab/cells';
import { CodeMirrorEditor } from '@jupyterlab/codemirror';
import { NotebookPanel } from '@jupyterlab/notebook';

const markLine = StateEffect.define<number | null>();

/** One marked line, until the next change or move of the cursor. */
const markedLine = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (marks, transaction) => {
    for (const effect of transaction.effects) {
      if (effect.is(markLine)) {
        const at = effect.value;
        const line = Decoration.line({ class: 'codegym-MarkedLine' });
        return at === null ? Decoration.none : Decoration.set(line.range(at));
      }
    }
    return transaction.docChanged || transaction.selection ? Decoration.none : marks;
  },
  provide: field => EditorView.decorations.from(field)
});

const namedLines = StateEffect.define<number[]>();

/** The lines that a diagnosis names, until the code changes. */
const namedField = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (marks, transaction) => {
    for (const effect of transaction.effects) {
      if (effect.is(namedLines)) {
        const line = Decoration.line({ class: 'codegym-NamedLine' });
        return Decoration.set(effect.value.map(at => line.range(at)));
      }
    }
    return transaction.docChanged ? Decoration.none : marks;
  },
  provide: field => EditorView.decorations.from(field)
});

/** Marks lines without moving the cursor. */
export function markLines({ editor: view }: CodeMirrorEditor, numbers: number[]): void {
  const { doc } = view.state;
  if (view.state.field(namedField, false) === undefined) {
    view.dispatch({ effects: StateEffect.appendConfig.of(namedField) });
  }
  const known = numbers.filter(number => number >= 1 && number <= doc.lines).sort((a, b) => a - b);
  view.dispatch({ effects: namedLines.of(known.map(number => doc.line(number).from)) });
}

/** Puts the cursor at the start of a line's text, in the middle of the window, and marks the line. */
export function showLine(editor: CodeMirrorEditor, number: number): void {
  const view = editor.editor;
  const line = view.state.doc.line(Math.min(Math.max(number, 1), view.state.doc.lines));
  const indent = line.text.length - line.text.trimStart().length;
  if (view.state.field(markedLine, false) === undefined) {
    view.dispatch({ effects: StateEffect.appendConfig.of(markedLine) });
  }
  view.dispatch({ selection: { anchor: line.from + indent } });
  view.dispatch({ effects: markLine.of(line.from) });
  view.dom.querySelector('.codegym-MarkedLine')?.scrollIntoView({ block: 'center' });
  editor.focus();
}

/** Puts code into a new cell below another, ready to run. */
export function insertBelow({ content }: NotebookPanel, above: Cell, source: string): void {
  const at = content.widgets.indexOf(above) + 1;
  content.model?.sharedModel.insertCell(at, { cell_type: 'code', source, metadata: { trusted: true } });
  content.activeCellIndex = at;
  const cell = content.widgets[at];
  if (cell instanceof CodeCell) {
    content.mode = 'edit';
    cell.editor?.focus();
    void cell.ready.then(() => cell.node.scrollIntoView({ block: 'nearest' }));
  }
}
