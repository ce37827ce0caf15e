export { createClosers } from './closers.ts';
export type { Closers } from './closers.ts';
export { createLog } from './log.ts';
export type { Log } from './log.ts';
export { runProcess, settingsOrExit } from './process-life.ts';
export type { ProcessLife } from './process-life.ts';
export { flag, list, port, readSettings, SettingsError, urlOf, wholeNumber } from './settings.ts';
