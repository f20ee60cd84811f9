select station, min(celsius) as coldest, count(*) as readings
from silver.readings
group by station
order by station
