import { ServerConnection } from '@jupyterlab/services';
import { TranslationBundle } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import { bundleOf } from '../src/language';
import german from '../src/locale/de.json';
import { Api, RequestError, ServerAway } from '../src/requests';
import { backoff, parseMessage } from '../src/stream';

function setUp(answer: () => Response | Promise<Response>, trans?: TranslationBundle) {
  const calls: [string, RequestInit][] = [];
  const settings = ServerConnection.makeSettings({ baseUrl: 'http://lab/user/ada/' });
  const send = async (url: string, init: RequestInit) => {
    calls.push([url, init]);
    return answer();
  };
  const api = new Api(settings, send, trans);
  const away: boolean[] = [];
  api.awayChanged.connect((_, now) => away.push(now));
  return { api, calls, away };
}
const json = (body: unknown, status = 200, headers: Record<string, string> = { 'CodeGYM-API': '1' }) =>
  new Response(JSON.stringify(body), { status, headers });

describe('requests', () => {
  it('go below the base URL, escaped, with the API’s version', async () => {
    const { api, calls } = setUp(() => json({ given: [] }));
    await api.nextHint('a course', 'x/y');
    expect(calls[0][0]).toBe('http://lab/user/ada/codegym/api/courses/a%20course/exercises/x%2Fy/hints');
    expect(calls[0][1]).toMatchObject({ method: 'POST', body: '{}' });
    expect(new Headers(calls[0][1].headers).get('CodeGYM-API')).toBe('1');
  });
  it('of staff that are the same at the same moment are one; later ones, and acts, are their own', async () => {
    const { api, calls } = setUp(() => json({ rows: calls.length }));
    const read = (section: string) => api.staff('GET', ['classes', 'a', 'gradebook'], undefined, { section });
    expect(await Promise.all([read(''), read(''), read('A')])).toEqual([
      { rows: 1 },
      { rows: 1 },
      { rows: 2 }
    ]);
    await new Promise(resolve => setTimeout(resolve));
    expect(await read('')).toEqual({ rows: 3 });
    await Promise.all([api.staff('POST', ['classes'], {}), api.staff('POST', ['classes'], {})]);
    expect(calls).toHaveLength(5);
  });
  it('tell an error in the reader’s language, whatever stands in its arguments', async () => {
    const said = { template: "There is no course '%1' here.", args: ['%1 (.+)'] };
    const error = { code: 'unknown_course', message: 'English', details: { said } };
    const de = bundleOf(german, 'de-DE');
    const { api } = setUp(() => json({ error }, 404), de);
    const reason = await api.catalogue().catch((e: unknown) => e);
    expect(reason).toMatchObject({ message: de.__(said.template, '%1 (.+)') });
    expect((reason as Error).message).toContain('Kurs');
  });
  it('tell an error by its code, words and details', async () => {
    const error = { code: 'not_yet', message: 'In a moment.', details: { wait_s: 3 } };
    const { api } = setUp(() => json({ error }, 409));
    const reason = await api.nextHint('c', 'e').catch((e: unknown) => e);
    expect(reason).toBeInstanceOf(RequestError);
    expect(reason).toMatchObject({
      status: 409,
      code: 'not_yet',
      message: 'In a moment.',
      details: { wait_s: 3 }
    });
  });
  it('know that nobody is there', async () => {
    const { api, away } = setUp(() => Promise.reject(new TypeError('Failed to fetch')));
    await expect(api.catalogue()).rejects.toBeInstanceOf(ServerAway);
    expect(api.away).toBe(true);
    expect(away).toEqual([true]);
  });
  it('take a gateway’s 502 for nobody, and our own 503 for an answer', async () => {
    await expect(
      setUp(() => new Response('Bad gateway', { status: 502 })).api.catalogue()
    ).rejects.toBeInstanceOf(ServerAway);
    const error = { code: 'unavailable', message: 'Starting.', details: {} };
    await expect(setUp(() => json({ error }, 503)).api.catalogue()).rejects.toBeInstanceOf(RequestError);
  });
  it('tell once that the server is back', async () => {
    let there = false;
    const { api, away } = setUp(() => (there ? json({ courses: [] }) : Promise.reject(new Error('gone'))));
    await api.catalogue().catch(() => undefined);
    await api.catalogue().catch(() => undefined);
    there = true;
    await api.catalogue();
    await api.catalogue();
    expect(away).toEqual([true, false]);
  });
  it('tell once that this page is older than the server', async () => {
    const { api } = setUp(() => json({ courses: [] }, 200, { 'CodeGYM-API': '2' }));
    const told: string[] = [];
    api.stale.connect((_, version) => told.push(version));
    await api.catalogue();
    await api.catalogue();
    expect(told).toEqual(['2']);
  });
});

describe('the stream', () => {
  it('connects again ever more slowly, up to half a minute', () => {
    const middle = () => 0.5;
    expect([0, 1, 2, 20].map(n => backoff(n, middle))).toEqual([500, 1000, 2000, 10000]);
    expect(backoff(3, () => 0)).toBeLessThan(backoff(3, () => 1));
  });
  it('takes only messages of ours', () => {
    expect(parseMessage('{"type":"course","course":"a"}')).toEqual({ type: 'course', course: 'a' });
    expect([parseMessage('nonsense'), parseMessage('{"type":3}'), parseMessage('null')]).toEqual([
      null,
      null,
      null
    ]);
  });
});
