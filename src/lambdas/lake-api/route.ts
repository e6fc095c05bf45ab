// Which request is which (docs/contracts.md §7). Pure.

export type Route =
  | { readonly name: 'list-jobs' }
  | { readonly name: 'list-runs' }
  | { readonly name: 'show-run'; readonly runId: string }
  | { readonly name: 'start-run'; readonly job: string }
  | { readonly name: 'not-found' }
  | { readonly name: 'method-not-allowed'; readonly allow: string };

export function route(method: string, path: string): Route {
  const parts = path.split('/').filter((part) => part !== '').map(decode);
  const [first, second, third] = parts;
  const only = (allow: string, found: Route): Route => (method === allow ? found : { name: 'method-not-allowed', allow });
  if (parts.includes(undefined)) return { name: 'not-found' };
  if (parts.length === 1 && first === 'jobs') return only('GET', { name: 'list-jobs' });
  if (parts.length === 1 && first === 'runs') return only('GET', { name: 'list-runs' });
  if (parts.length === 2 && first === 'runs') return only('GET', { name: 'show-run', runId: second! });
  if (parts.length === 3 && first === 'jobs' && third === 'runs') return only('POST', { name: 'start-run', job: second! });
  return { name: 'not-found' };
}

/** Undefined when the escapes are broken. */
function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
