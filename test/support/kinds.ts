import path from 'node:path';
import { root } from './root.ts';

/** Kinds of work that only tests need, in the form in which users add theirs. */
export const testKindsDir = path.join(root, 'test/fixtures/kinds');
