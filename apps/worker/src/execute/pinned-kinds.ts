import { type PinnedCode, signFiles } from '@turno/kinds';
import type { Log } from '@turno/runtime';

export interface PinnedKinds {
  /**
   * Returns the first file that is no longer as it was at the start: of the handlers' runtime, or of the kind with
   * this run file. The first change of a file is logged.
   */
  changedFile(runFile: string | undefined): string | undefined;
  /** Writes the paths of copies in a text as those of the original files. */
  toOriginalPaths(text: string): string;
}

export interface PinnedKindsOptions {
  codes: Iterable<PinnedCode>;
  /** The files of ours that a handler's process loads. */
  runtimeFiles: readonly string[];
  log: Log;
}

/** Watches over the code that new processes of handlers would load. */
export function createPinnedKinds({ codes, runtimeFiles, log }: PinnedKindsOptions): PinnedKinds {
  const byRunFile = new Map([...codes].map((code) => [code.runFile, code]));
  const changedRuntimeFile = signFiles(runtimeFiles);
  const logged = new Set<string>();
  return {
    changedFile(runFile) {
      const code = runFile === undefined ? undefined : byRunFile.get(runFile);
      const file = changedRuntimeFile() ?? code?.changedFile();
      if (file !== undefined && !logged.has(file)) {
        logged.add(file);
        log.error({ file }, 'the code of handlers has changed since the start; restart this worker to run it');
      }
      return file;
    },
    toOriginalPaths: (text) => [...byRunFile.values()].reduce((sum, { folder }) => sum.replaceAll(folder, ''), text),
  };
}

/** For handlers that run from their own files. */
export const nothingPinned: PinnedKinds = { changedFile: () => undefined, toOriginalPaths: (text) => text };
