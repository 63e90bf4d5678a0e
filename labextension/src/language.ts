import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { Gettext, ITranslator, TranslationBundle } from '@jupyterlab/translation';

const DOMAIN = 'codegym';

type Catalogue = Record<string, string[] | Record<string, string>>;

/** The languages that ship, by the first part of their code; each is fetched only where it is spoken. */
const CATALOGUES: Record<string, (() => Promise<{ default: unknown }>) | undefined> = {
  de: () => import('./locale/de.json'),
  es: () => import('./locale/es.json'),
  fr: () => import('./locale/fr.json'),
  pl: () => import('./locale/pl.json'),
  zh: () => import('./locale/zh.json')
};

/** Where the lab's menu of languages keeps what was chosen. */
const MENU = '@jupyterlab/translation-extension:plugin';

/** The language to speak: the one chosen in the lab's menu; where none was, the browser's, if it ships here. */
export async function spokenLanguage(lab: string, settings: ISettingRegistry | null): Promise<string> {
  const chosen = await settings?.get(MENU, 'locale').catch(() => null);
  if (lab !== 'en' || (chosen?.composite ?? 'default') !== 'default') {
    return lab;
  }
  const ships = (code: string) => code.split('-')[0] === 'en' || code.split('-')[0] in CATALOGUES;
  return navigator.languages.find(ships) ?? lab;
}

/**
 * The words in the lab's language: those that ship here, else what a language pack of the lab holds for us, else
 * English. Ours need no language pack and serve every country of a language (`de_AT` as `de_DE`).
 */
export async function wordsFor(
  translator: ITranslator,
  language = translator.languageCode
): Promise<TranslationBundle> {
  const code = language.replace('_', '-');
  const load = CATALOGUES[code.split('-')[0].toLowerCase()];
  return load ? bundleOf((await load()).default as Catalogue, code) : translator.load(DOMAIN);
}

/** A catalogue as the lab's translator reads it. */
export function bundleOf(catalogue: Catalogue, code: string): TranslationBundle {
  const bundle = new Gettext({ domain: DOMAIN, locale: code });
  bundle.loadJSON(catalogue as never, DOMAIN);
  return bundle;
}
