import React, { act } from 'react';
import { createRoot } from 'react-dom/client';
import { describe, expect, it, vi } from 'vitest';

import { Marking } from '../src/classes/marking';
import type { IReview } from '../src/classes/records';
import { Reviews } from '../src/classes/reviews';
import { Checks } from '../src/grading/checks';
import { PendingAnswers, TabLife } from '../src/grading/pending';
import { RequestError, ServerAway } from '../src/requests';
import { FakeApi, FakeBox, FakeCourses, REF, submitted } from './fakes';
import { judgement } from './make';
import { button, drawn, DRAFTED, MARKED, REVIEW, setUp, TAB } from './reviews';

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

describe('what awaits marks', () => {
  it('is read with its text, its tests and a labelled field for each line of the rubric', async () => {
    const { model } = await setUp();
    const node = drawn(model);
    expect(node.querySelector('article')!.getAttribute('aria-label')).toBe('Answer of ana to The mean');
    expect(node.querySelector('.codegym-AnswerLines li span')!.textContent).toBe('<b>def mean</b>');
    expect(node.textContent).toContain('1 of 2 tests passes.');
    const inputs = [...node.querySelectorAll<HTMLInputElement>('input[type="number"]')];
    expect(inputs.map(input => node.querySelector(`label[for="${input.id}"]`)!.textContent)).toEqual([
      'Clear names',
      'Comments say why'
    ]);
    expect(
      inputs.map(one => node.querySelector(`[id="${one.getAttribute('aria-describedby')}"]`)!.textContent)
    ).toEqual(['of 2', 'of 1']);
    expect(node.querySelector('fieldset > legend')!.textContent).toBe('Points');
    expect(node.textContent).toContain('4 wait for marks');
    expect(node.textContent).toContain('def mean(xs): ...');
    expect(button(node).getAttribute('aria-disabled')).toBe('true');
  });

  it('is saved once every line has points that are to be had', async () => {
    const { model, server, review } = await setUp();
    model.type(review, { points: { names: '1.5', told: '2' }, comment: 'Well told.' });
    expect(model.unfit(review)).toEqual(['told']);
    expect(drawn(model).querySelectorAll('[aria-invalid="true"]')).toHaveLength(1);
    expect(await model.save(review)).toBe(false);
    model.type(review, { points: { names: '1.5', told: '1' } });
    expect(button(drawn(model)).hasAttribute('aria-disabled')).toBe(false);
    expect(await model.save(review)).toBe(true);
    const items = [
      { id: 'names', points: 1.5 },
      { id: 'told', points: 1 }
    ];
    const body = { items, accepted: [], comment: 'Well told.', why: '', allow_lower: false };
    expect(server.sent).toEqual([['classes/c/reviews/s1', body]]);
    expect(model.state.count).toBe(3);
    expect(drawn(model).textContent).toContain('Marked: 3.5 of 4 points in all.');
  });

  it('takes points alone where there is no rubric, and none where the checks give them all', async () => {
    const { model, server, review } = await setUp({ ...REVIEW, rubric: [], to_give: 4 });
    expect(drawn(model).textContent).toContain('Points for this answer');
    model.type(review, { points: { '': '3' } });
    await model.save(review);
    expect(server.sent[0][1]).toMatchObject({ points: 3 });
    const none = await setUp({ ...REVIEW, rubric: [], to_give: 0 });
    await none.model.save(none.review);
    expect(none.server.sent[0][1]).toMatchObject({ points: null });
  });

  it('is marked again only with a reason, and lower only when that is chosen', async () => {
    const { model, server, review } = await setUp(MARKED);
    expect(model.draft(review).points).toEqual({ names: '1.5', told: '1' });
    expect(model.ready(review)).toBe(false);
    model.type(review, { points: { names: '0', told: '1' }, why: 'misread' });
    server.refuse = new RequestError(409, 'would_lower', 'The score would fall from 3.5 to 2.');
    expect(await model.save(review)).toBe(false);
    const node = drawn(model);
    expect(node.querySelector('[role="alert"]')!.textContent).toContain('would fall');
    expect(node.querySelector('form label.codegym-Class-check')!.textContent).toContain('The score may fall');
    server.refuse = null;
    model.type(review, { allowLower: true });
    expect(await model.save(review)).toBe(true);
    expect(server.sent.at(-1)![1]).toMatchObject({ why: 'misread', allow_lower: true });
    expect(model.state.lower.size).toBe(0);
  });

  it('is marked by digits, a line and then half points; what was set last is undone', async () => {
    const { model, review } = await setUp(REVIEW, { ...REVIEW, submission: 's2' });
    for (const digit of [1, 3, 2, 9]) {
      model.digit(digit);
    }
    expect(model.draft(review).points).toEqual({ names: '1.5', told: '1' });
    await model.undo('corrected');
    expect(model.draft(review).points).toEqual({ names: '1.5', told: '' });
    model.digit(2);
    model.digit(2);
  });

  it('is as before once its marks are taken back; where that is refused, it can be marked otherwise', async () => {
    const { model, server, review } = await setUp(REVIEW, { ...REVIEW, submission: 's2' });
    const record = async () => {
      model.type(model.here!, { points: { names: '1.5', told: '1' } });
      await model.save(model.here!);
      model.step(1);
    };
    await record();
    expect([model.here!.submission, model.state.count]).toEqual(['s2', 4]);
    server.kept = REVIEW;
    expect(await model.undo('corrected')).toBe(true);
    expect(server.sent.at(-1)).toEqual(['classes/c/reviews/s1/undo', {}]);
    expect([model.here, model.state.count]).toEqual([REVIEW, 5]);
    expect(model.draft(review)).toMatchObject({ points: { names: '1.5', told: '1' }, why: '' });
    server.kept = MARKED;
    await record();
    server.refuse = new ServerAway();
    expect(await model.undo('corrected')).toBe(false);
    expect([model.here, model.draft(MARKED).why]).toEqual([MARKED, 'corrected']);
  });

  it('goes on by itself near the end of what was read, until there is no more', async () => {
    const { model, server } = await setUp();
    server.later = ['s2', 's3'].map(submission => ({ ...REVIEW, submission }));
    for (const listed of [
      ['s1', 's2'],
      ['s1', 's2', 's3'],
      ['s1', 's2', 's3']
    ]) {
      model.step(1);
      await vi.waitFor(() => expect(model.state.list!.map(one => one.submission)).toEqual(listed));
    }
    model.step(1);
    expect(server.asked.map(query => query.after)).toEqual([undefined, 's1', 's2', 's3']);
  });

  it('keeps what is typed while the server is away', async () => {
    const { model, server, review } = await setUp();
    model.type(review, { points: { names: '2', told: '1' }, comment: 'Kept.' });
    server.refuse = new ServerAway();
    expect(await model.save(review)).toBe(false);
    const node = drawn(model);
    expect(node.querySelector('[role="alert"]')!.textContent).toContain('still here');
    expect(node.querySelector('textarea')!.textContent).toBe('Kept.');
    (await model.read('c', {}))();
    expect(model.draft(review).comment).toBe('Kept.');
  });
});

describe('a draft of marks', () => {
  const buttons = (node: HTMLElement) =>
    [...node.querySelectorAll<HTMLElement>('.codegym-Proposal button')].map(one =>
      one.getAttribute('aria-label')
    );

  it('stands beside its line, its words stand out in the answer, and nothing is given by it', async () => {
    const { model, review } = await setUp(DRAFTED);
    const node = drawn(model);
    expect(buttons(node)).toEqual([
      'Accept 1.5 for Clear names',
      'Not 1.5 for Clear names',
      'Change the points for Clear names'
    ]);
    expect(node.querySelector('.codegym-Proposal q')!.textContent).toBe('says\n  what it is');
    expect(node.textContent).toContain('This line could not be drafted.');
    expect(node.textContent).toContain('Drafted by class server.');
    const marks = [...node.querySelectorAll('.codegym-AnswerLines mark')];
    expect(marks.map(one => [one.textContent, one.getAttribute('data-numbers')])).toEqual([
      ['says', '1'],
      ['  what it is', '1']
    ]);
    const shown = [...node.querySelectorAll('.codegym-AnswerLines li > span')].map(one => one.textContent);
    expect(shown.join('\n')).toBe(DRAFTED.source);
    expect(model.unfit(review)).toEqual(['names', 'told']);
    expect(model.ready(review)).toBe(false);
  });

  it('is accepted line by line: a key chooses the line, and only then accepts it', async () => {
    const second = { id: 'told', points: 0, words: '' };
    const both = { ...DRAFTED.draft!, lines: [DRAFTED.draft!.lines[0], second] };
    const { model, review, server } = await setUp({ ...DRAFTED, draft: both });
    const given = () => model.draft(review).points;
    model.decideHere(true);
    expect([given(), model.state.line]).toEqual([{ names: '', told: '' }, 0]);
    model.decideHere(true);
    expect([given(), model.state.line]).toEqual([{ names: '1.5', told: '' }, 1]);
    expect(drawn(model).querySelector('.codegym-Proposal [aria-disabled]')!.textContent).toBe('Accepted');
    model.digit(1);
    expect([given(), model.state.line]).toEqual([{ names: '1.5', told: '0.5' }, -1]);
    model.decideHere(true);
    expect([given(), model.state.line]).toEqual([{ names: '1.5', told: '0.5' }, -1]);
    await model.undo('');
    expect(given().told).toBe('');
    expect(server.sent).toEqual([]);
  });

  it('is not accepted over points that were typed since its line was chosen', async () => {
    const { model, review } = await setUp(DRAFTED);
    model.digit(1);
    (await model.read('o', {}))();
    expect(model.state.line).toBe(0);
    model.write(review, 'names', '2');
    model.decideHere(true);
    expect(model.draft(review).points.names).toBe('2');
    model.digit(2);
    model.digit(1);
    expect(model.draft(review).points).toEqual({ names: '2', told: '0.5' });
  });

  it('that was accepted is told from the same points typed, and is accepted no more once they change', async () => {
    const { model, review, server } = await setUp(DRAFTED);
    const sent = async () => {
      model.type(review, { points: { ...model.draft(review).points, told: '1' } });
      await model.save(review);
      return (server.sent.pop()![1] as { accepted: string[] }).accepted;
    };
    server.refuse = new ServerAway();
    model.write(review, 'names', '1.5');
    expect(drawn(model).querySelector('.codegym-Proposal [aria-disabled]')).toBeNull();
    expect(await sent()).toEqual([]);
    model.accept(review, 'names');
    expect(await sent()).toEqual(['names']);
    model.write(review, 'names', '2');
    expect(await sent()).toEqual([]);
  });

  it('is refused by a key, which leads to the next; its points are to be given by hand', async () => {
    const second = { id: 'told', points: 0, words: '' };
    const both = { ...DRAFTED.draft!, lines: [DRAFTED.draft!.lines[0], second] };
    const { model, review } = await setUp({ ...DRAFTED, draft: both });
    model.accept(review, 'names');
    model.digit(1);
    model.decideHere(false);
    expect([model.draft(review).points.names, model.state.line]).toEqual(['', 1]);
    expect(drawn(model).querySelector('.codegym-Proposal s')!.textContent).toBe('Draft: 1.5');
    model.decideHere(true);
    expect([model.draft(review).points, model.state.line]).toEqual([{ names: '', told: '0' }, -1]);
    model.write(review, 'names', '2');
    expect(drawn(model).querySelector('.codegym-Proposal s')).toBeNull();
    await model.undo('');
    expect(model.draft(review).accepted).toEqual([]);
  });

  it('that says nothing of any line is not told as if it did', async () => {
    const lines = DRAFTED.draft!.lines.map(one => ({ ...one, points: null, words: '' }));
    const { model } = await setUp({ ...DRAFTED, draft: { ...DRAFTED.draft!, lines } });
    expect(drawn(model).textContent).toContain('class server gave no draft that can be used.');
    expect(drawn(model).textContent).not.toContain('Drafted by');
  });

  it('of a line that has none is not accepted', async () => {
    const { model, review } = await setUp(DRAFTED);
    model.accept(review, 'told');
    model.digit(2);
    model.decideHere(true);
    expect(model.draft(review).points).toEqual({ names: '', told: '' });
  });

  it('is asked for, and waited for; who the student is stays hidden', async () => {
    const none = { drafting: false, llm: null, lines: [] };
    const { model, review, server } = await setUp({ ...REVIEW, draft: none });
    expect(drawn(model).textContent).toContain('Draft marks');
    server.drafted = { ...REVIEW, draft: { ...none, drafting: true } };
    const asking = model.propose(review);
    expect(drawn(model).textContent).toContain('A language model reads the answer…');
    expect(await model.propose(review)).toBe(false);
    expect(await asking).toBe(true);
    expect(server.sent).toEqual([['classes/c/reviews/s1/draft', {}]]);
    expect(model.here).toEqual({ ...REVIEW, draft: DRAFTED.draft });
    server.drafted = { ...REVIEW, draft: none };
    expect(await model.propose(model.here!)).toBe(false);
    expect(drawn(model).querySelector('[role="alert"]')!.textContent).toContain('Give the points yourself.');
  });

  it('cannot be asked for where it is switched off; how near people came is told', async () => {
    const { model, review, server } = await setUp();
    expect(await model.propose(review)).toBe(false);
    const node = drawn(model);
    expect(node.textContent).not.toContain('Draft marks');
    expect(server.sent).toEqual([]);
    const marked = await setUp({ ...DRAFTED, state: 'judged', points: 2 });
    expect(await marked.model.propose(marked.review)).toBe(false);
    const row = node.querySelector('[aria-label="How close people came to the drafts"] tbody tr')!;
    expect([...row.children].map(one => one.textContent)).toEqual([
      'The mean: Clear names',
      '8',
      '5',
      '1',
      '0.25',
      '-0.13'
    ]);
  });
});

describe('the keys', () => {
  const page = async (model: Marking) => {
    const node = document.body.appendChild(document.createElement('div'));
    const root = createRoot(node);
    await act(async () => root.render(<Reviews model={model} tab={TAB} again={() => undefined} />));
    const press = async (place: string, init: KeyboardEventInit) => {
      const event = new KeyboardEvent('keydown', { ...init, bubbles: true });
      await act(async () => void node.querySelector(place)!.dispatchEvent(event));
    };
    const close = () => act(async () => root.unmount()).then(() => node.remove());
    return { node, press, close };
  };

  it('of a single character can be switched off, and stay so; Ctrl Enter leaves the comment', async () => {
    const { model, server } = await setUp(REVIEW, { ...REVIEW, submission: 's2' });
    const { node, press, close } = await page(model);
    await press('[role="listbox"]', { key: 'j' });
    expect(model.state.at).toBe('s2');
    await act(async () => node.querySelector<HTMLElement>('details input')!.click());
    await press('[role="listbox"]', { key: 'k' });
    expect(model.state.at).toBe('s2');
    await press('[role="listbox"]', { key: 'ArrowUp' });
    expect(model.state.at).toBe('s1');
    expect(new Marking(server).state.keys).toBe(false);
    model.setKeys(true);
    node.querySelector('textarea')!.focus();
    await press('textarea', { key: 'Enter', ctrlKey: true });
    expect(document.activeElement?.getAttribute('role')).toBe('listbox');
    expect(server.sent).toEqual([]);
    await close();
  });

  it('go to their part where a narrow page shows one of three, as its buttons do', async () => {
    const { model } = await setUp(REVIEW, { ...REVIEW, submission: 's2' });
    const { node, press, close } = await page(model);
    const step = () => /codegym-mod-(\w+)/.exec(node.querySelector('.codegym-Marking')!.className)![1];
    const steps = () => [...node.querySelectorAll<HTMLElement>('.codegym-Steps button')];
    expect(step()).toBe('queue');
    await act(async () => node.querySelectorAll<HTMLElement>('[role="option"]')[1].click());
    expect([step(), model.state.at]).toEqual(['answer', 's2']);
    for (const [key, shown] of ['1 rubric', 'k answer', 'c rubric', '? queue'].map(one => one.split(' '))) {
      await press('[role="listbox"]', { key });
      expect(step()).toBe(shown);
    }
    await act(async () => steps()[2].click());
    expect(step()).toBe('rubric');
    expect(steps().map(one => one.getAttribute('aria-pressed'))).toEqual(['false', 'false', 'true']);
    await close();
  });
});

describe('an answer that two people mark', () => {
  const by = (who: string | null, names: number, told: number, comment: string) => ({
    ...{ who, comment, points: names + told },
    items: [names, told].map((points, i) => ({ id: ['names', 'told'][i], points }))
  });
  const given = [by('tim', 2, 1, 'Good.'), by(null, 0.5, 0.5, '')];
  const apart = (decides: boolean): IReview => ({
    ...REVIEW,
    markers: { stage: 'differ', tolerance: 1, decides, given }
  });
  const rows = (node: HTMLElement) =>
    [...node.querySelectorAll('[aria-label="Marks of both markers"] tr')].map(row =>
      [...row.children].map(cell => cell.textContent)
    );
  const BOTH = [
    ['Line of the rubric', 'tim', 'somebody', 'Apart'],
    ['Clear names', '2', '0.5', '1.5'],
    ['Comments say why', '1', '0.5', '0.5'],
    ['All', '3', '1', '2']
  ];

  it('shows who differs both side by side and who decides, and no form', async () => {
    const { model, review } = await setUp(apart(false));
    const node = drawn(model);
    expect(rows(node)).toEqual(BOTH);
    expect(node.textContent).toContain('An instructor of the class decides.');
    expect(node.querySelector('form, input[type="number"]')).toBeNull();
    model.type(review, { points: { names: '1', told: '1' } });
    expect(model.ready(review)).toBe(false);
  });

  it('is decided by an instructor, who may begin with the marks of one of them', async () => {
    const { model, review } = await setUp(apart(true));
    expect(drawn(model).textContent).toContain('You decide');
    model.take(review, given[0]);
    expect(model.draft(review)).toMatchObject({ points: { names: '2', told: '1' }, comment: 'Good.' });
    expect(model.ready(review)).toBe(true);
    await model.undo('');
    expect(model.draft(review).points).toEqual({ names: '', told: '' });
  });
});

describe('a judgement of the document that awaited marks', () => {
  it('is shown as it was marked since; others are not asked for', async () => {
    const server = new FakeApi();
    const kept = new PendingAnswers(new FakeBox(), '/');
    const checks = new Checks(server.api, new FakeCourses().courses, kept, new TabLife('me', undefined));
    const asked = vi.spyOn(server, 'submission');
    server.later = submitted();
    await checks.catchUp(REF, judgement({ submission: 's1', state: 'awaiting_review' }));
    expect(checks.state(REF).aside?.state).toBe('judged');
    await checks.catchUp(REF, judgement());
    await checks.catchUp(REF, null);
    expect(asked).toHaveBeenCalledTimes(1);
  });
});
