// Characters that a reader cannot see, or that change the order of those around them (Trojan Source), are named.
const HIDDEN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

export interface Piece {
  text: string;
  /** It stands for a character that cannot be seen. */
  hidden: boolean;
}

/** The text in pieces: what can be seen as it is, what cannot by its code point. Line breaks and tabs stay. */
export function visible(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const found of text.matchAll(HIDDEN)) {
    if (found.index > from) pieces.push({ text: text.slice(from, found.index), hidden: false });
    const code = found[0].codePointAt(0) ?? 0;
    pieces.push({ text: `U+${code.toString(16).toUpperCase().padStart(4, "0")}`, hidden: true });
    from = found.index + found[0].length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from), hidden: false });
  return pieces;
}

/** The same as one text, for places that take no elements (labels, titles). */
export function visibleText(text: string): string {
  return visible(text).map((piece) => (piece.hidden ? `\u27e8${piece.text}\u27e9` : piece.text)).join("");
}
