import { Dialog, Notification } from '@jupyterlab/apputils';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { Contents } from '@jupyterlab/services';

import { looksOurs } from './cells';
import { IServer } from './tokens';

/** What a notebook of ours could not do; the lab makes a dialog of it in the same turn of the event loop. */
type Trouble = 'kernel' | 'save';

/**
 * In place of three of the lab's dialogs, for the notebooks of courses: that the kernel did not start, that the file
 * could not be saved while the server is away, and that another tab saved it. A dialog would cover Check, which needs
 * no kernel and keeps answers. And plain words in the field of `input()`.
 */
export class LabDialogs {
  private _trouble: Trouble | null = null;
  private readonly _unsaved = new Set<NotebookPanel>();
  private readonly _saving = new Set<NotebookPanel>();
  private readonly _told = new Map<NotebookPanel, string>();

  constructor(
    private readonly _server: IServer,
    tracker: INotebookTracker,
    private readonly _contents: Contents.IManager
  ) {
    tracker.forEach(panel => this._watch(panel));
    tracker.widgetAdded.connect((_, panel) => this._watch(panel));
    Dialog.tracker.widgetAdded.connect((_, dialog) => queueMicrotask(() => void this._stand(dialog)));
    _server.api.awayChanged.connect((_, away) => !away && this._saveNow());
  }

  /** The lab makes the dialog right before or right after it emits these. */
  private _watch(panel: NotebookPanel): void {
    const { sessionContext } = panel.context;
    sessionContext.sessionChanged.connect((_, { newValue }) => !newValue && this._met(panel, 'kernel'));
    sessionContext.statusChanged.connect((_, status) => status === 'dead' && this._met(panel, 'kernel'));
    panel.context.saveState.connect((_, state) => {
      this._saving[state === 'started' ? 'add' : 'delete'](panel);
      if (state === 'failed') {
        this._met(panel, 'save');
      }
    });
    panel.disposed.connect(() => this._unsaved.delete(panel));
    panel.content.node.addEventListener('focusin', ({ target }) => this._named(panel, target));
  }

  /** The lab's field for `input()` has no name and speaks of a history alone. */
  private _named({ content: { model } }: NotebookPanel, field: EventTarget | null): void {
    if (model && looksOurs(model) && field instanceof HTMLInputElement && field.matches('.jp-Stdin-input')) {
      field.placeholder = this._server.trans.__('The program waits: type here, then press Enter');
      field.ariaLabel = field.placeholder;
    }
  }

  private _met(panel: NotebookPanel, trouble: Trouble): void {
    const { model } = panel.content;
    if (!model || !looksOurs(model)) {
      return;
    }
    this._trouble = trouble;
    window.setTimeout(() => (this._trouble = null));
    if (trouble === 'save') {
      this._unsaved.add(panel);
    }
  }

  /** Another tab saved this notebook: the lab asks which text to lose; here neither is lost. */
  private _conflict(panel: NotebookPanel): void {
    if (Notification.manager.has(this._told.get(panel) ?? '')) {
      return;
    }
    const { trans, announcer } = this._server;
    const text = trans.__('Also open in another tab. The newer text is there. Nothing is lost.');
    const take = () => void panel.context.revert();
    const keep = async () => {
      const stamp = new Date().toISOString().slice(0, 19).replace(/\D/g, '');
      const path = panel.context.path.replace(/\.ipynb$/, `-mine-${stamp}.ipynb`);
      const content = panel.content.model?.toJSON();
      await this._contents.save(path, { type: 'notebook', format: 'json', content });
      take();
    };
    const id = Notification.warning(text, {
      autoClose: false,
      actions: [
        { label: trans.__('Use the newer text'), callback: take, displayType: 'accent' },
        { label: trans.__('Keep mine as a copy'), callback: () => void keep() }
      ]
    });
    this._told.set(panel, id);
    announcer.say(text);
  }

  private async _stand(dialog: Dialog<unknown>): Promise<void> {
    const open = [...this._saving].find(({ content }) => content.model && looksOurs(content.model));
    if (open && asksWhichToKeep(dialog)) {
      dialog.reject();
      this._conflict(open);
      return;
    }
    const trouble = this._trouble;
    if (trouble === 'kernel') {
      dialog.reject();
    }
    const away = trouble !== null && (this._server.api.away || (await this._asked()));
    if (trouble === null || (trouble === 'save' && !away)) {
      return;
    }
    if (away) {
      dialog.reject();
      this._server.away.lost();
      return;
    }
    const { trans, announcer } = this._server;
    const text = trans.__('The kernel did not start. Check works without it; running a cell tries again.');
    Notification.warning(text, { autoClose: 6000 });
    announcer.say(text);
  }

  private async _asked(): Promise<boolean> {
    await this._server.api.health().catch(() => undefined);
    return this._server.api.away;
  }

  /** What could not be saved is saved when the server is back. */
  private _saveNow(): void {
    for (const panel of this._unsaved) {
      void panel.context.save().catch(() => undefined);
    }
    this._unsaved.clear();
  }
}

/** The lab's dialog of a file that changed on disk is known by one of its buttons. */
function asksWhichToKeep(dialog: Dialog<unknown>): boolean {
  const { _buttons } = dialog as unknown as { _buttons?: readonly Dialog.IButton[] };
  return _buttons?.some(({ actions }) => actions.includes('overwrite')) ?? false;
}
