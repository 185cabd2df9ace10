-- SQLAlchemy on psycopg2, as Superset has it look around.
-- shows: PostgreSQL 16
select pg_catalog.version();

-- shows: public
select current_schema();

-- shows: on
show standard_conforming_strings;

-- shows: read committed
show transaction isolation level;

SELECT CAST('test plain returns' AS VARCHAR(60)) AS anon_1;

-- shows: public
SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg_%' ORDER BY nspname;

-- shows: revenue_by_day
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind in ('r', 'p');

SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('v', 'm');

SELECT c.oid FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE (pg_catalog.pg_table_is_visible(c.oid)) AND c.relname = 'orders' AND c.relkind in ('r', 'v', 'm', 'f', 'p');

-- shows: placed_at
SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
  (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attrdef d
   WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.atthasdef) AS DEFAULT,
  a.attnotnull, a.attrelid as table_oid, pgd.description as comment, a.attgenerated as generated,
  (SELECT json_build_object('always', a.attidentity = 'a') FROM pg_catalog.pg_sequence
   WHERE pg_catalog.pg_sequence.seqrelid = pg_catalog.pg_get_serial_sequence('orders', a.attname)::regclass::oid) AS identity_options
FROM pg_catalog.pg_attribute a
LEFT JOIN pg_catalog.pg_description pgd ON (pgd.objoid = a.attrelid AND pgd.objsubid = a.attnum)
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
WHERE c.relname = 'orders' AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum;

SELECT t.typname as "name", pg_catalog.pg_type_is_visible(t.oid) as "visible", n.nspname as "schema", e.enumlabel as "label"
FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_enum e ON t.oid = e.enumtypid WHERE t.typtype = 'e' ORDER BY "schema", "name", e.oid;

SELECT r.conname, pg_catalog.pg_get_constraintdef(r.oid, true) as condef, n.nspname as conschema
FROM pg_catalog.pg_constraint r, pg_namespace n, pg_class c
WHERE r.conrelid = c.oid AND c.relname = 'orders' AND r.contype = 'f' AND n.oid = c.relnamespace ORDER BY 1;

-- shows: 2010
SELECT DATE_TRUNC('day', placed_at) AS __timestamp, country AS country, sum(total) AS "SUM(total)" FROM public.orders
WHERE placed_at >= '2010-12-01 00:00:00.000000' AND placed_at < '2011-01-01 00:00:00.000000'
GROUP BY DATE_TRUNC('day', placed_at), country ORDER BY "SUM(total)" DESC LIMIT 1000;
