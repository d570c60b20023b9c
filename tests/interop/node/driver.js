'use strict';
// The Node SDK behind lines of JSON: one call a line in, one answer a line out (../drivers.py says
// which). It decides nothing: what a call must give is written once, in the tests.

const readline = require('readline');
const TableStore = require('tablestore');
const values = require('./values');

let client;

function options(o) {
  return {timeToLive: o.ttl, maxVersions: o.versions, maxTimeDeviation: o.deviation,
    allowUpdate: o.allow_update};
}

/** Long values of the SDK's own protobuf library come as objects or numbers. */
function described(table, response) {
  const o = response.tableOptions;
  const unit = response.reservedThroughputDetails.capacityUnit;
  return {table, throughput: [unit.read, unit.write],
    options: {ttl: o.timeToLive, versions: o.maxVersions,
      deviation: Number(o.deviationCellVersionInSec), allow_update: o.allowUpdate}};
}

function throughput(units) {
  return {capacityUnit: {read: units[0], write: units[1]}};
}

function change(w) {
  const made = {tableName: w.table, primaryKey: values.key(w.key),
    condition: values.condition(w.condition)};
  if (w.return)
    made.returnContent = {returnType: {key: 1, after: 2}[w.return], returnColumns: w.columns};
  return made;
}

function written(response) {
  return {ok: true, consumed: values.consumed(response.consumed.capacityUnit),
    row: values.row(response.row.primaryKey, response.row.attributes)};
}

function batchRow(r) {
  return {ok: r.isOk, consumed: values.consumed(r.capacityUnit || null),
    error: r.isOk ? undefined : {code: r.errorCode, message: r.errorMessage},
    row: r.isOk ? values.row(r.primaryKey, r.attributes) : null};
}

function choice(r) {
  const made = {tableName: r.table, columnsToGet: r.columns, maxVersions: r.max_versions,
    startColumn: r.start_column, endColumn: r.end_column};
  if (r.filter) made.columnFilter = values.filter(r.filter);
  if (r.times)
    made.timeRange = r.times.length === 1 ? {specificTime: r.times[0]} :
      {startTime: r.times[0], endTime: r.times[1]};
  return made;
}

/** Writes of one table become one part, in the order of their first rows. */
function byTable(writes) {
  const parts = new Map();
  writes.forEach((w, index) => {
    if (!parts.has(w.table)) parts.set(w.table, {tableName: w.table, rows: [], indexes: []});
    const row = change(w);
    row.type = w.op.toUpperCase();
    if (w.op === 'put') row.attributeColumns = w.cells.map(values.put);
    if (w.op === 'update') row.attributeColumns = values.updates(w.cells);
    parts.get(w.table).rows.push(row);
    parts.get(w.table).indexes.push(index);
  });
  return [...parts.values()];
}

const CALLS = {
  async connect(c) {
    client = new TableStore.Client({endpoint: c.url, instancename: c.instance, accessKeyId: c.id,
      secretAccessKey: c.secret, stsToken: c.token, maxRetries: 0});
    return {};
  },
  async create_table(c) {
    await client.createTable({
      tableMeta: {tableName: c.table, primaryKey: c.key.map((k) => (
        {name: k.name, type: k.type, option: k.auto ? 'AUTO_INCREMENT' : undefined}))},
      reservedThroughput: throughput(c.throughput), tableOptions: options(c.options)});
    return {};
  },
  async list_tables() {
    return {tables: (await client.listTable({})).tableNames};
  },
  async describe_table(c) {
    const response = await client.describeTable({tableName: c.table});
    const types = ['', 'INTEGER', 'STRING', 'BINARY'];
    return {...described(response.tableMeta.tableName, response),
      key: response.tableMeta.primaryKey.map((k) => (
        {name: k.name, type: types[k.type], auto: Object.hasOwn(k, 'option')}))};
  },
  async update_table(c) {
    const request = {tableName: c.table, tableOptions: options(c.options || {})};
    if (c.throughput) request.reservedThroughput = throughput(c.throughput);
    return described(c.table, await client.updateTable(request));
  },
  async delete_table(c) {
    await client.deleteTable({tableName: c.table});
    return {};
  },
  async put_row(c) {
    return written(await client.putRow({...change(c), attributeColumns: c.cells.map(values.put)}));
  },
  async update_row(c) {
    return written(await client.updateRow(
      {...change(c), updateOfAttributeColumns: values.updates(c.cells)}));
  },
  async delete_row(c) {
    return written(await client.deleteRow(change(c)));
  },
  async get_row(c) {
    return written(await client.getRow({...choice(c), primaryKey: values.key(c.key)}));
  },
  async batch_get_row(c) {
    const response = await client.batchGetRow({tables: c.tables.map((t) => (
      {...choice(t), primaryKey: t.keys.map(values.key)}))});
    return {rows: response.tables.flat().map(batchRow)};
  },
  async batch_write_row(c) {
    const parts = byTable(c.rows);
    const response = await client.batchWriteRow({tables: parts});
    const rows = [];
    parts.flatMap((part) => part.indexes).forEach((index, position) => {
      rows[index] = batchRow(response.tables[position]);
    });
    return {rows};
  },
  async get_range(c) {
    const response = await client.getRange({...choice(c), limit: c.limit,
      direction: TableStore.Direction[c.direction.toUpperCase()],
      inclusiveStartPrimaryKey: values.key(c.start), exclusiveEndPrimaryKey: values.key(c.end)});
    return {rows: response.rows.map((r) => values.row(r.primaryKey, r.attributes)),
      next: values.keyCells(response.nextStartPrimaryKey)};
  },
};

/** The SDK shows a refusal as the status and the undecoded body as text: the code is found in it. */
function failure(cause) {
  const found = typeof cause.code === 'number' && /OTS[A-Za-z]+/.exec(cause.message);
  if (!found) return {failed: String(cause.stack || cause)};
  return {error: {code: found[0], status: cause.code,
    message: cause.message.slice(found.index + found[0].length),
    request_id: (/requestId:(.*)$/.exec(cause.message) || [])[1]}};
}

async function main() {
  for await (const line of readline.createInterface({input: process.stdin})) {
    let answer;
    try {
      const call = JSON.parse(line);
      answer = call.call in CALLS ? await CALLS[call.call](call) :
        {failed: `no such call: ${call.call}`};
    } catch (cause) {
      answer = failure(cause);
    }
    process.stdout.write(JSON.stringify(answer) + '\n');
  }
}

main();
