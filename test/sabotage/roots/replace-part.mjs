import { register } from 'node:module';

/*
 * Starts an app as it ships, but for one module: whoever asks for it gets another one instead. The other one may ask
 * for the real one.
 */

/** `part` is the module's place in the repository, `by` a file in `../parts`. */
export async function startWithout(app, part, by) {
  const hooks = `
    export async function resolve(specifier, context, next) {
      const found = await next(specifier, context);
      const own = context.parentURL?.includes('/test/sabotage/');
      return !own && found.url.endsWith(${JSON.stringify(`/${part}`)}) ? { ...found, url: ${JSON.stringify(urlOf(by))} } : found;
    }`;
  register(`data:text/javascript,${encodeURIComponent(hooks)}`);
  await import(new URL(`../../roots/${app}.mjs`, import.meta.url).href);
}

function urlOf(part) {
  return new URL(`../parts/${part}`, import.meta.url).href;
}
