import { cutText, quotedCharsMax } from './cut-text.ts';

/** Characters that reorder, hide or break the text around them: control and format characters, line separators. */
const changing = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Returns text that a caller chose as an answer quotes it: at most `charsMax` characters, and characters that would
 * change how the rest is shown are written as escapes. Text that was quoted already is not changed.
 */
export function quoteText(text: string, charsMax = quotedCharsMax): string {
  return cutText(text.slice(0, charsMax + 1).replaceAll(changing, escape), charsMax);
}

function escape(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
}
