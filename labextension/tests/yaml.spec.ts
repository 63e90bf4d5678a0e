import { describe, expect, it } from 'vitest';

import schema from '../../codegym_jlab/course/unit.schema.json';
import { misreadAt, placeAt, YamlSchema } from '../src/author/yaml/schema';

const unit = new YamlSchema(schema);
const TEXT = `id: loops
title: Loops
cells:
  - markdown: |
      # Loops
      title: no key here
  - exercise:
      id: sum
      title: Sum
      statement: Write it.
      solution: x = 1
      checks:
        - call: x
          equals: [1, {a: 2}]
  - code: x
  - exercise: {id: late, title: Late, statement: So}
`;
const after = (words: string) => TEXT.indexOf(words) + words.length;

describe('the schema over a text', () => {
  it('finds nothing wrong in what is right', () => {
    expect(unit.problems(TEXT)).toEqual([]);
  });

  it.each([
    ['title: Sum', 'tilte: Sum', 'unknown', 'tilte', 'title'],
    ['  - code: x', '  - exercize: x', 'unknown', 'exercize', 'exercise'],
    ['      title: Sum\n', '', 'missing', 'title', undefined],
    ['solution: x', 'answer: cose\n      solution: x', 'choice', 'answer', 'code'],
    ['- call: x\n          equals: [1, {a: 2}]', 'one', 'shape', 'checks', undefined],
    ['checks:\n        - call: x', 'checks:\n          call: x', 'shape', 'checks', undefined],
    ['id: loops', 'id: [loops', 'syntax', undefined, undefined]
  ])('%s as %s', (right, wrong, kind, name, meant) => {
    const [found] = unit.problems(TEXT.replace(right, wrong));
    expect(found).toMatchObject({ kind, ...(name && { name }), ...(meant && { meant }) });
  });

  it('offers the keys that are free where they stand, and the values', () => {
    const names = (at: number, word: string) => unit.keysAt(TEXT, at, word).map(one => one.name);
    const line = TEXT.indexOf('      checks:');
    const typed = `${TEXT.slice(0, line)}      hi\n${TEXT.slice(line)}`;
    const keys = unit.keysAt(typed, line + 6, 'hi').map(one => one.name);
    expect(keys).toContain('hints');
    expect(keys).not.toContain('solution');
    expect(names(after('title: Loo'), 'ps')).toEqual([]);
    expect(names(after('# Loops\n      ') + 7, '')).toEqual([]); // text, no YAML
    const answer = TEXT.replace('solution:', 'answer: \n      solution:');
    expect(unit.valuesAt(answer, answer.indexOf('answer:'))).toContain('predict');
    expect(unit.meaningAt(TEXT, after('      solu'))?.key.description).toContain('Students never see it.');
  });

  it('knows in which part of the unit the cursor is', () => {
    expect(placeAt(TEXT, 5)).toBeNull();
    expect(placeAt(TEXT, after('no key'))).toEqual({ exercise: null, after: null, steps: 1 });
    expect(placeAt(TEXT, after('Write'))).toMatchObject({ exercise: 'sum' });
    expect(placeAt(TEXT, after('- code'))).toEqual({ exercise: null, after: 'sum', steps: 1 });
    expect(placeAt(TEXT, TEXT.length)).toMatchObject({ exercise: 'late' });
  });

  it('knows in which misconception the cursor is', () => {
    const ideas = `- exercise:
    id: sum
    misconceptions:
      - id: first
        wrong: |
          x = 2
        say: Two?
      - {id: second, wrong: x = 3}
    hints: [Look]
`;
    const place = TEXT.indexOf('  - code: x');
    const text = TEXT.slice(0, place) + ideas.replace(/^/gm, '  ').trimEnd() + '\n' + TEXT.slice(place);
    const at = (words: string) => misreadAt(text, text.indexOf(words) + 1);
    const first = { exercise: 'sum', wrong: 'x = 2', say: 'Two?' };
    expect(['- id: first', 'x = 2', 'Two?'].map(at)).toEqual([first, first, first]);
    expect(at('second')).toEqual({ exercise: 'sum', wrong: 'x = 3', say: '' });
    expect(['misconceptions:', 'Look', 'Late', 'Loops'].map(at)).toEqual([null, null, null, null]);
  });
});
