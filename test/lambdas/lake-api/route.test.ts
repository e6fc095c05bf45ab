import { route } from '../../../src/lambdas/lake-api/route.js';

describe('route', () => {
  it.each([
    ['GET', '/jobs', { name: 'list-jobs' }], ['GET', '/jobs/', { name: 'list-jobs' }], ['GET', '/runs', { name: 'list-runs' }],
    ['GET', '/runs/orders-1', { name: 'show-run', runId: 'orders-1' }], ['GET', '/runs/a%20b', { name: 'show-run', runId: 'a b' }],
    ['POST', '/jobs/orders/runs', { name: 'start-run', job: 'orders' }],
    ['POST', '/jobs', { name: 'method-not-allowed', allow: 'GET' }], ['DELETE', '/runs/x', { name: 'method-not-allowed', allow: 'GET' }], ['GET', '/jobs/orders/runs', { name: 'method-not-allowed', allow: 'POST' }],
    ['GET', '/', { name: 'not-found' }], ['GET', '/jobs/orders', { name: 'not-found' }], ['GET', '/runs/a/b', { name: 'not-found' }], ['GET', '/runs/%E0%A4%A', { name: 'not-found' }], ['GET', '/v1/jobs', { name: 'not-found' }],
  ])('%s %s', (method, path, expected) => {
    expect(route(method, path)).toEqual(expected);
  });
});
