MODEL (
  name lake.silver.parsed,
  kind VIEW
);

SELECT
  price.coin::TEXT AS coin,
  seen_at::TIMESTAMP AS seen_at,
  price.usd::DECIMAL(38, 18) AS usd
FROM (
  SELECT seen_at, UNNEST(FROM_JSON(body -> 'prices', '[{"coin": "VARCHAR", "usd": "VARCHAR"}]')) AS price
  FROM lake.bronze.answers
)
