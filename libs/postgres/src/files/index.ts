export {
  claimFileStore,
  dropFiles,
  findFile,
  findOutputFile,
  forgetFile,
  insertFile,
  noteArrival,
  takeExpiredFiles,
} from './files.ts';
export type { FileRow, NewFile } from './files.ts';
export { extendNamedFiles } from './named-files.ts';
export { countDeleted, readStorage } from './storage.ts';
export type { Storage } from './storage.ts';
