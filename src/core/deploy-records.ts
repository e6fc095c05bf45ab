// What a deployment leaves in the account's parameters: who holds the lock, and how the last one ended.
import * as z from 'zod';
import { DlpError } from './errors.js';

export const lockParameter = (environment: string): string => `/dlp/${environment}/deploy-lock`;
export const lastDeployParameter = (environment: string): string => `/dlp/${environment}/last-deploy`;

export const bootstrapParameter = (qualifier: string): string => `/cdk-bootstrap/${qualifier}/version`;

const lock = z.object({
  owner: z.string().describe('ARN of the caller'),
  host: z.string().default(''),
  pid: z.int().default(0),
  started: z.string().default('').describe('when the process began, as its machine tells it: a number that was used again is another process'),
  command: z.string().default(''),
  since: z.iso.datetime(),
  nonce: z.string().default(''),
});
/** Who deploys to an environment just now. */
export type LockHolder = Readonly<z.infer<typeof lock>>;

const lastDeploy = z.object({
  at: z.iso.datetime(), by: z.string(), outcome: z.enum(['succeeded', 'failed', 'interrupted']),
  commit: z.string().nullable().default(null), branch: z.string().nullable().default(null),
  clean: z.boolean().nullable().default(null).describe('false: files of the workspace were not committed; null: there is no Git'),
  forced: z.boolean().default(false).describe('--force-git overrode a refusal'),
  stacks: z.record(z.string(), z.string()).default({}).describe('what became of each, by CloudFormation name'),
  dlp: z.string().default(''),
});
/** The newest deployment to an environment. */
export type DeployRecord = Readonly<z.infer<typeof lastDeploy>>;

/** @throws an error that names the parameter when it holds something else */
export function readLock(parameter: string, text: string): LockHolder { return read(lock, parameter, text); }
export function readLastDeploy(parameter: string, text: string): DeployRecord { return read(lastDeploy, parameter, text); }

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
