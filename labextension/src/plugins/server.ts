import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { Announcer } from '../announce';
import { clockFor } from '../dates';
import { Api } from '../requests';
import { Stream } from '../stream';
import { IServer } from '../tokens';

/** The server's requests and stream, the translated words, and the live region: once for all rooms. */
export const serverPlugin: JupyterFrontEndPlugin<IServer> = {
  id: 'codegym-jlab:server',
  description: 'The requests, stream and words of CodeGYM.',
  autoStart: true,
  provides: IServer,
  optional: [ITranslator],
  activate: (app: JupyterFrontEnd, translator: ITranslator | null): IServer => {
    const words = translator ?? nullTranslator;
    const trans = words.load('codegym');
    const settings = app.serviceManager.serverSettings;
    const api = new Api(settings);
    const stream = new Stream(settings);
    api.stale.connect(() => {
      const text = trans.__('This page is older than the server. Reload it; your work is saved.');
      Notification.warning(text, {
        autoClose: false,
        actions: [{ label: trans.__('Reload'), callback: () => window.location.reload() }]
      });
    });
    void app.started.then(() => stream.start());
    void app.restored.then(fetchToasts);
    return { api, stream, trans, announcer: new Announcer(), clock: clockFor(words.languageCode) };
  }
};

/**
 * The lab fetches what draws its toasts when it first needs it: too late for the toast that the server is away.
 * To dismiss one makes it fetch that; so one is dismissed that was never seen.
 */
function fetchToasts(): void {
  const id = Notification.emit('', 'default', { autoClose: 0 });
  const unseen = Notification.manager.notifications.find(one => one.id === id);
  if (unseen) {
    unseen.options.autoClose = 1;
  }
  Notification.dismiss(id);
}
