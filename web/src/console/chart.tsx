// Lines over time, drawn by uPlot, and the same as a table for whoever would rather read it.

import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { language } from '../texts/texts.ts';
import { useStore } from '../store/store.ts';
import { theme } from '../ui/theme.ts';
import { clockWithSeconds } from '../ui/times.ts';

export interface Line {
  name: string;
  values: readonly (number | null)[];
}

const height = 180;
const colours = ['--accent', '--good', '--star', '--danger'] as const;
/** So many of the latest moments are told in the table. */
const told = 12;

/** The colour that a custom property stands for here and now: `light-dark` is none yet. */
function colourOf(element: HTMLElement, property: string): string {
  const probe = document.createElement('i');
  probe.style.color = `var(${property})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

export function Chart({
  title,
  unit,
  times,
  lines,
}: {
  title: string;
  /** After each number. */
  unit: string;
  /** Unix seconds. */
  times: readonly number[];
  lines: readonly Line[];
}) {
  const { t, i18n } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const chosen = useStore(theme);
  const names = lines.map(({ name }) => name).join('\n');
  const data = [times, ...lines.map(({ values }) => values)] as unknown as uPlot.AlignedData;
  const latest = useRef(data);
  latest.current = data;

  useEffect(() => {
    const element = box.current!;
    const make = () => {
      plot.current?.destroy();
      const ink = colourOf(element, '--ink-soft');
      const grid = { stroke: colourOf(element, '--line'), width: 1 };
      const axis = { stroke: ink, grid, ticks: { show: false }, font: '11px system-ui, sans-serif' };
      plot.current = new uPlot(
        {
          width: element.clientWidth,
          height,
          legend: { show: false },
          cursor: { show: false },
          scales: { y: { range: (_plot, _low, high) => [0, Math.max(1, (high ?? 0) * 1.15)] } },
          axes: [
            {
              ...axis,
              values: (_plot, at) => at.map((second) => clockWithSeconds(new Date(second * 1_000))),
              space: 90,
            },
            { ...axis, size: 46, values: (_plot, at) => at.map((value) => numbers().format(value)) },
          ],
          series: [
            {},
            ...names.split('\n').map((label, place) => ({
              label,
              stroke: colourOf(element, colours[place % colours.length]!),
              width: 2,
              points: { show: false },
            })),
          ],
        },
        latest.current,
        element,
      );
    };
    make();
    const sizes = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }));
    sizes.observe(element);
    const system = matchMedia('(prefers-color-scheme: dark)');
    system.addEventListener('change', make);
    return () => {
      sizes.disconnect();
      system.removeEventListener('change', make);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [names, chosen, i18n.language]);
  useEffect(() => plot.current?.setData(data), [data]);

  const rows = times.slice(-told).map((at, place) => ({ at, place: Math.max(0, times.length - told) + place }));
  return (
    <figure className="chart">
      <figcaption>
        <strong>{title}</strong>
        <span className="chart-lines">
          {lines.map(({ name, values }, place) => (
            <span key={name} className={`chart-line chart-line-${place % colours.length}`}>
              {name} <b>{worded(values.at(-1) ?? null, unit)}</b>
            </span>
          ))}
        </span>
      </figcaption>
      <div ref={box} className="chart-canvas" aria-hidden="true" />
      <details>
        <summary>{t('console.asTable')}</summary>
        <div className="scroller" tabIndex={0} role="group" aria-label={title}>
          <table>
            <caption className="hidden-text">{title}</caption>
            <thead>
              <tr>
                <th scope="col">{t('console.time')}</th>
                {lines.map(({ name }) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map(({ at, place }) => (
                <tr key={at}>
                  <th scope="row">{clockWithSeconds(new Date(at * 1_000))}</th>
                  {lines.map(({ name, values }) => (
                    <td key={name}>{worded(values[place] ?? null, unit)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}

function numbers(): Intl.NumberFormat {
  return new Intl.NumberFormat(language(), { maximumFractionDigits: 1 });
}

function worded(value: number | null, unit: string): string {
  return value === null ? '–' : `${numbers().format(value)}${unit}`;
}
