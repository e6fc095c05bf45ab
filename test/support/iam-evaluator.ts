// Says what IAM would say of one call under policies that only allow: an action, a resource, and facts for conditions.
// As much of IAM's language as the generated policies use; anything else is an error, so that it cannot pass unseen.
import type { ExecutionPolicy, PolicyStatement } from '../../src/core/execution-policy.js';

export type Facts = Readonly<Record<string, string>>;

export function isAllowed(policies: readonly ExecutionPolicy[], action: string, resource: string, facts: Facts = {}): boolean {
  return policies.some(({ document }) => document.Statement.some((statement) => matches(statement, action, resource, facts)));
}

function matches({ Effect, Action, Resource, Condition = {}, ...rest }: PolicyStatement, action: string, resource: string, facts: Facts): boolean {
  if (Effect !== 'Allow' || Object.keys(rest).length > 0) throw new Error(`the evaluator does not know ${Effect} ${Object.keys(rest).join()}`);
  return Action.some((pattern) => like(pattern.toLowerCase(), action.toLowerCase()))
    && Resource.some((pattern) => like(pattern, resource))
    && Object.entries(Condition).every(([operator, keys]) => Object.entries(keys).every(([key, values]) => holds(operator, values, facts[key])));
}

/** A key that the call does not have makes a condition fail. */
function holds(operator: string, values: readonly string[], actual: string | undefined): boolean {
  if (operator === 'StringEquals') return actual !== undefined && values.includes(actual);
  if (operator === 'ArnLike') return actual !== undefined && values.some((value) => like(value, actual));
  throw new Error(`the evaluator does not know the operator ${operator}`);
}

function like(pattern: string, text: string): boolean {
  return new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')}$`).test(text);
}
