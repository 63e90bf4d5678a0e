import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, ToolbarButton } from '@jupyterlab/apputils';
import { CodeMirrorEditor } from '@jupyterlab/codemirror';
import { PathExt } from '@jupyterlab/coreutils';
import { IDocumentWidget } from '@jupyterlab/docregistry';
import { FileEditor, IEditorTracker } from '@jupyterlab/fileeditor';
import { INotebookWidgetFactory, NotebookWidgetFactory } from '@jupyterlab/notebook';

import type { YamlEditor } from '../author/yaml/editor';
import { CommandIDs, IServer } from '../tokens';

/** The YAML of a course in the lab's editor: keys and mistakes as it is typed, and the student's view beside it. */
export const yamlPlugin: JupyterFrontEndPlugin<void> = {
  id: 'codegym-jlab:yaml',
  description: 'Completes and checks the YAML of courses, and shows what a student gets of it.',
  autoStart: true,
  requires: [IServer, IEditorTracker, INotebookWidgetFactory],
  optional: [ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    server: IServer,
    editors: IEditorTracker,
    lab: NotebookWidgetFactory.IFactory,
    palette: ICommandPalette | null
  ): void => {
    const { trans } = server;
    const { commands } = app;
    const units = unitEditors(app, server, lab as NotebookWidgetFactory);
    const current = () => (editors.currentWidget ? units.editors.get(editors.currentWidget) : undefined);
    const look = (widget: IDocumentWidget<FileEditor>): void => {
      if (/\.ya?ml$/.test(widget.context.path)) {
        void units.begin(widget).catch(() => undefined); // none of an author's
      }
    };
    editors.forEach(look);
    editors.widgetAdded.connect((_, widget) => look(widget));
    commands.addCommand(CommandIDs.studentView, {
      label: trans.__("Show student's view"),
      caption: trans.__("Show the student's view beside a unit's YAML, as you type"),
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => current() !== undefined,
      execute: async () => {
        const editor = current();
        if (editor && editors.currentWidget) {
          await units.show(editors.currentWidget, editor);
        }
      }
    });
    editors.currentChanged.connect(() => commands.notifyCommandChanged(CommandIDs.studentView));
    palette?.addItem({ command: CommandIDs.studentView, category: 'CodeGYM' });
  }
};

/** The units that are open in editors, and the views beside them. */
function unitEditors(app: JupyterFrontEnd, server: IServer, lab: NotebookWidgetFactory) {
  const { trans, api } = server;
  const { commands, shell } = app;
  const editors = new Map<IDocumentWidget<FileEditor>, YamlEditor>();
  const views = new Map<YamlEditor, MainAreaWidget>();
  const begin = async (widget: IDocumentWidget<FileEditor>): Promise<void> => {
    const { context, content } = widget;
    await Promise.all([context.ready, content.ready]);
    const { json_schema: schema } = await api.authorSchema(context.path);
    const { editor } = content;
    if (!schema || widget.isDisposed || !(editor instanceof CodeMirrorEditor)) {
      return;
    }
    const [{ YamlEditor }, { YamlSchema }] = await Promise.all([
      import('../author/yaml/editor'),
      import('../author/yaml/schema')
    ]);
    const ask = (text: string) => api.preview(context.path, text);
    const made = new YamlEditor(new YamlSchema(schema), ask, trans);
    editor.injectExtension(made.extension());
    if (PathExt.basename(context.path) === 'course.yaml') {
      return; // its students get the units
    }
    editors.set(widget, made);
    widget.disposed.connect(() => {
      editors.delete(widget);
      views.get(made)?.dispose();
    });
    widget.toolbar.addItem(
      'codegym-student-view',
      new ToolbarButton({
        label: trans.__("Student's view"),
        tooltip: trans.__("Show the student's view beside it, as you type"),
        onClick: () => void show(widget, made)
      })
    );
    commands.notifyCommandChanged(CommandIDs.studentView);
  };
  const show = async (widget: IDocumentWidget<FileEditor>, editor: YamlEditor): Promise<void> => {
    const { StudentView } = await import('../author/yaml/studentview');
    let view = views.get(editor);
    if (!view) {
      const { urlResolver } = widget.context;
      const content = new StudentView(server, editor, lab, urlResolver);
      view = new MainAreaWidget({ content });
      view.id = `codegym-students-view-${widget.id}`;
      view.title.label = trans.__("Student's view");
      view.title.caption = trans.__('What a student sees of %1', widget.context.path);
      views.set(editor, view);
      view.disposed.connect(() => views.delete(editor));
      shell.add(view, 'main', { mode: 'split-right', ref: widget.id, activate: false });
    }
  };
  return { editors, begin, show };
}
