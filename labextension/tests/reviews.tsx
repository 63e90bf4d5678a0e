import React from 'react';
import { renderToStaticMarkup } from 'react-dom/server';

import { Marking } from '../src/classes/marking';
import type { IReview, IReviews } from '../src/classes/records';
import { Reviews } from '../src/classes/reviews';
import type { ITab } from '../src/classes/tab';
import { Query } from '../src/requests';
import { clock, trans } from './make';

export const REVIEW: IReview = {
  submission: 's1',
  account: 'ana',
  team: null,
  blind: false,
  markers: null,
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
  comment: '',
  accepted: [],
  draft: null
};
const AGREED: IReviews['agreement']['drafts'] = [
  {
    ...{ exercise: 'mean', title: 'The mean', line: 'names', text: 'Clear names' },
    ...{ answers: 8, accepted: 5, same: 1, apart: 0.25, higher: -0.125 }
  }
];
export const MARKED: IReview = {
  ...REVIEW,
  state: 'judged',
  score: 3.5,
  points: 2.5,
  comment: 'Well told.',
  rubric: REVIEW.rubric.map((line, i) => ({ ...line, points: [1.5, 1][i] }))
};

const SAID = '“my_total” says\n  what it is, and says so';
export const DRAFTED: IReview = {
  ...REVIEW,
  source: `def f():\n  # ${SAID}\n`,
  answer: 'text',
  draft: {
    drafting: false,
    llm: 'class server',
    lines: [
      { id: 'names', points: 1.5, words: 'says\n  what it is' },
      { id: 'told', points: null, words: '' }
    ]
  }
};

const CHECKS = [
  { label: 'The mean of two', hidden: false, verdict: 'AC', message: '' },
  { label: 'The mean of nothing', hidden: true, verdict: 'RE', message: 'Think of `[]`.' }
];

/** A server with some answers, which keeps what it was sent. */
export class FakeServer {
  sent: [string, unknown][] = [];
  reviews = [REVIEW];
  /** What waits after these. */
  later: IReview[] = [];
  asked: Query[] = [];
  refuse: Error | null = null;
  drafted = DRAFTED;
  kept = MARKED;
  /** What one answer, asked for by itself, is. */
  alone: IReview = { ...DRAFTED, account: 'told too early' };

  async staff<T>(method: string, parts: string[], body?: unknown, query: Query = {}): Promise<T> {
    if (parts[0] === 'submissions') {
      return { judgement: { checks: CHECKS } } as T;
    }
    if (method === 'GET') {
      this.asked.push(query);
      if (query.after) {
        return { reviews: this.later.splice(0, 1), count: 3 } as T;
      }
      if (parts.length > 3) {
        return this.alone as T;
      }
      const agreement = { answers: 2, within: 1, apart: 0.5, drafts: AGREED };
      return { reviews: this.reviews, count: this.reviews.length + 3, agreement } as T;
    }
    this.sent.push([parts.join('/'), body]);
    if (this.refuse) {
      throw this.refuse;
    }
    return (parts.at(-1) === 'draft' ? this.drafted : this.kept) as T;
  }
}

export async function setUp(...reviews: IReview[]) {
  const server = new FakeServer();
  server.reviews = reviews.length ? reviews : [REVIEW];
  const model = new Marking(server, 1);
  (await model.read('c', {}))();
  return { server, model, review: model.state.list![0] };
}

export const TAB: ITab = {
  api: new FakeServer() as unknown as ITab['api'],
  offering: { id: 'c', course: 'c', title: 'C', term: '', time_zone: 'UTC' },
  ...{
    classes: [],
    section: '',
    find: '',
    turn: 0,
    beat: 0,
    admin: false,
    trans,
    clock,
    say: () => undefined
  },
  named: account => account ?? 'somebody'
};

export function drawn(model: Marking): HTMLElement {
  const node = document.createElement('div');
  node.innerHTML = renderToStaticMarkup(<Reviews model={model} tab={TAB} again={() => undefined} />);
  return node;
}
export const button = (node: HTMLElement) => node.querySelector('button[type="submit"]')!;
