"""Forty analytical queries, answered over HTTP and by DuckDB on what the service exports as Parquet: the same rows."""

import datetime
import io
import json
import math
import sys
import urllib.request
from decimal import Decimal

import duckdb
import pyarrow
import pyarrow.parquet

url = sys.argv[1]

TABLES = ["orders", "order_items", "products", "revenue_by_day", "revenue_by_hour", "revenue_by_day_product", "co_purchases"]

QUERIES = [
    # Groups, filters, conditions.
    "SELECT status, count(*), sum(total), min(total), max(total), avg(total) FROM orders GROUP BY status",
    "SELECT country, count(*) AS n FROM orders WHERE status = 'confirmed' GROUP BY country HAVING count(*) > 5",
    "SELECT count(*), count(country), count(DISTINCT user_id), count(DISTINCT country) FROM orders",
    "SELECT currency, sum(total) FILTER (WHERE units > 100), sum(CASE WHEN units <= 100 THEN total END) FROM orders GROUP BY 1",
    "SELECT units % 7 AS part, bool_and(units > 0), bool_or(units > 1000) FROM orders WHERE units IS NOT NULL GROUP BY 1",
    "SELECT category, sum(amount), sum(quantity), sum(amount) / sum(quantity) > 1 FROM order_items GROUP BY category",
    # Grouping sets.
    "SELECT country, status, count(*) FROM orders GROUP BY GROUPING SETS ((country, status), (country), ())",
    "SELECT country, date_trunc('day', placed_at) AS day, sum(total) FROM orders GROUP BY ROLLUP (country, date_trunc('day', placed_at))",
    "SELECT category, currency, sum(amount) FROM order_items GROUP BY CUBE (category, currency)",
    "SELECT country, grouping(country) AS g, count(*) FROM orders GROUP BY ROLLUP (country)",
    # Time.
    "SELECT date_trunc('week', placed_at), count(*) FROM orders GROUP BY 1",
    "SELECT date_trunc('month', window_start), sum(gross_revenue), sum(refunds) FROM revenue_by_day GROUP BY 1",
    "SELECT extract(hour FROM placed_at)::BIGINT AS hour, count(*) FROM orders GROUP BY 1",
    "SELECT extract(dow FROM placed_at)::BIGINT AS day, count(*), sum(units) FROM orders GROUP BY 1",
    "SELECT date_part('year', placed_at)::BIGINT, date_part('doy', placed_at)::BIGINT, count(*) FROM orders GROUP BY 1, 2",
    "SELECT count(*) FROM orders WHERE placed_at >= TIMESTAMPTZ '2010-12-02 00:00:00+00' AND placed_at < TIMESTAMPTZ '2010-12-03 00:00:00+00'",
    "SELECT window_start, window_end - window_start = INTERVAL '24 hours' FROM revenue_by_day",
    # Joins.
    "SELECT p.category, o.country, sum(i.amount) FROM orders o JOIN order_items i USING (order_id) JOIN products p ON p.product_id = i.product_id GROUP BY 1, 2",
    "SELECT p.product_id FROM products p LEFT JOIN order_items i ON i.product_id = p.product_id WHERE i.order_id IS NULL",
    "SELECT a.order_id, b.order_id FROM orders a JOIN orders b ON a.user_id = b.user_id AND a.order_id < b.order_id AND a.placed_at = b.placed_at",
    "SELECT count(*) FROM orders o WHERE EXISTS (SELECT 1 FROM order_items i WHERE i.order_id = o.order_id AND i.quantity > 500)",
    "SELECT count(*) FROM orders WHERE order_id NOT IN (SELECT order_id FROM order_items WHERE category = 'lighting')",
    "SELECT o.order_id, o.total - s.total FROM orders o JOIN (SELECT order_id, sum(amount) AS total FROM order_items GROUP BY 1) s USING (order_id) WHERE o.total <> s.total",
    "SELECT coalesce(d.window_start, date_trunc('day', h.window_start)) AS day, max(d.revenue), sum(h.revenue) FROM revenue_by_day d FULL JOIN revenue_by_hour h ON d.window_start = date_trunc('day', h.window_start) AND d.currency = h.currency GROUP BY 1",
    # Windows.
    "SELECT window_start, sum(revenue) OVER (PARTITION BY currency ORDER BY window_start) FROM revenue_by_day",
    "SELECT window_start, revenue - lag(revenue) OVER (PARTITION BY currency ORDER BY window_start) FROM revenue_by_day",
    "SELECT window_start, avg(units) OVER (ORDER BY window_start ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM revenue_by_day WHERE currency = 'GBP'",
    "SELECT * FROM (SELECT category, product_id, sum(amount) AS worth, rank() OVER (PARTITION BY category ORDER BY sum(amount) DESC, product_id) AS place FROM order_items GROUP BY 1, 2) WHERE place <= 3",
    "SELECT user_id, order_id, row_number() OVER (PARTITION BY user_id ORDER BY placed_at, order_id) FROM orders",
    "SELECT order_id, ntile(4) OVER (ORDER BY total, order_id), dense_rank() OVER (ORDER BY lines) FROM orders",
    "SELECT user_id, first_value(order_id) OVER (PARTITION BY user_id ORDER BY placed_at, order_id) FROM orders QUALIFY row_number() OVER (PARTITION BY user_id ORDER BY placed_at, order_id) = 1",
    # CTEs, DISTINCT ON, set operations, LATERAL.
    "WITH days AS (SELECT window_start AS day, sum(revenue) AS revenue FROM revenue_by_day GROUP BY 1), best AS (SELECT max(revenue) AS most FROM days) SELECT day FROM days, best WHERE revenue = most",
    "SELECT DISTINCT ON (user_id) user_id, order_id, total FROM orders ORDER BY user_id, total DESC, order_id",
    "SELECT product_id FROM order_items WHERE category = 'kitchen' INTERSECT SELECT product_id FROM order_items WHERE quantity > 100",
    "SELECT user_id FROM orders WHERE country = 'GB' EXCEPT SELECT user_id FROM orders WHERE status <> 'confirmed'",
    "SELECT country, 'many' AS how FROM orders GROUP BY 1 HAVING count(*) > 50 UNION ALL SELECT country, 'few' FROM orders GROUP BY 1 HAVING count(*) <= 50",
    # Text.
    "SELECT product_id, upper(name), length(name), substr(name, 1, 5), replace(name, ' ', '_') FROM products WHERE name ILIKE '%christmas%'",
    "SELECT count(*) FROM products WHERE name LIKE '%HEART%' AND NOT name ~ '^[A-Z].*$'",
    "SELECT split_part(name, ' ', 1) AS word, count(*) FROM products GROUP BY 1 HAVING count(*) > 5",
    # Statistics and exact amounts.
    "SELECT median(units), stddev_samp(units), var_pop(units), corr(units, lines), percentile_cont(0.9) WITHIN GROUP (ORDER BY units) FROM orders",
    "SELECT sum(amount) * 2 - sum(amount + amount), sum(unit_price * quantity) - sum(amount) FROM order_items WHERE quantity > 0",
    "SELECT product_a, product_b, baskets, score > 0.5 FROM co_purchases WHERE baskets >= 5",
    "SELECT product_id, sum(revenue) AS worth FROM revenue_by_day_product GROUP BY 1 ORDER BY worth DESC, product_id LIMIT 20 OFFSET 5",
]


def asked(query, accept):
    body = json.dumps({"query": query}).encode()
    request = urllib.request.Request(f"{url}/v1/sql", body, {"accept": accept})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        raise AssertionError(error.read().decode()) from error


def plain(value):
    """One form for what is equal."""
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, (int, float, Decimal)):
        number = float(value)
        return f"{number:.9g}" if math.isfinite(number) and abs(number) > 1e-9 else "0"
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).isoformat() if value.tzinfo else value.isoformat() + "+00:00"
    return repr(value)


def rows(table):
    return sorted([plain(value) for value in row.values()] for row in unique(table).to_pylist())


def unique(table):
    """Columns of the same name are kept apart."""
    return table.rename_columns([f"{place}" for place in range(table.num_columns)])


duck = duckdb.connect()
duck.execute("SET TimeZone = 'UTC'")
for name in TABLES:
    duck.register(name, pyarrow.parquet.read_table(io.BytesIO(asked(f"SELECT * FROM {name}", "application/vnd.apache.parquet"))))

assert len(QUERIES) >= 40, len(QUERIES)
faults = []
for query in QUERIES:
    try:
        with pyarrow.ipc.open_stream(io.BytesIO(asked(query, "application/vnd.apache.arrow.stream"))) as stream:
            ours = rows(stream.read_all())
        theirs = rows(duck.execute(query).to_arrow_table())
    except Exception as error:
        faults.append(f"{query}\n  {error}")
        continue
    if ours != theirs:
        different = [pair for pair in zip(ours, theirs) if pair[0] != pair[1]][:3]
        faults.append(f"{query}\n  {len(ours)} and {len(theirs)} rows; {different}")
if faults:
    sys.exit("\n".join(faults))
