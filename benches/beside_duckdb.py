"""How long the same queries take: SQL over live state by HTTP, and DuckDB on what the service exports as Parquet.

    tillstream demo --data /tmp/demo --set sql.max_rows=10000000 &  # until it has read everything
    python benches/beside_duckdb.py http://127.0.0.1:8080       # needs the package duckdb

Both are asked in turn, from one client each, and both hand their rows over as JSON or Python objects.
"""

import json
import os
import sys
import tempfile
import time
import urllib.request

import duckdb

url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
POINTS, ROUNDS = 500, 7

TABLES = ["orders", "order_items", "products", "co_purchases", "revenue_by_day_product"]

QUERIES = {
    "GROUP BY over co_purchases": "SELECT product_a, sum(baskets), avg(score) FROM co_purchases GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10",
    "count(*) of co_purchases": "SELECT count(*) FROM co_purchases",
    "GROUP BY over order_items": "SELECT category, sum(amount), count(*) FROM order_items GROUP BY 1 ORDER BY 2 DESC",
    "join of revenue_by_day_product and products": "SELECT p.name, sum(r.revenue) FROM revenue_by_day_product r JOIN products p USING (product_id) GROUP BY 1 ORDER BY 2 DESC LIMIT 10",
}


def asked(query, params=(), accept="application/json"):
    body = json.dumps({"query": query, "params": list(params)}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{url}/v1/sql", body, {"accept": accept})) as answer:
        return answer.read()


def timed(work):
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1_000


def at(times, share):
    times = sorted(times)
    return times[min(len(times) - 1, int(len(times) * share))]


def row(name, ours, theirs):
    print(f"| {name} | {at(ours, 0.5):.2f} | {at(ours, 0.99):.2f} | {at(theirs, 0.5):.2f} | {at(theirs, 0.99):.2f} |")


with tempfile.TemporaryDirectory() as directory:
    duck = duckdb.connect()
    for name in TABLES:
        path = os.path.join(directory, f"{name}.parquet")
        with open(path, "wb") as file:
            file.write(asked(f"SELECT * FROM {name}", accept="application/vnd.apache.parquet"))
        duck.execute(f"CREATE VIEW {name} AS SELECT * FROM '{path}'")
    ids = [row[0] for row in json.loads(asked("SELECT order_id FROM orders LIMIT 500"))["rows"]]
    print("| query | SQL over live state: p50 ms | p99 ms | DuckDB on Parquet: p50 ms | p99 ms |\n|---|---|---|---|---|")
    point = "SELECT status, total FROM orders WHERE order_id = $1"
    ours, theirs = [], []
    for turn in range(POINTS):
        order = ids[turn % len(ids)]
        ours.append(timed(lambda: json.loads(asked(point, [order]))))
        theirs.append(timed(lambda: duck.execute(point, [order]).fetchall()))
    row("a row by its key", ours, theirs)
    for name, query in QUERIES.items():
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(timed(lambda: json.loads(asked(query))))
            theirs.append(timed(lambda: duck.execute(query).fetchall()))
        row(name, ours, theirs)
