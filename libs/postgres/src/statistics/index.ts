export { analyzeGrownTables } from './analyze-grown-tables.ts';
