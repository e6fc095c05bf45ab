import path from 'node:path';
import { execa } from 'execa';

it('the generated pages and schemas are those of the code', async () => {
  const root = path.resolve(import.meta.dirname, '..');
  const { stderr, exitCode } = await execa(process.execPath, [path.join(root, 'scripts/generate-docs.mjs'), '--check'], { reject: false });
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
});
