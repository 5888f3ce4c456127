/** What was measured, and how it is shown. */

export interface Figure {
  name: string;
  unit: 'ms' | 'MB' | '';
  values: readonly number[];
  /** Another figure of the same run: the ratio is that of the medians. */
  against?: Figure;
  /** The most that the ratio may be, or the median where nothing is compared. */
  aim?: number;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

function ratio({ values, against }: Figure): number | undefined {
  return against === undefined ? undefined : median(values) / median(against.values);
}

/** Undefined where nothing is aimed at. */
function met(figure: Figure): boolean | undefined {
  if (figure.aim === undefined) return undefined;
  return (ratio(figure) ?? median(figure.values)) <= figure.aim;
}

const HEAD = ['measure', 'median', 'min–max', '', 'ratio', 'of', 'aim', 'met'];
const LEFT = new Set([0, 3, 5, 7]);

export function table(figures: readonly Figure[]): string {
  const rows = [HEAD, ...figures.map(row)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return LEFT.has(column) ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd();
  return `${rows.map(line).join('\n')}\n`;
}

function row(figure: Figure): string[] {
  const { name, unit, values, against, aim } = figure;
  const number = (value: number): string => value.toFixed(0);
  const found = ratio(figure);
  const answer = met(figure);
  const most = aim === undefined ? '' : `≤ ${aim}${against === undefined && unit !== '' ? ` ${unit}` : ''}`;
  return [
    name,
    number(median(values)),
    `${number(Math.min(...values))}–${number(Math.max(...values))}`,
    unit,
    found === undefined ? '' : found.toFixed(2),
    against?.name ?? '',
    most,
    answer === undefined ? '' : answer ? 'yes' : 'no',
  ];
}

export function json(figures: readonly Figure[]): object[] {
  return figures.map((figure) => ({
    measure: figure.name,
    unit: figure.unit,
    median: median(figure.values),
    min: Math.min(...figure.values),
    max: Math.max(...figure.values),
    values: figure.values,
    against: figure.against?.name ?? null,
    ratio: ratio(figure) ?? null,
    aim: figure.aim ?? null,
    met: met(figure) ?? null,
  }));
}
