import React from 'react';
import { act } from 'react';
import { createRoot, Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { choiceSource, chosen } from '../src/answers/choice';
import { Control, replacesEditor } from '../src/answers/control';
import { filled, gapsOf } from '../src/answers/fill';
import { IFormProps } from '../src/answers/form';
import { moved, programOf, programSource } from '../src/answers/lines';
import { changes, takenBack } from '../src/answers/mend';
import { prediction, predictionSource } from '../src/answers/predict';
import { countWords } from '../src/answers/text';
import { restOf, taskWord } from '../src/answers/words';
import { answerForm, answers, collect, IAnswerForm, judgementIn, judgementStore } from '../src/cells';
import { headline } from '../src/grading/words';
import { plain } from '../src/phrases';
import type { IJudgement } from '../src/records';
import { check, clock, judgement, trans } from './make';

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

/** The form of a cell with this mark. */
function form(answer: string, controls: object = {}): IAnswerForm {
  return answerForm(cell('x', 'markdown', { role: 'answer', exercise: 'x', answer, controls }));
}

function cell(id: string, type: string, mark: object | undefined, source = '') {
  return { id, type, sharedModel: { getSource: () => source }, getMetadata: () => mark };
}

const LOOPS = form('choice', {
  choices: [
    { id: 'a', text: '`while True`' },
    { id: 'b', text: '`for n in x`' },
    { id: 'c', text: 'none' }
  ],
  several: false,
  pick: null
});
const SEVERAL: IAnswerForm = { ...LOOPS, several: true };
const GAPS = form('fill', { given: 'for n in range(5, ____, ____):\n    print(____)' });
const LINES = form('order', { lines: ['print(total)', 'total = 0', 'total += n', 'for n in x:'] });

describe('an answer as text', () => {
  it('is a choice', () => {
    expect(chosen('Answer:', LOOPS)).toEqual([]);
    expect(chosen('Answer: b\n', LOOPS)).toEqual(['b']);
    expect(chosen('Answer: a, c', SEVERAL)).toEqual(['a', 'c']);
    expect(chosen('Answer: a, c', LOOPS)).toBeNull();
    expect(chosen('I think b', LOOPS)).toBeNull();
    expect(choiceSource(['c', 'a'], LOOPS.choices)).toBe('Answer: a, c');
    expect(choiceSource([], LOOPS.choices)).toBe('Answer:');
  });
  it('is code with its gaps filled', () => {
    expect(gapsOf(GAPS.given, GAPS)).toEqual(['', '', '']);
    expect(gapsOf('for n in range(5, 0, -1):\n    print(n)\n', GAPS)).toEqual(['0', '-1', 'n']);
    expect(gapsOf('print(5)', GAPS)).toBeNull();
    expect(filled(GAPS, ['0', '', 'n'])).toBe('for n in range(5, 0, ____):\n    print(n)');
  });
  it('is lines in order', () => {
    const source = 'total = 0\nfor n in x:\n    total += n';
    const program = programOf(source, LINES.lines)!;
    expect(program).toEqual([
      { line: 1, indent: 0 },
      { line: 3, indent: 0 },
      { line: 2, indent: 1 }
    ]);
    expect(programSource(program, LINES.lines)).toBe(source);
    expect(programOf('', LINES.lines)).toEqual([]);
    expect(programOf('total = 0\ntotal = 0', LINES.lines)).toBeNull();
    expect(programOf('  total = 0', LINES.lines)).toBeNull();
  });
  it.each(['go 2\nstop 4', '', 'a\n', '```\nfence', 'x````'])('is a prediction: %j', text =>
    expect(prediction(predictionSource(text))).toBe(text)
  );
  it('is a prediction without a fence', () => expect(prediction('go 2')).toBe('go 2'));
  it('has words', () => expect(countWords('It ends – because n’s value *falls*.')).toBe(6));
  it('is mended code', () => {
    const given = 'n = 0\nfor c in w:\n    n = 1';
    const source = 'n = 1\nfor c in w:\n    n += 1\n    print(n)';
    const found = changes(given, source);
    expect(found).toEqual([
      { at: 0, now: 1, given: ['n = 0'] },
      { at: 2, now: 2, given: ['    n = 1'] }
    ]);
    expect(takenBack(source, found[0])).toBe('n = 0\nfor c in w:\n    n += 1\n    print(n)');
    expect(changes(given, given)).toEqual([]);
  });
});

describe('a line on its way', () => {
  const { lines } = LINES;
  const program = programOf('total = 0\nfor n in x:\n    total += n', lines)!;
  const go = (used: boolean, at: number, move: Parameters<typeof moved>[3]) => {
    const after = moved(program, lines, { used, at }, move);
    return after && [programSource(after.program, lines), after.place];
  };
  it('comes in at the end, as far in as the last', () =>
    expect(go(false, 0, 'in')).toEqual([
      'total = 0\nfor n in x:\n    total += n\n    print(total)',
      { used: true, at: 3 }
    ]));
  it('goes up, down, in, and out', () => {
    expect(go(true, 2, 'up')![1]).toEqual({ used: true, at: 1 });
    expect(go(true, 2, 'down')).toBeNull();
    expect(go(true, 0, 'shallower')).toBeNull();
    expect(go(true, 1, 'deeper')![0]).toContain('\n    for n in x:');
    expect(go(true, 0, 'out')).toEqual(['for n in x:\n    total += n', { used: false, at: 1 }]);
  });
});

describe('a cell’s mark', () => {
  it('is read as far as it can be', () => {
    expect(form('nonsense').kind).toBe('code');
    expect(form('choice', { choices: [{ id: 'a' }, 7, { id: 'b', text: 'x' }] }).choices).toHaveLength(1);
    expect(form('text', { words: null }).words).toEqual({ least: undefined, most: undefined });
    expect(replacesEditor('Answer: b', form('choice'))).toBe(false);
  });
  it('tells answers in text cells', () => {
    const mark = { role: 'answer', exercise: 'x', answer: 'choice' };
    const code = cell('given', 'code', undefined, 'n = 1');
    const model = {
      cells: [code, cell('x-answer', 'markdown', mark, 'Answer: b')],
      getMetadata: () => undefined
    };
    expect(answers(model).map(one => one.exercise)).toEqual(['x']);
    expect(collect(model, 'x')).toEqual({ source: 'Answer: b', cells: [] });
    expect(answers({ cells: [cell('x-answer', 'code', mark)] })).toEqual([]);
  });
  it('leaves room for a judgement beside it', () => {
    const kept = new Map<string, unknown>();
    const store = judgementStore({
      getMetadata: key => kept.get(key),
      setMetadata: (key, value) => kept.set(key, value),
      deleteMetadata: key => kept.delete(key)
    });
    const data = { 'application/vnd.codegym.judgement+json': judgement(), 'text/html': '<p>' };
    store.add({ output_type: 'display_data', data: data as never, metadata: {} });
    expect(judgementIn(store.toJSON())?.judgement.exercise).toBe('sum-even');
    expect(JSON.stringify([...kept])).not.toContain('<p>');
    store.remove?.(0);
    expect(store.length).toBe(0);
  });
});

describe('the headline of a kind', () => {
  const said = (change: Partial<IJudgement>) => {
    const head = headline(judgement(change), clock, trans);
    return `${head.word} ${plain(head.text)}`.trim();
  };
  const notice = (code: string, text: string) => ({ code, text, args: {} });
  it('is Right where nothing runs or the form decides', () => {
    expect(said({ answer: 'choice' })).toBe('Right.');
    expect(said({ answer: 'predict' })).toBe('Right. That is what it prints.');
    expect(said({ answer: 'fill' })).toBe('Right. All 5 tests pass.');
    expect(said({ answer: 'program' })).toBe('Accepted. All 5 tests pass.');
  });
  it('says what fits, and once', () => {
    const wrong = judgement({
      answer: 'choice',
      verdict: 'WA',
      notices: [notice('choice', '1 fits, 1 does not, and 1 is missing.')]
    });
    expect(said(wrong)).toBe('Not yet. 1 fits, 1 does not, and 1 is missing.');
    expect(restOf(wrong).notices).toEqual([]);
    expect(said({ answer: 'choice', verdict: 'WA' })).toBe('Not yet. Read the note under your choice.');
    const gaps = notice('gaps', '2 of 3 gaps are right.');
    expect(said({ answer: 'fill', verdict: 'WA', notices: [gaps] })).toBe('Not yet. 2 of 3 gaps are right.');
    const looks = check({ status: 'not_passed', message: 'Right values. Look at their order.' });
    expect(said({ answer: 'predict', verdict: 'WA', checks: [looks] })).toBe(
      'Not yet. Right values. Look at their order.'
    );
    expect(said({ answer: 'choice', verdict: 'CE' })).toBe('Nothing to check yet. No attempt used.');
  });
  it('has a task', () => {
    expect(taskWord(LOOPS, trans)).toBe('Choose one');
    expect(taskWord({ ...SEVERAL, pick: 2 }, trans)).toBe('Choose 2');
  });
});

describe('a control', () => {
  let node: HTMLElement;
  let root: Root;
  let source: string;
  const told: string[] = [];
  let checks = 0;

  beforeEach(() => {
    node = document.body.appendChild(document.createElement('div'));
    root = createRoot(node);
    told.length = 0;
    checks = 0;
  });
  afterEach(() => {
    act(() => root.unmount());
    node.remove();
  });

  function draw(what: IAnswerForm, text: string, change: Partial<IFormProps> = {}): void {
    source = text;
    const show = () =>
      root.render(
        <Control
          trans={trans}
          title="Loops"
          form={what}
          source={source}
          judged={null}
          older={false}
          readOnly={false}
          seed="ana/loops"
          highlight={null}
          rendermime={null}
          write={after => {
            source = after;
            show();
          }}
          undo={() => undefined}
          check={() => checks++}
          given={() => Promise.resolve({ call: 'f()', got: '1', wanted: '3' })}
          say={words => told.push(words)}
          {...change}
        />
      );
    act(show);
  }
  const find = (selector: string) => [...node.querySelectorAll<HTMLInputElement>(selector)];
  const press = (at: Element, key: string) =>
    act(() => void at.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true })));
  const type = (at: HTMLInputElement, text: string) =>
    act(() => {
      const proto = Object.getPrototypeOf(at) as object;
      Object.getOwnPropertyDescriptor(proto, 'value')!.set!.call(at, text);
      at.dispatchEvent(new Event('input', { bubbles: true }));
    });

  it('has the label of a choice before its Markdown is drawn', () => {
    const renderer = { renderModel: () => new Promise(() => undefined), dispose: () => undefined };
    const rendermime = { createRenderer: () => renderer } as unknown as IFormProps['rendermime'];
    draw(LOOPS, 'Answer:', { rendermime });
    expect([...node.querySelectorAll('label')].map(one => one.textContent)).toContain('none');
  });

  it('chooses one, mixed the same way each time, and Enter checks', () => {
    draw(LOOPS, 'Answer:');
    const order = find('.codegym-Choice-text').map(one => one.textContent);
    act(() => find('input')[order.indexOf('for n in x')].click());
    expect(source).toBe('Answer: b');
    press(find('input')[0], 'Enter');
    expect(checks).toBe(1);
    draw(LOOPS, source, { seed: 'ana/loops' });
    expect(find('.codegym-Choice-text').map(one => one.textContent)).toEqual(order);
    expect(find('[role="radiogroup"]')[0].getAttribute('aria-label')).toBe('Loops');
  });
  it('says under what is chosen, and nowhere else, the word on it', () => {
    const judged = judgement({
      verdict: 'WA',
      answer: 'choice',
      checks: [check({ label: '`while True`', status: 'not_passed', message: 'Nothing ends it.' })]
    });
    draw(SEVERAL, 'Answer: a, c', { judged });
    expect(find('.codegym-Choice-told').map(one => one.textContent)).toEqual([
      'not this oneNothing ends it.'
    ]);
    act(() => find('input:checked').forEach(one => one.click()));
    expect(source).toBe('Answer:');
    expect(find('.codegym-Choice-told')).toEqual([]);
  });
  it('fills gaps, and marks those that were judged until they change', () => {
    draw(GAPS, GAPS.given);
    expect(find('input').map(one => one.getAttribute('aria-label'))).toEqual([
      'gap 1 of 3, in line 1',
      'gap 2 of 3, in line 1',
      'gap 3 of 3, in line 2'
    ]);
    type(find('input')[0], '0, 1');
    type(find('input')[1], '2');
    expect(source).toBe('for n in range(5, 0, 1, 2):\n    print(____)');
    expect(find('input').map(one => one.value)).toEqual(['0, 1', '2', '']);
    const judged = judgement({ verdict: 'WA', answer: 'fill', gaps: [true, false, false] });
    draw(GAPS, source, { judged });
    expect(find('input')[0].getAttribute('aria-label')).toContain(', right');
    expect(find('.codegym-mod-no')).toHaveLength(2);
    draw(GAPS, source, { judged, older: true });
    expect(find('.codegym-mod-no')).toHaveLength(0);
  });
  it('carries lines by keys, says each move, and goes back', () => {
    draw(LINES, 'total = 0');
    const list = (used: boolean) => find(`[data-used="${used}"]`)[0];
    expect(find('[data-used="false"] [role="option"]')).toHaveLength(3);
    list(false).focus();
    press(list(false), ' ');
    press(list(false), 'ArrowRight');
    expect(source).toBe('total = 0\nprint(total)');
    expect(document.activeElement).toBe(list(true));
    press(list(true), 'ArrowRight');
    press(list(true), 'ArrowUp');
    expect(source).toBe('    print(total)\ntotal = 0');
    expect(told.at(-1)).toBe('“print(total)”: place 1 of 2, indent 1.');
    press(list(true), 'Escape');
    expect(source).toBe('total = 0');
    expect(told.at(-1)).toBe('Back where it was: “print(total)”');
    press(list(true), 'Enter');
    expect(checks).toBe(1);
  });
  it('takes a prediction of several lines', () => {
    draw(form('predict', { given: 'print(1)\nprint(2)' }), '```text\n\n```');
    type(find('textarea')[0], '1\n2');
    expect(source).toBe('```text\n1\n2\n```');
    expect(find('pre')[0].textContent).toContain('print(2)');
  });
  it('shows what is typed in, counts words and takes changes back', () => {
    draw(form('program', { stdin: '3.50\n4\n' }), '');
    expect(find('pre')[0].textContent).toBe('3.50\n4');
    draw(form('text', { words: { least: 20, most: 80 } }), 'It ends.');
    expect(node.textContent).toBe('2 words, 20 to 80 wanted');
    draw(form('debug', { given: 'n = 1' }), 'n = 2');
    expect(node.textContent).toContain('1 line changed');
    act(() => find('button')[0].click());
    expect(source).toBe('n = 1');
  });
  it('says what the given code gives, until something is changed', async () => {
    draw(form('debug', { given: 'n = 1' }), 'n = 1');
    await act(async () => undefined);
    expect(node.textContent).toBe('Now: f() gives 1; it should give 3.');
    draw(form('debug', { given: 'n = 1' }), 'n = 2');
    expect(node.textContent).toContain('1 line changed');
  });
  it('is not there where the text is of another form, and says so', () => {
    draw(LOOPS, 'I think b');
    expect(find('input')).toEqual([]);
    expect(node.textContent).toContain('does not have the format');
  });
  it('changes nothing once it is closed', () => {
    draw(LOOPS, 'Answer: b', { readOnly: true });
    act(() => find('input').forEach(one => one.click()));
    draw(LINES, 'total = 0', { readOnly: true });
    press(find('[data-used="true"]')[0], ' ');
    press(find('[data-used="true"]')[0], 'ArrowRight');
    expect(source).toBe('total = 0');
    draw(GAPS, GAPS.given, { readOnly: true });
    expect(find('input').every(one => one.readOnly)).toBe(true);
  });
});
