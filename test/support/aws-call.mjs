// One AWS call from the script of a case, past the recording proxy: `aws <account> <client> <Command> '<json>'`.
const [endpoint, account, client, command, input] = process.argv.slice(2);
const sdk = await import(`@aws-sdk/client-${client}`);
const Client = Object.entries(sdk).find(([name, value]) => /^[A-Z][A-Za-z]+Client$/.test(name) && typeof value === 'function' && name !== '__Client')[1];
const made = new Client({ region: 'eu-west-2', endpoint, forcePathStyle: true, credentials: { accessKeyId: account, secretAccessKey: 'x' } });
const { $metadata: _, ...answer } = await made.send(new sdk[`${command}Command`](JSON.parse(input ?? '{}')));
console.log(JSON.stringify(answer, null, 2));
