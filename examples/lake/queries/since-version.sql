select station, read_at from silver.readings
except
select station, read_at from silver.readings at (version => 1)
order by station
