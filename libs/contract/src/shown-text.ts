import { z } from 'zod';

/** Characters that reorder, hide or break the text around them: control, bidirectional and line separators. */
const deceptive = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u;
const everyDeceptive = new RegExp(deceptive, 'gu');

/**
 * A name or label in a request, which lists, log lines, headers and save dialogs show.
 * With a bidirectional control, `gpj.exe` can be shown as `exe.jpg`.
 */
export const shownText = (charsMax: number) =>
  z
    .string()
    .max(charsMax)
    .refine((text) => !deceptive.test(text), {
      error: 'must not contain control characters, line separators or controls of the writing direction',
    });

/** Replaces the characters that `shownText` refuses, for names that no request checked. */
export function toShownText(text: string): string {
  return text.replaceAll(everyDeceptive, '_');
}
