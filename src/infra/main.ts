// Entry for the stock CDK CLI (cdk.json): the app that `dlp` builds in process, so that `cdk ls`, `synth` and `diff` see the
// same templates. `-c env=dev`, or DLP_ENV, names environments, several with commas; without it, all. Deploy with `dlp`:
// it compares accounts and asks before data goes, which nothing here can do.
import { App } from 'aws-cdk-lib';
import { CONTEXT_ENV, CONTEXT_OVERFLOW_LOCATION_ENV } from 'aws-cdk-lib/cx-api';
import { DlpError } from '../core/errors.js';
import { environmentOf, loadJobs, loadWorkspace } from '../workspace/load.js';
import { buildApp } from './app.js';

async function main(): Promise<void> {
  const names = String(contextOfCli('env') ?? process.env['DLP_ENV'] ?? '').split(',').map((name) => name.trim()).filter(Boolean);
  // The CLI's context would add to the templates (paths of constructs, versions of modules): they are to be those of dlp.
  delete process.env[CONTEXT_ENV];
  delete process.env[CONTEXT_OVERFLOW_LOCATION_ENV];
  const workspace = await loadWorkspace(process.cwd());
  const environments = names.length > 0 ? names.map((name) => environmentOf(workspace, name)) : workspace.environments;
  buildApp({ environments, jobs: await loadJobs(workspace) }).synth();
}

/** Read by the CDK itself, which knows the forms that the CLI hands it over in. */
function contextOfCli(key: string): unknown {
  return new App({ autoSynth: false }).node.tryGetContext(key);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof DlpError)) throw error;
  process.stderr.write(`${error.message}${error.hint ? `\n${error.hint}` : ''}\n`);
  process.exitCode = error.exitCode;
}
