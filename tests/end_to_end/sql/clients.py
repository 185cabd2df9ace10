"""Reads the tables as data scientists do: psycopg, SQLAlchemy with reflection, pandas, Arrow over HTTP."""

import io
import json
import sys
import urllib.request
from decimal import Decimal

import pandas
import psycopg
import psycopg2
import pyarrow
import sqlalchemy

port, url, gross = int(sys.argv[1]), sys.argv[2], Decimal(sys.argv[3])
address = f"host=127.0.0.1 port={port} dbname=tillstream user=anybody"

with psycopg.connect(address) as connection:
    total = connection.execute("SELECT sum(gross_revenue) FROM revenue_by_day").fetchone()[0]
    assert total == gross, (total, gross)
    row = connection.execute("SELECT order_id, placed_at, lines FROM orders WHERE order_id = %s", ("536365",)).fetchone()
    assert row[0] == "536365" and row[1].utcoffset().total_seconds() == 0 and row[2] > 0, row
    since = connection.execute(
        "SELECT count(*) FROM revenue_by_hour WHERE window_start >= %s AND gross_revenue > %s", (row[1], Decimal("0.5"))
    ).fetchone()[0]
    assert since > 0, since
    try:
        connection.execute("DROP TABLE orders")
        raise AssertionError("a table was dropped")
    except psycopg.Error:
        connection.rollback()

with psycopg2.connect(address) as connection, connection.cursor() as cursor:
    cursor.execute("SELECT status, orders FROM orders_by_status WHERE orders > %s ORDER BY 1", (0,))
    assert dict(cursor.fetchall())["confirmed"] > 0

for driver in ("psycopg", "psycopg2"):
    engine = sqlalchemy.create_engine(f"postgresql+{driver}://anybody@127.0.0.1:{port}/tillstream")
    inspector = sqlalchemy.inspect(engine)
    assert "revenue_by_hour" in inspector.get_table_names(), inspector.get_table_names()
    columns = {column["name"]: column["type"] for column in inspector.get_columns("revenue_by_hour")}
    assert isinstance(columns["gross_revenue"], sqlalchemy.Numeric), columns
    frame = pandas.read_sql("SELECT window_start, gross_revenue FROM revenue_by_month ORDER BY 1", engine, coerce_float=False)
    assert sum(frame["gross_revenue"]) == gross, frame

request = urllib.request.Request(
    f"{url}/v1/sql",
    json.dumps({"query": "SELECT gross_revenue FROM revenue_by_day"}).encode(),
    {"accept": "application/vnd.apache.arrow.stream"},
)
with urllib.request.urlopen(request) as answer:
    table = pyarrow.ipc.open_stream(io.BytesIO(answer.read())).read_all()
assert sum(table["gross_revenue"].to_pylist()) == gross

# Cursors on the server, as they are used to read what does not fit into memory.
with psycopg.connect(address) as connection, connection.cursor(name="lines") as cursor:
    cursor.itersize = 1000
    cursor.execute("SELECT amount, quantity FROM order_items WHERE quantity > %s", (0,))
    assert [column.name for column in cursor.description] == ["amount", "quantity"], cursor.description
    first = cursor.fetchmany(10)
    rest = sum(1 for _ in cursor)
    expected = connection.execute("SELECT count(*) FROM order_items WHERE quantity > 0").fetchone()[0]
    assert len(first) == 10 and isinstance(first[0][0], Decimal) and rest + 10 == expected, (rest, expected)

with psycopg2.connect(address) as connection, connection.cursor(name="products") as cursor:
    cursor.execute("SELECT product_id FROM products")
    listed = [row[0] for row in cursor]
    assert len(listed) == len(set(listed)) > 100, len(listed)

with psycopg.connect(address, autocommit=True) as connection:
    connection.execute("DECLARE kept CURSOR WITH HOLD FOR SELECT order_id FROM orders ORDER BY 1")
    assert connection.execute("FETCH 2 FROM kept").fetchall() == [("536365",), ("536366",)]
    assert len(connection.execute("FETCH ALL FROM kept").fetchall()) > 100
    assert connection.execute("FETCH kept").fetchall() == []
    connection.execute("CLOSE kept")
    for wrong in ("FETCH 1 FROM kept", "CLOSE kept", "DECLARE kept CURSOR FOR DELETE FROM orders"):
        try:
            connection.execute(wrong)
            raise AssertionError(wrong)
        except psycopg.Error:
            pass
