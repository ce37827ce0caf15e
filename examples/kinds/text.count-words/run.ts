import type { Handler } from '@turno/kinds';
import type { kind } from './kind.ts';

export const run: Handler<typeof kind> = ({ text }) => ({ words: text.split(/\s+/).filter(Boolean).length });
