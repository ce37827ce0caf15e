export { indexWords } from './search-words.ts';
