/** The length to which text that a caller chose is cut where an answer or an error quotes it, in characters. */
export const quotedCharsMax = 200;

/**
 * Cuts text to `charsMax` characters, the last of them "…". A lone surrogate is replaced: no answer may contain one.
 */
export function cutText(text: string, charsMax = quotedCharsMax): string {
  return text.length <= charsMax ? text.toWellFormed() : `${text.slice(0, charsMax - 1).toWellFormed()}…`;
}
