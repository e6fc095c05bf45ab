// The jobs of an environment: one SSM parameter each (docs/contracts.md §6).
import { GetParameterCommand, paginateGetParametersByPath, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import * as z from 'zod';
import { log } from '../runtime.js';

const schema = z.looseObject({
  job: z.string(),
  stateMachineArn: z.string(),
  trigger: z.union([z.object({ event: z.looseObject({ prefix: z.string() }) }), z.object({ schedule: z.string() })]),
});
/** The entry as it was written, with at least these fields. */
export type RegistryEntry = z.infer<typeof schema>;

export interface Registry {
  /** Every job, by name. */
  list(): Promise<readonly RegistryEntry[]>;
  find(job: string): Promise<RegistryEntry | null>;
}

export function ssmRegistry(environment: string, client = new SSMClient({})): Registry {
  const path = `/dlp/${environment}/jobs`;
  return {
    async list() {
      const entries: RegistryEntry[] = [];
      for await (const page of paginateGetParametersByPath({ client, pageSize: 10 }, { Path: path })) {
        for (const { Name: name, Value: value } of page.Parameters ?? []) {
          const entry = parseEntry(value);
          if (entry) entries.push(entry);
          else log('error', 'registry entry cannot be read', { name });
        }
      }
      return entries.sort((a, b) => (a.job < b.job ? -1 : 1));
    },
    async find(job) {
      try {
        const { Parameter: parameter } = await client.send(new GetParameterCommand({ Name: `${path}/${job}` }));
        return parseEntry(parameter?.Value);
      } catch (error) {
        if (error instanceof ParameterNotFound) return null;
        throw error;
      }
    },
  };
}

/** Null when it is no registry entry; one that is broken must not hide the others. */
export function parseEntry(value: string | undefined): RegistryEntry | null {
  try {
    return schema.parse(JSON.parse(value ?? ''));
  } catch {
    return null;
  }
}
