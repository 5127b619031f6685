// Values as they stand in what is pasted elsewhere. Text of a log may hold anything: quotes, line breaks, and characters
// that a terminal obeys even inside quotes.

/** What is not to stand anywhere as it is: what a terminal obeys, and what nobody sees. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

const hex = (code: number, digits: number) => code.toString(16).toUpperCase().padStart(digits, "0");

/** A word for a shell: POSIX's quotes, or those of bash and zsh where a character must not stand as it is. */
export function word(value: string): string {
  if (/^[\w@%+:,./-][\w@%+=:,./-]*$/.test(value)) return value;
  if (!UNSEEN.test(value)) return `'${value.replaceAll("'", `'\\''`)}'`;
  const written = Array.from(value, (one) => {
    if (one === "\\" || one === "'") return `\\${one}`;
    if (!UNSEEN.test(one)) return one;
    const code = one.codePointAt(0) ?? 0;
    return code < 0x80 ? `\\x${hex(code, 2)}` : code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
  });
  return `$'${written.join("")}'`;
}

/** A literal of SQL: standard quotes, or those with code points where a character must not stand as it is. */
export function sqlText(value: string): string {
  const doubled = value.replaceAll("'", "''");
  if (!UNSEEN.test(value)) return `'${doubled}'`;
  const written = Array.from(doubled.replaceAll("\\", "\\\\"), (one) => {
    if (!UNSEEN.test(one)) return one;
    const code = one.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\+${hex(code, 6)}` : `\\${hex(code, 4)}`;
  });
  return `U&'${written.join("")}'`;
}
