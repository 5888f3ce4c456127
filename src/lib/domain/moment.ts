const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?$/;

/**
 * A point in time as a person writes it: a date (`2026-11-19`), or a date and a time (`2026-11-19 10:04`,
 * `2026-11-19T15:04:05Z`). Without an offset it is meant in the zone of this machine (screens.md, rule 16).
 * @param edge of the day, where only a date is given
 * @returns epoch milliseconds; undefined if it is none
 */
export function momentOf(text: string, edge: 'start' | 'end'): number | undefined {
  const date = DATE.exec(text);
  if (date !== null) {
    const [year = 0, month = 0, day = 0] = date.slice(1).map(Number);
    const start = new Date(year, month - 1, day);
    if (start.getMonth() !== month - 1 || start.getDate() !== day) return undefined;
    return edge === 'start' ? start.getTime() : new Date(year, month - 1, day + 1).getTime() - 1;
  }
  const [, on, at, offset = ''] = TIME.exec(text) ?? [];
  if (on === undefined || at === undefined || momentOf(on, 'start') === undefined) return undefined;
  const found = Date.parse(`${on}T${at}${offset}`);
  return Number.isNaN(found) ? undefined : found;
}
