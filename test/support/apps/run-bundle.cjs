/*
 * node run-bundle.cjs <bundle>: runs a bundle of test/support/apps/bundle-apps.ts. What V8 has compiled is kept beside
 * the bundle, so that the next process need not compile it again.
 */
const { existsSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const vm = require('node:vm');

const compileCacheAfterMs = 2_000; // by then the functions that every start needs are compiled

const [, , bundle] = process.argv;
const cacheFile = `${bundle}.cache`;
const hasCache = existsSync(cacheFile);
const script = new vm.Script(Module.wrap(readFileSync(bundle, 'utf8')), {
  filename: bundle,
  ...(hasCache && { cachedData: readFileSync(cacheFile) }),
  importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
if (!hasCache) setTimeout(writeCache, compileCacheAfterMs).unref();
script.runInThisContext()(exports, require, module, bundle, path.dirname(bundle));

function writeCache() {
  const unfinished = `${cacheFile}.${process.pid}`;
  writeFileSync(unfinished, script.createCachedData());
  renameSync(unfinished, cacheFile);
}
