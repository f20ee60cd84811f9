-- The ten highest ranks are in the latest snapshot. A run that is cleared after its snapshot has left the table finds none, and need not.
select count(*) >= 10 or (count(*) = 0 and exists (select from ${snapshots})) as ok, count(*) as top
from ${latest}
where rang <= 10
