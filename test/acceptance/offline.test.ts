import { caseNames, createSandbox, runCase, type Sandbox } from './harness.js';

/** What needs no cloud at all, and what a person sees when there is none. */
describe('dlp without a cloud', () => {
  let sandbox: Sandbox;
  beforeEach(async () => { sandbox = await createSandbox(); });
  afterEach(() => sandbox.dispose());

  it.each(caseNames('offline'))('%s', (name) => runCase('offline', name, sandbox));
});
