import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { createRenderer } from '../../src/cli/renderer.js';
import { table } from '../../src/cli/table.js';
import { step } from '../../src/core/events.js';

function screen(isTTY: boolean): NodeJS.WriteStream & { text(): string } {
  let text = '';
  const stream = new Writable({ write: (chunk, _, done) => { text += String(chunk); done(); } });
  return Object.assign(stream, { isTTY, columns: 100, rows: 40, text: () => stripVTControlCharacters(text) }) as never;
}

describe.each([['on a terminal', true], ['elsewhere', false]])('the renderer %s', (_, isTTY) => {
  it('shows how each step of a group ended', async () => {
    const stream = screen(isTTY);
    const renderer = createRenderer({ json: false, stream });
    renderer.show({ type: 'group', steps: [{ id: 'a', title: 'Alpha' }, { id: 'b', title: 'Beta' }, { id: 'c', title: 'Gamma' }] });
    renderer.show({ type: 'ended', id: 'b', outcome: 'failed', text: 'broken' });
    renderer.show({ type: 'ended', id: 'a', outcome: 'done', text: '3 rows' });
    renderer.show({ type: 'ended', id: 'c', outcome: 'skipped' });
    await renderer.close();
    const last = stream.text();
    expect(last).toMatch(/✔ Alpha: 3 rows \(0\.\d s\)/);
    expect(last).toMatch(/✖ Beta: broken \(0\.\d s\)/);
    expect(last).toMatch(/Gamma \(0\.\d s\)/);
  });

  it('shows a plan, line by line, before what comes after it', async () => {
    const stream = screen(isTTY);
    const renderer = createRenderer({ json: false, stream });
    renderer.show({ type: 'plan', lines: ['to be done:', '  + a'] });
    renderer.show({ type: 'group', steps: [{ id: 'a', title: 'Alpha' }] });
    renderer.show({ type: 'ended', id: 'a', outcome: 'done' });
    await renderer.close();
    expect(stream.text()).toMatch(/^to be done:\n {2}\+ a\n[^]*Alpha/);
  });

  it('says at once what cannot wait for the end of the steps', async () => {
    const stream = screen(isTTY);
    const renderer = createRenderer({ json: false, stream });
    renderer.show({ type: 'group', steps: [{ id: 'a', title: 'Alpha' }] });
    await sleep(150);
    renderer.show({ type: 'warning', text: 'Ctrl-C was heard' });
    await sleep(300);
    expect(stream.text()).toContain('Ctrl-C was heard');
    renderer.show({ type: 'ended', id: 'a', outcome: 'done' });
    await renderer.close();
    expect(stream.text()).toMatch(/✔ Alpha[^]*Ctrl-C was heard|Ctrl-C was heard[^]*✔ Alpha/);
  });

  it('does not wait for a step that nobody ends', async () => {
    const renderer = createRenderer({ json: false, stream: screen(isTTY) });
    renderer.show({ type: 'group', steps: [{ id: 'a', title: 'Alpha' }] });
    await renderer.close();
  });
});

it('shows nothing under --json', async () => {
  const stream = screen(false);
  const renderer = createRenderer({ json: true, stream });
  renderer.show({ type: 'group', steps: [{ id: 'a', title: 'Alpha' }] });
  renderer.show({ type: 'warning', text: 'careful' });
  await renderer.close();
  expect(stream.text()).toBe('');
});

it('ends a step that throws as failed', async () => {
  const events: unknown[] = [];
  await expect(step((event) => { events.push(event); }, 'a', 'Alpha', async () => { throw new Error('no'); })).rejects.toThrow('no');
  expect(events).toEqual([{ type: 'group', steps: [{ id: 'a', title: 'Alpha' }] }, { type: 'ended', id: 'a', outcome: 'failed' }]);
});

describe('table', () => {
  it('aligns numbers to the right and shows nothing as –', () => {
    expect(table(['name', 'rows'], [['a', 5], ['long name', 1234], ['b', null]])).toBe([
      'name       rows', '─────────  ────', 'a             5', 'long name  1234', 'b             –',
    ].join('\n'));
  });
});
