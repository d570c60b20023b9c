"""Record JSONL survives jq, Node and Python: what each makes of seeded lines reads back to the same
records (product.md, "Records as text")."""

import base64
import json
import random
import shutil
import struct
import subprocess

import pytest

from conftest import OTSFS

SAFE = 2**53 - 1
TEXTS = ["", "a", "quote\" back\\slash", "line\nfeed\ttab\r", "nul\0bell\x07", "\x7f\u2028\u2029",
         "\u00e9\u4e2d\u6587", "\U0001f600", "[1,2]", "{\"$bin\":\"AA==\"}", "/slash", "<&='>"]
INTEGERS = [0, 1, -1, SAFE, -SAFE, SAFE + 1, SAFE + 2, -SAFE - 2, 10**16, 10**17, 10**18 + 1,
            2**63 - 1, -(2**63), 2**62 + 1]
DOUBLES = [0.0, -0.0, 1.0, 5.0, -5.0, 0.1, 1e-5, 1.5e-7, 5e-324, 2.2250738585072014e-308, 1e15,
           1e15 + 0.5, 1e16, 1e17, 1e21, 1e22, 1e300, 1.7976931348623157e308, 123.456,
           9007199254740993.0, 1 / 3]
NAMES = ["age", "score", "a", "B", "_x", "10", "2", "price", "__proto__x", "length"]


def cat(path, form="jsonl"):
    done = subprocess.run([OTSFS, "cat", "--as", form, path], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout


def any_double(rng):
    if rng.random() < 0.5:
        return rng.choice(DOUBLES)
    while True:
        x = struct.unpack("<d", struct.pack("<Q", rng.getrandbits(64)))[0]
        if x == x and abs(x) != float("inf"):
            return x


def any_value(rng):
    """A value's text in the line, and its text in `exact` or None."""
    kind = rng.randrange(8)
    if kind == 0:
        return json.dumps(rng.choice(TEXTS), ensure_ascii=False), None
    if kind in (1, 2):
        n = rng.choice(INTEGERS) if rng.random() < 0.5 else rng.getrandbits(64) - 2**63
        return str(n), str(n) if abs(n) > SAFE else None
    if kind in (3, 4):
        x = any_double(rng)
        return repr(x), repr(x) if x == int(x) or abs(x) >= 1e15 else None
    if kind == 5:
        return rng.choice(["true", "false"]), None
    if kind == 6:
        raw = bytes(rng.randrange(256) for _ in range(rng.randrange(9)))
        name = "$bin"
        if rng.random() < 0.3:
            name, raw = "$str", raw + b"\xff"
        return '{"%s":"%s"}' % (name, base64.b64encode(raw).decode()), None
    return rng.choice(['{"$dbl":"NaN"}', '{"$dbl":"Infinity"}', '{"$dbl":"-Infinity"}',
                       '{"$dbl":"NaN","bits":"fff8000000000001"}']), None


def any_column(rng):
    """The text of a column and the list of `exact` of its values."""
    shape = rng.random()
    if shape < 0.6:
        text, exact = any_value(rng)
        return text, [exact]
    if shape < 0.7:
        return rng.choice(['{"$del":"all"}', '{"$del":1699999990000}']), []
    values = [any_value(rng) for _ in range(rng.randrange(2, 4))]
    exacts = [exact for _, exact in values]
    if shape < 0.85:
        pairs = ["[%d,%s]" % (1700000000000 - i, text) for i, (text, _) in enumerate(values)]
        return '{"$v":[%s]}' % ",".join(pairs), exacts
    return '{"$ops":[%s,{"$del":"all"}]}' % ",".join(text for text, _ in values), exacts


def any_line(rng):
    key_int = rng.choice(INTEGERS)
    exact = {}
    if abs(key_int) > SAFE:
        exact["seq"] = [str(key_int)]
    columns = []
    for name in rng.sample(NAMES, rng.randrange(0, 7)):
        text, exacts = any_column(rng)
        columns.append("%s:%s" % (json.dumps(name), text))
        if any(e is not None for e in exacts):
            exact[name] = exacts
    line = '{"ts":%s,"op":"%s","pk":{"uid":%s,"seq":%d},"cols":{%s}' % (
        rng.choice(["0", "null", "1700000010000001"]), rng.choice(["PUT", "UPDATE", "BASE"]),
        json.dumps(rng.choice(TEXTS), ensure_ascii=False), key_int, ",".join(columns))
    if exact:
        line += ',"exact":' + json.dumps({n: e[0] if len(e) == 1 else e for n, e in exact.items()})
    return line + "}\n"


def fingerprint(jsonl):
    """Records without the order of columns, which a tool may change; each column's own order
    counts. Texts of numbers are kept: our own printing names type and value."""
    out = []
    for line in jsonl.decode().rstrip("\n").split("\n"):  # U+2028 ends no line
        record = json.loads(line, parse_float=lambda s: ("double", s),
                            parse_int=lambda s: ("integer", s))
        out.append(record)
    return out


TOOLS = {
    "jq": ["jq", "-c", "."],
    "jq-sorted": ["jq", "-c", "-S", "."],
    "node": ["node", "-e",
             "require('fs').readFileSync(0,'utf8').split('\\n').forEach(l=>{if(l)"
             "console.log(JSON.stringify(JSON.parse(l)))})"],
    "python": ["python3", "-c",
               "import json,sys\n"
               "for l in open(0,encoding='utf8',newline='\\n'): print(json.dumps(json.loads(l)))"],
    "python-raw": ["python3", "-c",
                   "import json,sys\n"
                   "sys.stdout.reconfigure(encoding='utf8')\n"
                   "for l in open(0,encoding='utf8',newline='\\n'):\n"
                   " print(json.dumps(json.loads(l),ensure_ascii=False,sort_keys=True))"],
}


@pytest.fixture(name="seeded", scope="module")
def seeded_lines(tmp_path_factory):
    rng = random.Random(20261121)
    path = tmp_path_factory.mktemp("jsonl") / "seeded.jsonl"
    path.write_bytes("".join(any_line(rng) for _ in range(3000)).encode())
    return path


def test_our_own_text_is_a_fixed_point(seeded, tmp_path):
    once = cat(str(seeded))
    assert once.count(b"\n") == 3000
    again = tmp_path / "again.jsonl"
    again.write_bytes(once)
    assert cat(str(again)) == once


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_records_survive(tool, seeded, tmp_path):
    assert shutil.which(TOOLS[tool][0]), "this machine lacks " + TOOLS[tool][0]
    ours = cat(str(seeded))
    made = subprocess.run(TOOLS[tool], input=ours, stdout=subprocess.PIPE, timeout=120, check=True)
    path = tmp_path / "made.jsonl"
    path.write_bytes(made.stdout)
    back = cat(str(path))
    if b'"2"' not in made.stdout and tool in ("jq", "python"):
        assert back == ours
    assert fingerprint(back) == fingerprint(ours)


def test_an_edited_number_counts_as_it_stands(tmp_path):
    path = tmp_path / "edited.jsonl"
    path.write_text('{"op":"PUT","pk":{"k":1},"cols":{"a":6,"b":5},'
                    '"exact":{"a":"5.0","b":"5.0"}}\n')
    record = json.loads(cat(str(path)), parse_float=lambda s: s)
    assert record["cols"] == {"a": 6, "b": "5.0"}


def test_canonical_csv_of_what_a_tool_made_is_the_same(seeded, tmp_path):
    lines = [l for l in cat(str(seeded)).splitlines(True) if b'"op":"BASE"' not in l]
    plain = tmp_path / "plain.jsonl"
    plain.write_bytes(b"".join(lines))
    made = subprocess.run(TOOLS["jq"], input=b"".join(lines), stdout=subprocess.PIPE, timeout=120,
                          check=True)
    path = tmp_path / "made.jsonl"
    path.write_bytes(made.stdout)
    assert cat(str(path), "canonical-csv") == cat(str(plain), "canonical-csv")
