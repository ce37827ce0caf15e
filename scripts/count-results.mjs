import { readFileSync } from 'node:fs';

// node count-results.mjs <vitest's JSON report> <exit code of the check> <exit code of the tests>
const [reportFile, checkCode, testCode] = process.argv.slice(2);
const { passed, failed } = countTests();
const failures = failed + (checkCode === '0' ? 0 : 1);
console.log(`${passed} passed, ${failures} failed`);
process.exitCode = failures > 0 ? 1 : 0;

/** A file that could not be run has no failed test in the report, and a run that broke has no report; both count. */
function countTests() {
  try {
    const report = JSON.parse(readFileSync(reportFile, 'utf8'));
    const brokenFiles = report.testResults.filter(
      (file) => file.status === 'failed' && !file.assertionResults.some((result) => result.status === 'failed'),
    );
    const counted = report.numFailedTests + brokenFiles.length;
    return { passed: report.numPassedTests, failed: testCode === '0' ? counted : Math.max(1, counted) };
  } catch (error) {
    console.error(`There is no report of the tests: ${error.message}`);
    return { passed: 0, failed: 1 };
  }
}
