// Reads a plan that was saved: only what a later run compares is checked, the rest is for people.
import * as z from 'zod';
import { DlpError } from './errors.js';
import type { Plan } from './plan.js';

const savedPlan = z.looseObject({
  version: z.literal(1), environment: z.string(), account: z.string(), region: z.string(), leftover: z.array(z.string()),
  stacks: z.array(z.looseObject({ id: z.string(), name: z.string(), action: z.string(), deployed: z.string().nullable(), proposed: z.string() })),
});

/** @param file used in messages only @throws PLAN_INVALID */
export function parsePlan(text: string, file: string): Plan {
  const { success, data, error } = savedPlan.safeParse(parseJson(text));
  if (!success) throw new DlpError('PLAN_INVALID', `${file} holds no plan: ${z.prettifyError(error).replace(/^✖ /, '').split('✖')[0]!.replace(/\s+/g, ' ').trim()}`, { cause: error });
  return data as unknown as Plan;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
