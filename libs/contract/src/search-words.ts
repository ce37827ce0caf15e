/**
 * The characters of scripts that put no spaces between words, as ranges of code points: Thai, Lao, Burmese, Hangul,
 * Khmer, Han, Kana, Bopomofo. Search finds a part of such text by its pairs of neighbouring characters.
 */
export const unspacedRanges: readonly (readonly [first: number, last: number])[] = [
  [0x0e01, 0x0e3a],
  [0x0e40, 0x0e4e],
  [0x0e81, 0x0ece],
  [0x0edc, 0x0edf],
  [0x1000, 0x103f],
  [0x1050, 0x109f],
  [0x1100, 0x11ff],
  [0x1780, 0x17d3],
  [0x2e80, 0x2fdf],
  [0x3005, 0x3007],
  [0x3021, 0x302f],
  [0x3031, 0x303c],
  [0x3041, 0x30fa],
  [0x30fc, 0x318f],
  [0x31a0, 0x31ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa960, 0xa97f],
  [0xac00, 0xd7ff],
  [0xf900, 0xfaff],
  [0xff66, 0xffdc],
  [0x1aff0, 0x1b16f],
  [0x20000, 0x3ffff],
];

const unspaced = unspacedRanges.map(([first, last]) => `\\u{${first.toString(16)}}-\\u{${last.toString(16)}}`).join('');
const searchable = new RegExp(`[\\p{L}\\p{M}\\p{N}]{3}|[${unspaced}]{2}`, 'u');

/** Returns true for a text that has at least one word that the search does not ignore. */
export function hasSearchWord(text: string): boolean {
  return searchable.test(text.normalize());
}

/** The first so many different words of a job are indexed. */
export const indexedWordsMax = 500;
/** The first so many different pairs of neighbouring characters of unspaced scripts are indexed. */
export const indexedPairsMax = 1_000;
