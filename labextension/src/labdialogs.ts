import { Dialog, Notification } from '@jupyterlab/apputils';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';

import { looksOurs } from './cells';
import { IServer } from './tokens';

/** What a notebook of ours could not do; the lab makes a dialog of it in the same turn of the event loop. */
type Trouble = 'kernel' | 'save';

/**
 * In place of two of the lab's dialogs, for the notebooks of courses: that the kernel did not start, and, while the
 * server is away, that the file could not be saved. A dialog would cover Check, which needs no kernel and keeps answers.
 */
export class LabDialogs {
  private _trouble: Trouble | null = null;
  private readonly _unsaved = new Set<NotebookPanel>();

  constructor(
    private readonly _server: IServer,
    tracker: INotebookTracker
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
    panel.context.saveState.connect((_, state) => state === 'failed' && this._met(panel, 'save'));
    panel.disposed.connect(() => this._unsaved.delete(panel));
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

  private async _stand(dialog: Dialog<unknown>): Promise<void> {
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
