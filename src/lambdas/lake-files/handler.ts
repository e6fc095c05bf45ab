// Custom::LakeFiles: files that must be in a bucket before anything runs (docs/contracts.md §9).
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { type Answering, answerCloudFormation, httpAnswering, type Outcome, type Remaining } from '../cloudformation-response.js';
import { once } from '../runtime.js';
import { type FileStore, parseFiles, putFiles } from './put-files.js';
import { s3Files } from './s3-files.js';

const store = once(s3Files);

export async function handle(files: () => FileStore, answering: Answering, event: CloudFormationCustomResourceEvent, context: Remaining): Promise<void> {
  await answerCloudFormation(event, context, answering, async (): Promise<Outcome> => {
    // Whoever filled the files since owns them: deleting the resource removes nothing.
    if (event.RequestType === 'Delete') return { data: { Written: 0, Present: 0 } };
    const { written, present } = await putFiles(files(), parseFiles(event.ResourceProperties['Files']));
    return { data: { Written: written, Present: present } };
  });
}

export const handler = (event: CloudFormationCustomResourceEvent, context: Remaining): Promise<void> => handle(() => store(), httpAnswering, event, context);
