import { Gettext, ITranslator, TranslationBundle } from '@jupyterlab/translation';

const DOMAIN = 'codegym';

type Catalogue = Record<string, string[] | Record<string, string>>;

/** The languages that ship, by the first part of their code; each is fetched only where it is spoken. */
const CATALOGUES: Record<string, (() => Promise<{ default: unknown }>) | undefined> = {
  de: () => import('./locale/de.json')
};

/**
 * The words in the lab's language: those that ship here, else what a language pack of the lab holds for us, else
 * English. Ours need no language pack and serve every country of a language (`de_AT` as `de_DE`).
 */
export async function wordsFor(translator: ITranslator): Promise<TranslationBundle> {
  const code = translator.languageCode.replace('_', '-');
  const load = CATALOGUES[code.split('-')[0].toLowerCase()];
  return load ? bundleOf((await load()).default as Catalogue, code) : translator.load(DOMAIN);
}

/** A catalogue as the lab's translator reads it. */
export function bundleOf(catalogue: Catalogue, code: string): TranslationBundle {
  const bundle = new Gettext({ domain: DOMAIN, locale: code });
  bundle.loadJSON(catalogue as never, DOMAIN);
  return bundle;
}
