import React, { act } from 'react';
import { describe, expect, it, vi } from 'vitest';

import { minutesOf } from '../src/classes/chosen';
import { People } from '../src/classes/people';
import { ITab, useNames } from '../src/classes/tab';
import { fakeTab, used } from './staffpart';

const MEMBER = {
  account: 'ana',
  name: null as string | null,
  role: 'student',
  section: '',
  since: '2025-10-01T08:00:00Z',
  ended_at: null
};
const ANSWERS = {
  members: { members: [MEMBER, { ...MEMBER, account: 'ben', ended_at: '2025-10-20T08:00:00Z' }] },
  policy: { overrides: [] },
  teams: { teams: [{ team: 'red', unit: 'one', id: 't1', members: ['ana', null], answers: true }] },
  gradebook: {
    units: [{ unit: 'one', title: 'One' }],
    exercises: [{ unit: 'one', exercise: 'add', title: 'Add' }],
    students: []
  }
};

/** As the page gives it to its parts. */
function Called({ tab }: { tab: ITab }): JSX.Element {
  return <People tab={{ ...tab, named: useNames(tab) }} changed={() => undefined} />;
}

describe('the people of a class', () => {
  it('are called, found and sorted by the name that a roster gave them, with the account behind it', async () => {
    const others = [
      { ...MEMBER, account: 'zoe', name: 'Abel, Zoe' },
      { ...MEMBER, account: null, name: null }
    ];
    const { tab } = fakeTab({ ...ANSWERS, members: { members: [MEMBER, ...others] } });
    for (const [find, called] of [
      ['', ['Abel, Zoe (zoe)', 'ana']],
      ['abel', ['Abel, Zoe (zoe)']]
    ] as const) {
      const page = await used(<Called tab={{ ...tab, find }} />);
      expect([...page.node.querySelectorAll('tbody th')].map(one => one.textContent)).toEqual(called);
      await page.press('Choose Abel, Zoe (zoe)');
      await page.fill('Do', 'erase');
      expect(page.node.textContent).toContain('Account, again');
      await page.close();
    }
  });

  it('are told with what came late and when they were last seen, however many they are', async () => {
    const rows = Array.from({ length: 501 }, (_, i) => ({
      account: `s${i}`,
      seen_at: null as string | null,
      late: 0
    }));
    rows[500] = { account: 'ana', seen_at: '2025-10-20T08:00:00Z', late: 3 };
    const { tab } = fakeTab({ ...ANSWERS, members: { members: [MEMBER, { ...MEMBER, account: 'ben' }] } });
    const staff = (method: 'GET', parts: string[], body?: object, query?: Record<string, string>) => {
      const from = Number(query?.offset);
      const page = { rows: rows.slice(from, from + Number(query?.limit)), students: rows.length };
      return parts.at(-1) === 'progress' ? Promise.resolve(page) : tab.api.staff(method, parts, body);
    };
    const own = { ...tab, api: { ...tab.api, staff: staff as typeof tab.api.staff } };
    const page = await used(<People tab={own} changed={() => undefined} />);
    const last = () =>
      [...page.node.querySelectorAll('tbody tr')].map(row =>
        [...row.querySelectorAll('td')].slice(-2).map(one => one.textContent)
      );
    await vi.waitFor(() =>
      expect(last()).toEqual([
        ['3', 'Mon 20 Oct, 10:00'],
        ['', '']
      ])
    );
    await page.close();
  });

  it('come into teams by a table, which is looked at first', async () => {
    const looked = [
      { account: 'ana', unit: 'one', before: 'red', after: null, changes: true },
      { account: 'ben', unit: 'one', before: 'red', after: 'red', changes: false }
    ];
    const { tab, sent } = fakeTab({ ...ANSWERS, teams: { ...ANSWERS.teams, people: looked } });
    const page = await used(<People tab={tab} changed={() => undefined} />);
    const panel = [...page.node.querySelectorAll('section')].find(one =>
      one.textContent?.startsWith('Teams from CSV')
    )!;
    expect(panel.querySelector('[type=file]')).toBeNull();
    await page.fill('Unit', 'one', panel);
    await page.choose('Who is in which: a table with account, team', 'account,team\nana,\n');
    expect([...panel.querySelectorAll('li')].map(one => one.textContent)).toEqual(['ana: red → no team']);
    await page.fill('Why', 'works alone', panel);
    await page.press('Apply 1 change', panel);
    const body = { units: ['one'], table: 'account,team\nana,\n', leave_others: false };
    expect(sent).toEqual([
      ['teams', { ...body, why: '', dry_run: true }],
      ['teams', { ...body, why: 'works alone', dry_run: false }]
    ]);
    await page.close();
  });

  it('are listed with those who left, if one asks for them', async () => {
    const { tab } = fakeTab(ANSWERS);
    const page = await used(<People tab={tab} changed={() => undefined} />);
    const rows = () => [...page.node.querySelectorAll('tbody tr')].map(row => row.textContent);
    expect(rows()).toEqual(['anaredstudent']);
    await page.press('Also those who left');
    expect(rows()).toEqual(['anaredstudent', 'benstudent until Mon 20 Oct']);
    await page.close();
  });

  it('are erased in all classes that one may, this one last; a class that refuses ends it', async () => {
    const { tab, sent } = fakeTab(ANSWERS);
    const classes = ['c', 'last year', 'refuses', 'not theirs'].map(id => ({
      ...tab.offering,
      id,
      title: id
    }));
    let refuses = true;
    const staff = async (method: 'GET' | 'POST', parts: string[], body?: object) => {
      if (
        parts.includes('person') &&
        (parts[1] === 'not theirs' || (body && parts[1] === 'refuses' && refuses))
      ) {
        throw new Error('not now');
      }
      if (body) {
        sent.push([parts[1], body]);
      }
      return body ? {} : tab.api.staff(method, parts);
    };
    const own = { ...tab, classes, api: { ...tab.api, staff: staff as typeof tab.api.staff } };
    const page = await used(<People tab={own} changed={() => undefined} />);
    await page.press('Choose ana');
    await page.fill('Do', 'erase');
    await page.fill('Why', 'asked');
    await page.press('Also in: last year, refuses');
    await page.press('Erase');
    expect(sent).toEqual([]);
    await page.fill('Account, again', 'ana');
    await page.press('Erase');
    expect(page.node.textContent).toContain('not now');
    refuses = false;
    await page.press('Erase');
    const body = { account: 'ana', why: 'asked' };
    expect(sent).toEqual(['last year', 'refuses', 'c'].map(id => [id, body]));
    await page.close();
  });

  it('are saved with a file of each class; one that fails ends it', async () => {
    const { tab } = fakeTab(ANSWERS);
    const saved: unknown[] = [];
    let fails = true;
    const staffFile = async (parts: string[]) => {
      saved.push(parts);
      if (fails) {
        throw new Error('no file here');
      }
      return new Blob(['']);
    };
    Object.assign(URL, { createObjectURL: () => '#file', revokeObjectURL: () => undefined });
    const classes = ['c', 'local:b'].map(id => ({ ...tab.offering, id, title: id }));
    const own = { ...tab, classes, admin: true, api: { ...tab.api, staffFile } };
    const page = await used(<People tab={own} changed={() => undefined} />);
    await page.press('Choose ana');
    await page.fill('Do', 'export');
    await page.press('Also in: local:b');
    await page.press('Save all that is kept');
    expect(saved).toHaveLength(1);
    fails = false;
    await page.press('Save all that is kept');
    expect(saved).toEqual(['c', 'c', 'local:b'].map(id => ['classes', id, 'person.zip']));
    await page.close();
  });

  it('see what staff did by titles, without ids; the table that is saved has them', async () => {
    const version = 'c0ffee00'.repeat(8);
    const one = { done_at: '2025-10-20T08:00:00Z', offering: 'c', who: 'prof', whom: [] };
    const set = {
      opens: '2025-11-01T08:00:00',
      due: '2025-11-01T08:00:00Z',
      attempts: null,
      late: { per_day: 0.1 }
    };
    const acts = [
      { ...one, id: '3', act: 'policy', what: { unit: 'one', set } },
      {
        ...one,
        id: '2',
        act: 'mark',
        what: { exercise: 'add', submission: version.slice(0, 32), points: 2 }
      },
      { ...one, id: '1', act: 'teams', what: { units: ['one', 'gone'], version } }
    ];
    const { tab } = fakeTab({ ...ANSWERS, audit: { acts } });
    let saved = new Blob();
    Object.assign(URL, {
      createObjectURL: (file: Blob) => ((saved = file), '#file'),
      revokeObjectURL: () => undefined
    });
    const page = await used(<People tab={tab} changed={() => undefined} />);
    const log = [...page.node.querySelectorAll('details')].find(box =>
      box.textContent?.startsWith('What staff did')
    )!;
    await act(async () => {
      log.open = true;
      log.dispatchEvent(new Event('toggle'));
    });
    const told = [...log.querySelectorAll('tbody tr')].map(row =>
      [...row.lastElementChild!.children].map(one => one.textContent)
    );
    expect(told).toEqual([
      [
        'unit One',
        'opens Sat 1 Nov, 08:00',
        'due Sat 1 Nov, 09:00',
        'attempts no bound',
        'late {"per_day":0.1}'
      ],
      ['exercise Add', 'points 2'],
      ['units One, gone']
    ]);
    await page.press('Save all of it (CSV)', log);
    await vi.waitFor(() => expect(saved.size).toBeGreaterThan(0));
    const text = await new Promise<string>(read => {
      const reader = new FileReader();
      reader.onload = () => read(reader.result as string);
      reader.readAsText(saved);
    });
    expect([text.includes(version), text.includes('""exercise"":""add""')]).toEqual([true, true]);
    await page.close();
  });

  it('get more time for one exercise, until a time of the class’s zone', async () => {
    const { tab, sent } = fakeTab(ANSWERS);
    const page = await used(<People tab={tab} changed={() => undefined} />);
    await page.press('Choose ana');
    await page.fill('Where', 'exercise add');
    await page.fill('Or until', '2025-12-01T23:59');
    await page.fill('Why', 'attested');
    await page.press('Give more time');
    const until = '2025-12-01T22:59:00.000Z';
    expect(sent).toEqual([['extensions', { account: 'ana', exercise: 'add', until, why: 'attested' }]]);
    await page.close();
  });

  it('get more time to the minute, in the words of the command line', async () => {
    const spans = ['45min', '1h30m', '2D', ' 1w 1d', '3660d', '0m', '2', '1.5d', '3661d', '5 apples', ''];
    expect(spans.map(minutesOf)).toEqual([45, 90, 2880, 11520, 5270400, null, null, null, null, null, null]);
    const { tab, sent } = fakeTab(ANSWERS);
    const page = await used(<People tab={tab} changed={() => undefined} />);
    await page.press('Choose ana');
    await page.fill('Where', 'unit one');
    await page.fill('Why', 'the fire alarm');
    await page.fill('Extra time', '0.01');
    const note = () => document.getElementById(page.field('Extra time').getAttribute('aria-describedby')!);
    expect(page.field('Extra time').getAttribute('aria-invalid')).toBe('true');
    expect(note()?.textContent).toBe('Write 45min, 1h30m or 2d; ten years at most.');
    await page.press('Give more time');
    expect(sent).toEqual([]);
    await page.fill('Extra time', '15min');
    expect(page.field('Extra time').hasAttribute('aria-invalid')).toBe(false);
    await page.press('Give more time');
    const about = { account: 'ana', unit: 'one', why: 'the fire alarm' };
    expect(sent).toEqual([['extensions', { ...about, by: 'PT15M' }]]);
    await page.close();
  });

  it('keep what they are where another thing is changed; where several differ, each what they are', async () => {
    const since = '2025-10-09T08:00:00Z';
    const members = [
      { ...MEMBER, section: 'S1' },
      { ...MEMBER, account: 'gil', role: 'grader', section: 'S1', since },
      { ...MEMBER, account: 'gil', ended_at: since },
      { ...MEMBER, account: 'zoe', section: 'S2' }
    ];
    const { tab, sent } = fakeTab({ ...ANSWERS, members: { members } });
    const page = await used(<People tab={tab} changed={() => undefined} />);
    const change = async (accounts: string[], fields: Record<string, string>) => {
      for (const account of accounts) {
        await page.press(`Choose ${account}`);
      }
      await page.fill('Do', 'place');
      for (const [label, text] of Object.entries(fields)) {
        await page.fill(label, text);
      }
      await page.press('Change section or role');
      return sent.splice(0).map(([, body]) => (body as { people: object[] }).people);
    };
    expect(await change(['gil'], { Section: 'S9' })).toEqual([
      [{ account: 'gil', role: 'grader', section: 'S9' }]
    ]);
    expect(await change(['ana'], { Role: 'grader' })).toEqual([
      [{ account: 'ana', role: 'grader', section: 'S1' }]
    ]);
    expect(await change(['ana', 'gil'], { Section: 'S9' })).toEqual([
      [
        { account: 'ana', role: 'student', section: 'S9' },
        { account: 'gil', role: 'grader', section: 'S9' }
      ]
    ]);
    await page.press('Choose ana');
    await page.press('Choose zoe');
    await page.fill('Do', 'place');
    expect([page.field('Role').value, page.field('Section')]).toEqual(['student', null]);
    await page.fill('Role', 'instructor');
    await page.press('Change section or role');
    const both = [
      { account: 'ana', role: 'instructor', section: 'S1' },
      { account: 'zoe', role: 'instructor', section: 'S2' }
    ];
    expect(sent.splice(0)).toEqual([['members', { people: both }]]);
    await page.press('Choose ana');
    await page.press('Choose zoe');
    await page.fill('Do', 'place');
    await page.press('Each stays in their section');
    await page.fill('Section', 'S3');
    await page.press('Change section or role');
    expect(sent[0][1]).toEqual({
      people: ['ana', 'zoe'].map(account => ({ account, role: 'student', section: 'S3' }))
    });
    await page.close();
  });

  it('are excused from a unit, each', async () => {
    const { tab, sent } = fakeTab({
      ...ANSWERS,
      members: { members: [MEMBER, { ...MEMBER, account: 'zoe' }] }
    });
    const page = await used(<People tab={tab} changed={() => undefined} />);
    await page.press('Choose all');
    await page.fill('Do', 'excuse');
    await page.fill('Where', 'unit one');
    await page.press('Excuse');
    expect(sent).toEqual([]);
    await page.fill('Why', 'ill');
    await page.press('Excuse');
    const set = { unit: 'one', set: { excused: true }, why: 'ill' };
    expect(sent).toEqual(['ana', 'zoe'].map(account => ['policy', { account, ...set }]));
    await page.close();
  });

  it('of a team get another name and more time', async () => {
    const { tab, sent } = fakeTab(ANSWERS);
    const page = await used(<People tab={tab} changed={() => undefined} />);
    await page.fill('Team', 't1');
    await page.fill('Another name', 'blue');
    await page.press('Rename');
    await page.fill('Where', 'unit one');
    await page.fill('Extra time', '1d 12h');
    await page.fill('Why', 'ill');
    await page.press('Give more time');
    expect(sent).toEqual([
      ['teams/name', { unit: 'one', team: 'red', name: 'blue' }],
      ['extensions', { team: 'red', unit: 'one', by: 'PT2160M', why: 'ill' }]
    ]);
    await page.close();
  });
});
