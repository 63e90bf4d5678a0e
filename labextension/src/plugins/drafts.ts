import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';

import { Drafts, isUnderWay } from '../drafts/model';
import { verdictMark } from '../drafts/words';
import { hintIcon } from '../icons';
import { CommandIDs, IServer } from '../tokens';

/** Exercises drafted with a model, for authors. Whether somebody is one, the server says. */
export const draftsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'codegym-jlab:drafts',
  description: 'Exercises drafted with a language model, for authors.',
  autoStart: true,
  requires: [IServer],
  optional: [ICommandPalette, ILauncher, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    server: IServer,
    palette: ICommandPalette | null,
    launcher: ILauncher | null,
    restorer: ILayoutRestorer | null
  ): void => {
    const { commands, shell } = app;
    const { trans, announcer, stream } = server;
    const model = new Drafts(server.api);
    const tracker = new WidgetTracker<MainAreaWidget>({ namespace: 'codegym-drafts' });
    void restorer?.restore(tracker, { command: CommandIDs.draft, name: () => 'page' });
    commands.addCommand(CommandIDs.draft, {
      label: trans.__('Draft with a model'),
      caption: trans.__('An exercise, checks or hints, drafted by a language model and checked'),
      icon: hintIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: async () => {
        const open = tracker.currentWidget ?? (await makePage(model, server));
        if (!tracker.has(open)) {
          void tracker.add(open);
          shell.add(open, 'main');
        }
        shell.activateById(open.id);
      }
    });
    stream.message.connect((_, message) => {
      if (message.type === 'draft' && tracker.size) {
        void hear(message.draft, message.what, message.attempt);
      }
    });
    const hear = async (draft: string, what: 'asked' | 'attempt', number: number) => {
      await model.heard(draft, what, number);
      const last = model.chosen?.attempts[number - 1];
      if (what === 'attempt' && last && draft === model.state.chosen) {
        announcer.say(`${trans.__('Attempt %1.', number)} ${verdictMark(last.verdict, trans).text}`);
      }
      if (last && !last.more && model.chosen && isUnderWay(model.chosen)) {
        window.setTimeout(() => void model.look(), 500);
      }
    };
    void app.restored.then(async () => {
      if (await model.isAuthor()) {
        const command = CommandIDs.draft;
        palette?.addItem({ command, category: 'CodeGYM' });
        launcher?.add({ command, category: 'CodeGYM', rank: 2 });
      }
    });
  }
};

/** Fetched only where it is opened. */
async function makePage(model: Drafts, server: IServer): Promise<MainAreaWidget> {
  const { DraftsPanel } = await import('../drafts/page');
  const widget = new MainAreaWidget({ content: new DraftsPanel({ model, trans: server.trans }) });
  // the lab names every content of a main area alike
  widget.content.node.setAttribute('aria-label', server.trans.__('Draft with a model'));
  widget.id = 'codegym-drafts';
  widget.title.label = server.trans.__('Draft with a model');
  widget.title.icon = hintIcon;
  widget.title.closable = true;
  return widget;
}
