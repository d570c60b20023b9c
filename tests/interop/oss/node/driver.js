'use strict';
// The Node SDK of OSS behind lines of JSON: one call a line in, one answer a line out
// (../../oss_drivers.py says which). It decides nothing.

const http = require('http');
const net = require('net');
const readline = require('readline');
const OSS = require('ali-oss');

let client;

/** A name of a service that no resolver knows: the SDK signs URLs for names only. */
function agentTo(host) {
  const answer = {address: host, family: net.isIPv6(host) ? 6 : 4};
  return new http.Agent({keepAlive: true, lookup: (name, options, done) =>
    options.all ? done(null, [answer]) : done(null, answer.address, answer.family)});
}

function etag(value) {
  return (value || '').replace(/"/g, '');
}

const calls = {
  connect(c) {
    const url = new URL(c.url);
    client = new OSS({accessKeyId: c.id, accessKeySecret: c.secret, stsToken: c.token,
      endpoint: `http://oss.test:${url.port}`, bucket: c.bucket, region: `oss-${c.region}`,
      authorizationV4: c.sign === 'v4', agent: agentTo(url.hostname), secure: false});
    return {};
  },
  async put(c) {
    const r = await client.put(c.key, Buffer.from(c.body, 'base64'), {headers: c.headers});
    return {etag: etag(r.res.headers.etag), crc: r.res.headers['x-oss-hash-crc64ecma']};
  },
  async get(c) {
    const headers = c.range ?
      {Range: `bytes=${c.range[0]}-${c.range[1]}`, 'x-oss-range-behavior': 'standard'} : {};
    const r = await client.get(c.key, {headers});
    return {body: r.content.toString('base64'), etag: etag(r.res.headers.etag)};
  },
  async head(c) {
    const r = await client.head(c.key);
    return {size: Number(r.res.headers['content-length']), etag: etag(r.res.headers.etag),
      type: r.res.headers['x-oss-object-type'], class: r.res.headers['x-oss-storage-class'],
      meta: r.meta || {}};
  },
  async append(c) {
    const r = await client.append(c.key, Buffer.from(c.body, 'base64'),
      {position: String(c.position)});
    return {next: Number(r.nextAppendPosition)};
  },
  async multipart(c) {
    const {uploadId} = await client.initMultipartUpload(c.key);
    const parts = [];
    for (const [index, body] of c.parts.entries()) {
      const data = Buffer.from(body, 'base64');
      const r = await client._uploadPart(c.key, uploadId, index + 1,
        {stream: require('stream').Readable.from([data]), size: data.length});
      parts.push({number: index + 1, etag: r.etag});
    }
    const listed = await client.listParts(c.key, uploadId, {'max-parts': 1000});
    const r = await client.completeMultipartUpload(c.key, uploadId, parts);
    return {etag: etag(r.etag), parts: [].concat(listed.parts).map((p) => Number(p.PartNumber))};
  },
  async list(c) {
    const keys = [], prefixes = [];
    let more;
    do {
      const query = {prefix: c.prefix, 'max-keys': c.max};
      if (c.delimiter) query.delimiter = c.delimiter;
      if (more) query[c.form === 2 ? 'continuation-token' : 'marker'] = more;
      const r = await (c.form === 2 ? client.listV2(query) : client.list(query));
      keys.push(...(r.objects || []).map((o) => o.name));
      prefixes.push(...(r.prefixes || []));
      more = c.form === 2 ? r.nextContinuationToken : r.nextMarker;
    } while (more); // ends: the service gives no token at the end
    return {keys, prefixes};
  },
  async delete(c) {
    await client.delete(c.key);
    return {};
  },
  async delete_many(c) {
    const r = await client.deleteMulti(c.keys);
    return {deleted: r.deleted.map((d) => d.Key)};
  },
  async presign(c) {
    return {url: client.options.authorizationV4 ?
      await client.signatureUrlV4('GET', c.seconds, undefined, c.key) :
      client.signatureUrl(c.key, {expires: c.seconds})};
  },
  async symlink(c) {
    await client.putSymlink(c.key, c.target);
    return {target: (await client.getSymlink(c.key)).targetName};
  },
  async copy(c) {
    return {etag: etag((await client.copy(c.key, c.from)).res.headers.etag)};
  },
  async buckets() {
    const info = (await client.getBucketInfo(client.options.bucket)).bucket;
    const location = (await client.getBucketLocation(client.options.bucket)).location;
    const named = await client.listBuckets();
    return {names: named.buckets.map((b) => b.name), info: info.Name, location};
  },
  async restore(c) {
    return {status: (await client.restore(c.key)).res.status};
  },
};

async function answer(line) {
  const call = JSON.parse(line);
  try {
    return await calls[call.call](call);
  } catch (error) {
    if (error.requestId)
      return {error: {code: error.code, message: error.message, status: error.status,
        request_id: error.requestId}};
    return {failed: `${error.name}: ${error.message}`};
  }
}

async function main() {
  for await (const line of readline.createInterface({input: process.stdin}))
    process.stdout.write(`${JSON.stringify(await answer(line))}\n`);
  process.exit(0);
}

main();
