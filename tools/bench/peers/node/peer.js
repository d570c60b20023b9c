// The job of tools/bench/send_bench.c by the official Node SDK: BatchWriteRow of 200 rows a request, in
// rows a second of this process's CPU time. The requests are made before the clock starts, and connections
// are kept, which the SDK does not do by itself.
// Usage: peer.js URL INSTANCE CA ROWS CONNECTIONS; CA a file, or - for what the system trusts.
'use strict';
const fs = require('fs');
const http = require('http');
const https = require('https');
const TableStore = require('tablestore');

const BATCHES = 64;
const BATCH_ROWS = 200;
const WARM = 64;
const SEED = 5n;
const MASK = (1n << 64n) - 1n;

// The generator of bench_rows.c, so that all clients send the same rows.
class Random {
  constructor(state) {
    this.state = state;
  }
  next() {
    this.state = (this.state * 6364136223846793005n + 1442695040888963407n) & MASK;
    return Number(this.state >> 33n);
  }
  letters(count) {
    let text = '';
    for (let i = 0; i < count; i++) text += String.fromCharCode(97 + (this.next() % 26));
    return text;
  }
}

function row(number) {
  const random = new Random(SEED ^ BigInt(number));
  const columns = [];
  for (const name of ['string_a', 'string_b', 'string_c', 'string_d', 'string_e']) {
    random.next();
    columns.push({ [name]: random.letters(32) });
  }
  for (const name of ['int_a', 'int_b', 'int_c'])
    columns.push({ [name]: TableStore.Long.fromNumber(random.next()) });
  columns.push({ double_a: random.next() / 8 + 0.03125 }); // whole numbers would go as another type
  columns.push({ bool1: random.next() % 2 === 0 });
  return {
    type: 'PUT',
    condition: new TableStore.Condition(TableStore.RowExistenceExpectation.IGNORE, null),
    primaryKey: [
      { pk_s: 'order-' + String(number).padStart(14, '0') },
      { pk_i: TableStore.Long.fromNumber(number) },
    ],
    attributeColumns: columns,
  };
}

function prepare() {
  return Array.from({ length: BATCHES }, (_, b) => ({
    tables: [
      {
        tableName: 'bench',
        rows: Array.from({ length: BATCH_ROWS }, (_, i) => row(b * BATCH_ROWS + i)),
      },
    ],
  }));
}

async function run(client, requests, count, connections) {
  let next = 0;
  async function sender() {
    while (next < count) {
      const reply = await client.batchWriteRow(requests[next++ % BATCHES]);
      const rows = reply.tables;
      if (rows.length !== BATCH_ROWS || !rows.every((one) => one.isOk))
        throw new Error('a row was not written');
    }
  }
  await Promise.all(Array.from({ length: connections }, sender));
}

async function main() {
  const [url, instance, ca, rowsText, connectionsText] = process.argv.slice(2);
  const connections = Number(connectionsText);
  const agentOptions = { keepAlive: true, maxSockets: connections };
  if (ca !== '-') agentOptions.ca = fs.readFileSync(ca);
  const agent = url.startsWith('https:') ? new https.Agent(agentOptions) : new http.Agent(agentOptions);
  const client = new TableStore.Client({
    accessKeyId: 'otsfs-local',
    secretAccessKey: 'otsfs-local-secret',
    endpoint: url,
    instancename: instance,
    maxRetries: 0,
    httpOptions: { agent },
  });
  const requests = prepare();
  await run(client, requests, WARM, connections);
  const count = Math.floor(Number(rowsText) / BATCH_ROWS);
  const before = process.cpuUsage();
  const start = process.hrtime.bigint();
  await run(client, requests, count, connections);
  const used = process.cpuUsage(before);
  const spent = (used.user + used.system) / 1e6;
  const wall = Number(process.hrtime.bigint() - start) / 1e9;
  const sent = count * BATCH_ROWS;
  console.log(
    JSON.stringify({
      client: 'node',
      rows: sent,
      cpu_s: Number(spent.toFixed(4)),
      wall_s: Number(wall.toFixed(4)),
      rows_per_cpu_s: Math.round(sent / spent),
      rows_per_wall_s: Math.round(sent / wall),
    }),
  );
  agent.destroy();
}

main().catch((error) => {
  console.error('bench:', error);
  process.exit(1);
});
