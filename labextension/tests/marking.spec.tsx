import React from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it, vi } from 'vitest';

import { Marking } from '../src/classes/marking';
import type { IReview } from '../src/classes/records';
import { Reviews } from '../src/classes/reviews';
import type { ITab } from '../src/classes/tab';
import { Checks } from '../src/grading/checks';
import { PendingAnswers, TabLife } from '../src/grading/pending';
import { RequestError, ServerAway } from '../src/requests';
import { FakeApi, FakeBox, FakeCourses, REF, submitted } from './fakes';
import { clock, judgement, trans } from './make';

const REVIEW: IReview = {
  submission: 's1',
  account: 'ana',
  team: null,
  unit: 'essays',
  exercise: 'mean',
  title: 'The mean',
  statement: 'Write `mean`.',
  reference: 'def mean(xs): ...',
  state: 'awaiting_review',
  received_at: '2025-10-22T14:00:00Z',
  source: '<b>def mean</b>',
  answer: 'code',
  score: 1,
  max_score: 4,
  passed: 1,
  total: 2,
  to_give: 3,
  rubric: [
    { id: 'names', text: 'Clear names', max_points: 2, points: null },
    { id: 'told', text: 'Comments say why', max_points: 1, points: null }
  ],
  points: null,
  comment: ''
};
const MARKED: IReview = {
  ...REVIEW,
  state: 'judged',
  score: 3.5,
  points: 2.5,
  comment: 'Well told.',
  rubric: REVIEW.rubric.map((line, i) => ({ ...line, points: [1.5, 1][i] }))
};

/** A server with some answers, which keeps what it was sent. */
class FakeServer {
  sent: [string, unknown][] = [];
  reviews = [REVIEW];
  refuse: Error | null = null;

  async staff<T>(method: string, parts: string[], body?: unknown): Promise<T> {
    if (method === 'GET') {
      return { reviews: this.reviews, count: this.reviews.length + 3 } as T;
    }
    this.sent.push([parts.join('/'), body]);
    if (this.refuse) {
      throw this.refuse;
    }
    return MARKED as T;
  }
}

async function setUp(...reviews: IReview[]) {
  const server = new FakeServer();
  server.reviews = reviews.length ? reviews : [REVIEW];
  const model = new Marking(server);
  (await model.read('c', {}))();
  return { server, model, review: model.state.list![0] };
}

const TAB: ITab = {
  api: new FakeServer() as unknown as ITab['api'],
  offering: { id: 'c', course: 'c', title: 'C', term: '', time_zone: 'UTC' },
  ...{ section: '', find: '', turn: 0, admin: false, trans, clock, say: () => undefined }
};

function drawn(model: Marking): HTMLElement {
  const node = document.createElement('div');
  node.innerHTML = renderToStaticMarkup(<Reviews model={model} tab={TAB} again={() => undefined} />);
  return node;
}
const button = (node: HTMLElement) => node.querySelector('button[type="submit"]')!;

describe('what awaits marks', () => {
  it('is read with its text, its tests and a labelled field for each line of the rubric', async () => {
    const { model } = await setUp();
    const node = drawn(model);
    expect(node.querySelector('article')!.getAttribute('aria-label')).toBe('Answer of ana to The mean');
    expect(node.querySelector('.codegym-Lines li span')!.textContent).toBe('<b>def mean</b>');
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
    expect(node.textContent).toContain('4 await marks');
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
    const body = { items, comment: 'Well told.', why: '', allow_lower: false };
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
    model.undo('corrected');
    expect(model.draft(review).points).toEqual({ names: '1.5', told: '' });
    model.digit(2);
    model.digit(2);
    await model.save(review);
    model.step(1);
    expect(model.here!.submission).toBe('s2');
    model.undo('corrected');
    expect([model.here!.submission, model.draft(model.here!).why]).toEqual(['s1', 'corrected']);
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
