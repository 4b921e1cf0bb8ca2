// What a browser calls itself, as a person would say it.

const browsers: readonly [RegExp, string][] = [
  [/\bEdg(?:A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Headless)?Chrome\/|\bCriOS\//, 'Chrome'],
  [/\bVersion\/[\d.]+.*\bSafari\//, 'Safari'],
];

const systems: readonly [RegExp, string][] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
];

/** Null: it said nothing. What is no browser is named by its own first word, such as `okhttp`. */
export function deviceOf(userAgent: string | null): { name: string | null; isPhone: boolean } {
  if (userAgent === null || userAgent === '' || userAgent === 'Unknown') return { name: null, isPhone: false };
  const isPhone = /\b(?:iPhone|Android|Mobile|okhttp|Dart)\b/.test(userAgent);
  const found = (all: readonly [RegExp, string][]) => all.find(([pattern]) => pattern.test(userAgent))?.[1];
  const parts = [found(browsers), found(systems)].filter((each) => each !== undefined);
  return { name: parts.length > 0 ? parts.join(', ') : userAgent.split(/[\s/]/, 1)[0]!.slice(0, 60), isPhone };
}
