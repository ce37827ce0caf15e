import { readFileSync } from 'node:fs';

// node count-results.mjs <exit code of the check> (<vitest's JSON report> <exit code of vitest>)...
const [checkCode, ...runs] = process.argv.slice(2);
let passed = 0;
let failed = checkCode === '0' ? 0 : 1;
for (let index = 0; index < runs.length; index += 2) {
  const counted = countTests(runs[index], runs[index + 1]);
  passed += counted.passed;
  failed += counted.failed;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

/** Counts the tests of a report. A file that could not run, and a run without a report, count as one failure each. */
function countTests(reportFile, testCode) {
  try {
    const report = JSON.parse(readFileSync(reportFile, 'utf8'));
    const brokenFiles = report.testResults.filter(
      (file) => file.status === 'failed' && !file.assertionResults.some((result) => result.status === 'failed'),
    );
    const counted = report.numFailedTests + brokenFiles.length;
    return { passed: report.numPassedTests, failed: testCode === '0' ? counted : Math.max(1, counted) };
  } catch (error) {
    console.error(`The report ${reportFile} cannot be read: ${error.message}`);
    return { passed: 0, failed: 1 };
  }
}
