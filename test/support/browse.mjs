// A person with a browser: shows the lines that come in on stdin, and opens the address that dlp asks for. As `$BROWSER` it
// gets the address as its argument. What differs from run to run is left out of what it shows.
import { createInterface } from 'node:readline';

async function open(address) {
  const response = await fetch(address);
  return /<h1>(.*)<\/h1>/.exec(await response.text())?.[1] ?? String(response.status);
}

if (process.argv[2]) await open(process.argv[2]);
else {
  for await (const line of createInterface({ input: process.stdin })) {
    const address = /http:\/\/127\S+\/authorize\S+/.exec(line)?.[0];
    console.log(address ? line.replace(address, '<address of the sign-in>') : line);
    if (address) console.log(`  (the browser shows: ${await open(address)})`);
  }
}
