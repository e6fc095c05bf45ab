// Calls the emulator as an account: change.mjs PORT ENVIRONMENT ssm ACTION BODY | s3 'METHOD QUERY'
const [port, environment, service, what, body] = process.argv.slice(2);
const account = { dev: '111111111111', test: '222222222222' }[environment];
const headers = { authorization: `AWS4-HMAC-SHA256 Credential=${account}/20260101/eu-west-2/${service}/aws4_request, SignedHeaders=host, Signature=0` };
const [method, query] = what.split(' ');
const answer = service === 's3'
  ? await fetch(`http://127.0.0.1:${port}/cdk-hnb659fds-assets-${account}-eu-west-2${query}`, { method, headers })
  : await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers: { ...headers, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `AmazonSSM.${what}` }, body });
if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
