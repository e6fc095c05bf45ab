// POST /jobs/{job}/runs: the input of a manual run. Pure.
import { ApiError } from './api-error.js';
import type { RegistryEntry } from './registry.js';
import type { StartBody } from './request.js';

/** docs/contracts.md §5. */
export interface ManualInput {
  readonly trigger: 'manual';
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string;
  readonly requestedBy?: string;
  readonly force?: boolean;
}

/** Throws ApiError when the key lies outside the job's prefix: its rows would go into a table of other data. */
export function manualInput(entry: RegistryEntry, body: StartBody, landingBucket: string, requestedBy: string | undefined): ManualInput {
  const prefix = 'event' in entry.trigger ? entry.trigger.event.prefix : `${entry.job}/`;
  if (!body.key.startsWith(prefix)) throw new ApiError(400, 'KEY_OUTSIDE_JOB', `the files of ${entry.job} are below ${prefix}; ${body.key} is not`);
  return {
    trigger: 'manual', bucket: landingBucket, key: body.key,
    ...(body.versionId === undefined ? {} : { versionId: body.versionId }),
    ...(requestedBy === undefined ? {} : { requestedBy }),
    ...(body.force === undefined ? {} : { force: body.force }),
  };
}
