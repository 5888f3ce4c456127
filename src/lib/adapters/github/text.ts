/** Whether GitHub could have made one text of the other: it keeps neither the kind of line end nor what surrounds the text. */
export function sameText(a: string, b: string): boolean {
  return plain(a) === plain(b);
}

function plain(text: string): string {
  return text.replace(/\r\n?/g, '\n').trim();
}
