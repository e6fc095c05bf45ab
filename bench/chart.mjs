// The medians of a run as bars, in SVG; readable on a light and on a dark page. Pure.
const WIDTH = 640;
const LABEL = 110;
const BAR = 14;
const ROW = 40;

export function chart({ seconds, date, runs, versions }) {
  const rows = Object.entries(seconds);
  const longest = Math.max(...rows.flatMap(([, { cpu, wall }]) => [cpu, wall]));
  const length = (value) => Math.max(1, (value / longest) * (WIDTH - LABEL - 80)).toFixed(1);
  const bar = (y, value, kind) => `<rect class="${kind}" x="${LABEL}" y="${y}" width="${length(value)}" height="${BAR}" rx="2"/><text x="${LABEL + Number(length(value)) + 6}" y="${y + 11}">${value.toFixed(2)} s</text>`;
  const height = 46 + rows.length * ROW + 20;
  const caption = `medians of ${runs} rounds, ${date.slice(0, 10)}, Node ${versions.node}, aws-cdk ${versions['aws-cdk']}, aws-cdk-lib ${versions['aws-cdk-lib']}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="CPU and wall seconds of dlp and of what it is compared with">
<style>text{font:12px system-ui,sans-serif;fill:#444}.cpu{fill:#2f6fb3}.wall{fill:#9dbfe0}@media(prefers-color-scheme:dark){text{fill:#ccc}.cpu{fill:#5c9be0}.wall{fill:#34587f}}</style>
<rect class="cpu" x="${LABEL}" y="10" width="12" height="12"/><text x="${LABEL + 18}" y="20">CPU</text><rect class="wall" x="${LABEL + 60}" y="10" width="12" height="12"/><text x="${LABEL + 78}" y="20">wall clock</text>
${rows.map(([name, { cpu, wall }], i) => {
  const y = 36 + i * ROW;
  return `<text x="${LABEL - 8}" y="${y + 18}" text-anchor="end">${escape(name)}</text>${bar(y, cpu, 'cpu')}${bar(y + BAR + 1, wall, 'wall')}`;
}).join('\n')}
<text x="8" y="${height - 8}">${escape(caption)}</text>
</svg>
`;
}

function escape(text) {
  return text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
