// What a bootstrap will do and what came of it, for people.
import type { BootstrapPlan } from '../core/bootstrap-plan.js';
import type { BootstrapOutcome } from '../operations/bootstrap-environments.js';
import type { ShownPolicies } from '../operations/show-execution-policies.js';

const WHAT = { create: 'will be made', update: 'will be changed', none: 'nothing to change' } as const;

export function renderBootstrapPlan(plan: BootstrapPlan): string {
  const { environment, account, region, action, version, stack, changes, notes } = plan;
  const head = `${environment}: ${stack} in ${account}/${region}, version ${version.current === null ? version.offered : version.current}: ${WHAT[action]}`;
  const what = action === 'create' ? settings(plan) : action === 'update' ? changes.map(({ what, from, to, wider }) => `${wider ? '! ' : '~ '}${what}: ${from} → ${to}${wider ? ' (more than before)' : ''}`) : [];
  return [head, ...[...what, ...notes].map((line) => `  ${line}`)].join('\n');
}

function settings(plan: BootstrapPlan): string[] {
  const { qualifier, bucket, kms, publicAccessBlock, trust, trustForLookup, policies, permissionsBoundary, terminationProtection, roles } = plan;
  const rows: [string, string][] = [
    ['qualifier', qualifier],
    ['bucket', `${bucket}, versioned, ${publicAccessBlock ? 'public access blocked' : 'PUBLIC ACCESS NOT BLOCKED'}`],
    ['encryption', kms],
    ['trust', list(trust)],
    ['trust for lookup', list(trustForLookup)],
    ['execution policies', policies],
    ['permissions boundary', permissionsBoundary ?? 'none'],
    ['termination protection', terminationProtection ? 'on' : 'off'],
    ['roles', roles.join('\n' + ' '.repeat(26))],
  ];
  return rows.map(([name, value]) => `${name.padEnd(24)}${value}`);
}

const list = (values: readonly string[]) => (values.length > 0 ? values.join(', ') : 'none');

export function renderBootstrapOutcome({ environment, account, region, result, checks }: BootstrapOutcome): string {
  const head = `${environment} ${account}/${region}: ${result === 'created' ? 'bootstrapped' : result === 'updated' ? 'changed' : 'bootstrapped before, nothing changed'}`;
  return [head, ...checks.map(({ check, ok, found }) => `  ${ok ? '✔' : '✖'} ${check.padEnd(24)}${found}`)].join('\n');
}

/** The documents, one after the other, each with the name that it will have. */
export function renderPolicies({ environments }: ShownPolicies): string {
  return environments.flatMap(({ environment, stack, policies }) => policies.map(({ id, document }) => `# ${environment}: ${stack}-${id}, ${JSON.stringify(document).length} characters\n${JSON.stringify(document, null, 2)}`)).join('\n\n');
}
