// Is what is deployed what the code here makes? Compares templates as values, whatever the order of their keys. Pure.

export type Comparison = 'same' | 'changed' | 'not deployed' | 'not in the code';

export function compareTemplate(code: unknown, deployed: unknown): Comparison {
  if (deployed === undefined) return 'not deployed';
  if (code === undefined) return 'not in the code';
  const there = canonical(deployed);
  // CloudFormation gives a template back with ? for every character that is not ASCII.
  return there === canonical(code) || there === canonical(code).replace(/[\u0080-\uFFFF]/g, '?') ? 'same' : 'changed';
}

/** JSON with sorted keys: equal values give equal text. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (inner && typeof inner === 'object' && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1))) : inner));
}
