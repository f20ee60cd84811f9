select ingested_at::date as day, count(*)::integer as answers
from bronze.readings
where payload like '%Lyon%'
group by day
order by day
