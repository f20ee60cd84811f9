-- What varied most in a day, each asset once: critical first, then by how much; and how many there are.
select symbole, valeur, severite, (count(*) over ())::integer as number
from (
  select distinct on (crypto_id) * from ${anomalies}
  where regle = 'variation' and (snapshot at time zone ${timeZone})::date = ${day}::date
  order by crypto_id, severite, abs(valeur) desc
) a
order by severite, abs(valeur) desc
limit 5
