-- The PostgreSQL data source: version, extensions, the query builder's tables and columns, macros expanded.
SELECT 1;

-- shows: 1600
SELECT current_setting('server_version_num')::int/100 AS version;

SELECT extversion FROM pg_extension WHERE extname = 'timescaledb';

-- shows: revenue_by_hour
SELECT CASE WHEN
  quote_ident(table_schema) IN (
    SELECT
      CASE WHEN trim(s[i]) = '"$user"' THEN user ELSE trim(s[i]) END
    FROM
      generate_series(
        array_lower(string_to_array(current_setting('search_path'),','),1),
        array_upper(string_to_array(current_setting('search_path'),','),1)
      ) as i,
      string_to_array(current_setting('search_path'),',') s
    )
  THEN quote_ident(table_name)
  ELSE quote_ident(table_schema) || '.' || quote_ident(table_name)
END AS "table"
FROM information_schema.tables
WHERE quote_ident(table_schema) NOT IN ('information_schema', 'pg_catalog')
ORDER BY 1;

-- shows: gross_revenue|numeric
-- shows: window_start|timestamp with time zone
SELECT quote_ident(column_name) AS "column", data_type AS "type"
FROM information_schema.columns
WHERE CASE WHEN array_length(parse_ident('revenue_by_hour'), 1) = 2
  THEN quote_ident(table_schema) = (parse_ident('revenue_by_hour'))[1]
    AND quote_ident(table_name) = (parse_ident('revenue_by_hour'))[2]
  ELSE quote_ident(table_name) = 'revenue_by_hour'
END;

-- shows: 2010-12-01
SELECT window_start AS time, revenue FROM revenue_by_hour
WHERE window_start BETWEEN '2010-12-01T00:00:00Z' AND '2010-12-02T00:00:00Z' ORDER BY 1;

-- shows: 1291
SELECT floor(extract(epoch from window_start)/86400)*86400 AS "time", sum(revenue) AS revenue
FROM revenue_by_hour WHERE window_start BETWEEN '2010-12-01T00:00:00Z' AND '2010-12-31T00:00:00Z' GROUP BY 1 ORDER BY 1;

SELECT extract(epoch from window_start) AS time, units AS value FROM revenue_by_hour
WHERE extract(epoch from window_start) >= 1291161600 AND extract(epoch from window_start) <= 1291248000 LIMIT 3;
