// Times and sizes as the reader writes them.

import { language } from '../texts/texts.ts';

const formats = new Map<string, Intl.DateTimeFormat>();

function format(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language()} ${name}`;
  let made = formats.get(key);
  if (!made) {
    made = new Intl.DateTimeFormat(language(), options);
    formats.set(key, made);
  }
  return made;
}

export function clock(iso: string): string {
  return format('clock', { hour: 'numeric', minute: '2-digit' }).format(new Date(iso));
}

export function clockWithSeconds(at: Date): string {
  return format('seconds', { hour: 'numeric', minute: '2-digit', second: '2-digit' }).format(at);
}

/** Days since then, as the calendar counts. */
function daysAgo(iso: string): number {
  const start = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  return Math.round((start(new Date()) - start(new Date(iso))) / 86_400_000);
}

/** The name of a day: today, yesterday, a weekday, a date. */
export function day(iso: string): string {
  const ago = daysAgo(iso);
  if (ago === 0 || ago === 1) {
    const text = new Intl.RelativeTimeFormat(language(), { numeric: 'auto' }).format(-ago, 'day');
    return text.charAt(0).toUpperCase() + text.slice(1);
  }
  if (ago > 1 && ago < 7) return format('weekday', { weekday: 'long' }).format(new Date(iso));
  return format('date', { day: 'numeric', month: 'long', year: 'numeric' }).format(new Date(iso));
}

/** As short as a list needs it. */
export function brief(iso: string): string {
  const ago = daysAgo(iso);
  if (ago <= 0) return clock(iso);
  if (ago < 7) return format('short weekday', { weekday: 'short' }).format(new Date(iso));
  return format('short date', { day: 'numeric', month: 'numeric', year: '2-digit' }).format(new Date(iso));
}

export function full(iso: string): string {
  return format('full', { dateStyle: 'full', timeStyle: 'short' }).format(new Date(iso));
}

/** Day and time, for lists of what happened. */
export function stamp(iso: string): string {
  return format('stamp', { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso));
}

export function isSameDay(a: string, b: string): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}

/** Minutes and seconds. */
export function length(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** The two largest of days, hours and minutes. */
export function duration(seconds: number): string {
  const parts = [
    { unit: 'day', count: Math.floor(seconds / 86_400) },
    { unit: 'hour', count: Math.floor(seconds / 3_600) % 24 },
    { unit: 'minute', count: Math.floor(seconds / 60) % 60 },
  ];
  const first = parts.findIndex(({ count }) => count > 0);
  const from = first < 0 ? 2 : first;
  return parts
    .slice(from, from + 2)
    .map(({ unit, count }) =>
      new Intl.NumberFormat(language(), { style: 'unit', unit, unitDisplay: 'short' }).format(count),
    )
    .join(' ');
}

export function size(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;
  const step = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log(bytes) / Math.log(1_000)));
  const style = { style: 'unit', unit: units[step]!, unitDisplay: 'short', maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(language(), style).format(bytes / 1_000 ** step);
}
