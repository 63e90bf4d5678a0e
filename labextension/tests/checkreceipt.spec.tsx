import React, { act } from 'react';
import { afterEach, expect, it, vi } from 'vitest';

import { CheckReceipt } from '../src/classes/checkreceipt';
import { digestOf, readReceipt } from '../src/classes/receipt';
import { fakeTab, used } from './staffpart';

const { subtle } = crypto;
const keys = () => subtle.generateKey('Ed25519', true, ['sign', 'verify']);
const [SERVER, OTHER] = [await keys(), await keys()];
const spki = new Uint8Array(await subtle.exportKey('spki', SERVER.publicKey));
const PEM = `-----BEGIN PUBLIC KEY-----\n${btoa(String.fromCharCode(...spki))}\n-----END PUBLIC KEY-----\n`;
const SOURCE = 'print("Grüße")\n';

/** In the order of their names, as the server writes them. */
const CLAIMS = {
  about: 'Signed by the server of the class.',
  cells_sha256: '0'.repeat(64),
  course: 'basics',
  exercise: 'größe',
  issued_at: '2025-10-22T15:00:00.000001+00:00',
  judged_at: '2025-10-22T14:00:02+00:00',
  judgement: 'j1',
  key: '0123456789abcdef',
  kind: 'submit',
  max_score: 2,
  offering: 'c',
  person: 'p1',
  received_at: '2025-10-22T14:00:01.5+00:00',
  score: 1.5 as number | null,
  server: 'class',
  source_sha256: await digestOf(SOURCE),
  state: 'judged',
  submission: 's1',
  type: 'codegym-receipt',
  verdict: 'WA' as string | null,
  version: 1
};

/** What `codegym_jlab.receipts` wrote, and its key: the score is 1e-05, which JavaScript writes otherwise. */
const BY_PYTHON = `{
  "claims": {
    "about": "Signed by the server of the class.",
    "cells_sha256": "0000000000000000000000000000000000000000000000000000000000000000",
    "course": "basics",
    "exercise": "größe",
    "issued_at": "2025-10-22T15:00:00.000001+00:00",
    "judged_at": null,
    "judgement": "j1",
    "key": "cb66be5fab0fc32e",
    "kind": "submit",
    "max_score": 2,
    "offering": "c",
    "person": "p1",
    "received_at": "2025-10-22T14:00:01+00:00",
    "score": 1e-05,
    "server": "class",
    "source_sha256": "918c005632d8a8bd3a4374ea7728862e20a7d31df25acfd22ef47bc49e0fafb3",
    "state": "judged",
    "submission": "s1",
    "type": "codegym-receipt",
    "verdict": "WA",
    "version": 1
  },
  "signature": {
    "algorithm": "Ed25519",
    "value": "43232152d60bd5d4d74bd79f1f07eae5130b4987ccbe036d4abf539f7af65259e63d8f93b6b7247da620ec55a4f8e2248bac827f3604778f9108422613aff803"
  }
}
`;
const ITS_KEY =
  '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAFPSrhi1JD4Y6/kGxmGPyTQWlHdGy+uWFJcqsLcWYPO0=\n-----END PUBLIC KEY-----\n';

/** As the server writes it, whose claims come in order. */
async function signed(claims: object, { privateKey } = SERVER): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(claims));
  const signature = new Uint8Array(await subtle.sign('Ed25519', privateKey, bytes));
  const value = [...signature].map(byte => byte.toString(16).padStart(2, '0')).join('');
  return JSON.stringify({ claims, signature: { algorithm: 'Ed25519', value } }, null, 2) + '\n';
}

const receipt = (change: object = {}, key = SERVER) => signed({ ...CLAIMS, ...change }, key);

const ANSWERS = {
  members: { members: [{ person: 'p1', account: 'ana' }] },
  teams: { teams: [{ id: 't1', team: 'red' }] },
  gradebook: { exercises: [{ exercise: 'größe', title: 'Größe' }], units: [], students: [] },
  staff: { judgement: { source: SOURCE } }
};

/** The words in the status, and the rows of what the receipt says. */
async function checked(
  text: string,
  answers: object = ANSWERS,
  pem = PEM
): Promise<[string, Record<string, string>]> {
  const { tab } = fakeTab(answers as Record<string, unknown>);
  const staffFile = async (parts: string[]) => {
    expect(parts).toEqual(['receipts', 'key']);
    return { text: async () => pem };
  };
  const classes = [...tab.classes, { ...tab.offering, id: 'd', title: 'Data', term: '2026' }];
  const own = { ...tab, classes, api: { ...tab.api, staffFile: staffFile as never } };
  const page = await used(<CheckReceipt tab={own} />);
  await act(async () => {
    const details = page.node.querySelector('details')!;
    details.open = true;
    details.dispatchEvent(new Event('toggle'));
  });
  await page.choose('Receipt', text);
  const status = page.node.querySelector('[role="status"]')!;
  const passing = () => act(() => new Promise(passed => setTimeout(passed, 5)));
  for (let waits = 0; !status.textContent && waits < 400; waits++) {
    await passing();
  }
  await passing(); // what its rows read
  const rows = [...page.node.querySelectorAll('tr')].map(row =>
    [...row.children].map(one => one.textContent)
  );
  const found: [string, Record<string, string>] = [
    status.textContent.trim(),
    Object.fromEntries(rows) as Record<string, string>
  ];
  await page.close();
  return found;
}

afterEach(() => void vi.unstubAllGlobals());

const TRUE = 'This receipt is true.';
const CHANGED = 'This receipt was changed, or this server did not sign it.';

it('a receipt as the server wrote it is true; it says whose, what and when by the clock of the class', async () => {
  expect(await checked(await receipt())).toEqual([
    TRUE,
    {
      'Student or team': 'ana',
      Exercise: 'Größe',
      'Handed in': '22 Oct 2025, 16:00:01 (Europe/Vienna)',
      Verdict: 'Not yet',
      Points: '1.5 of 2',
      Answer: 'the one that is kept here',
      'Receipt issued': '22 Oct 2025, 17:00:00 (Europe/Vienna)'
    }
  ]);
});

it('what is not shown yet or not known is left out, and another answer than the one kept is told', async () => {
  const hidden = {
    judged_at: null,
    judgement: null,
    max_score: null,
    score: null,
    verdict: null,
    person: 'gone'
  };
  const [said, rows] = await checked(await receipt(hidden), { ...ANSWERS, staff: {} });
  expect(said).toBe(TRUE);
  expect(Object.keys(rows)).toEqual(['Student or team', 'Exercise', 'Handed in', 'Receipt issued']);
  expect(rows['Student or team']).toBe('gone');
  const [, other] = await checked(await receipt(), { ...ANSWERS, staff: { judgement: { source: 'pass' } } });
  expect(other.Answer).toBe('not the one that is kept here');
});

it('what was only tried, and what one of a team sent, are told as that', async () => {
  const [, tried] = await checked(await receipt({ kind: 'try' }));
  expect(tried).toHaveProperty('Only checked, not handed in');
  expect(tried).not.toHaveProperty('Handed in');
  const { type, verdict, ...before } = CLAIMS;
  const file = await signed({ ...before, person: 't1', submitter: 'p1', type, verdict, version: 2 });
  const [said, rows] = await checked(file);
  expect([said, rows['Student or team'], rows['Sent by']]).toEqual([TRUE, 'red', 'ana']);
});

it('one claim changed, the signature of another key, or a file written anew: it is not true', async () => {
  const text = await receipt();
  for (const one of [
    text.replace('"score": 1.5', '"score": 2'),
    text.replace('"score": 1.5', '"score": 1.50'),
    text.replace('größe', 'grosse'),
    text.replace('    "person"', '    "person":"p2",\n    "person"'),
    text.replace('"max_score": 2,\n    ', '"max_score": 2,'),
    JSON.stringify(JSON.parse(text)),
    await receipt({}, OTHER)
  ]) {
    expect(await checked(one)).toEqual([CHANGED, {}]);
  }
});

it('how lines end may change on the way', async () => {
  expect((await checked(`${(await receipt()).replaceAll('\n', '\r\n')}\r\n`))[0]).toBe(TRUE);
});

it('what is no receipt, or of a version to come, is told as that', async () => {
  const none = 'This is no receipt of CodeGYM.';
  for (const text of ['', 'hello', 'null', '[]', '{"claims": {}}', await receipt({ type: 'else' })]) {
    expect(await checked(text)).toEqual([none, {}]);
  }
  expect((await checked(await receipt({ version: 3 })))[0]).toContain('of a version');
  expect((await checked(' '.repeat(100_001)))[0]).toContain('too long');
  expect(readReceipt(' '.repeat(100_001))).toBe('long');
});

it('a receipt of another class is told by its title, one of a computer of its own proves nothing', async () => {
  const [said, rows] = await checked(await receipt({ offering: 'd' }));
  expect(said).toBe('This receipt is true, but of another class: Data · 2026.');
  expect([rows['Student or team'], rows.Exercise, rows.Answer]).toEqual(['p1', 'größe', undefined]);
  expect((await checked(await receipt({ offering: 'elsewhere' })))[0]).toContain('another class: elsewhere.');
  expect((await checked(await receipt({ server: 'local' })))[0]).toContain('proves nothing to others');
});

it('without https, or where the browser lacks Ed25519, the command line is named', async () => {
  const lacking = { importKey: () => Promise.reject(new Error('NotSupportedError')) };
  for (const crypto of [{}, { subtle: lacking }]) {
    vi.stubGlobal('crypto', crypto);
    expect((await checked(await receipt()))[0]).toContain('codegym receipt verify FILE --key PUBLIC.pem');
  }
});

it('a receipt that Python wrote and signed is true, whatever its numbers look like', async () => {
  const [said, rows] = await checked(BY_PYTHON, ANSWERS, ITS_KEY);
  expect([said, rows.Answer]).toEqual([TRUE, 'the one that is kept here']);
  expect((await checked(BY_PYTHON.replace('1e-05', '1e-5'), ANSWERS, ITS_KEY))[0]).toBe(CHANGED);
});
