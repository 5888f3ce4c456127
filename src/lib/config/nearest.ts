/** Edits (insert, delete, replace, swap of neighbours) between two words; optimal string alignment. */
export function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, at(i - 2, j - 2) + 1);
      }
      row.push(cost);
    }
  }
  return at(a.length, b.length);
}

/** What to write instead: the known word that is nearest, else all of them if they fit on a line. */
export function nearest(word: string, known: readonly string[]): { write?: string } {
  if (word.length <= 64) {
    const [best] = known
      .map((name) => ({ name, edits: distance(word.toLowerCase(), name.toLowerCase()) }))
      .sort((a, b) => a.edits - b.edits);
    if (best !== undefined && best.edits <= Math.max(1, Math.floor(best.name.length / 3))) {
      return { write: best.name };
    }
  }
  if (known.length === 0) return {};
  const last = known.at(-1) ?? '';
  const all = known.length === 1 ? last : `${known.slice(0, -1).join(', ')} or ${last}`;
  return all.length <= 200 ? { write: all } : {};
}
