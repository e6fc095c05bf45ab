// What a deployment leaves in the account's parameters: who holds the lock, and how the last one ended.
import * as z from 'zod';
import { DlpError } from './errors.js';

export const lockParameter = (environment: string): string => `/dlp/${environment}/deploy-lock`;
export const lastDeployParameter = (environment: string): string => `/dlp/${environment}/last-deploy`;

/** Of the CDK; also the one that `dlp bootstrap` uses. */
export const BOOTSTRAP_QUALIFIER = 'hnb659fds';
export const bootstrapParameter = (qualifier: string): string => `/cdk-bootstrap/${qualifier}/version`;

const lock = z.object({ owner: z.string(), host: z.string().nullable().default(null), pid: z.int().nullable().default(null), command: z.string().nullable().default(null), since: z.iso.datetime() });
export type DeployLock = z.infer<typeof lock>;

const lastDeploy = z.object({
  at: z.iso.datetime(), by: z.string(), outcome: z.enum(['succeeded', 'failed', 'interrupted']),
  commit: z.string().nullable().default(null), branch: z.string().nullable().default(null),
  /** null: not known, there is no Git. */
  clean: z.boolean().nullable().default(null), forced: z.boolean().default(false),
  stacks: z.record(z.string(), z.string()).default({}),
});
export type LastDeploy = z.infer<typeof lastDeploy>;

/** @throws an error that names the parameter when it holds something else */
export function readLock(parameter: string, text: string): DeployLock { return read(lock, parameter, text); }
export function readLastDeploy(parameter: string, text: string): LastDeploy { return read(lastDeploy, parameter, text); }

function read<S extends z.ZodType>(schema: S, parameter: string, text: string): z.infer<S> {
  const parsed = schema.safeParse(json(text));
  if (parsed.success) return parsed.data;
  throw new DlpError('AWS_ERROR', `the parameter ${parameter} is none of dlp's: ${parsed.error.issues.map((issue) => `${issue.path.join('.') || 'it'}: ${issue.message}`).join('; ')}`);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function toBootstrapVersion(parameter: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new DlpError('AWS_ERROR', `the parameter ${parameter} holds "${text}", not a version`);
}
