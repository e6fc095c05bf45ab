import { GetParameterCommand, GetParametersByPathCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { parseEntry, ssmRegistry } from '../../../src/lambdas/lake-api/registry.js';
import { stepFunctions } from '../../../src/lambdas/lake-api/state-machines.js';
import { SFNClient, StateMachineDoesNotExist } from '@aws-sdk/client-sfn';
import { captureLog } from '../support/log-lines.js';

const log = captureLog();
const entry = (job: string) => ({ job, description: 'd', stateMachineArn: `arn:${job}`, glueJobName: 'g', trigger: { event: { prefix: `${job}/` } }, table: job });

/** Parameter Store with two to a page. A real client, so that its own paginator is used; only the wire is cut. */
function store(parameters: Record<string, string>) {
  const client = new SSMClient({ region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
  const asked: any[] = [];
  client.send = ((command: any) => {
    asked.push(command.input);
    if (command instanceof GetParametersByPathCommand) {
      const found = Object.entries(parameters).filter(([name]) => name.startsWith(`${command.input.Path}/`));
      const start = Number(command.input.NextToken ?? 0);
      return Promise.resolve({ Parameters: found.slice(start, start + 2).map(([Name, Value]) => ({ Name, Value })), ...(start + 2 < found.length ? { NextToken: String(start + 2) } : {}) });
    }
    if (!(command instanceof GetParameterCommand)) throw new Error('unexpected');
    const value = parameters[command.input.Name!];
    return value === undefined ? Promise.reject(new ParameterNotFound({ message: 'no', $metadata: {} })) : Promise.resolve({ Parameter: { Value: value } });
  }) as never;
  return { asked, registry: ssmRegistry('dev', client) };
}

const parameters = {
  '/dlp/dev/jobs/zebras': JSON.stringify(entry('zebras')), '/dlp/dev/jobs/orders': JSON.stringify(entry('orders')), '/dlp/dev/jobs/broken': '{"job":"broken"}',
  '/dlp/dev/jobs/daily': JSON.stringify({ ...entry('daily'), trigger: { schedule: 'rate(1 day)' } }), '/dlp/prod/jobs/other': JSON.stringify(entry('other')),
};

describe('the registry', () => {
  it('lists the jobs of its environment over all pages, by name, as they were written', async () => {
    const { asked, registry } = store(parameters);
    expect(await registry.list()).toEqual([{ ...entry('daily'), trigger: { schedule: 'rate(1 day)' } }, entry('orders'), entry('zebras')]);
    expect(asked).toHaveLength(2);
    expect(log.lines()).toMatchObject([{ level: 'ERROR', name: '/dlp/dev/jobs/broken' }]);
  });

  it('finds one, or none', async () => {
    const { registry } = store(parameters);
    expect(await registry.find('orders')).toEqual(entry('orders'));
    expect(await registry.find('nothing')).toBeNull();
  });

  it('passes on what else goes wrong', async () => {
    const client = new SSMClient({ region: 'eu-west-1' });
    client.send = (() => Promise.reject(new Error('throttled'))) as never;
    await expect(ssmRegistry('dev', client).find('orders')).rejects.toThrow('throttled');
    await expect(ssmRegistry('dev', client).list()).rejects.toThrow('throttled');
  });

  it.each([[undefined], [''], ['null'], ['{"job":"a","stateMachineArn":"b"}']])('does not take %s for an entry', (value) => {
    expect(parseEntry(value)).toBeNull();
  });
});

describe('stepFunctions', () => {
  const client = (answer: unknown) => Object.assign(new SFNClient({ region: 'eu-west-1' }), { send: () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)) });

  it('starts, tells a machine that is gone, and passes on the rest', async () => {
    await expect(stepFunctions(client({ executionArn: 'arn:e' })).start('arn:m', {})).resolves.toBe('arn:e');
    await expect(stepFunctions(client(new StateMachineDoesNotExist({ message: 'no', $metadata: {} }))).start('arn:m', {})).resolves.toBeNull();
    await expect(stepFunctions(client(new Error('throttled'))).start('arn:m', {})).rejects.toThrow('throttled');
  });
});
