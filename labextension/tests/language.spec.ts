import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import { exerciseName } from '../src/course/words';
import { headline } from '../src/grading/words';
import { bundleOf, wordsFor } from '../src/language';
import german from '../src/locale/de.json';
import { texts } from '../src/locale/server.json';
import { plain } from '../src/phrases';
import { serverText } from '../src/serverwords';
import { problemLine } from '../src/tutor/chatwords';
import { brought, catalogues, collect } from '../words.mjs';
import { clock, exercise, judgement } from './make';

const { found, bare } = collect();
const de = bundleOf(german, 'de-DE');

describe('what the extension says', () => {
  it('goes through the translator, every word', () => expect(bare).toEqual([]));

  it.each([...catalogues()])('is all in %s, and nothing else is', (_, catalogue) => {
    expect(Object.keys(catalogue)).toEqual(Object.keys(brought(catalogue, found)));
    const missing = Object.entries(catalogue).filter(([, said]) => Array.isArray(said) && said.includes(''));
    expect(missing.map(([key]) => key)).toEqual([]);
  });

  it.each([...catalogues()])('keeps its arguments and its code in %s', (_, catalogue) => {
    const marks = (text: string) => [...new Set(text.match(/%\d|`[^`]*`|\|\d\]/g) ?? [])].sort().join(' ');
    for (const [key, said] of Object.entries(catalogue)) {
      const one = found.get(key);
      // a singular may leave its number out, in either language
      const texts = one ? [key, one] : [key];
      const wanted = new Set(texts.map(marks));
      for (const text of Array.isArray(said) ? said : []) {
        expect(wanted, `${key} → ${text}`).toContain(marks(text));
      }
    }
  });
});

describe('German', () => {
  const translator = (languageCode: string) => ({
    ...nullTranslator,
    languageCode,
    load: nullTranslator.load
  });

  it.each(['de-DE', 'de_AT', 'de'])('is spoken where the lab speaks %s', async code => {
    const trans = await wordsFor(translator(code));
    expect(trans.__('Check')).toBe('Prüfen');
    expect(trans._n('%1 exercise', '%1 exercises', 3)).toBe('3 Aufgaben');
  });

  it.each(['en', 'it-IT'])('is not spoken where the lab speaks %s', async code => {
    expect((await wordsFor(translator(code))).__('Check')).toBe('Check');
  });

  it('says a judgement', () => {
    const head = headline(judgement({ verdict: 'AC' }), { ...clock, locale: 'de-DE' }, de);
    expect([head.word, plain(head.text), head.points]).toEqual([
      'Angenommen.',
      'Alle 5 Tests bestehen.',
      '2 von 2 Punkten'
    ]);
  });

  it('says an exercise aloud', () => {
    const handedIn = exercise({ status: 'submitted', submitted_at: '2025-10-22T14:31:00Z', score: 1.5 });
    expect(exerciseName(handedIn, { ...clock, locale: 'de-DE' }, de)).toBe(
      'Sum of the even numbers, 2 Punkte, abgegeben um 14:31, 1,5 von 2, zählt'
    );
  });
});

describe('the server’s sentences', () => {
  it('are said in the reader’s language, arguments and all', () => {
    expect(serverText('This is not open yet.', de)).toBe('Das ist noch nicht offen.');
    expect(serverText('At `[2]`: 3 items are expected, your answer has 2.', de)).toBe(
      'Bei `[2]`: 3 Elemente werden erwartet, deine Antwort hat 2.'
    );
    const kinds = 'The value is right, its kind is not: `6.0` is a float, and a whole number is expected.';
    expect(serverText(kinds, de)).toContain(
      '`6.0` ist eine Kommazahl (float), erwartet wird eine ganze Zahl.'
    );
  });

  it('tell of a model that is away, too', () => {
    const told = problemLine('nobody answers at http://x', de);
    expect(told).toBe(de.__('nobody answers at %1', 'http://x'));
    expect(told).not.toContain('nobody');
  });

  it('stay as they are in English, and where they are not known', () => {
    const english = nullTranslator.load('codegym');
    for (const sentence of texts) {
      const text = sentence.replace(/%\d/g, 'x');
      expect(serverText(text, english)).toBe(text);
    }
    expect(serverText('An author’s own words.', de)).toBe('An author’s own words.');
  });
});
