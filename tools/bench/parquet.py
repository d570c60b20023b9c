"""Parquet to text beside DuckDB on one thread, the two in turn: parquet.py BUILD [ROWS] [CODEC...]

Run it from the top of the tree with the interop tests' environment (build/venv/bin/python). The table
is that of tools/gen (wide-csv), written by DuckDB's COPY with row groups of 122880 rows. Ratios are of
one run; seconds are of the processor, medians of ROUNDS (default 5), and the machine's own.
"""

import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile

import duckdb

build = sys.argv[1]
rows = int(sys.argv[2]) if len(sys.argv) > 2 else 2_000_000
codecs = sys.argv[3:] or ["uncompressed", "snappy", "zstd", "lz4_raw", "gzip"]
rounds = int(os.environ.get("ROUNDS", "5"))
otsfs = str(pathlib.Path("build/otsfs").resolve())
NAMES = "uid seq status city note qty big price score ok blob".split()
TYPES = "VARCHAR BIGINT VARCHAR VARCHAR VARCHAR INTEGER BIGINT DOUBLE DOUBLE BOOLEAN VARCHAR".split()


def spent(who):
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def of_otsfs(*arguments):
    before = spent(resource.RUSAGE_CHILDREN)
    with open("/dev/null", "wb") as null:
        subprocess.run(["taskset", "-c", "0", otsfs, "cat", *arguments], stdout=null, check=True)
    return spent(resource.RUSAGE_CHILDREN) - before


def of_duckdb(con, sql):
    before = spent(resource.RUSAGE_SELF)
    con.execute(sql).fetchall()
    return spent(resource.RUSAGE_SELF) - before


def make(folder, con):
    table = folder / "wide.csv"
    with open(table, "wb") as out:
        subprocess.run([f"{build}/gen-data", "wide-csv", str(rows)], stdout=out, check=True)
    columns = ", ".join(f"'{n}': '{t}'" for n, t in zip(NAMES, TYPES))
    con.execute(
        f"CREATE TABLE t AS SELECT * REPLACE (from_base64(blob) AS blob) "
        f"FROM read_csv('{table}', header = true, columns = {{{columns}}})"
    )
    table.unlink()
    for codec in codecs:
        con.execute(
            f"COPY t TO '{folder}/{codec}.parquet' (FORMAT parquet, CODEC {codec}, ROW_GROUP_SIZE 122880)"
        )


def main():
    con = duckdb.connect()
    os.sched_setaffinity(0, {0})
    con.execute("SET threads = 1")
    print(f"DuckDB {duckdb.__version__}, {rows} rows, {rounds} rounds, one thread each")
    print("codec         form        otsfs s  rows/s/core   DuckDB s   times faster")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make(folder, con)
        con.execute("DROP TABLE t")
        for codec in codecs:
            path = folder / f"{codec}.parquet"
            for form, kind in [("csv", "csv"), ("rows", "json")]:
                for wanted in ["all", "no blob"]:
                    some = ["--columns", ",".join(NAMES[:-1])] if wanted != "all" else []
                    which = "* EXCLUDE blob" if some else "*"
                    sql = f"COPY (SELECT {which} FROM '{path}') TO '/dev/null' (FORMAT {kind})"
                    ours, theirs = [], []
                    for _ in range(rounds):
                        ours.append(of_otsfs("--as", form, *some, str(path)))
                        theirs.append(of_duckdb(con, sql))
                    mine, other = statistics.median(ours), statistics.median(theirs)
                    print(
                        f"{codec:13} {form:4} {wanted:7} {mine:7.3f} {rows / mine / 1e6:9.2f} M "
                        f"{other:10.3f} {other / mine:10.2f}",
                        flush=True,
                    )


main()
