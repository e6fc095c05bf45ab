import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { MOTO_ACCOUNT, startMoto, type Moto } from '../support/moto.js';
import { createSandbox, dlp, type Sandbox } from './harness.js';

/**
 * Another imitation of AWS than the one that the lake is developed on: what dlp takes for granted and only MiniStack does
 * would show here. moto lacks Fn::GetStackOutput, mixes up change sets of one name and ends each operation at once, so it cannot hold
 * the whole lake; what dlp then says must still be true.
 */
describe('dlp on moto', () => {
  let sandbox: Sandbox;
  let moto: Moto;

  beforeAll(async () => {
    [sandbox, moto] = await Promise.all([createSandbox(), startMoto()]);
    const config = path.join(sandbox.workspace, 'dlp.yaml');
    await writeFile(config, (await readFile(config, 'utf8')).replace('"111111111111"', `"${MOTO_ACCOUNT}"`).replace('profile: lake-dev', '# profile: lake-dev'));
  }, 120_000);

  afterAll(async () => {
    await moto?.stop();
    await sandbox?.dispose();
  });

  const run = (...args: string[]) => dlp(sandbox.workspace, args, { env: { AWS_ENDPOINT_URL: moto.url, AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' } });

  it('bootstraps, and says the second time that nothing changed', async () => {
    const first = await run('bootstrap', '--env', 'dev', '--json');
    expect(JSON.parse(first.stdout)).toMatchObject({ ok: true, result: { account: MOTO_ACCOUNT, result: 'created' } });
    expect((await statuses(moto))['CDKToolkit']).toBe('CREATE_COMPLETE');
    const second = await run('bootstrap', '--env', 'dev', '--json');
    expect(JSON.parse(second.stdout)).toMatchObject({ ok: true, result: { result: 'unchanged' } });
  }, 120_000);

  it('claims of a deployment only what is there', async () => {
    const deploy = await run('deploy', '--env', 'dev', '--json');
    const answer = JSON.parse(deploy.stdout) as { ok: boolean; result?: { stacks: { name: string }[] }; error?: { code: string; hint?: string } };
    const there = Object.entries(await statuses(moto)).filter(([name, status]) => name !== 'CDKToolkit' && status.endsWith('_COMPLETE')).map(([name]) => name);
    if (answer.ok) expect(answer.result!.stacks.map((stack) => stack.name).toSorted()).toEqual(there.toSorted());
    else expect({ exitCode: deploy.exitCode, error: answer.error }).toMatchObject({ exitCode: 1, error: { code: 'DEPLOY_FAILED' } });
    expect(deploy.stderr).not.toContain('    at ');
  }, 180_000);
});

/** Asked directly, not through dlp. */
async function statuses({ url }: Moto): Promise<Readonly<Record<string, string>>> {
  const client = new CloudFormationClient({ region: 'eu-west-2', endpoint: url, credentials: { accessKeyId: 'key', secretAccessKey: 'secret' } });
  const { Stacks = [] } = await client.send(new DescribeStacksCommand({}));
  return Object.fromEntries(Stacks.map(({ StackName, StackStatus }) => [StackName!, StackStatus!]));
}
