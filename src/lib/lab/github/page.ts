import type { Answer } from './operation.ts';

/** A page's title, and what stands under it: the rows of one table. */
export interface Page {
  title: string;
  rows: readonly Row[];
}

export type Row = readonly [label: string, text: string, link?: string];

/** The page as HTML; nothing in it is taken for markup. */
export function html(status: number, { title, rows }: Page): Answer {
  const lines = rows.map(([label, text, link]) => {
    const shown = link === undefined ? safe(text) : `<a href="${safe(link)}">${safe(text)}</a>`;
    return `<tr><th>${safe(label)}</th><td>${shown}</td></tr>`;
  });
  const style =
    'body{font:1em sans-serif;margin:2em}th{text-align:left;padding-right:1em;vertical-align:top}td{white-space:pre-wrap}';
  const body = `<h1>${safe(title)}</h1>\n<table>\n${lines.join('\n')}\n</table>\n<p>A page of the lab's GitHub.</p>`;
  const raw = `<!doctype html>\n<meta charset="utf-8">\n<title>${safe(title)}</title>\n<style>${style}</style>\n${body}\n`;
  return { status, raw: Buffer.from(raw), headers: { 'content-type': 'text/html; charset=utf-8' } };
}

function safe(text: string): string {
  return text.replace(/[&<>"']/g, (each) => `&#${each.codePointAt(0) ?? 0};`);
}
