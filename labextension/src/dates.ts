import { TranslationBundle } from '@jupyterlab/translation';

/** How times are written: the locale, the offering's time zone and what "now" is (a test sets it). */
export interface IClock {
  locale: string;
  timeZone?: string;
  now(): Date;
}

/** The lab calls its default language `en`; the drawings write dates the international way. */
export function clockFor(languageCode: string): IClock {
  const locale = languageCode.replace('_', '-');
  return { locale: locale === 'en' ? 'en-GB' : locale, now: () => new Date() };
}

/** "14:03", or to the second "14:03:20" */
export function timeOfDay(iso: string, clock: IClock, toTheSecond = false): string {
  return new Intl.DateTimeFormat(clock.locale, {
    hour: '2-digit',
    minute: '2-digit',
    second: toTheSecond ? '2-digit' : undefined,
    timeZone: clock.timeZone
  }).format(new Date(iso));
}

/** "Fri 24 Oct" */
export function day(iso: string, clock: IClock): string {
  const text = new Intl.DateTimeFormat(clock.locale, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    timeZone: clock.timeZone
  }).format(new Date(iso));
  return clock.locale === 'en-GB' ? text.replace(',', '') : text;
}

/** The instant at which the clocks of the zone show `2026-11-05T23:59`. */
export function instantOf(local: string, { timeZone }: IClock): string {
  const asUtc = Date.parse(`${local}Z`);
  const shown = new Date(asUtc).toLocaleString('sv-SE', { timeZone }).replace(' ', 'T');
  return new Date(2 * asUtc - Date.parse(`${shown}Z`)).toISOString();
}

/** Days from today to that day, by the calendar of the clock's zone: 0 today, 1 tomorrow, −1 yesterday. */
export function daysAhead(iso: string, clock: IClock): number {
  const key = new Intl.DateTimeFormat('en-CA', { timeZone: clock.timeZone });
  const noon = (date: Date) => Date.parse(`${key.format(date)}T12:00:00Z`);
  return Math.round((noon(new Date(iso)) - noon(clock.now())) / 86400000);
}

/** "today, 23:59", "tomorrow, 23:59", "Fri 24 Oct, 23:59" */
export function when(iso: string, clock: IClock, trans: TranslationBundle): string {
  const time = timeOfDay(iso, clock);
  switch (daysAhead(iso, clock)) {
    case 0:
      return trans.__('today, %1', time);
    case 1:
      return trans.__('tomorrow, %1', time);
    case -1:
      return trans.__('yesterday, %1', time);
    default:
      return trans.__('%1, %2', day(iso, clock), time);
  }
}

/** "2 h", "35 min", "3 d": how late, in the largest whole unit. */
export function span(seconds: number, trans: TranslationBundle): string {
  if (seconds >= 86400) {
    return trans.__('%1 d', Math.floor(seconds / 86400));
  }
  if (seconds >= 3600) {
    return trans.__('%1 h', Math.floor(seconds / 3600));
  }
  return trans.__('%1 min', Math.max(1, Math.floor(seconds / 60)));
}

/** "0:24", for a wait that is short. */
export function countdown(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** "1.33", "2": points without trailing zeros, in the locale's digits. */
export function points(value: number, clock: IClock): string {
  return new Intl.NumberFormat(clock.locale, { maximumFractionDigits: 2 }).format(value);
}
