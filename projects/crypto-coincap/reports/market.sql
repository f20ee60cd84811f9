-- What a market came to at each moment, the newest first. The weighted mean is by capitalisation, so that small coins do not dominate.
select at::text, count(*)::integer as assets, sum(cap) as total, avg(variation) as mean,
  sum(variation * cap) / nullif(sum(cap) filter (where variation is not null), 0) as weighted,
  count(*) filter (where variation > 0)::integer as up, count(*) filter (where variation < 0)::integer as down
from (${rows}) r
group by r.at
order by r.at desc
