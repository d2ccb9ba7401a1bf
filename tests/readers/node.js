// Reads URIs (hex, one a line) as pg-connection-string 2.14 does, on top of Node's own `new URL`.
// Prints Node's version, then a JSON list a line: user, password, host, port, database; null for an error.
const lines = require('fs').readFileSync(0, 'utf8').split('\n').filter(Boolean);

function open(text) {
  try {
    return [new URL(text, 'postgres://base'), false];
  } catch {
    return [new URL(text.replace('@/', '@___DUMMY___/'), 'postgres://base'), true];
  }
}

function read(text) {
  if (/ |%[^a-f0-9]|%[a-f0-9][^a-f0-9]/i.test(text)) text = encodeURI(text).replace(/%25(\d\d)/g, '%$1');
  try {
    const [url, dummy] = open(text);
    const host = (dummy ? '' : url.hostname).replace(/^\[(.+)\]$/, '$1');
    const path = url.pathname.slice(1);
    return [decodeURIComponent(url.username), decodeURIComponent(url.password), decodeURIComponent(host), url.port,
      path ? decodeURI(path) : ''];
  } catch {
    return null;
  }
}

console.log(process.versions.node.split('.')[0]);
for (const line of lines) console.log(JSON.stringify(read(Buffer.from(line, 'hex').toString())));
