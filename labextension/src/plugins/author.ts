import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import {
  createToolbarFactory,
  ICommandPalette,
  IToolbarWidgetRegistry,
  WidgetTracker
} from '@jupyterlab/apputils';
import { DocumentRegistry } from '@jupyterlab/docregistry';
import {
  INotebookModel,
  INotebookTracker,
  INotebookWidgetFactory,
  NotebookPanel,
  NotebookWidgetFactory
} from '@jupyterlab/notebook';
import { IDefaultDrive } from '@jupyterlab/services';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { Contents } from '@jupyterlab/services';

import { UnitProvider } from '../author/provider';
import { CommandIDs, IServer } from '../tokens';

const FACTORY = 'Course unit';
const PROVIDER = 'codegym-unit';

/** Lab's own notebook over a unit's file, with the settings that Lab's notebooks have at the time. */
class UnitFactory extends NotebookWidgetFactory {
  constructor(
    private readonly _lab: NotebookWidgetFactory,
    options: Partial<NotebookWidgetFactory.IOptions<NotebookPanel>>
  ) {
    super({
      name: FACTORY,
      fileTypes: ['yaml'],
      modelName: 'notebook',
      contentProviderId: PROVIDER,
      preferKernel: true,
      canStartKernel: true,
      rendermime: _lab.rendermime,
      contentFactory: _lab.contentFactory,
      mimeTypeService: _lab.mimeTypeService,
      ...options
    });
  }

  protected createNewWidget(
    context: DocumentRegistry.IContext<INotebookModel>,
    source?: NotebookPanel
  ): NotebookPanel {
    this.editorConfig = this._lab.editorConfig;
    this.notebookConfig = this._lab.notebookConfig;
    return super.createNewWidget(context, source);
  }
}

/** A unit's YAML opened with *Course unit*: its author's notebook. */
export const authorPlugin: JupyterFrontEndPlugin<void> = {
  id: 'codegym-jlab:author',
  description: 'Opens the file of a unit as a notebook for its author.',
  autoStart: true,
  requires: [IServer, INotebookTracker, INotebookWidgetFactory, IDefaultDrive],
  optional: [
    IToolbarWidgetRegistry,
    ISettingRegistry,
    ITranslator,
    ILayoutRestorer,
    IStateDB,
    IDefaultFileBrowser,
    ICommandPalette
  ],
  activate: (
    app: JupyterFrontEnd,
    server: IServer,
    notebooks: INotebookTracker,
    lab: NotebookWidgetFactory.IFactory,
    drive: Contents.IDrive,
    toolbars: IToolbarWidgetRegistry | null,
    settings: ISettingRegistry | null,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    state: IStateDB | null,
    files: IDefaultFileBrowser | null,
    palette: ICommandPalette | null
  ): void => {
    const { trans } = server;
    drive.contentProviderRegistry?.register(PROVIDER, new UnitProvider(server.api));
    const words = translator ?? nullTranslator;
    const panel = '@jupyterlab/notebook-extension:panel';
    const factory = new UnitFactory(lab as NotebookWidgetFactory, {
      label: trans.__('Course unit'),
      translator: words,
      toolbarFactory:
        toolbars && settings ? createToolbarFactory(toolbars, settings, 'Notebook', panel, words) : undefined
    });
    const tracker = new WidgetTracker<NotebookPanel>({ namespace: 'codegym-author' });
    factory.widgetCreated.connect((_, widget) => {
      const { context } = widget;
      widget.id = widget.id || `codegym-author-${context.path}`;
      widget.title.icon = app.docRegistry.getFileType('yaml')?.icon;
      void open(widget);
    });
    const open = async (widget: NotebookPanel) => {
      const { path } = widget.context;
      // the lab's commands on notebooks look into its own tracker, which would bring this one back as a notebook
      const added = (notebooks as unknown as WidgetTracker<NotebookPanel>).add(widget);
      await Promise.all([added, tracker.add(widget)]);
      await state?.remove(`notebook:${path}`);
      widget.context.pathChanged.connect(() => void tracker.save(widget));
      const { AuthorNotebook } = await import('../author/notebook');
      new AuthorNotebook(server, widget);
    };
    app.docRegistry.addWidgetFactory(factory);
    app.commands.addCommand(CommandIDs.newUnit, {
      label: trans.__('New course unit'),
      caption: trans.__('A file for exercises in the folder that is open, as a notebook'),
      describedBy: { args: { type: 'object', properties: {} } },
      execute: async () => {
        const words = { unit: trans.__('Unit'), course: trans.__('My course') };
        const { path } = await server.api.newUnit(files?.model.path ?? '', words);
        await app.commands.execute('docmanager:open', { path, factory: FACTORY });
      }
    });
    palette?.addItem({ command: CommandIDs.newUnit, category: 'CodeGYM' });
    void restorer?.restore(tracker, {
      command: 'docmanager:open',
      args: widget => ({ path: widget.context.path, factory: FACTORY }),
      name: widget => widget.context.path
    });
  }
};
