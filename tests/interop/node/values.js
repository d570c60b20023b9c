'use strict';
// Values, keys, rows and filters between JSON and the SDK.

const TableStore = require('tablestore');

function isInteger(value) { // the SDK's own class of 64-bit integers
  return typeof value === 'object' && typeof value.toNumber === 'function';
}

function plain(value) {
  if ('int' in value) return TableStore.Long.fromString(value.int);
  if ('dbl' in value) return Buffer.from(value.dbl, 'hex').readDoubleBE();
  if ('bin' in value) return Buffer.from(value.bin, 'base64');
  if ('inf' in value)
    return {min: TableStore.INF_MIN, max: TableStore.INF_MAX,
      auto: TableStore.PK_AUTO_INCR}[value.inf];
  return 'bool' in value ? value.bool : value.str;
}

function typed(value) {
  if (isInteger(value)) return {int: value.toString()};
  if (typeof value === 'number') {
    const bits = Buffer.alloc(8);
    bits.writeDoubleBE(value);
    return {dbl: bits.toString('hex')};
  }
  if (typeof value === 'boolean') return {bool: value};
  if (typeof value === 'string') return {str: value};
  return {bin: Buffer.from(value).toString('base64')};
}

/** Keys and columns are objects of one member to the SDK. */
function key(columns) {
  return columns.map((c) => ({[c.name]: plain(c.value)}));
}

function put(cell) {
  const made = {[cell.name]: plain(cell.value)};
  if (cell.time !== undefined) made.timestamp = cell.time;
  return made;
}

function updates(cells) {
  return cells.map((cell) => {
    switch (cell.do) {
      case 'delete': return {DELETE: [{[cell.name]: cell.time}]};
      case 'delete_all': return {DELETE_ALL: [cell.name]};
      case 'increment': return {INCREMENT: [put(cell)]};
      default: return {PUT: [put(cell)]};
    }
  });
}

function keyCells(columns) {
  return columns ? columns.map((c) => ({name: c.name, value: typed(c.value)})) : null;
}

function row(primaryKey, attributes) {
  if (!primaryKey && !attributes) return null;
  return {
    key: keyCells(primaryKey),
    cells: (attributes || []).map((c) => ({
      name: c.columnName, value: typed(c.columnValue), time: c.timestamp && Number(c.timestamp)})),
  };
}

const COMPARATORS = {
  '==': 'EQUAL', '!=': 'NOT_EQUAL', '>': 'GREATER_THAN', '>=': 'GREATER_EQUAL',
  '<': 'LESS_THAN', '<=': 'LESS_EQUAL',
};

function filter(f) {
  for (const [member, operator] of [['all', 'AND'], ['any', 'OR'], ['not', 'NOT']]) {
    if (!(member in f)) continue;
    const whole = new TableStore.CompositeCondition(TableStore.LogicalOperator[operator]);
    f[member].forEach((sub) => whole.addSubCondition(filter(sub)));
    return whole;
  }
  if ('page' in f) return new TableStore.ColumnPaginationFilter(f.page[1], f.page[0]);
  return new TableStore.SingleColumnCondition(f.column, plain(f.value),
    TableStore.ComparatorType[COMPARATORS[f.is]], f.pass_if_missing, f.latest_only);
}

const EXISTENCE = {ignore: 'IGNORE', exist: 'EXPECT_EXIST', not_exist: 'EXPECT_NOT_EXIST'};

function condition(c) {
  return new TableStore.Condition(TableStore.RowExistenceExpectation[EXISTENCE[c.row]],
    c.filter ? filter(c.filter) : null);
}

function consumed(unit) {
  return unit ? [unit.read, unit.write] : undefined;
}

module.exports = {key, put, updates, keyCells, row, filter, condition, consumed};
