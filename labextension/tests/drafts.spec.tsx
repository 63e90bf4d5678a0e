import React from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';

import { Drafts, type IAttempt, type IDraft } from '../src/drafts/model';
import { Page } from '../src/drafts/page';
import { RequestError } from '../src/requests';
import { trans } from './make';

function attempt(number: number, change: Partial<IAttempt>): IAttempt {
  const costs = { prompt_tokens: 900, reply_tokens: 80, seconds: 12.4, tight: false };
  const found = { exercise: 'f', suggestions: [], passed: 0, checks: 0, killed: 0, mutants: 0 };
  const said = {
    verdict: 'passes',
    llm: 'class server',
    yaml: '- exercise: …\n',
    reasons: [],
    more: false
  } as const;
  return { ...costs, ...found, ...said, number, ...change } as IAttempt;
}

function draft(state: IDraft['state'], attempts: IAttempt[], id = 'd1'): IDraft {
  const order = {
    topic: 'Longest run',
    mode: 'exercise',
    unit: 'loops',
    exercise: '',
    language: ''
  } as const;
  const whole = { ...order, course: 'demo', earlier: '', llms: ['class server'], cases: [], tries: 3 };
  return { id, state, created_ms: 0, why: '', order: whole, attempts };
}

const WRONG = attempt(1, {
  verdict: 'not_passed',
  reasons: ['`f` stops', 'line 4: IndexError'],
  more: true,
  code: 'f()',
  output: 'IndexError: …'
});
const RIGHT = attempt(2, { verdict: 'passes', passed: 8, checks: 8, killed: 14, mutants: 14, code: 'x = 1' });

/** A server with one course; it answers to `begin` what it is told, and keeps what was sent. */
function server(answers: IDraft[], listed: IDraft[] = []) {
  const sent: [string, unknown][] = [];
  const staff = async (method: string, parts: string[], body?: unknown) => {
    const path = parts.slice(1).join('/');
    if (method === 'POST') {
      sent.push([path, body]);
    }
    switch (path) {
      case 'health':
        return { ready: true, why: '', llms: ['class server'] };
      case 'drafts':
        return { drafts: listed };
      case 'drafts/d1/accept':
        return { file: 'loops.yaml', line: 12, lines: 9 };
      default:
        return answers.shift();
    }
  };
  const catalogue = async () => ({ courses: [{ id: 'demo', title: 'Demo', broken: false }] });
  const course = async () => ({
    units: [{ id: 'loops', title: 'Loops', exercises: [{ id: 'a', title: 'A' }] }]
  });
  return { model: new Drafts({ staff, catalogue, course } as never), sent };
}

function drawn(model: Drafts): HTMLElement {
  const node = document.createElement('div');
  node.innerHTML = renderToStaticMarkup(<Page model={model} trans={trans} />);
  return node;
}

describe('drafts with a model', () => {
  it('are begun with what was typed, and told attempt by attempt until one is taken over', async () => {
    const drafting = draft('drafting', []);
    const { model, sent } = server([drafting, draft('drafting', [WRONG]), draft('passed', [WRONG, RIGHT])]);
    await model.load();
    model.fill({ topic: 'Longest run', cases: 'f(1) == 1\n\n' });
    expect(drawn(model).querySelector('button[type=submit]')!.getAttribute('aria-disabled')).toBeNull();
    await model.begin();
    const asked = { course: 'demo', unit: 'loops', mode: 'exercise', exercise: '', language: '', tries: 3 };
    expect(sent).toEqual([['generate', { ...asked, topic: 'Longest run', cases: ['f(1) == 1'], llms: [] }]]);
    await model.heard('d1', 'attempt', 1);
    let node = drawn(model);
    expect(node.querySelector('[role=log] summary')!.textContent).toContain('Attempt 1. Not passed.');
    expect(node.querySelector('[role=log]')!.textContent).toContain('line 4: IndexError');
    const [ran, printed] = node.querySelectorAll('details details pre');
    expect([ran.textContent, printed.textContent]).toEqual(['f()', 'IndexError: …']);
    expect(node.textContent).toContain('Attempt 2 is being written…');
    expect(node.textContent).not.toContain('Add to the course');
    await model.heard('d1', 'attempt', 2);
    node = drawn(model);
    expect(node.querySelector('section h2')!.textContent).toBe('2 attempts, the last passes');
    expect([...node.querySelectorAll('[role=log] > details')].map(one => one.hasAttribute('open'))).toEqual([
      false,
      true
    ]);
    expect(node.querySelectorAll('details details[open]')).toHaveLength(0);
    expect(node.textContent).toContain('Nothing was printed.');
    expect(node.textContent).toContain('Mutants: 14 of 14 killed');
    expect(node.textContent).toContain('Nothing has been added to the course yet.');
    await model.accept();
    node = drawn(model);
    expect(node.textContent).toContain('It is in loops.yaml, from line 12 on.');
    expect(node.textContent).not.toContain('Nothing has been added to the course yet.');
  });
  it('of earlier stand below, and one that a restart stopped goes on', async () => {
    const stopped = draft('interrupted', [WRONG]);
    const person = draft('for_a_person', [WRONG, WRONG, WRONG, WRONG], 'd2');
    const { model, sent } = server([draft('drafting', [WRONG])], [stopped, person]);
    await model.load();
    const text = drawn(model).textContent;
    expect(text).toContain('stopped by a restart');
    expect(text).toContain('go on from attempt 2');
    expect(text).toContain('4 attempts, none passed; for a person');
    await model.resume('d1');
    expect(sent).toEqual([['drafts/d1/resume', {}]]);
    expect(model.chosen!.state).toBe('drafting');
  });
  it('are nothing for a student, and a refusal is told', async () => {
    const refused = async () => {
      throw new RequestError(403, 'forbidden', 'Only staff may do this.');
    };
    const model = new Drafts({ staff: refused, catalogue: refused, course: refused } as never);
    expect(await model.isAuthor()).toBe(false);
    await model.load();
    expect(drawn(model).querySelector('[role=alert]')!.textContent).toBe('Only staff may do this.');
  });
});
