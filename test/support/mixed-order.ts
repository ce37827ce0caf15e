import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that start and end processes and wait for what becomes of it: the longest ones, and mostly idle. */
const long = /\/test\/(crash|start|worker|processes|webhooks)\/|jobs\/fair/;

/**
 * Takes long files and others in turn, so that those that wait run beside those that work, and none of them is left for
 * the end.
 */
export class MixedOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const waiting = sorted.filter(({ moduleId }) => long.test(moduleId));
    const working = sorted.filter(({ moduleId }) => !long.test(moduleId));
    const rounds = waiting.flatMap((file, index) => [file, ...working.slice(index, index + 1)]);
    return [...rounds, ...working.slice(waiting.length)];
  }
}
