AUDIT (name enough_coins);

SELECT seen_at, COUNT(DISTINCT coin) AS coins
FROM @this_model
GROUP BY seen_at
HAVING COUNT(DISTINCT coin) < 3
