// node scripts/check-kinds.mjs <folder>: loads all kinds as an API process does, and prints each fault.
const { loadCatalogue } = await import('@turno/kinds');

try {
  await loadCatalogue({ kindsDir: process.argv[2] });
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
