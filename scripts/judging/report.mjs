// From what each judge found to the tables that are printed. Pure.

/**
 * @typedef {{rule: string, id?: string, level: 'error'|'warning'|'info', environment: string, stack: string, resource?: string, text: string, acknowledged: boolean}} Finding
 * @typedef {{judge: string, version: string, checks: number, unit: string, findings: Finding[]}} Verdict
 */

/** One row for each judge. Errors and warnings are raw: those that somebody has acknowledged are among them. */
export function summarize({ judge, version, checks, unit, findings }, resources) {
  const of = (level) => findings.filter((finding) => finding.level === level).length;
  return {
    judge, version, checks, unit, errors: of('error'), warnings: of('warning'), infos: of('info'),
    failedPerResource: Number(((of('error') + of('warning')) / resources).toFixed(3)),
    acknowledged: findings.filter((finding) => finding.acknowledged && finding.level !== 'info').length,
  };
}

/** What `--max` is compared with: every error and warning of every judge, acknowledged or not. */
export function total(summaries) {
  return summaries.reduce((sum, { errors, warnings }) => sum + errors + warnings, 0);
}

/** In the order of the templates, so that two runs over the same are the same; judges that work in parallel are not. */
export function inOrder(verdict, templates) {
  const rank = new Map(templates.map(({ environment, stack }, i) => [`${environment} ${stack}`, i]));
  const key = ({ resource, rule, id, text }) => [resource, rule, id, text].join(' ');
  const findings = verdict.findings.toSorted((a, b) => rank.get(`${a.environment} ${a.stack}`) - rank.get(`${b.environment} ${b.stack}`) || (key(a) < key(b) ? -1 : 1));
  return { ...verdict, findings };
}

/** Each rule of each judge that failed: how often, how often acknowledged, and where first. */
export function distinct(verdicts) {
  return verdicts.flatMap(({ judge, findings }) => [...Map.groupBy(findings, ({ level, rule }) => `${level} ${rule}`).values()]
    .map((group) => {
      const first = group.find((finding) => !finding.acknowledged) ?? group[0];
      return {
        judge, rule: first.rule, level: first.level, count: group.length, acknowledged: group.filter((finding) => finding.acknowledged).length,
        first: [first.environment, first.stack, first.resource].filter(Boolean).join(' '), text: first.text,
      };
    })
    .sort((a, b) => b.count - a.count || (a.rule < b.rule ? -1 : 1)));
}

export function render({ environments, templates, resources, summaries, findings }) {
  const lines = [
    `${templates} templates, ${resources} resources (${environments.join(', ')})`, '',
    ...table(['judge', 'checks', 'errors', 'warnings', 'failed per resource', 'acknowledged among them'],
      summaries.map((row) => [`${row.judge} ${row.version}`, `${row.checks} ${row.unit}`, row.errors, row.warnings, row.failedPerResource, row.acknowledged])), '',
  ];
  if (findings.length === 0) return [...lines, 'no findings'].join('\n');
  return [...lines, ...table(['judge', 'rule', 'level', 'count', 'acknowledged', 'first resource', 'says'],
    findings.map((row) => [row.judge, row.rule, row.level, row.count, row.acknowledged, row.first, shorten(row.text)])), '',
  `total ${total(summaries)}, of which ${summaries.reduce((sum, row) => sum + row.acknowledged, 0)} are acknowledged with a reason; info is not counted`].join('\n');
}

function shorten(text, length = 100) {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}

function table(head, rows) {
  const cells = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, i) => Math.max(...cells.map((row) => row[i].length)));
  const right = head.map((_, i) => rows.every((row) => typeof row[i] === 'number'));
  const [top, ...rest] = cells.map((row) => row.map((cell, i) => (right[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join('  ').trimEnd());
  return [top, widths.map((width) => '─'.repeat(width)).join('  '), ...rest];
}
