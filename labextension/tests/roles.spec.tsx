import React, { act } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';

import { Dates } from '../src/classes/dates';
import { Marks } from '../src/classes/marks';
import { ClassPage, Tab } from '../src/classes/model';
import { ClassPanel } from '../src/classes/page';
import { ParkedAnswers } from '../src/classes/parked';
import { People } from '../src/classes/people';
import type { Api } from '../src/requests';
import { RequestError } from '../src/requests';
import type { IServer } from '../src/tokens';
import { clock, trans } from './make';
import { fakeTab, used } from './staffpart';

const CLASS = { id: 'a', course: 'basics', title: 'Basics', term: '', time_zone: 'UTC' };

/** The page of somebody who is a grader of these classes, and what the server was asked. */
function pageOf(graded: string[], admin = false) {
  const asked: string[] = [];
  const staff = async (_: string, parts: string[]) => {
    asked.push(parts.join('/'));
    if (parts.at(-1) === 'audit' && graded.includes(parts[1])) {
      throw new RequestError(403, 'forbidden', 'Only instructors may do this.');
    }
    return parts.length === 1 ? { classes: [CLASS, { ...CLASS, id: 'b' }], admin } : { sections: [] };
  };
  const model = new ClassPage({ staff } as unknown as Api);
  const server = { trans, clock } as unknown as IServer;
  const words = () => renderToStaticMarkup(new ClassPanel({ model, server }).render());
  return { asked, model, words };
}

describe('who only marks', () => {
  it('is told that what they may not do is for instructors, class by class', async () => {
    const { asked, model, words } = pageOf(['a']);
    const told = async (tab: Tab, offering: string) => {
      await model.show(tab, offering);
      return words().includes('<b>For instructors.</b> You are a grader of this class.');
    };
    expect([await told('publish', 'a'), await told('regrade', 'a'), await told('people', 'a')]).toEqual([
      true,
      true,
      true
    ]);
    expect([await told('progress', 'a'), await told('publish', 'b'), await told('people', 'b')]).toEqual([
      false,
      false,
      false
    ]);
    expect(await told('publish', 'a')).toBe(true);
    expect(asked.filter(path => path.endsWith('audit'))).toEqual(['classes/a/audit', 'classes/b/audit']);
  });

  it('is nobody who runs the whole site, of whom nothing is asked', async () => {
    const { asked, model } = pageOf([], true);
    await model.load();
    expect([model.grader, asked.includes('classes/a/audit')]).toEqual([false, false]);
  });

  it('sees who is there and what is set, with nothing to change', async () => {
    const book = {
      units: [{ unit: 'lists', title: 'Lists' }],
      exercises: [{ unit: 'lists', exercise: 'mean', title: 'Mean', points: 2, bonus: false }],
      students: [
        { account: 'ana', section: '', scores: [2], tries: [1], signs: ['s'], points: 2, max_points: 2 }
      ]
    };
    const { tab } = fakeTab({
      gradebook: book,
      history: { past: [] },
      members: { members: [{ account: 'ana', role: 'student', section: '', ended_at: null }] },
      policy: {
        overrides: [
          { fields: { attempts: 3 }, account: null, team: null, section: null, unit: null, why: '' }
        ]
      },
      parked: { answers: [{ submission: 's1', exercise: 'mean', received_at: '2025-10-20T08:00:00Z' }] }
    });
    const changed = () => undefined;
    for (const [Part, shown, acts] of [
      [People, 'ana', 'Enrol'],
      [Dates, 'attempts', 'Set it'],
      [Marks, 'Mean', 'Set mark'],
      [ParkedAnswers, 'Mean', 'Judge them again']
    ] as const) {
      for (const grader of [false, true]) {
        const page = await used(<Part tab={{ ...tab, grader }} {...{ changed, book, review: changed }} />);
        await act(async () => undefined); // what was read is drawn
        const buttons = [...page.node.querySelectorAll('button')].map(one => one.textContent);
        expect(page.node.textContent).toContain(shown);
        expect([acts, buttons.includes(acts)]).toEqual([acts, !grader]);
        expect(page.node.textContent.includes('For instructors.')).toBe(grader);
        expect(buttons.includes('Take back')).toBe(Part === Dates && !grader);
        expect(page.node.querySelectorAll('[type=file]').length > 0).toBe(Part === People && !grader);
        await page.close();
      }
    }
  });
});
