type End = () => unknown;

const ends: End[] = [];

/** Registers work for the end of the present test file: modules outlive a file, since several files share a process. */
export function atEndOfFile(end: End): void {
  ends.push(end);
}

/** Runs the registered work, the newest first, and forgets it. */
export async function endFile(): Promise<void> {
  for (const end of ends.splice(0).toReversed()) await end();
}
