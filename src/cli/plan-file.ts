// Plans as files: written whole or not at all.
import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DlpError } from '../core/errors.js';
import { parsePlan } from '../core/plan-file.js';
import type { Plan } from '../core/plan.js';
import { workingDirectory } from './context.js';

/** @throws FILE_MISSING, PLAN_INVALID */
export async function readPlanFile(file: string): Promise<Plan> {
  const text = await readFile(path.resolve(workingDirectory(), file), 'utf8').catch((cause: unknown) => {
    throw new DlpError('FILE_MISSING', `no plan at ${file}`, { cause, hint: 'make one with `dlp deploy --plan-only --save-plan FILE`' });
  });
  return parsePlan(text, file);
}

export function writePlanFile(file: string) {
  return async (plan: Plan): Promise<void> => {
    const target = path.resolve(workingDirectory(), file);
    const draft = `${target}.${process.pid}.tmp`;
    try {
      await writeFile(draft, `${JSON.stringify(plan, null, 2)}\n`);
      await rename(draft, target);
    } catch (cause) {
      throw new DlpError('FILE_MISSING', `${file} cannot be written: ${(cause as Error).message}`, { cause, hint: 'give a path in a directory that exists' });
    }
  };
}
