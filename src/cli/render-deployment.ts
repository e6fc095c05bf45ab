// What became of each stack, and the outputs of those that were deployed just now, for people.
import type { DeployResult } from '../operations/deploy-lake.js';
import { shortName } from '../core/select-stacks.js';
import { table } from './table.js';

/** Outputs of the CDK itself carry a hash; ours are words. */
const OWN_OUTPUT = /^[A-Z][A-Za-z]+$/;

export function renderDeployment({ stacks }: DeployResult): string {
  if (stacks.length === 0) return '';
  const rows = stacks.map((stack) => [stack.id, stack.result]);
  const outputs = stacks.filter((stack) => stack.result === 'deployed').flatMap((stack) => Object.entries(stack.outputs).filter(([key]) => OWN_OUTPUT.test(key)).map(([key, value]) => [shortName(stack.name), key, value]));
  return [table(['stack', 'result'], rows), ...(outputs.length > 0 ? ['', table(['stack', 'output', 'value'], outputs)] : [])].join('\n');
}
