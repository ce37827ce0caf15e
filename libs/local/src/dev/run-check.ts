import { execFile } from 'node:child_process';

export interface Check {
  ok: boolean;
  output: string;
}

/** Runs one of our scripts or tools with Node and returns what it printed. An abort ends it. */
export function runCheck(
  args: readonly string[],
  { cwd, signal }: { cwd: string; signal: AbortSignal },
): Promise<Check> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...args], { cwd, signal, maxBuffer: 10_000_000 }, (error, stdout, stderr) => {
      resolve({ ok: error === null, output: `${stdout}${stderr}`.trim() });
    });
  });
}
