import { handle } from '../../../src/lambdas/mart-migrations/handler.js';
import { startPostgres, type TestPostgres } from '../../support/postgres.js';
import { recordAnswers, resourceEvent, seconds } from '../support/custom-resource.js';
import { captureLog } from '../support/log-lines.js';
import { MIGRATIONS, secretOf, settingsOf } from '../support/mart.js';

const log = captureLog();
let server: TestPostgres;
beforeAll(async () => { server = await startPostgres(); });
afterAll(async () => { await server.stop(); });
const deps = (port = server.port) => () => ({ database: { ...settingsOf(server), port }, secrets: secretOf(server), migrations: MIGRATIONS });

describe('Custom::MartMigrations', () => {
  it('migrates on create, again on update, and does nothing on delete', async () => {
    const { answers, answering } = recordAnswers();
    for (const type of ['Create', 'Update', 'Delete'] as const) await handle(deps(), answering, resourceEvent(type, { MigrationsHash: 'h' }), seconds(60));
    expect(answers).toMatchObject([
      { Status: 'SUCCESS', Data: { Applied: 3 } }, { Status: 'SUCCESS', Data: { Applied: 0 } }, { Status: 'SUCCESS', Data: { Applied: 0 }, PhysicalResourceId: 'the-id-of-before' },
    ]);
  });

  it('answers delete although there is no database any more, nor an environment', async () => {
    const { answers, answering } = recordAnswers();
    await handle(() => { throw new Error('no environment'); }, answering, resourceEvent('Delete'), seconds(60));
    expect(answers).toMatchObject([{ Status: 'SUCCESS' }]);
  });

  it('answers what is wrong with its environment', async () => {
    const { answers, answering } = recordAnswers();
    await handle(() => { throw new Error('environment variables are missing or wrong: MART_HOST'); }, answering, resourceEvent('Create'), seconds(60));
    expect(answers).toMatchObject([{ Status: 'FAILED', Reason: 'environment variables are missing or wrong: MART_HOST' }]);
  });

  it('waits for a database that is not there yet, but not for ever, and says which', async () => {
    const { answers, answering } = recordAnswers();
    const started = Date.now();
    await handle(deps(1), answering, resourceEvent('Create'), seconds(15));
    expect(answers).toMatchObject([{ Status: 'FAILED', Reason: expect.stringContaining('the data mart at 127.0.0.1:1 cannot be used') }]);
    expect(Date.now() - started).toBeLessThan(3_500);
    expect(JSON.stringify(answers) + log.text()).not.toContain(server.password);
  });
});
