import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { synthesizeTemplates } from '../../scripts/judging/templates.mjs';

it('cdk-nag judges the templates that dlp synth writes, and nobody silences it', async () => {
  const root = path.resolve(import.meta.dirname, '../..');
  const directory = await mkdtemp(path.join(tmpdir(), 'dlp-judge-'));
  try {
    const templates = await synthesizeTemplates({ root, directory, environments: ['dev'] });
    expect(templates.map(({ stack }) => stack)).toEqual(expect.arrayContaining(['S3BucketZones', 'Vpc', 'EtlOrders']));
    const { stdout } = await execa(process.execPath, [path.join(root, 'scripts/judging/nag.mjs'), directory, 'dev']);
    const { checks, findings } = JSON.parse(stdout) as { checks: number; findings: { rule: string; acknowledged: boolean }[] };
    expect(checks).toBeGreaterThan(50);
    // Wildcards below a bucket's prefix cannot be written otherwise: acknowledged beside their cause, and counted all the same.
    expect(findings.filter(({ rule, acknowledged }) => rule === 'IAM5' && acknowledged).length).toBeGreaterThan(0);
    expect(findings.filter(({ rule, acknowledged }) => rule === 'IAM5' && !acknowledged)).toEqual([]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
