import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { Announcer } from '../announce';
import { AwayNotice } from '../away';
import { clockFor } from '../dates';
import { spokenLanguage, wordsFor } from '../language';
import { Api } from '../requests';
import { Stream } from '../stream';
import { IServer } from '../tokens';

/** How long a lost stream may take to come back before the server is asked, in ms. */
const LOOK_AFTER = 2000;

/** The server's requests and stream, the translated words, and the live region: once for all plugins. */
export const serverPlugin: JupyterFrontEndPlugin<IServer> = {
  id: 'codegym-jlab:server',
  description: 'The requests, stream and words of CodeGYM.',
  autoStart: true,
  provides: IServer,
  optional: [ITranslator, ISettingRegistry],
  activate: async (
    app: JupyterFrontEnd,
    translator: ITranslator | null,
    registry: ISettingRegistry | null
  ): Promise<IServer> => {
    const words = translator ?? nullTranslator;
    const language = await spokenLanguage(words.languageCode, registry);
    const trans = await wordsFor(words, language);
    const settings = app.serviceManager.serverSettings;
    const api = new Api(settings, undefined, trans);
    const stream = new Stream(settings);
    api.stale.connect(() => {
      const text = trans.__('This page is older than the server. Reload it; your work is saved.');
      Notification.warning(text, {
        autoClose: false,
        actions: [{ label: trans.__('Reload'), callback: () => window.location.reload() }]
      });
    });
    const announcer = new Announcer();
    const away = new AwayNotice(trans, announcer);
    api.awayChanged.connect((_, gone) => (gone ? away.lost() : away.back()));
    followStream(stream, api);
    void app.started.then(() => stream.start());
    void app.restored.then(fetchToasts);
    return {
      api,
      stream,
      trans,
      announcer,
      away,
      clock: clockFor(language.startsWith('en') ? words.languageCode : language)
    };
  }
};

/** A stream that ends may end for a reason of its own: only a request tells whether the server is away. */
function followStream(stream: Stream, api: Api): void {
  let timer = 0;
  stream.connected.connect((_, up) => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void api.health().catch(() => undefined), up ? 0 : LOOK_AFTER);
  });
}

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
