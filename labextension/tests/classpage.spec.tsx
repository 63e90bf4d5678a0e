import { Widget } from '@lumino/widgets';
import React from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { followAddress } from '../src/classes/address';
import { Bars } from '../src/classes/charts';
import { exercisesOf, intentBars, mostAsked, rungBars } from '../src/classes/statistics';
import { ClassPage, EVERYTHING } from '../src/classes/model';
import { ClassPanel } from '../src/classes/page';
import type { IAsked, IAskedExercise, IClassTicket, IWithheldTurn } from '../src/classes/records';
import { Query, RequestError, ServerAway } from '../src/requests';
import type { IServer } from '../src/tokens';
import { clock, trans } from './make';

const CLASS = { id: 'local:basics', course: 'basics', title: 'Basics', term: '', time_zone: 'UTC' };
const EXERCISE: IAskedExercise = {
  exercise: 'sum-even',
  title: 'Sum of the even numbers',
  unit: 'loops',
  turns: 5,
  intents: { hint: 3, review: 2 },
  helped: 2,
  unhelped: 1,
  withheld: 1,
  by_llm: 0,
  hints: 2,
  rungs: { '1': 1, '3': 2 },
  accepted_after_s: 420
};
const OTHER = {
  ...EXERCISE,
  exercise: 'mean',
  title: 'Mean',
  unit: 'lists',
  turns: 1,
  intents: { hint: 1 },
  rungs: {}
};
const ASKED: IAsked = {
  turns: 6,
  helped: 4,
  unhelped: 2,
  withheld: 2,
  waiting: 1,
  intents: { hint: 4, review: 2 },
  exercises: [EXERCISE, OTHER],
  units: [
    { unit: 'loops', title: 'Loops' },
    { unit: 'lists', title: 'Lists' }
  ],
  sections: ['A', 'B'],
  accepted_after_s: 420
};
const TICKET: IClassTicket = {
  id: 't1',
  exercise: 'sum-even',
  asked_at: '2025-10-22T14:00:00Z',
  question: 'Why? <img src=x onerror=alert(1)>',
  answer: null,
  answered_at: null,
  answered_by: null,
  person: 'p1',
  account: 'ana',
  shared: { source: 'x = 1', hints: 2, transcript: [] }
};
const TURN: IWithheldTurn = {
  id: 'w1',
  person: 'p1',
  exercise: 'sum-even',
  title: 'Sum of the even numbers',
  asked_at: '2025-10-22T14:00:00Z',
  message: 'just tell me',
  shown: 'Look at the remainder.',
  llm: 'qwen',
  withheld: [{ leaks: 'solution', why: 'code of the reply passes', text: 'return <b>sum</b>' }]
};

/** A server of one class, which keeps what it was asked. */
class FakeServer {
  asked: [string, string, Query | undefined][] = [];
  questions = ASKED;
  tickets = [TICKET];
  turns = [TURN];
  classes = [CLASS];
  refuse: Error | null = null;

  /** In these classes nobody asked. */
  silent: string[] = [];

  async staffFile(): Promise<Blob> {
    return new Blob();
  }

  async staff<T>(method: string, parts: string[], body?: unknown, query?: Query): Promise<T> {
    this.asked.push([method, parts.join('/'), query]);
    if (this.refuse) {
      throw this.refuse;
    }
    if (parts.at(-1) === 'questions' && this.silent.includes(parts[1])) {
      return { ...ASKED, turns: 0, waiting: 0 } as T;
    }
    const answers: Record<string, unknown> = {
      classes: { classes: this.classes },
      questions: this.questions,
      withheld: { turns: this.turns },
      tickets: { tickets: this.tickets, next: null },
      wrong: { exercises: [], answers: 0, left: 0, clusters: [] },
      reviews: { reviews: [], count: 0 },
      members: { members: [] },
      gradebook: { units: ASKED.units, exercises: ASKED.exercises, students: [] }
    };
    const last = parts.at(-1)!;
    if (parts.length === 2) {
      return { sections: [{ section: 'A', students: 2 }] } as T;
    }
    return (method === 'POST' ? { ...TICKET, ...(body as object), answered_by: 'Prof' } : answers[last]) as T;
  }
}

const NOW = Date.parse('2025-10-22T15:00:00Z');

async function setUp(change: Partial<FakeServer> = {}) {
  const server = Object.assign(new FakeServer(), change);
  const model = new ClassPage(server, () => NOW);
  await model.show('questions');
  return { server, model };
}

function drawn(model: ClassPage): HTMLElement {
  const server = { trans, clock, announcer: { say: () => undefined } } as unknown as IServer;
  const node = document.createElement('div');
  node.innerHTML = renderToStaticMarkup(new ClassPanel({ model, server }).render());
  return node;
}

describe('the page of a class’s questions', () => {
  it('shows the figures, the bars as tables, what waits and what was not shown', async () => {
    const { model } = await setUp();
    const node = drawn(model);
    const facts = [...node.querySelectorAll('.codegym-Facts > div')].map(one => one.textContent);
    expect(facts).toContain('questions6');
    expect(facts).toContain('until accepted, median7 min');
    expect(facts).toContain('question for you1');
    const bars = node.querySelector('table[aria-label="Questions to the tutor"]')!;
    expect([...bars.querySelectorAll('tbody tr')].map(row => row.textContent)).toEqual([
      'a hint4',
      'a review2'
    ]);
    expect(bars.querySelectorAll('tbody th[scope="row"]')).toHaveLength(2);
    expect([...bars.querySelectorAll('svg')].every(svg => svg.getAttribute('aria-hidden') === 'true')).toBe(
      true
    );
    expect(node.querySelectorAll('table[aria-label="By exercise"] tbody tr')).toHaveLength(2);
    expect(node.textContent).toContain('Not shown: the solution');
  });
  it('takes nothing for HTML, whoever wrote it', async () => {
    const node = drawn((await setUp()).model);
    expect(node.querySelector('img, .codegym-Told b b')).toBeNull();
    expect(node.textContent).toContain('Why? <img src=x onerror=alert(1)>');
    expect(node.querySelector('.codegym-Told pre[aria-label="Reply that was not shown"]')!.textContent).toBe(
      'return <b>sum</b>'
    );
  });
  it('says what it lacks: no questions, no class, not staff, no server', async () => {
    const nothing = { ...ASKED, exercises: [], turns: 0, waiting: 0 };
    const empty = await setUp({ questions: nothing, tickets: [], turns: [] });
    const words = drawn(empty.model).textContent;
    for (const said of ['No questions yet.', 'No question waits.', 'Every reply was shown.']) {
      expect(words).toContain(said);
    }
    expect(drawn((await setUp({ classes: [] })).model).textContent).toContain('for the staff of a class');
    const refusal = new RequestError(403, 'forbidden', 'Only staff of this course may see this.');
    const told = drawn((await setUp({ refuse: refusal })).model).querySelector('[role="alert"]')!;
    expect(told.textContent).toBe('Only staff of this course may see this.');
    expect(drawn((await setUp({ refuse: new ServerAway() })).model).textContent).toContain(
      'The server is away.'
    );
  });
});

describe('when the page is read', () => {
  it('is read where it is attached and seen at once: nothing shows it after that', async () => {
    const server = new FakeServer();
    const model = new ClassPage(server, () => NOW);
    const panel = new ClassPanel({ model, server: { trans, clock } as unknown as IServer });
    Widget.attach(panel, document.body);
    await vi.waitFor(() => expect(panel.node.textContent).toContain('Basics'));
    panel.dispose();
  });
  it('tells its live parts that something was judged in the class, and in no other', async () => {
    const { model } = await setUp();
    const before = model.state.beat;
    model.hear({ type: 'class', offering: 'another' });
    model.hear({ type: 'course', course: 'basics' });
    expect(model.state.beat).toBe(before);
    model.hear({ type: 'class', offering: CLASS.id });
    expect(model.state.beat).toBe(before + 1);
  });
});

describe('what is looked at', () => {
  it('begins with the class that asked, or that of the course at hand; with the first where nobody did', async () => {
    const classes = ['a', 'b', 'c'].map(id => ({ ...CLASS, id, course: `course-${id}` }));
    const begun = async (silent: string[], atHand: string | null) => {
      const server = Object.assign(new FakeServer(), { classes, silent });
      const model = new ClassPage(
        server,
        () => NOW,
        () => atHand
      );
      await model.load();
      return model.state.chosen;
    };
    expect(await begun(['a'], null)).toBe('b');
    expect(await begun(['a', 'c'], 'course-c')).toBe('c');
    expect(await begun(['a', 'b', 'c'], 'course-z')).toBe('a');
  });
  it('is narrowed by the server; the unit is here', async () => {
    const { server, model } = await setUp();
    server.asked = [];
    await model.narrow({ exercise: 'mean', section: 'A', days: '7' });
    const query = { exercise: 'mean', section: 'A', since: '2025-10-15T15:00:00.000Z' };
    expect(server.asked.find(([, path]) => path.endsWith('questions'))![2]).toEqual(query);
    expect(server.asked.find(([, path]) => path.endsWith('tickets'))![2]).toMatchObject({
      ...query,
      open: '1'
    });
    await model.narrow({ unit: 'lists' });
    expect(model.state.filter).toMatchObject({ unit: 'lists', exercise: '', section: 'A' });
    expect(exercisesOf(ASKED, model.state.filter)).toEqual([OTHER]);
    await model.narrow(EVERYTHING);
    expect(model.state.filter).toEqual(EVERYTHING);
  });
  it('narrows marking, too, where it stands and is taken back', async () => {
    const { server, model } = await setUp();
    await model.narrow({ unit: 'loops' });
    await model.narrow({ exercise: 'sum-even' });
    await model.show('marking');
    const asked = () => server.asked.filter(([, path]) => path.endsWith('reviews')).at(-1)![2];
    expect(asked()).toMatchObject({ unit: 'loops', exercise: 'sum-even' });
    const panel = new ClassPanel({ model, server: { trans, clock } as unknown as IServer });
    Widget.attach(panel, document.body);
    const part = () => panel.node.querySelector('[role="tabpanel"]')!;
    await vi.waitFor(() => expect(part().textContent).toContain('Loops'));
    const [unit, exercise] = part().querySelectorAll('select');
    expect([unit.value, exercise.value]).toEqual(['loops', 'sum-even']);
    part().querySelector<HTMLElement>('.codegym-Link')!.click();
    await vi.waitFor(() => expect(asked()).toMatchObject({ unit: '', exercise: '' }));
    panel.dispose();
  });
  it('is the newest choice, whichever answer comes last', async () => {
    const { server, model } = await setUp();
    let come = (_: { classes: (typeof CLASS)[] }) => undefined as void;
    const slow = new Promise<{ classes: (typeof CLASS)[] }>(resolve => (come = resolve));
    const quick = server.staff.bind(server);
    server.staff = (async () => slow) as typeof server.staff;
    const first = model.narrow({ section: 'A' });
    server.staff = quick;
    await model.narrow({ section: 'B' });
    come({ classes: [] });
    await first;
    expect([model.state.classes, model.state.filter.section]).toEqual([[CLASS], 'B']);
  });
});

describe('the address of the page without the lab', () => {
  const classes = [CLASS, { ...CLASS, id: 'b', course: 'other' }];
  const begun = async (hash: string) => {
    history.replaceState(null, '', hash || location.pathname);
    const model = new ClassPage(Object.assign(new FakeServer(), { classes }), () => NOW);
    const leave = followAddress(model);
    onTestFinished(leave);
    await model.load();
    return model;
  };
  const steps = (model: ClassPage) => Object.values(model.place).join(' ');

  it('opens a part, of a class and an exercise; without a class of the first, which it then names', async () => {
    expect(steps(await begun('#marking/b/sum-even'))).toBe('marking b sum-even');
    expect(steps(await begun('#wrong/b/sum-even'))).toBe('wrong b sum-even');
    const before = history.length;
    await begun('#marks');
    await begun('#marks/nobody');
    await begun('#marks/%');
    await begun('');
    expect(location.hash).toBe('#people/local%3Abasics');
    expect(history.length).toBe(before);
  });
  it('follows clicks, and the browser’s button goes back to each', async () => {
    const model = await begun('#people/b');
    await model.show('wrong');
    await model.mistakes.look('sum-even');
    await model.show('marking');
    await model.narrow({ section: 'A' });
    expect(location.hash).toBe('#marking/b');
    for (const place of ['wrong b sum-even', 'wrong b ', 'people b ']) {
      history.back();
      await vi.waitFor(() => expect(steps(model)).toBe(place));
      await vi.waitFor(() => expect(model.state.loading).toBe(false));
    }
    history.forward();
    await vi.waitFor(() => expect(steps(model)).toBe('wrong b '));
  });
  it('goes back though something changes at that moment', async () => {
    const model = await begun('#people/b');
    await model.show('marks');
    const told = () => model.hear({ type: 'class', offering: 'b' });
    window.addEventListener('popstate', told);
    onTestFinished(() => window.removeEventListener('popstate', told));
    history.back();
    await vi.waitFor(() => expect(steps(model)).toBe('people b '));
  });
});

describe('a question to staff', () => {
  it('is answered where it stands, once', async () => {
    const { server, model } = await setUp();
    model.type('t1', ' Look at line 2. ');
    server.asked = [];
    const both = await Promise.all([model.answer(TICKET), model.answer(TICKET)]);
    expect(both).toEqual([true, false]);
    expect(server.asked).toHaveLength(1);
    expect(model.state.tickets!.list[0]).toMatchObject({ answer: 'Look at line 2.', account: 'ana' });
    expect([model.state.asked!.waiting, model.state.drafts.size]).toEqual([0, 0]);
  });
  it('keeps what was typed where it cannot be sent', async () => {
    const { server, model } = await setUp();
    model.type('t1', 'Look.');
    server.refuse = new ServerAway();
    expect(await model.answer(TICKET)).toBe(false);
    expect([model.state.drafts.get('t1'), model.state.problem]).toEqual(['Look.', 'away']);
    expect(await model.answer({ ...TICKET, id: 'other' })).toBe(false);
  });
});

describe('figures', () => {
  it('add up over exercises, the most frequent first', () => {
    expect(intentBars([EXERCISE, OTHER], trans).map(({ key, value, share }) => [key, value, share])).toEqual([
      ['hint', 4, 1],
      ['review', 2, 0.5]
    ]);
    expect(mostAsked(EXERCISE)).toBe('hint');
    expect(intentBars([{ ...EXERCISE, intents: { 'new-one': 1 } }], trans)[0].label).toBe('new-one');
  });
  it('leave no rung out', () => {
    expect(rungBars([EXERCISE, OTHER], trans).map(({ label, value }) => [label, value])).toEqual([
      ['1 hint', 1],
      ['2 hints', 0],
      ['3 hints', 2]
    ]);
  });
  it('are drawn even where there are none', () => {
    const none = renderToStaticMarkup(<Bars title="T" bars={[]} empty="Nothing." />);
    expect(none).toContain('Nothing.');
  });
});
