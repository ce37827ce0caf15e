export { indexWords } from './search-words.ts';
export { wantedWords } from './search-words.ts';
