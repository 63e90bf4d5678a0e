import { describe, expect, it } from 'vitest';

import { clockFor, countdown, day, daysAhead, instantOf, points, span, timeOfDay, when } from '../src/dates';
import { clock, trans } from './make';

describe('times', () => {
  it('writes the time of day with 24 hours', () =>
    expect(timeOfDay('2025-10-22T14:03:00Z', clock)).toBe('14:03'));
  it('writes a day without a comma', () => expect(day('2025-10-24T23:59:00Z', clock)).toBe('Fri 24 Oct'));
  it('says today and tomorrow and yesterday', () => {
    expect(when('2025-10-22T23:59:00Z', clock, trans)).toBe('today, 23:59');
    expect(when('2025-10-23T23:59:00Z', clock, trans)).toBe('tomorrow, 23:59');
    expect(when('2025-10-21T08:00:00Z', clock, trans)).toBe('yesterday, 08:00');
    expect(when('2025-10-24T23:59:00Z', clock, trans)).toBe('Fri 24 Oct, 23:59');
  });
  it('counts days by the calendar of the zone, not by 24 hours', () => {
    const vienna = { ...clock, timeZone: 'Europe/Vienna', now: () => new Date('2025-10-25T21:30:00Z') };
    expect(daysAhead('2025-10-25T22:30:00Z', vienna)).toBe(1);
    expect(daysAhead('2025-10-26T23:30:00Z', vienna)).toBe(2);
  });
  it('knows the instant of a time in the zone, in summer and in winter', () => {
    const vienna = { ...clock, timeZone: 'Europe/Vienna' };
    expect(instantOf('2025-07-01T23:59', vienna)).toBe('2025-07-01T21:59:00.000Z');
    expect(instantOf('2025-12-01T23:59', vienna)).toBe('2025-12-01T22:59:00.000Z');
  });
  it('says how late in the largest whole unit', () => {
    expect([span(7200, trans), span(2100, trans), span(20, trans), span(90000, trans)]).toEqual([
      '2 h',
      '35 min',
      '1 min',
      '1 d'
    ]);
  });
  it('counts down in minutes and seconds', () =>
    expect([countdown(24), countdown(61.2)]).toEqual(['0:24', '1:02']));
  it('writes points without trailing zeros', () =>
    expect([points(1.33, clock), points(2, clock)]).toEqual(['1.33', '2']));
  it('takes the lab’s default language for international English', () => {
    expect([clockFor('en').locale, clockFor('de_DE').locale]).toEqual(['en-GB', 'de-DE']);
  });
});
