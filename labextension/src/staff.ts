import '../style/index.css';
import '../style/staff.css';

import { nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { Announcer } from './announce';
import { followAddress } from './classes/address';
import { ClassPage } from './classes/model';
import { ClassPanel, nameOf } from './classes/page';
import { clockFor } from './dates';
import { spokenLanguage, wordsFor } from './language';
import { Api } from './requests';
import { Stream } from './stream';

/** The class's page without the lab: a class's service shows it to its staff, who have a session with it. */
async function open(): Promise<void> {
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const follow = () => (document.body.dataset.jpThemeLight = String(!dark.matches));
  dark.addEventListener('change', follow);
  follow();
  const language = await spokenLanguage(nullTranslator.languageCode, null);
  document.documentElement.lang = language;
  const trans = await wordsFor(nullTranslator, language);
  const clock = clockFor(language.startsWith('en') ? 'en' : language);
  const server = { api: new Api(undefined, undefined, trans), trans, announcer: new Announcer(), clock };
  const model = new ClassPage(server.api, Date.now, () => null, clock.locale);
  followAddress(model);
  const title = () => [nameOf(model.state.tab, trans), model.chosen?.title, 'CodeGYM'];
  model.changed.connect(() => (document.title = title().filter(Boolean).join(' · ')));
  Widget.attach(new ClassPanel({ model, server }), document.querySelector('main')!);
  const stream = new Stream();
  stream.message.connect((_, message) => model.hear(message));
  stream.start();
}

void open();
