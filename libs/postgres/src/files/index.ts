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
export { keepNamedFiles } from './named-files.ts';
