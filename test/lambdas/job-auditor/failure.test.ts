import { codeFrom, failureOf } from '../../../src/lambdas/job-auditor/failure.js';

const glue = (run: object) => ({ Error: 'States.TaskFailed', Cause: JSON.stringify({ JobName: 'orders', Id: 'jr_9', Arguments: { '--mart_secret': 'arn:secret' }, ...run }) });

describe('failureOf', () => {
  it.each([
    ['HEADER_MISMATCH: the file has the columns a, b', 'HEADER_MISMATCH'],
    ['SystemExit: TOO_MANY_BAD_ROWS: 40 of 100 rows are bad', 'TOO_MANY_BAD_ROWS'],
    ['Error Category: UNCLASSIFIED; something else', 'GLUE_FAILED'],
    ['an INTERNALLY consistent mess', 'GLUE_FAILED'],
  ])('finds the code of the job in %j', (message, code) => {
    expect(failureOf(glue({ JobRunState: 'FAILED', ErrorMessage: message }))).toEqual({ code, message, glueRunId: 'jr_9' });
  });

  it.each([
    [{ JobRunState: 'TIMEOUT' }, 'GLUE_TIMEOUT', 'the Glue run ended as TIMEOUT'],
    [{ JobRunState: 'STOPPED', ErrorMessage: '' }, 'GLUE_STOPPED', 'the Glue run ended as STOPPED'],
    [{ JobRunState: 'ERROR', ErrorMessage: 'no capacity' }, 'GLUE_FAILED', 'no capacity'],
  ])('says how Glue ended: %j', (run, code, message) => {
    expect(failureOf(glue(run))).toMatchObject({ code, message });
  });

  it('reads the error of a Lambda', () => {
    const cause = JSON.stringify({ errorType: 'DatabaseUnavailable', errorMessage: 'the mart is away', trace: ['a', 'b'] });
    expect(failureOf({ Error: 'DatabaseUnavailable', Cause: cause })).toEqual({ code: 'DATABASE_UNAVAILABLE', message: 'the mart is away' });
  });

  it.each([
    [{ Error: 'Glue.ConcurrentRunsExceededException', Cause: 'Concurrent runs exceeded for orders' }, 'CONCURRENT_RUNS_EXCEEDED', 'Concurrent runs exceeded for orders'],
    [{ Error: 'States.Timeout', Cause: null }, 'TIMEOUT', 'no cause was given (TIMEOUT)'],
    [{ Error: 'States.TaskFailed', Cause: '[1,2]' }, 'TASK_FAILED', '[1,2]'],
    [{ Error: 'Lambda.Unknown', Cause: '{"broken' }, 'UNKNOWN', '{"broken'],
    [{}, 'UNKNOWN', 'no cause was given (UNKNOWN)'],
    [null, 'UNKNOWN', 'no cause was given (UNKNOWN)'],
  ])('makes the best of %j', (caught, code, message) => {
    expect(failureOf(caught)).toEqual({ code, message });
  });

  it('cuts what is too long for a row', () => {
    expect(failureOf({ Error: 'E', Cause: 'x'.repeat(9_000) }).message).toHaveLength(2_001);
  });
});

describe('codeFrom', () => {
  it.each([
    ['SourceMissing', 'SOURCE_MISSING'], ['Error', 'ERROR'], ['ThrottlingException', 'THROTTLING'], ['Sandbox.Timedout', 'TIMEDOUT'], ['  ', 'UNKNOWN'], ['S3ServiceException', 'S3_SERVICE'],
  ])('%s → %s', (name, code) => {
    expect(codeFrom(name)).toBe(code);
  });
});
