-- pgjdbc's first words, then Metabase's look at schemas, tables, privileges and columns.
SET extra_float_digits = 3;

SET application_name = 'Metabase v0.54';

-- shows: read committed
SHOW TRANSACTION ISOLATION LEVEL;

SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY;

-- shows: UTC
show timezone;

-- shows: public
SELECT nspname AS "TABLE_SCHEM", NULL AS "TABLE_CATALOG" FROM pg_catalog.pg_namespace
WHERE nspname <> 'pg_toast' AND (nspname !~ '^pg_temp_') AND (nspname !~ '^pg_toast_temp_') ORDER BY "TABLE_SCHEM";

-- shows: orders
SELECT "n"."nspname" AS "schema", "c"."relname" AS "name",
  CASE "c"."relkind" WHEN 'r' THEN 'TABLE' WHEN 'p' THEN 'PARTITIONED TABLE' WHEN 'v' THEN 'VIEW' ELSE NULL END AS "type",
  "d"."description" AS "description", "stat"."n_live_tup" AS "estimated_row_count"
FROM "pg_catalog"."pg_class" AS "c"
INNER JOIN "pg_catalog"."pg_namespace" AS "n" ON "c"."relnamespace" = "n"."oid"
LEFT JOIN "pg_catalog"."pg_description" AS "d" ON ("c"."oid" = "d"."objoid") AND ("d"."objsubid" = 0) AND ("d"."classoid" = 'pg_class'::regclass)
LEFT JOIN "pg_stat_user_tables" AS "stat" ON ("n"."nspname" = "stat"."schemaname") AND ("c"."relname" = "stat"."relname")
WHERE "n"."nspname" !~ '^pg_' AND "n"."nspname" <> 'information_schema' AND c.relkind IN ('r', 'p', 'v', 'f', 'm')
ORDER BY "type" ASC, "schema" ASC, "name" ASC;

-- shows: orders|t
SELECT t.tablename, pg_catalog.has_table_privilege(current_user, '"' || t.schemaname || '"' || '.' || '"' || t.tablename || '"', 'SELECT')
FROM pg_catalog.pg_tables t WHERE t.schemaname = 'public' AND t.tablename = 'orders';

SELECT t.tablename, pg_catalog.has_any_column_privilege(current_user, '"' || t.schemaname || '"' || '.' || '"' || t.tablename || '"', 'UPDATE')
FROM pg_catalog.pg_tables t WHERE t.schemaname = 'public';

SELECT schemaname, viewname FROM pg_catalog.pg_views WHERE schemaname !~ '^pg_' AND schemaname <> 'information_schema';

SELECT schemaname, matviewname FROM pg_catalog.pg_matviews;

-- shows: placed_at|timestamptz
SELECT c.column_name AS name, c.udt_name AS "database-type", c.ordinal_position - 1 AS "database-position",
  c.table_schema AS "table-schema", c.table_name AS "table-name", c.is_nullable = 'NO' AS "database-required"
FROM information_schema.columns AS c
WHERE c.table_schema !~ '^information_schema|catalog_history|pg_' AND c.table_schema IN ('public')
ORDER BY "table-schema", "table-name", "database-position";

SELECT "public"."orders"."status" AS "status", COUNT(*) AS "count" FROM "public"."orders"
GROUP BY "public"."orders"."status" ORDER BY "public"."orders"."status" ASC;

SELECT DATE_TRUNC('month', "public"."orders"."placed_at") AS "placed_at", SUM("public"."orders"."total") AS "sum"
FROM "public"."orders" WHERE "public"."orders"."placed_at" >= timestamp with time zone '2010-12-01 00:00:00.000Z' GROUP BY 1 ORDER BY 1 ASC LIMIT 2000;
